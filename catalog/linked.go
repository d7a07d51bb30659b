package catalog

import (
	"context"
	"fmt"
	"io"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// Linkable returns the entry at path in the home of t if it can be shown to the world by itself: it is the user's own, and not
// the home as a whole. What lies in a share of somebody else is theirs to show: ErrMounted.
func Linkable(ctx context.Context, t *Tree, path Path) (Entry, error) {
	e, err := t.Stat(ctx, path)
	switch {
	case err != nil:
	case path.IsRoot():
		err = fmt.Errorf("%w: the home itself", ErrPath)
	case e.Space != t.space.ID || e.Target != 0:
		err = fmt.Errorf("%w: %s is of a share", ErrMounted, path)
	}
	return e, err
}

// Linked returns a tree whose root is an entry of the home of t, a file or a folder, wherever it is by now. Mounts in it do not show.
// ErrNotFound where it is in the trash or gone.
func Linked(ctx context.Context, t *Tree, entry int64, write bool) (*Tree, error) {
	s, err := t.space.Linked(ctx, entry, write)
	if err != nil {
		return nil, err
	}
	linked := treeOf(t.catalog, s, t.actor)
	linked.readOnly = !write
	return linked, nil
}

// PathsOf gives the paths of those of the entries of the home of t that are not in the trash.
func PathsOf(ctx context.Context, t *Tree, entries []int64) (map[int64]string, error) {
	return t.space.Paths(ctx, t.space.Read(), entries)
}

// AddTo puts a new file into the root of t, a folder. Where something has the name already, it takes another one like it.
func AddTo(ctx context.Context, t *Tree, name string, r io.Reader, length int64) (entry Entry, err error) {
	path, err := Path{}.Join(name)
	if err != nil {
		return Entry{}, err
	}
	if t.readOnly {
		return Entry{}, fmt.Errorf("%w: %s", ErrReadOnly, path)
	}
	if _, err := t.space.Folder(ctx, t.space.Read(), Path{}); err != nil {
		return Entry{}, err
	}
	room, err := roomOf(t).For(ctx, t.space.Read(), length, 0)
	if err != nil {
		return Entry{}, err
	}
	w := t.blocks.Writer()
	defer w.Close()
	file, err := write.Receive(ctx, w, r, room, length)
	if err == nil {
		err = w.Commit(ctx)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("add %s: %w", path, err)
	}
	err = edit(ctx, t, func(ctx context.Context, e *space.Edit) (err error) {
		entry, err = write.Add(ctx, e, path, file)
		return err
	})
	return entry, err
}
