package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/tree"
)

// nodes are those of trees, in memory, and how many of them were read.
type nodes struct {
	all   map[cid.Cid][]byte
	reads int
}

func (n *nodes) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	n.reads++
	if data, ok := n.all[c]; ok {
		return data, nil
	}
	return nil, blockstore.ErrNotFound
}

func (n *nodes) Put(_ context.Context, c cid.Cid, data []byte) error {
	n.all[c] = bytes.Clone(data)
	return nil
}

// folder builds one of files called by numbers, and of folders.
func (n *nodes) folder(t *testing.T, files int, folders ...tree.Entry) tree.Folder {
	t.Helper()
	content, err := cid.Parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Build(t.Context(), n, func(yield func(tree.Entry, error) bool) {
		for i := range files {
			e := tree.Entry{UID: tree.UID{byte(i >> 16), byte(i >> 8), byte(i), 1}, Name: fmt.Sprintf("%08d", i), Root: content, Size: int64(i)}
			if !yield(e, nil) {
				return
			}
		}
		for _, e := range folders {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFinderInTurns looks many files up, from some folders in turn and one after the other, and counts the nodes that are read.
func TestFinderInTurns(t *testing.T) {
	t.Parallel()
	all := &nodes{all: make(map[cid.Cid][]byte)}
	large, small, deep := all.folder(t, 40_000), all.folder(t, 300), all.folder(t, 0, all.folder(t, 40).Entry(tree.UID{4}, "below"))
	root := all.folder(t, 100, large.Entry(tree.UID{1}, "a"), large.Entry(tree.UID{2}, "b"), small.Entry(tree.UID{3}, "c"), deep.Entry(tree.UID{5}, "d")).Root
	places := []struct {
		path  []string
		files int
	}{{[]string{"a"}, 40_000}, {[]string{"b"}, 40_000}, {[]string{"c"}, 300}, {[]string{"d", "below"}, 40}, {nil, 100}}
	for _, run := range []int{1, 3, 1000} { // files of one folder after each other
		f := newFinder(all, root)
		all.reads = 0
		for i := range 1000 {
			p := places[i/run%len(places)]
			n := i * 37 % (p.files + 5)
			e, ok, err := f.look(t.Context(), append(slices.Clip(p.path), fmt.Sprintf("%08d", n)))
			if err != nil || ok != (n < p.files) || ok && e.Size != int64(n) {
				t.Fatalf("file %d of %v: size %d, %v, %v", n, p.path, e.Size, ok, err)
			}
		}
		if all.reads > 3000 {
			t.Errorf("%d nodes are read for 1,000 files, %d of each folder in turn", all.reads, run)
		}
	}
}

func TestFinderFindsNoFolders(t *testing.T) {
	t.Parallel()
	all := &nodes{all: make(map[cid.Cid][]byte)}
	f := newFinder(all, all.folder(t, 3, all.folder(t, 3).Entry(tree.UID{1}, "a")).Root)
	for _, path := range [][]string{{"a"}, {"b"}, {"b", "c"}, {"00000001", "x"}, {"a/00000001"}, {"", "00000001"}, {"a", ""}} {
		for range 2 {
			if e, ok, err := f.look(t.Context(), path); ok || err != nil {
				t.Errorf("%q: found %v, %v", path, e, err)
			}
		}
	}
	if _, ok, err := newFinder(all, cid.Undef).look(t.Context(), []string{"a"}); ok || err != nil {
		t.Errorf("in no tree: %v, %v", ok, err)
	}
}

func TestFinderKeepsSoMuch(t *testing.T) {
	t.Parallel()
	all := &nodes{all: make(map[cid.Cid][]byte)}
	root := all.folder(t, 0, all.folder(t, 60).Entry(tree.UID{1}, "a"), all.folder(t, 60).Entry(tree.UID{2}, "b")).Root
	f := newFinder(all, root)
	f.room = 130
	for range 100 {
		for _, folder := range []string{"a", "b"} {
			if e, ok, err := f.look(t.Context(), []string{folder, "00000042"}); !ok || err != nil {
				t.Fatalf("found %v, %v, %v", e, ok, err)
			}
		}
	}
	if f.room < 0 || f.room >= 130 {
		t.Errorf("room for %d more of 130", f.room)
	}
}

func TestFinderEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	all := &nodes{all: make(map[cid.Cid][]byte)}
	f := newFinder(all, all.folder(t, 3).Root)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.look(ctx, []string{"00000001"}); !errors.Is(err, context.Canceled) {
		t.Errorf("look = %v, want Canceled", err)
	}
}
