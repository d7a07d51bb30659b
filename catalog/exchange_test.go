package catalog_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/blockstore/car"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// export gives the CAR of a path.
func (f fixture) export(tree *catalog.Tree, name string) []byte {
	f.Helper()
	var out bytes.Buffer
	if err := tree.Export(f.Context(), path(f, name), &out); err != nil {
		f.Fatal(err)
	}
	return out.Bytes()
}

func TestExportImport(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		big := make([]byte, 3<<20)
		for i := range big {
			big[i] = byte(i * i >> 7)
		}
		f.put(home, "/src/a/big", string(big))
		f.put(home, "/src/a/empty", "")
		f.put(home, "/src/ü 👩‍👩‍👧/x", "x")
		must(home.Mkdir(f.Context(), path(f, "/src/hollow"), false))(f)
		data := f.export(home, "/src")

		other := newFixture(f.T, f.DB(), catalog.Config{}) // the same names, other blocks
		guest := other.home(2)
		got := must(guest.Import(f.Context(), path(f, "/new"), bytes.NewReader(data)))(f)
		if want := (catalog.Imported{Files: 3, Folders: 4, Bytes: 3<<20 + 1}); got != want {
			f.Errorf("got %+v, want %+v", got, want)
		}
		other.wantNames(guest, "/new/", "/new/a/", "/new/a/big", "/new/a/empty", "/new/hollow/", "/new/ü 👩‍👩‍👧/", "/new/ü 👩‍👩‍👧/x")
		if other.content(guest, "/new/a/big") != string(big) {
			f.Error("the content is not what it was")
		}
		if again := other.export(guest, "/new"); !bytes.Equal(again, data) {
			f.Error("the export of an import is not the export")
		}
		// Once more joins what is there.
		other.put(guest, "/new/a/mine", "mine")
		must(guest.Import(f.Context(), path(f, "/new"), bytes.NewReader(data)))(f)
		if other.content(guest, "/new/a/mine") != "mine" {
			f.Error("an import took a file away")
		}
		if e := must(guest.Stat(f.Context(), path(f, "/new/a/big")))(f); e.Revision != 1 {
			f.Errorf("got %+v", e)
		}
		// A file is a root too.
		file := f.export(home, "/src/ü 👩‍👩‍👧/x")
		must(guest.Import(f.Context(), path(f, "/single"), bytes.NewReader(file)))(f)
		if other.content(guest, "/single") != "x" {
			f.Error("the content is not what it was")
		}
	})
}

// TestExportLargeFolder passes the size at which a UnixFS directory is split.
func TestExportLargeFolder(t *testing.T) {
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	home := f.home(1)
	one := f.put(home, "/one", "x")
	f.wantError(home.Fill(f.Context(), path(f, "/large"), blockstore.File{Root: one.Root, Size: 1}, 1200,
		func(i int) (string, catalog.PutOptions) { return fmt.Sprintf("%0200d", i), catalog.PutOptions{} }), nil)
	got := must(home.Import(f.Context(), path(f, "/back"), bytes.NewReader(f.export(home, "/large"))))(f)
	if got.Files != 1200 || got.Folders != 1 {
		f.Errorf("got %+v", got)
	}
}

// TestImportForeign takes trees that this hive would not make: another layout of a file gets the root of its bytes.
func TestImportForeign(t *testing.T) {
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	home := f.home(1)
	native := f.put(home, "/native", strings.Repeat("some bytes ", 100))
	data := carOf(t, func(w *blockstore.Writer) cid.Cid {
		half := strings.Repeat("some bytes ", 50)
		return foreignFile(t, w, uint64(len(half)), half, half)
	})
	must(home.Import(f.Context(), path(f, "/foreign"), bytes.NewReader(data)))(f)
	if e := must(home.Stat(f.Context(), path(f, "/foreign")))(f); e.Root != native.Root || e.Size != native.Size {
		f.Errorf("got %+v, want the root of %+v", e, native)
	}
}

