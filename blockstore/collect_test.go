package blockstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// names stands for the database: roots that are named.
type names struct {
	mu    sync.Mutex
	roots map[cid.Cid][]byte
}

func (n *names) add(root cid.Cid, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.roots == nil {
		n.roots = make(map[cid.Cid][]byte)
	}
	n.roots[root] = data
}

func (n *names) all() iter.Seq2[cid.Cid, error] {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []cid.Cid
	for root := range n.roots {
		list = append(list, root)
	}
	return func(yield func(cid.Cid, error) bool) {
		for _, root := range list {
			if !yield(root, nil) {
				return
			}
		}
	}
}

func (n *names) wantReadable(t *testing.T, s *blockstore.Store) {
	t.Helper()
	for root, data := range n.roots {
		if !bytes.Equal(readAll(t, s, root), data) {
			t.Errorf("%s does not read as stored", root)
		}
	}
}

func TestCollectRemovesTheUnnamed(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	var kept names
	for i := range 20 {
		data := random(byte(i), 200_000*i)
		file := importBytes(t, s, data)
		if i%2 == 0 {
			kept.add(file.Root, data)
		}
	}
	before, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Collect(t.Context(), kept.all())
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result.Removed == 0 || after.Blocks != before.Blocks-result.Removed || after.Bytes != before.Bytes-result.Freed {
		t.Errorf("%+v, and the store went from %+v to %+v", result, before, after)
	}
	if after.Bytes > before.Bytes*55/100 {
		t.Errorf("%d of %d bytes stayed, half of the files were named", after.Bytes, before.Bytes)
	}
	kept.wantReadable(t, s)
}

func TestCollectSparesOpenWriters(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	old := random(1, 3<<20)
	importBytes(t, s, old) // garbage from now on
	w := s.Writer()
	reused, err := w.Import(t.Context(), bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := w.Import(t.Context(), bytes.NewReader(random(2, 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	var none names
	if _, err := s.Collect(t.Context(), none.all()); err != nil {
		t.Fatal(err)
	}
	readAll(t, s, reused.Root)
	readAll(t, s, fresh.Root)
	w.Close()
	if _, err := s.Collect(t.Context(), none.all()); err != nil {
		t.Fatal(err)
	}
	for _, root := range []cid.Cid{reused.Root, fresh.Root} {
		if _, err := s.Open(t.Context(), root); !errors.Is(err, blockstore.ErrNotFound) {
			t.Errorf("got error %v after the writer closed, want ErrNotFound", err)
		}
	}
}

// TestCollectSparesWritersThatCloseMeanwhile commits a name after the roots were
// listed: the blocks were old, found present, and must stay.
func TestCollectSparesWritersThatCloseMeanwhile(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	data := random(1, 3<<20)
	importBytes(t, s, data) // garbage, but about to be used again
	var root cid.Cid
	lateName := func(func(cid.Cid, error) bool) {
		root = importBytes(t, s, data).Root // opens, imports, closes
	}
	if _, err := s.Collect(t.Context(), lateName); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readAll(t, s, root), data) {
		t.Error("a file named during the collection changed")
	}
}

func TestCollectRemovesNothingWhenARootFails(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	file := importBytes(t, s, random(1, 3<<20))
	broken := errors.New("database gone")
	for name, roots := range map[string]iter.Seq2[cid.Cid, error]{
		"list fails":   func(yield func(cid.Cid, error) bool) { yield(cid.Undef, broken) },
		"root missing": func(yield func(cid.Cid, error) bool) { yield(dagCID(t), nil) },
	} {
		if result, err := s.Collect(t.Context(), roots); err == nil || result.Removed != 0 {
			t.Errorf("%s: got %+v, %v, want an error", name, result, err)
		}
	}
	readAll(t, s, file.Root)
}

// dagCID names a node that nobody stored.
func dagCID(t *testing.T) cid.Cid {
	return cid.NewCidV1(cid.DagProtobuf, rawCID(t, []byte("no such node")).Hash())
}

func TestOneCollectionAtATime(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	nested := func(func(cid.Cid, error) bool) {
		var none names
		if _, err := s.Collect(t.Context(), none.all()); !errors.Is(err, blockstore.ErrCollecting) {
			t.Errorf("got error %v, want ErrCollecting", err)
		}
	}
	if _, err := s.Collect(t.Context(), nested); err != nil {
		t.Fatal(err)
	}
}

// TestCollectBesideWriters runs collections without pause beside writers that
// upload, name, forget and upload again the same few files.
func TestCollectBesideWriters(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	var kept names
	var writers sync.WaitGroup
	for i := range 6 {
		writers.Go(func() {
			for j := range 30 {
				data := random(byte(j%7), 100_000*(1+(i+j)%5))
				w := s.Writer()
				file, err := w.Import(t.Context(), bytes.NewReader(data))
				if err != nil {
					t.Error(err)
				}
				if (i+j)%3 == 0 { // the others stay garbage
					kept.add(file.Root, data)
				}
				w.Close()
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	var runs atomic.Int64
	var collector sync.WaitGroup
	collector.Go(func() {
		for ctx.Err() == nil {
			if _, err := s.Collect(context.WithoutCancel(ctx), lazily(&kept)); err != nil {
				t.Error(err)
			}
			runs.Add(1)
		}
	})
	writers.Wait()
	stop()
	collector.Wait()
	if runs.Load() == 0 {
		t.Error("no collection ran")
	}
	kept.wantReadable(t, s)
}

// lazily lists the names when the collection asks, as a database query does.
func lazily(n *names) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) { n.all()(yield) }
}

func TestWalkNamesEveryBlock(t *testing.T) {
	t.Parallel()
	blocktest.Bulk(t)
	s := blocktest.New(t)
	file := importBytes(t, s, random(1, 60<<20))
	seen := make(map[string]bool)
	err := s.Walk(t.Context(), file.Root, func(c cid.Cid) error {
		seen[string(c.Hash())] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(seen)) != st.Blocks {
		t.Errorf("walked %d of %d blocks", len(seen), st.Blocks)
	}
	stop := fmt.Errorf("enough")
	if err := s.Walk(t.Context(), file.Root, func(cid.Cid) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got error %v, want that of the visitor", err)
	}
}
