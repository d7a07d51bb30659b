// Package pieces cuts and hashes content as a hive does, without one.
//
// It owns a block store that keeps nothing. It does not own how content is cut: package blockstore does.
package pieces

import (
	"context"
	"io"
	"iter"
	"math"

	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
)

// Store is a block store that keeps nothing.
func Store() (*blockstore.Store, error) { return blockstore.New(nothing{}, blockstore.Config{}) }

// Root is the root that content has in a hive: whoever knows it need not send what is there already.
func Root(ctx context.Context, content io.Reader) (string, error) {
	store, err := Store()
	if err != nil {
		return "", err
	}
	defer store.Close()
	w := store.Writer()
	defer w.Close()
	file, err := w.Import(ctx, content)
	if err != nil {
		return "", err
	}
	return file.Root.String(), nil
}

// Chunk is a piece of content as a hive cuts it, by the SHA-256 of its bytes.
type Chunk struct {
	Digest       [32]byte
	Offset, Size int64
}

// Cut yields the chunks of content.
func Cut(content io.Reader) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for leaf, err := range blockstore.Cut(content) {
			chunk := Chunk{Offset: leaf.Offset, Size: leaf.Size}
			if err == nil {
				chunk.Digest = [32]byte(leaf.CID.Hash()[2:])
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// nothing is a block store engine that keeps nothing.
type nothing struct{}

func (nothing) Get(context.Context, mh.Multihash, []byte) ([]byte, error) {
	return nil, blockstore.ErrNotFound
}
func (nothing) Has(context.Context, mh.Multihash) (bool, error) { return false, nil }
func (nothing) Put(context.Context, []blockstore.Block) error   { return nil }
func (nothing) Sync(context.Context) error                      { return nil }
func (nothing) Mark() uint64                                    { return 0 }
func (nothing) All(context.Context) iter.Seq2[blockstore.Item, error] {
	return func(func(blockstore.Item, error) bool) {}
}
func (nothing) Delete(context.Context, []mh.Multihash) error { return nil }
func (nothing) Reclaim(context.Context) error                { return nil }
func (nothing) Run(ctx context.Context) error                { <-ctx.Done(); return nil }
func (nothing) Space() (free, reserve int64, err error)      { return math.MaxInt64, 0, nil }
func (nothing) Close() error                                 { return nil }
