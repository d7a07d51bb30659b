package blocktest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
)

// Conformance runs the tests that every engine passes. open opens the engine
// whose data is known by an empty folder of the test; the second time it is
// called with a folder it finds what was stored.
func Conformance(t *testing.T, open func(t *testing.T, dir string) blockstore.Engine) {
	for name, test := range map[string]func(*testing.T, blockstore.Engine){
		"get what was put":       getPut,
		"unknown":                unknown,
		"append to a buffer":     appends,
		"sizes":                  sizes,
		"put twice":              putTwice,
		"caller keeps its bytes": keepsNothing,
		"list in order":          lists,
		"delete":                 deletes,
		"write numbers rise":     marks,
		"concurrent":             concurrent,
		"ended context":          ended,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, t.TempDir())
			defer func() {
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			}()
			test(t, e)
		})
	}
	t.Run("survives reopening", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		e := open(t, dir)
		blocks := makeBlocks(100, 1000)
		put(t, e, blocks...)
		must(t, e.Sync(t.Context()))
		must(t, e.Close())
		e = open(t, dir)
		for _, b := range blocks {
			wantBlock(t, e, b)
		}
		must(t, e.Close())
	})
}

// Block returns a block of n bytes that seed determines.
func Block(seed string, n int) blockstore.Block {
	data := bytes.Repeat([]byte(seed), n/max(len(seed), 1)+1)[:n]
	sum := sha256.Sum256(data)
	key, err := mh.Encode(sum[:], mh.SHA2_256)
	if err != nil {
		panic(err) // sha2-256 is always known
	}
	return blockstore.Block{Key: key, Data: data}
}

func makeBlocks(count, size int) []blockstore.Block {
	blocks := make([]blockstore.Block, count)
	for i := range blocks {
		blocks[i] = Block(fmt.Sprintf("block %d of %d.", i, size), size)
	}
	return blocks
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, e blockstore.Engine, blocks ...blockstore.Block) {
	t.Helper()
	must(t, e.Put(t.Context(), blocks))
}

func wantBlock(t *testing.T, e blockstore.Engine, b blockstore.Block) {
	t.Helper()
	got, err := e.Get(t.Context(), b.Key, nil)
	must(t, err)
	if !bytes.Equal(got, b.Data) {
		t.Fatalf("got %d bytes, want %d or their content differs", len(got), len(b.Data))
	}
}

func wantGone(t *testing.T, e blockstore.Engine, b blockstore.Block) {
	t.Helper()
	if _, err := e.Get(t.Context(), b.Key, nil); !errors.Is(err, blockstore.ErrNotFound) {
		t.Fatalf("got error %v, want ErrNotFound", err)
	}
	if has, err := e.Has(t.Context(), b.Key); has || err != nil {
		t.Fatalf("got Has %v, %v, want false", has, err)
	}
}

func getPut(t *testing.T, e blockstore.Engine) {
	b := Block("x", 300_000)
	put(t, e, b)
	wantBlock(t, e, b)
	if has, err := e.Has(t.Context(), b.Key); !has || err != nil {
		t.Fatalf("got Has %v, %v, want true", has, err)
	}
}

func unknown(t *testing.T, e blockstore.Engine) { wantGone(t, e, Block("never put", 10)) }

func appends(t *testing.T, e blockstore.Engine) {
	b := Block("x", 2000)
	put(t, e, b)
	got, err := e.Get(t.Context(), b.Key, []byte("head "))
	must(t, err)
	if want := append([]byte("head "), b.Data...); !bytes.Equal(got, want) {
		t.Fatalf("got %d bytes, want the buffer's five and the block's 2000", len(got))
	}
}

func sizes(t *testing.T, e blockstore.Engine) {
	var blocks []blockstore.Block
	for _, n := range []int{0, 1, 1023, 1024, 1025, 64 << 10, 1 << 20, blockstore.MaxBlock} {
		blocks = append(blocks, Block("s", n))
	}
	put(t, e, blocks...)
	for _, b := range blocks {
		wantBlock(t, e, b)
	}
	many := makeBlocks(3000, 100)
	put(t, e, many...)
	for _, b := range many {
		wantBlock(t, e, b)
	}
}

func putTwice(t *testing.T, e blockstore.Engine) {
	b := Block("twice", 5000)
	put(t, e, b, b)
	put(t, e, b)
	wantBlock(t, e, b)
	if n := len(list(t, e)); n != 1 {
		t.Fatalf("got %d blocks, want 1", n)
	}
}

func keepsNothing(t *testing.T, e blockstore.Engine) {
	want := Block("mine", 5000)
	mine := blockstore.Block{Key: want.Key, Data: bytes.Clone(want.Data)}
	put(t, e, mine)
	clear(mine.Data)
	wantBlock(t, e, want)
	got, err := e.Get(t.Context(), want.Key, nil)
	must(t, err)
	clear(got)
	wantBlock(t, e, want)
}

func list(t *testing.T, e blockstore.Engine) []string {
	t.Helper()
	var keys []string
	for item, err := range e.All(t.Context()) {
		must(t, err)
		keys = append(keys, string(item.Key))
	}
	return keys
}

func lists(t *testing.T, e blockstore.Engine) {
	want := make(map[string]bool)
	for _, b := range makeBlocks(500, 2000) {
		put(t, e, b)
		want[string(b.Key)] = true
	}
	keys := list(t, e)
	got := make(map[string]bool)
	for i, key := range keys {
		if i > 0 && keys[i-1] >= key {
			t.Fatalf("key %d is not above the one before", i)
		}
		got[key] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func deletes(t *testing.T, e blockstore.Engine) {
	blocks := makeBlocks(200, 3000)
	put(t, e, blocks...)
	var keys []mh.Multihash
	for _, b := range blocks[:100] {
		keys = append(keys, b.Key)
	}
	keys = append(keys, Block("never put", 10).Key)
	must(t, e.Delete(t.Context(), keys))
	must(t, e.Reclaim(t.Context()))
	for _, b := range blocks[:100] {
		wantGone(t, e, b)
	}
	for _, b := range blocks[100:] {
		wantBlock(t, e, b)
	}
	put(t, e, blocks[0])
	wantBlock(t, e, blocks[0])
}

func marks(t *testing.T, e blockstore.Engine) {
	old, young := Block("old", 2000), Block("young", 2000)
	put(t, e, old)
	mark := e.Mark()
	put(t, e, young)
	for item, err := range e.All(t.Context()) {
		must(t, err)
		if isYoung := string(item.Key) == string(young.Key); item.Seq > mark != isYoung {
			t.Errorf("got Seq %d at mark %d, young %v", item.Seq, mark, isYoung)
		}
	}
}

func concurrent(t *testing.T, e blockstore.Engine) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				b := Block(fmt.Sprintf("%d.%d", i%4, j), 10_000)
				if err := e.Put(t.Context(), []blockstore.Block{b}); err != nil {
					t.Error(err)
					return
				}
				if err := e.Sync(t.Context()); err != nil {
					t.Error(err)
					return
				}
				got, err := e.Get(t.Context(), b.Key, nil)
				if err != nil || !bytes.Equal(got, b.Data) {
					t.Errorf("got %d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func ended(t *testing.T, e blockstore.Engine) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := Block("late", 2000)
	if err := e.Put(ctx, []blockstore.Block{b}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v from Put, want context.Canceled", err)
	}
	wantGone(t, e, b)
}
