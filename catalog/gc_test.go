package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
)

// TestCollectBesideWriters collects garbage again and again while files are put, replaced, copied, moved, restored and
// deleted. Every file that was acknowledged stays readable, and so does every revision that is listed.
func TestCollectBesideWriters(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		ctx, stop := context.WithCancel(f.Context())
		var collector sync.WaitGroup
		var removed atomic.Int64
		collector.Go(func() {
			for ctx.Err() == nil {
				got, err := f.Blocks().Collect(ctx, f.Roots(ctx))
				if err != nil && ctx.Err() == nil {
					f.Errorf("collect: %v", err)
					return
				}
				removed.Add(got.Removed)
			}
		})
		errs := race(4, func(i int) error {
			w := &gcWriter{fixture: f, tree: home, base: fmt.Sprintf("/w%d", i), rand: rand.New(rand.NewPCG(rand.Uint64(), 0))}
			for n := 0; n < steps()/2 || (removed.Load() == 0 && n < 20*steps()); n++ { // until something was collected
				if err := errors.Join(w.step(), w.litter(n)); err != nil {
					return err
				}
			}
			return nil
		})
		stop()
		collector.Wait()
		if err := errors.Join(errs...); err != nil {
			f.Error(err)
		}
		must(f.Blocks().Collect(f.Context(), f.Roots(f.Context())))(f)
		if removed.Load() == 0 && !testing.Short() {
			f.Error("nothing was collected on the way")
		}
		f.readAll(home)
	})
}

// readAll reads every revision of every file.
func (f fixture) readAll(tree *catalog.Tree) {
	f.Helper()
	for e, err := range tree.Walk(f.Context(), catalog.Path{}) {
		if err != nil {
			f.Fatal(err)
		}
		if e.Kind == catalog.KindFolder {
			continue
		}
		for _, revision := range must(tree.Revisions(f.Context(), path(f, e.Path), 0, 0))(f) {
			_, r, err := tree.Open(f.Context(), path(f, e.Path), revision.Number)
			if err != nil {
				f.Errorf("%s, revision %d: %v", e.Path, revision.Number, err)
				continue
			}
			if n, err := io.Copy(io.Discard, r); err != nil || n != revision.Size {
				f.Errorf("%s, revision %d: read %d of %d bytes, %v", e.Path, revision.Number, n, revision.Size, err)
			}
			r.Close()
		}
	}
}

// gcWriter uses few contents, so that blocks become garbage and are used again all the time.
type gcWriter struct {
	fixture
	tree *catalog.Tree
	base string
	rand *rand.Rand
}

// step does something with one of a few files, and reads at once what it has put.
func (w *gcWriter) step() error {
	ctx, name := w.Context(), path(w, fmt.Sprintf("%s/%d", w.base, w.rand.IntN(3)))
	other := path(w, fmt.Sprintf("%s/%d", w.base, w.rand.IntN(3)))
	var err error
	switch w.rand.IntN(10) {
	default:
		return w.put(ctx, name)
	case 4:
		_, err = w.tree.Copy(ctx, name, other, catalog.TransferOptions{Overwrite: true})
	case 5:
		_, err = w.tree.RestoreRevision(ctx, name, int64(1+w.rand.IntN(5)))
	case 6:
		err = w.tree.DeleteRevision(ctx, name, int64(1+w.rand.IntN(5)))
	case 7:
		_, err = w.tree.Remove(ctx, name, catalog.RemoveOptions{})
	case 8:
		err = w.tree.EmptyTrash(ctx)
	case 9:
		if trash := must(w.tree.Trash(ctx, 0, 1))(w); len(trash) > 0 {
			_, err = w.tree.RestoreTrash(ctx, trash[0].ID, nil)
		}
	}
	if errors.Is(err, catalog.ErrNotFound) || errors.Is(err, catalog.ErrRevision) || errors.Is(err, catalog.ErrExists) {
		return nil
	}
	return err
}

// litter leaves blocks that nothing names, as an upload does that is cut: what others write can all have a name for long.
func (w *gcWriter) litter(n int) error {
	blocks := w.Blocks().Writer()
	defer blocks.Close()
	_, err := blocks.Import(w.Context(), strings.NewReader(fmt.Sprint(w.base, " ", n)))
	return err
}

func (w *gcWriter) put(ctx context.Context, name catalog.Path) error {
	content := bytes.Repeat([]byte{byte(w.rand.IntN(8))}, 200_000+w.rand.IntN(2)*200_000) // some of two chunks
	put, _, err := w.tree.Put(ctx, name, bytes.NewReader(content), catalog.PutOptions{Parents: true})
	if err != nil {
		return err
	}
	e, r, err := w.tree.Open(ctx, name, 0)
	if err != nil {
		return fmt.Errorf("open %s, just put: %w", name, err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || e.Root != put.Root || !bytes.Equal(got, content) {
		return fmt.Errorf("read %s, just put: %d bytes of %d, %w", name, len(got), len(content), err)
	}
	return nil
}

// TestRootsOfEverything checks that no root is left out, wherever it is named.
func TestRootsOfEverything(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		want := map[cid.Cid]bool{}
		add := func(e catalog.Entry) { want[e.Root] = true }
		add(f.put(alice, "/file", "first"))
		add(f.put(alice, "/file", "second"))
		add(f.put(alice, "/folder/deep/file", "third"))
		f.remove(alice, "/folder")
		add(f.put(bob, "/file", "fourth"))
		purged := f.put(bob, "/purged", "fifth")
		f.remove(bob, "/purged")
		f.wantError(bob.EmptyTrash(f.Context()), nil)
		got := map[cid.Cid]bool{}
		for root, err := range f.Roots(f.Context()) {
			if err != nil {
				f.Fatal(err)
			}
			got[root] = true
		}
		if len(got) != len(want) || got[purged.Root] {
			f.Errorf("got %v, want %v", got, want)
		}
		for root := range want {
			if !got[root] {
				f.Errorf("%s is left out", root)
			}
		}
		for _, err := range f.Roots(f.Context()) { // who leaves early is not called again
			f.wantError(err, nil)
			break
		}
	})
}

// TestRootsPages passes the number of roots that one query reads.
func TestRootsPages(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		one := f.put(home, "/one", "x")
		f.wantError(home.Fill(f.Context(), path(f, "/many"), fileOf(one), 1100, numbered), nil)
		n := 0
		for _, err := range f.Roots(f.Context()) {
			if err != nil {
				f.Fatal(err)
			}
			n++
		}
		if n != 1101 {
			f.Errorf("got %d roots", n)
		}
	})
}

// fileOf is the content of an entry, to fill folders with.
func fileOf(e catalog.Entry) blockstore.File { return blockstore.File{Root: e.Root, Size: e.Size} }

// numbered names the files of a folder by their number.
func numbered(i int) (string, catalog.PutOptions) { return fmt.Sprint(i), catalog.PutOptions{} }
