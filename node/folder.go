package node

import (
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/lock"
)

// Names in the data folder.
const (
	blocksFolder = "blocks"
	databaseFile = "hive.db"
	identityFile = "identity.pem"
	versionFile  = folder.Version
	lockFile     = "lock"
	upkeepFile   = "upkeep.json"
	addrsFile    = "addrs.json"
)

// checkFolder says whether dir is a data folder that this program understands.
func checkFolder(dir string) error { return folder.Check(dir, configFile, identityFile) }

// lockFolder makes this process the only one that serves or checks dir: ErrRunning.
func lockFolder(dir string) (*lock.Lock, error) { return lock.Take(dir, lockFile) }
