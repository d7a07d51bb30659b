package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/car"
)

// maxImport is the most entries that one import makes. Folders of a CAR can be shared, so that a small one unfolds into
// a tree without end.
const maxImport = 1_000_000

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
type Imported struct {
	Files, Folders int64
	Bytes          int64
}

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
	room, err := in.space.Room(ctx)
	if err != nil {
		return Imported{}, err
	}
	if room != Unlimited {
		r = &quotaReader{r: r, left: min(room, 1<<60)/8*9 + 1<<20} // nodes and directories come with the files
	}
	roots, err := car.Read(ctx, r, w)
	if err != nil {
		return Imported{}, fmt.Errorf("import %s: %w", path, err)
	}
	if len(roots) != 1 {
		return Imported{}, fmt.Errorf("import %s: %w: %d roots, one is needed", path, car.ErrFormat, len(roots))
	}
	i := importer{tree: t}
	if err := i.run(ctx, path, roots[0]); err != nil {
		return i.done, fmt.Errorf("import %s: %w", path, err)
	}
	return i.done, nil
}

// importers is how many files an import puts at once, so that they share what makes each safe.
const importers = 16

// importer is one import: folders are made one after the other, files meanwhile.
type importer struct {
	tree  *Tree
	files *errgroup.Group
	found int64 // entries met

	mu   sync.Mutex
	done Imported
}

func (i *importer) run(ctx context.Context, path Path, root cid.Cid) error {
	i.files, ctx = errgroup.WithContext(ctx)
	i.files.SetLimit(importers)
	err := i.add(ctx, path, root)
	return cmp.Or(i.files.Wait(), err) // err may only say that a file failed
}

func (i *importer) add(ctx context.Context, path Path, root cid.Cid) error {
	if i.found++; i.found > maxImport {
		return fmt.Errorf("%w: more than %d entries", car.ErrFormat, maxImport)
	}
	folder, err := i.tree.blocks.IsFolder(ctx, root)
	if err != nil {
		return malformed(path, err)
	}
	if folder {
		return i.addFolder(ctx, path, root)
	}
	i.files.Go(func() error { return i.addFile(ctx, path, root) })
	return ctx.Err()
}

func (i *importer) addFolder(ctx context.Context, path Path, root cid.Cid) error {
	if _, err := i.tree.Mkdir(ctx, path, true); err != nil {
		return err
	}
	i.count(Imported{Folders: 1})
	names := make(map[string]bool)
	for e, err := range i.tree.blocks.ReadFolder(ctx, root) {
		if err != nil {
			return malformed(path, err)
		}
		below, err := path.Join(e.Name)
		if err != nil {
			return err
		}
		if names[below.Name()] { // in Unicode NFC
			return fmt.Errorf("%w: %s is there twice", car.ErrFormat, below)
		}
		names[below.Name()] = true
		if err := i.add(ctx, below, e.Root); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) addFile(ctx context.Context, path Path, root cid.Cid) error {
	content, err := i.tree.blocks.Open(ctx, root)
	if err != nil {
		return malformed(path, err)
	}
	defer content.Close()
	e, _, err := i.tree.Put(ctx, path, content, PutOptions{Parents: true, Length: content.Size()})
	if errors.Is(err, blockstore.ErrFormat) || errors.Is(err, blockstore.ErrUnsupported) {
		return malformed(path, err)
	}
	if err == nil {
		i.count(Imported{Files: 1, Bytes: e.Size})
	}
	return err
}

func (i *importer) count(n Imported) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.done.Files += n.Files
	i.done.Folders += n.Folders
	i.done.Bytes += n.Bytes
}

// malformed is the error of content that came in a CAR.
func malformed(path Path, err error) error {
	return fmt.Errorf("%w: %s: %w", car.ErrFormat, path, err)
}
