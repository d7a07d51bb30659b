// Package unpack makes a tree of names of a tree of UnixFS blocks that came in a CAR.
//
// It owns the order of folders and files, and the limits of a tree that unfolds. How a folder is made and a file is put is its
// caller's.
package unpack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/car"
	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// most is the most entries that one import makes. Folders of a CAR can be shared, so that a small one unfolds into
// a tree without end.
const most = 1_000_000

// Imported counts what an import brought.
type Imported struct {
	Files, Folders int64
	Bytes          int64
}

// Into is where an import goes.
type Into struct {
	Blocks *blockstore.Store
	Mkdir  func(ctx context.Context, path names.Path, parents bool) (space.Entry, error)
	Put    func(ctx context.Context, path names.Path, r io.Reader, opts write.PutOptions) (space.Entry, bool, error)
}

// Run puts what root leads to at path. What was made before an error stays, and is counted.
func (into Into) Run(ctx context.Context, path names.Path, root cid.Cid) (Imported, error) {
	i := importer{into: into}
	err := i.run(ctx, path, root)
	return i.done, err
}

// importers is how many files an import puts at once, so that they share what makes each safe.
const importers = 16

// importer is one import: folders are made one after the other, files meanwhile.
type importer struct {
	into  Into
	files *errgroup.Group
	found int64 // entries met

	mu   sync.Mutex
	done Imported
}

func (i *importer) run(ctx context.Context, path names.Path, root cid.Cid) error {
	i.files, ctx = errgroup.WithContext(ctx)
	i.files.SetLimit(importers)
	err := i.add(ctx, path, root)
	return cmp.Or(i.files.Wait(), err) // err may only say that a file failed
}

func (i *importer) add(ctx context.Context, path names.Path, root cid.Cid) error {
	if i.found++; i.found > most {
		return fmt.Errorf("%w: more than %d entries", car.ErrFormat, most)
	}
	folder, err := i.into.Blocks.IsFolder(ctx, root)
	if err != nil {
		return malformed(path, err)
	}
	if folder {
		return i.addFolder(ctx, path, root)
	}
	i.files.Go(func() error { return i.addFile(ctx, path, root) })
	return ctx.Err()
}

func (i *importer) addFolder(ctx context.Context, path names.Path, root cid.Cid) error {
	if _, err := i.into.Mkdir(ctx, path, true); err != nil {
		return err
	}
	i.count(Imported{Folders: 1})
	there := make(map[string]bool)
	for e, err := range i.into.Blocks.ReadFolder(ctx, root) {
		if err != nil {
			return malformed(path, err)
		}
		below, err := path.Join(e.Name)
		if err != nil {
			return err
		}
		if there[below.Name()] { // in Unicode NFC
			return fmt.Errorf("%w: %s is there twice", car.ErrFormat, below)
		}
		there[below.Name()] = true
		if err := i.add(ctx, below, e.Root); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) addFile(ctx context.Context, path names.Path, root cid.Cid) error {
	content, err := i.into.Blocks.Open(ctx, root)
	if err != nil {
		return malformed(path, err)
	}
	defer content.Close()
	e, _, err := i.into.Put(ctx, path, content, write.PutOptions{Parents: true, Length: content.Size()})
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
func malformed(path names.Path, err error) error {
	return fmt.Errorf("%w: %s: %w", car.ErrFormat, path, err)
}
