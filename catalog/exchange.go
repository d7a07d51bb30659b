package catalog

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/car"
	"github.com/melissiproject/hive/catalog/internal/unpack"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// Export writes the entry at path, with all it holds, as a CAR of UnixFS files and directories. Times and the executable
// bit are not part of it.
func (t *Tree) Export(ctx context.Context, path Path, w io.Writer) error {
	e, err := t.Stat(ctx, path)
	if err != nil {
		return err
	}
	in, _, err := locate(ctx, t, path, false)
	if err != nil {
		return err
	}
	x := exporter{blocks: t.blocks.Writer()} // keeps the directories, which nothing names, while they are read
	defer x.blocks.Close()
	root, err := x.root(ctx, in, e)
	if err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return car.Write(ctx, w, t.blocks, root)
}

// exporter makes the directories of one export.
type exporter struct {
	blocks *blockstore.Writer
}

// root returns the root of a file, or makes that of a folder.
func (x exporter) root(ctx context.Context, t *Tree, e Entry) (cid.Cid, error) {
	if e.Absent {
		return cid.Undef, fmt.Errorf("%w: %s", ErrAbsent, e.Path)
	}
	if e.Kind == KindFile {
		return e.Root, nil
	}
	folder, err := x.blocks.Folder(ctx, x.entries(ctx, t, e))
	return folder.Root, err
}

func (x exporter) entries(ctx context.Context, t *Tree, folder Entry) iter.Seq2[blockstore.FolderEntry, error] {
	return func(yield func(blockstore.FolderEntry, error) bool) {
		in, id, err := inside(ctx, t, folder)
		if err != nil {
			yield(blockstore.FolderEntry{}, err)
		}
		if in == nil {
			return
		}
		for e, err := range children(ctx, in, id, folder.Path) {
			var root cid.Cid
			if err == nil {
				root, err = x.root(ctx, in, e)
			}
			if !yield(blockstore.FolderEntry{Name: e.Name, Root: root, Size: e.Size, Folder: e.Kind == KindFolder}, err) || err != nil {
				return
			}
		}
	}
}

// Imported counts what an import brought.
type Imported = unpack.Imported

// Import reads a CAR with one root, a file or a folder, and puts it at path: folders join those that are there, files
// become new revisions. Every file is stored again from its bytes, so that it gets the root that Hive gives those bytes.
// What was imported before an error stays.
func (t *Tree) Import(ctx context.Context, path Path, r io.Reader) (Imported, error) {
	w := t.blocks.Writer()
	defer w.Close()
	in, _, err := locate(ctx, t, path, true)
	if err != nil {
		return Imported{}, err
	}
	room, err := roomOf(in)(ctx, in.space.Read(), 0)
	if err != nil {
		return Imported{}, err
	}
	if room != Unlimited {
		r = write.Within(r, min(room, 1<<60)/8*9+1<<20) // nodes and directories come with the files
	}
	roots, err := car.Read(ctx, r, w)
	if err != nil {
		return Imported{}, fmt.Errorf("import %s: %w", path, err)
	}
	if len(roots) != 1 {
		return Imported{}, fmt.Errorf("import %s: %w: %d roots, one is needed", path, car.ErrFormat, len(roots))
	}
	done, err := unpack.Into{Blocks: t.blocks, Mkdir: t.Mkdir, Put: t.Put}.Run(ctx, path, roots[0])
	if err != nil {
		return done, fmt.Errorf("import %s: %w", path, err)
	}
	return done, nil
}
