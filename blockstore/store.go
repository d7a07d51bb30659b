// Package blockstore keeps the bytes of a hive: content-addressed blocks, and
// files and folders as UnixFS trees of blocks. Every byte that becomes a block
// passes one door, Writer, which hashes or verifies it; every byte that leaves
// is verified against its CID.
//
// It does not know names, users or shares: what keeps a block alive is the list
// of roots that the caller of Store.Collect brings. The bytes themselves lie in
// an Engine, such as package badgerstore.
//
// The format, CIDv1 with sha2-256, FastCDC chunks and balanced dag-pb trees, is
// written down in docs/format.md.
package blockstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
	"golang.org/x/sync/semaphore"

	"github.com/melissiproject/hive/blockstore/internal/damage"
	"github.com/melissiproject/hive/blockstore/internal/groupsync"
)

// MaxBlock is the largest block in bytes, the largest that IPFS tools exchange.
const MaxBlock = 2 << 20

// Errors of this package. They come wrapped with the CID they are about.
var (
	ErrNotFound    = errors.New("blockstore: block not found")
	ErrCorrupt     = errors.New("blockstore: block does not match its hash")
	ErrNoSpace     = errors.New("blockstore: free-space reserve reached")
	ErrTooLarge    = errors.New("blockstore: block too large")
	ErrUnsupported = errors.New("blockstore: unsupported hash or codec")
	ErrFormat      = errors.New("blockstore: malformed node")
	ErrCollecting  = errors.New("blockstore: a garbage collection is already running")
)

// Config of a Store.
type Config struct {
	// Log receives what no caller can be told; discarded when nil.
	Log *slog.Logger
}

// Store keeps verified blocks in an engine. It is safe for concurrent use.
type Store struct {
	engine Engine
	log    *slog.Logger
	sync   groupsync.Group
	memory *semaphore.Weighted // bytes of chunks on their way to the engine
	damage damage.Set          // what was found since New: to a Writer it is not there, so that it is stored when it comes again

	// sweep is held for writing while a batch of garbage is deleted, and for
	// reading from the moment a writer finds a block present until its reuse is
	// noted, so that no block is deleted between the two.
	sweep sync.RWMutex

	mu       sync.Mutex
	writers  map[*Writer]struct{}
	retained []*reuse // of writers closed while a collection runs
	running  bool     // a collection runs
	mark     uint64
	marked   time.Time
}

// New returns a store on engine, which it closes with itself.
func New(engine Engine, cfg Config) (*Store, error) {
	if engine == nil {
		return nil, errors.New("blockstore: no engine")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{engine: engine, log: cfg.Log, writers: make(map[*Writer]struct{}), memory: semaphore.NewWeighted(importMemory)}
	s.sync.Sync = engine.Sync
	return s, nil
}

// Run does the upkeep of the engine until ctx ends.
func (s *Store) Run(ctx context.Context) error { return s.engine.Run(ctx) }

// Close releases the engine. No other call may be under way.
func (s *Store) Close() error {
	s.sync.Close()
	return s.engine.Close()
}

// Get returns the bytes of a block, verified.
func (s *Store) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	return s.get(ctx, c, nil)
}

// get is Get into the capacity of dst.
func (s *Store) get(ctx context.Context, c cid.Cid, dst []byte) ([]byte, error) {
	key := c.Hash()
	want, err := digest(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, c)
	}
	data, err := s.AppendUnverified(ctx, c, dst[:0])
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != want {
		s.damage.Note(key)
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, c)
	}
	return data, nil
}

// AppendUnverified appends the bytes of a block to dst as they lie in the store, for who checks what becomes of them. The engine may
// have noticed damage: ErrCorrupt.
func (s *Store) AppendUnverified(ctx context.Context, c cid.Cid, dst []byte) ([]byte, error) {
	if _, err := digest(c.Hash()); err != nil {
		return dst, fmt.Errorf("%w: %s", err, c)
	}
	data, err := s.engine.Get(ctx, c.Hash(), dst)
	if err != nil {
		if errors.Is(err, ErrCorrupt) {
			s.damage.Note(c.Hash())
		}
		return dst, fmt.Errorf("get %s: %w", c, err)
	}
	return data, nil
}

// Has tells whether the block is in the store, without reading it.
func (s *Store) Has(ctx context.Context, c cid.Cid) (bool, error) {
	if _, err := digest(c.Hash()); err != nil {
		return false, fmt.Errorf("%w: %s", err, c)
	}
	return s.engine.Has(ctx, c.Hash())
}

// Stat is the size of a store.
type Stat struct {
	Blocks  int64 // number of blocks
	Bytes   int64 // their bytes
	Free    int64 // bytes free on the disk, or -1 where there is no limit
	Reserve int64 // bytes of Free under which writes are refused
	Writing bool  // a Writer was open when all were counted
}

// Stat counts the store's blocks by listing their keys.
func (s *Store) Stat(ctx context.Context) (Stat, error) {
	var st Stat
	for item, err := range s.engine.All(ctx) {
		if err != nil {
			return Stat{}, fmt.Errorf("list blocks: %w", err)
		}
		st.Blocks++
		st.Bytes += item.Size
	}
	s.mu.Lock()
	st.Writing = len(s.writers) > 0
	s.mu.Unlock()
	var err error
	st.Free, st.Reserve, err = s.engine.Space()
	return st, err
}

// digest returns the 32 bytes of a sha2-256 multihash, the only kind kept.
func digest(key mh.Multihash) (d [sha256.Size]byte, err error) {
	if len(key) != 2+sha256.Size || key[0] != mh.SHA2_256 || key[1] != sha256.Size {
		return d, ErrUnsupported
	}
	return [sha256.Size]byte(key[2:]), nil
}

// sum returns the CID of data under codec.
func sum(codec uint64, data []byte) cid.Cid { return named(codec, sha256.Sum256(data)) }

// named returns the CID of a digest under codec.
func named(codec uint64, d [sha256.Size]byte) cid.Cid {
	key := make(mh.Multihash, 2+sha256.Size)
	key[0], key[1] = mh.SHA2_256, sha256.Size
	copy(key[2:], d[:])
	return cid.NewCidV1(codec, key)
}
