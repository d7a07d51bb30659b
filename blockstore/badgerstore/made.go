package badgerstore

import (
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// Made tells whether there is a database in dir. Open would make one.
func Made(dir string) (bool, error) { return exists(filepath.Join(dir, badger.ManifestFilename)) }
