package badgerstore_test

import (
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	blocktest.Conformance(t, func(t *testing.T, dir string) blockstore.Engine {
		e, err := badgerstore.Open(badgerstore.Config{Dir: dir, Reserve: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}
