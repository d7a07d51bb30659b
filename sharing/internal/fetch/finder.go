package fetch

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

const (
	lookupCost = 256     // entries that are listed in about the time in which one is looked up
	maxListed  = 1 << 17 // entries that a finder keeps
)

// finder looks paths up in a tree. A folder is listed once that costs less than the names looked up in it did, so that
// many files of one folder are as quick as few of a large one.
type finder struct {
	blocks tree.Blocks
	top    *place // nil: no tree
	room   int64  // entries that may still be kept
}

// place is a folder of the tree.
type place struct {
	root    cid.Cid
	entries int64                 // on all levels; -1 when unknown
	asked   int64                 // names
	names   map[string]tree.Entry // nil: not listed
	below   map[string]*place     // folders that paths led to; nil: there is none of the name
}

func newFinder(blocks tree.Blocks, root cid.Cid) *finder {
	f := &finder{blocks: blocks, room: maxListed}
	if root.Defined() {
		f.top = newPlace(root, -1)
	}
	return f
}

func newPlace(root cid.Cid, entries int64) *place {
	return &place{root: root, entries: entries, below: make(map[string]*place)}
}

func malformedFile() error { return &wire.Refusal{Code: wire.Malformed, Text: "file"} }

// look returns the file at a path, or false where the tree has no such file.
func (f *finder) look(ctx context.Context, path []string) (tree.Entry, bool, error) {
	if len(path) == 0 || len(path) > maxPath {
		return tree.Entry{}, false, malformedFile()
	}
	last := len(path) - 1
	at := f.top
	for i := 0; i < last && at != nil; i++ {
		var err error
		if at, err = f.enter(ctx, at, path[i]); err != nil {
			return tree.Entry{}, false, err
		}
	}
	if at == nil {
		return tree.Entry{}, false, nil
	}
	e, ok, err := f.entry(ctx, at, path[last])
	return e, ok && !e.Folder, err
}

// enter returns the folder of that name in p, nil where there is none.
func (f *finder) enter(ctx context.Context, p *place, name string) (*place, error) {
	if below, known := p.below[name]; known {
		return below, nil
	}
	e, ok, err := f.entry(ctx, p, name)
	if err != nil {
		return nil, err
	}
	if ok && e.Folder {
		p.below[name] = newPlace(e.Root, e.Size)
	} else {
		p.below[name] = nil
	}
	return p.below[name], nil
}

// entry returns what has a name in a folder, or false.
func (f *finder) entry(ctx context.Context, p *place, name string) (tree.Entry, bool, error) {
	if err := ctx.Err(); err != nil {
		return tree.Entry{}, false, err
	}
	if p.entries < 0 {
		folder, err := tree.Stat(ctx, f.blocks, p.root)
		if err != nil {
			return tree.Entry{}, false, err
		}
		p.entries = folder.Entries
	}
	if p.asked++; p.names == nil && p.entries <= min(lookupCost*p.asked, f.room) {
		if err := f.list(ctx, p); err != nil {
			return tree.Entry{}, false, err
		}
	}
	if p.names != nil {
		e, ok := p.names[name]
		return e, ok, nil
	}
	e, err := tree.Lookup(ctx, f.blocks, p.root, name)
	if errors.Is(err, tree.ErrNotFound) {
		return tree.Entry{}, false, nil
	}
	return e, err == nil, err
}

// list reads the names of a folder.
func (f *finder) list(ctx context.Context, p *place) error {
	p.names = make(map[string]tree.Entry)
	for e, err := range tree.List(ctx, f.blocks, p.root) {
		if err != nil {
			return err
		}
		if f.room--; f.room < 0 {
			return tree.ErrLimit // there are more than the folder says
		}
		p.names[e.Name] = e
	}
	return nil
}
