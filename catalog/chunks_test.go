package catalog_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
)

// send sends a content as one chunk, and returns its CID.
func (f fixture) send(tree *catalog.Tree, content string) cid.Cid {
	f.Helper()
	c := chunk(f, content)
	if err := (catalog.Chunked{Tree: tree}).Send(f.Context(), c, []byte(content)); err != nil {
		f.Fatal(err)
	}
	return c
}

func chunk(f fixture, content string) cid.Cid {
	f.Helper()
	for leaf, err := range blockstore.Cut(bytes.NewReader([]byte(content))) {
		return must(leaf.CID, err)(f)
	}
	return cid.Undef
}

func (f fixture) lacking(tree *catalog.Tree, files []catalog.FileAt, chunks ...cid.Cid) int {
	f.Helper()
	return len(must(catalog.Chunked{Tree: tree}.Lacking(f.Context(), files, chunks))(f))
}

// TestChunksWaitADay: sent chunks are the user's own, stay for a day, and are gone with it.
func TestChunksWaitADay(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		one, two := f.send(alice, "one"), f.send(alice, "two")
		f.send(bob, "three")
		f.send(alice, "one") // again
		if n := f.lacking(alice, nil, one, two, chunk(f, "three"), one); n != 1 {
			f.Errorf("alice lacks %d", n)
		}
		if n := f.lacking(bob, nil, one, two); n != 2 {
			f.Errorf("bob lacks %d", n)
		}
		roots := map[cid.Cid]int{}
		for root, err := range f.Roots(f.Context()) {
			roots[must(root, err)(f)]++
		}
		if roots[one] != 1 || roots[two] != 1 || len(roots) != 3 {
			f.Errorf("roots are %v", roots)
		}
		must(f.Thin(f.Context(), time.Now().Add(catalog.UploadsKept-time.Minute), catalog.Keep{}))(f)
		if n := f.lacking(alice, nil, one, two); n != 0 {
			f.Errorf("alice lacks %d within the day", n)
		}
		must(f.Thin(f.Context(), time.Now().Add(catalog.UploadsKept+time.Minute), catalog.Keep{}))(f)
		if n := f.lacking(alice, nil, one, two); n != 2 {
			f.Errorf("alice lacks %d after the day", n)
		}
	})
}

// TestPiecesBehindAMount: whoever may read a file may build on it, and who may not write cannot.
func TestPiecesBehindAMount(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/docs/a", "shared")
		f.put(alice, "/private", "private")
		f.share(1, "/docs", 2, "/papers", catalog.RoleReader)
		f.put(alice, "/work/a", "shared too")
		f.share(1, "/work", 2, "/work", catalog.RoleWriter)
		from := catalog.FileAt{Path: path(f, "/papers/a")}
		if n := f.lacking(bob, []catalog.FileAt{from, {Path: path(f, "/private")}}, chunk(f, "shared"), chunk(f, "private")); n != 1 {
			f.Errorf("bob lacks %d", n)
		}
		whole := []catalog.Piece{{From: from, Length: 6}}
		put := func(at string, pieces []catalog.Piece) error {
			_, _, err := catalog.Chunked{Tree: bob}.PutPieces(f.Context(), path(f, at), pieces, catalog.PutOptions{})
			return err
		}
		f.wantError(put("/papers/b", whole), catalog.ErrReadOnly)
		f.wantError(put("/own", whole), nil)
		f.wantError(put("/work/b", []catalog.Piece{{Chunk: f.send(bob, "mine"), Length: 4}}), nil)
		f.wantError(put("/own", []catalog.Piece{{From: catalog.FileAt{Path: path(f, "/private")}, Length: 7}}), catalog.ErrNotFound)
		f.wantError(put("/own", []catalog.Piece{{Chunk: chunk(f, "private"), Length: 7}}), catalog.ErrLacking)
		f.wantError(put("/own", []catalog.Piece{{Chunk: f.send(bob, "other"), Length: 4}}), catalog.ErrList)
		f.wantError(put("/own", nil), catalog.ErrList)
		if got := f.content(alice, "/work/b") + f.content(bob, "/own"); got != "mineshared" {
			f.Errorf("got %q", got)
		}
	})
}

// TestPiecesOfRevisions: an older revision is as good as any file.
func TestPiecesOfRevisions(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice := f.home(1)
		first := f.put(alice, "/a", "one")
		f.put(alice, "/a", "another")
		at := catalog.FileAt{Path: path(f, "/a"), Number: 1}
		e, _, err := catalog.Chunked{Tree: alice}.PutPieces(f.Context(), at.Path, []catalog.Piece{{From: at, Length: 3}}, catalog.PutOptions{})
		if err != nil || e.Root != first.Root || e.Revision != 3 {
			f.Errorf("%+v, %v", e, err)
		}
		at.Number = 9
		_, _, err = catalog.Chunked{Tree: alice}.Chunks(f.Context(), at)
		f.wantError(err, catalog.ErrRevision)
	})
}

// TestChunkSentByManyAtOnce sends one chunk by many requests, as files that have it in common do.
func TestChunkSentByManyAtOnce(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice := catalog.Chunked{Tree: f.home(1)}
		for round := range 20 {
			content := fmt.Sprint("round ", round)
			c := chunk(f, content)
			var g errgroup.Group
			for range 8 {
				g.Go(func() error { return alice.Send(f.Context(), c, []byte(content)) })
			}
			if err := g.Wait(); err != nil {
				f.Fatal(err)
			}
			if n := f.lacking(alice.Tree, nil, c); n != 0 {
				f.Errorf("%d lack", n)
			}
		}
	})
}