func TestImportRefuses(t *testing.T) {
	f := newFixture(t, databasetest.New(t), limit(1000))
	home := f.home(1)
	leaf := func(w *blockstore.Writer) cid.Cid {
		return must(w.Import(t.Context(), strings.NewReader("leaf")))(t).Root
	}
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":   {nil, car.ErrFormat},
		"nonsense":  {[]byte("this is not a CAR at all"), car.ErrFormat},
		"truncated": {carOf(t, leaf)[:70], car.ErrFormat},
		"dots":      {carOf(t, func(w *blockstore.Writer) cid.Cid { return folderOf(t, w, leaf(w), "..") }), catalog.ErrPath},
		"slash":     {carOf(t, func(w *blockstore.Writer) cid.Cid { return folderOf(t, w, leaf(w), "a/b") }), catalog.ErrPath},
		"long":      {carOf(t, func(w *blockstore.Writer) cid.Cid { return folderOf(t, w, leaf(w), strings.Repeat("n", 256)) }), catalog.ErrNameTooLong},
		"deep": {carOf(t, func(w *blockstore.Writer) cid.Cid {
			root := leaf(w)
			for range 255 {
				root = folderOf(t, w, root, "d")
			}
			return root
		}), catalog.ErrPath},
		"twice":  {carOf(t, func(w *blockstore.Writer) cid.Cid { return folderOf(t, w, leaf(w), "e\u0301", "\u00e9") }), car.ErrFormat},
		"a lie":  {carOf(t, func(w *blockstore.Writer) cid.Cid { return foreignFile(t, w, 5, "four", "fou2") }), car.ErrFormat},
		"greedy": {carOf(t, func(w *blockstore.Writer) cid.Cid { return foreignFile(t, w, 1<<40, "four", "fou2") }), catalog.ErrQuota},
		"over quota": {carOf(t, func(w *blockstore.Writer) cid.Cid {
			return must(w.Import(t.Context(), io.LimitReader(zeros{}, 1001)))(t).Root
		}), catalog.ErrQuota},
	} {
		_, err := home.Import(t.Context(), path(t, "/"+name), bytes.NewReader(test.data))
		f.wantError(err, test.want)
	}
	_, err := home.Import(t.Context(), catalog.Path{}, bytes.NewReader(carOf(t, leaf)))
	f.wantError(err, catalog.ErrIsFolder)
	f.wantUsed(1, 4) // the first of "twice": what was imported before an error stays
}

// carOf makes a CAR of what build stores, in a store of its own.
func carOf(t testing.TB, build func(w *blockstore.Writer) cid.Cid) []byte {
	t.Helper()
	store := blocktest.New(t)
	w := store.Writer()
	defer w.Close()
	var out bytes.Buffer
	if err := car.Write(t.Context(), &out, store, build(w)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// folderOf stores a folder whose entries are all the same.
func folderOf(t testing.TB, w *blockstore.Writer, root cid.Cid, names ...string) cid.Cid {
	t.Helper()
	entries := iter.Seq2[blockstore.FolderEntry, error](func(yield func(blockstore.FolderEntry, error) bool) {
		for _, name := range names {
			if !yield(blockstore.FolderEntry{Name: name, Root: root}, nil) {
				return
			}
		}
	})
	return must(w.Folder(t.Context(), entries))(t).Root
}

// foreignFile stores a file cut where Hive would not cut it, and says that each chunk has size bytes.
func foreignFile(t testing.TB, w *blockstore.Writer, size uint64, chunks ...string) cid.Cid {
	t.Helper()
	file, node := unixfs.NewFSNode(unixfs.TFile), &merkledag.ProtoNode{}
	node.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256})
	for _, chunk := range chunks {
		file.AddBlockSize(size)
		leaf := must(w.Import(t.Context(), strings.NewReader(chunk)))(t)
		if err := node.AddRawLink("", &format.Link{Cid: leaf.Root, Size: uint64(len(chunk))}); err != nil {
			t.Fatal(err)
		}
	}
	node.SetData(must(file.GetBytes())(t))
	if err := w.Put(t.Context(), node.Cid(), node.RawData()); err != nil {
		t.Fatal(err)
	}
	return node.Cid()
}
