package blockstore

import (
	"context"
	"io"
	"iter"

	mh "github.com/multiformats/go-multihash"
)

// Block is the bytes behind one multihash. Data must not be changed while the
// block is in somebody else's hands.
type Block struct {
	Key  mh.Multihash
	Data []byte
}

// Item is what an engine knows of a block without reading it.
type Item struct {
	Key  mh.Multihash
	Size int64  // bytes of data, 0 where the engine cannot tell cheaply
	Seq  uint64 // the engine's write counter when the block was written
}

// Engine is where the blocks of a Store lie. It trusts its caller: hashes are
// checked by Store, on the way in and on the way out. All methods are safe for
// concurrent use. Package blocktest holds the tests that every engine passes.
type Engine interface {
	EngineReader
	EngineWriter
	EngineSweeper
	Upkeep
	io.Closer
}

// EngineReader reads single blocks.
type EngineReader interface {
	// Get appends the block to dst and returns the longer slice. An unknown
	// key gives ErrNotFound.
	Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error)
	// Has tells whether the block is there.
	Has(ctx context.Context, key mh.Multihash) (bool, error)
}

// EngineWriter takes blocks in.
type EngineWriter interface {
	// Put stores blocks, all or none as far as a later Sync is concerned. It
	// keeps no reference to their data. Too little free space gives ErrNoSpace
	// and stores nothing.
	Put(ctx context.Context, blocks []Block) error
	// Sync returns when all that was Put before the call survives a power cut.
	Sync(ctx context.Context) error
	// Mark returns a number: a block that is Put after Mark returned has a
	// greater Seq. A block whose Put had returned before has one not greater.
	Mark() uint64
}

// EngineSweeper is what garbage collection needs.
type EngineSweeper interface {
	// All lists every block in the order of keys, and may what comes meanwhile.
	All(ctx context.Context) iter.Seq2[Item, error]
	// Delete removes blocks. A key that is not there is no error, and a
	// deleted block may come back after a crash: the next sweep takes it.
	Delete(ctx context.Context, keys []mh.Multihash) error
	// Reclaim gives the space of deleted blocks back to the file system.
	Reclaim(ctx context.Context) error
}

// Upkeep is the part of an engine that the clock drives.
type Upkeep interface {
	// Run does the engine's own upkeep until ctx ends.
	Run(ctx context.Context) error
	// Space reports bytes free for blocks and bytes kept in reserve.
	Space() (free, reserve int64, err error)
}
