package blockstore_test

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

func sequence(entries []blockstore.FolderEntry) iter.Seq2[blockstore.FolderEntry, error] {
	return func(yield func(blockstore.FolderEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func makeFolder(t *testing.T, s *blockstore.Store, entries []blockstore.FolderEntry) cid.Cid {
	t.Helper()
	w := s.Writer()
	defer w.Close()
	folder, err := w.Folder(t.Context(), sequence(entries))
	if err != nil {
		t.Fatal(err)
	}
	return folder.Root
}

func readFolder(t *testing.T, s *blockstore.Store, root cid.Cid) []blockstore.FolderEntry {
	t.Helper()
	var entries []blockstore.FolderEntry
	for e, err := range s.ReadFolder(t.Context(), root) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b blockstore.FolderEntry) int { return cmp.Compare(a.Name, b.Name) })
	return entries
}

func TestFolderRoundTrip(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	small, large := importBytes(t, s, []byte("small")), importBytes(t, s, random(1, 3<<20))
	empty := makeFolder(t, s, nil)
	want := []blockstore.FolderEntry{
		{Name: "a folder", Root: empty, Folder: true},
		{Name: "large", Root: large.Root, Size: large.Size},
		{Name: "small ☃", Root: small.Root, Size: small.Size},
	}
	root := makeFolder(t, s, want)
	equalCIDs := gocmp.Comparer(cid.Cid.Equals)
	if diff := gocmp.Diff(want, readFolder(t, s, root), equalCIDs); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]blockstore.FolderEntry(nil), readFolder(t, s, empty), equalCIDs, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for c, want := range map[cid.Cid]bool{root: true, empty: true, small.Root: false, large.Root: false} {
		if got, err := s.IsFolder(t.Context(), c); got != want || err != nil {
			t.Errorf("got IsFolder %v, %v, want %v", got, err, want)
		}
	}
}

// TestLargeFolderIsSplit makes a folder that IPFS tools would refuse as one block.
func TestLargeFolderIsSplit(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	file := importBytes(t, s, []byte("x"))
	var want []blockstore.FolderEntry
	for i := range 10_000 {
		want = append(want, blockstore.FolderEntry{Name: fmt.Sprintf("file %05d", i), Root: file.Root, Size: 1})
	}
	root := makeFolder(t, s, want)
	if again := makeFolder(t, s, want); again != root {
		t.Errorf("the same folder has roots %s and %s", root, again)
	}
	if diff := gocmp.Diff(want, readFolder(t, s, root), gocmp.Comparer(cid.Cid.Equals)); diff != "" {
		t.Error(diff)
	}
	err := s.Walk(t.Context(), root, func(c cid.Cid) error {
		data, err := s.Get(t.Context(), c)
		if len(data) > blockstore.MaxChunk {
			t.Errorf("a node of %d bytes", len(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFolderErrors(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	w := s.Writer()
	defer w.Close()
	missing := sequence([]blockstore.FolderEntry{{Name: "gone", Root: rawCID(t, []byte("never put"))}})
	if _, err := w.Folder(t.Context(), missing); !errors.Is(err, blockstore.ErrNotFound) {
		t.Errorf("got error %v for a missing file, want ErrNotFound", err)
	}
	broken := errors.New("database gone")
	failing := func(yield func(blockstore.FolderEntry, error) bool) { yield(blockstore.FolderEntry{}, broken) }
	if _, err := w.Folder(t.Context(), failing); !errors.Is(err, broken) {
		t.Errorf("got error %v, want that of the list", err)
	}
	file := importBytes(t, s, random(1, 3<<20))
	for _, err := range s.ReadFolder(t.Context(), file.Root) {
		if !errors.Is(err, blockstore.ErrFormat) {
			t.Errorf("got error %v for a file read as a folder, want ErrFormat", err)
		}
	}
	folder := makeFolder(t, s, nil)
	if _, err := s.Open(t.Context(), folder); !errors.Is(err, blockstore.ErrFormat) {
		t.Errorf("got error %v for a folder read as a file, want ErrFormat", err)
	}
}
