package blocktest

import (
	"context"
	"sync"

	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
)

// Faulty is an engine that fails where a test says so. Its functions are called
// before the real engine; an error of theirs is returned instead.
type Faulty struct {
	blockstore.Engine

	mu        sync.Mutex
	beforePut func([]blockstore.Block) error
	onSync    func() error
	afterGet  func(mh.Multihash, []byte) ([]byte, error)
}

// FailPut makes Put ask f first.
func (f *Faulty) FailPut(before func([]blockstore.Block) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.beforePut = before
}

// FailSync makes Sync ask f first.
func (f *Faulty) FailSync(before func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onSync = before
}

// ChangeGet gives what Get found to f.
func (f *Faulty) ChangeGet(after func(mh.Multihash, []byte) ([]byte, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.afterGet = after
}

// Put implements blockstore.EngineWriter.
func (f *Faulty) Put(ctx context.Context, blocks []blockstore.Block) error {
	f.mu.Lock()
	before := f.beforePut
	f.mu.Unlock()
	if before != nil {
		if err := before(blocks); err != nil {
			return err
		}
	}
	return f.Engine.Put(ctx, blocks)
}

// Sync implements blockstore.EngineWriter.
func (f *Faulty) Sync(ctx context.Context) error {
	f.mu.Lock()
	before := f.onSync
	f.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return f.Engine.Sync(ctx)
}

// Get implements blockstore.EngineReader.
func (f *Faulty) Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error) {
	data, err := f.Engine.Get(ctx, key, dst)
	f.mu.Lock()
	after := f.afterGet
	f.mu.Unlock()
	if err != nil || after == nil {
		return data, err
	}
	return after(key, data)
}
