package catalog_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/melissiproject/hive/catalog"
)

// model is a tree as simple as it can be, to compare the real one with.
type model struct {
	top   *node
	trash []*binned
}

// node is a folder, or a file with its revisions by number, from 1.
type node struct {
	kids      map[string]*node // nil for a file
	revisions map[int64]string
	newest    int64
}

// binned is a node in the trash.
type binned struct {
	id   int64 // as the tree gave it
	path []string
	node *node
}

func newFolder() *node { return &node{kids: map[string]*node{}} }

func newFile(content string) *node {
	return &node{revisions: map[int64]string{1: content}, newest: 1}
}

// write adds a revision, unless it would be the same again.
func (n *node) write(content string) {
	if n.revisions[n.newest] != content {
		n.newest++
		n.revisions[n.newest] = content
	}
}

// size is the bytes of all revisions of all below.
func (n *node) size() (bytes int64) {
	for _, content := range n.revisions {
		bytes += int64(len(content))
	}
	for _, kid := range n.kids {
		bytes += kid.size()
	}
	return bytes
}

// copied is a node with the newest revisions of all below.
func (n *node) copied() *node {
	if n.kids == nil {
		return newFile(n.revisions[n.newest])
	}
	out := newFolder()
	for name, kid := range n.kids {
		out.kids[name] = kid.copied()
	}
	return out
}

// lines describes all below: paths, and revisions of files.
func (n *node) lines(at string, out []string) []string {
	if n.kids == nil {
		numbers := slices.Sorted(maps.Keys(n.revisions))
		return append(out, fmt.Sprintf("%s %v %q", at, numbers, n.revisions[n.newest]))
	}
	out = append(out, at+"/")
	for _, name := range slices.Sorted(maps.Keys(n.kids)) {
		out = n.kids[name].lines(at+"/"+name, out)
	}
	return out
}

// find gives the node at a path, or why there is none.
func (m *model) find(names []string) (*node, error) {
	at := m.top
	for _, name := range names {
		if at.kids == nil {
			return nil, catalog.ErrNotFolder
		}
		if at = at.kids[name]; at == nil {
			return nil, catalog.ErrNotFound
		}
	}
	return at, nil
}

// folder gives the folder at a path; with parents it makes what is missing.
func (m *model) folder(names []string, parents bool) (*node, error) {
	at, err := m.find(names)
	if parents && err == catalog.ErrNotFound {
		at = m.top
		for _, name := range names {
			if at.kids[name] == nil {
				at.kids[name] = newFolder()
			}
			at = at.kids[name]
		}
		return at, nil
	}
	if err == nil && at.kids == nil {
		err = catalog.ErrNotFolder
	}
	return at, err
}

// split is the folder and the name of a path.
func split(names []string) ([]string, string) { return names[:len(names)-1], names[len(names)-1] }

func (m *model) put(names []string, content string, parents bool) error {
	if at, err := m.find(names); err == nil {
		if at.kids != nil {
			return catalog.ErrIsFolder
		}
		at.write(content)
		return nil
	}
	above, name := split(names)
	folder, err := m.folder(above, parents)
	if err == nil {
		folder.kids[name] = newFile(content)
	}
	return err
}

func (m *model) mkdir(names []string, parents bool) error {
	if at, err := m.find(names); err == nil {
		if parents && at.kids != nil {
			return nil
		}
		return catalog.ErrExists
	}
	above, name := split(names)
	folder, err := m.folder(above, parents)
	if err == nil {
		folder.kids[name] = newFolder()
	}
	return err
}

// transfer moves or copies. What was at the target is returned.
func (m *model) transfer(from, to []string, move, overwrite bool) (replaced *node, err error) {
	source, err := m.find(from)
	if err != nil {
		return nil, err
	}
	same := slices.Equal(from, to)
	switch {
	case !same && under(from, to), !same && under(to, from) && source.kids != nil:
		return nil, catalog.ErrIntoItself
	case same && move:
		return nil, nil
	case same:
		return nil, catalog.ErrExists
	}
	above, name := split(to)
	folder, err := m.folder(above, false)
	if err != nil {
		return nil, err
	}
	if replaced = folder.kids[name]; replaced != nil && !overwrite {
		return nil, catalog.ErrExists
	}
	if !move {
		folder.kids[name] = source.copied()
		return replaced, nil
	}
	old, oldName := split(from)
	was, _ := m.find(old)
	delete(was.kids, oldName)
	folder.kids[name] = source
	return replaced, nil
}

// under tells whether a path is root or below it.
func under(path, root []string) bool {
	return len(path) >= len(root) && slices.Equal(path[:len(root)], root)
}

func (m *model) remove(names []string) (*node, error) {
	at, err := m.find(names)
	if err == nil {
		above, name := split(names)
		folder, _ := m.find(above)
		delete(folder.kids, name)
	}
	return at, err
}

func (m *model) restoreRevision(names []string, number int64) error {
	at, err := m.file(names)
	if err != nil {
		return err
	}
	content, ok := at.revisions[number]
	if !ok {
		return catalog.ErrRevision
	}
	at.write(content)
	return nil
}

func (m *model) deleteRevision(names []string, number int64) error {
	at, err := m.file(names)
	if err != nil {
		return err
	}
	if _, ok := at.revisions[number]; !ok || number == at.newest {
		return catalog.ErrRevision
	}
	delete(at.revisions, number)
	return nil
}

func (m *model) file(names []string) (*node, error) {
	at, err := m.find(names)
	if err == nil && at.kids != nil {
		err = catalog.ErrIsFolder
	}
	return at, err
}

// replay is what a follower of the change log knows: paths with what is there.
type replay struct {
	at    map[string]catalog.Change // the last change of what is at a path
	trash map[int64]map[string]catalog.Change
}

func (r *replay) apply(c catalog.Change) error {
	_, there := r.at[c.Path]
	switch c.Kind {
	case "create":
		if there {
			return fmt.Errorf("change %d creates %s, which is there", c.Seq, c.Path)
		}
		r.at[c.Path] = c
	case "update", "meta":
		if !there {
			return fmt.Errorf("change %d is of %s, which is not there", c.Seq, c.Path)
		}
		r.at[c.Path] = c
	case "move":
		r.graft(c.Path, r.cut(c.From, true))
	case "copy":
		r.graft(c.Path, r.cut(c.From, false))
	case "delete":
		r.trash[c.Entry] = r.cut(c.Path, true)
	case "restore":
		r.graft(c.Path, r.trash[c.Entry])
		delete(r.trash, c.Entry)
	case "purge":
		delete(r.trash, c.Entry)
	default:
		return fmt.Errorf("change %d of unknown kind %q", c.Seq, c.Kind)
	}
	return nil
}

// cut gives all at a path and below, by what follows the path, and takes it away if asked to.
func (r *replay) cut(path string, away bool) map[string]catalog.Change {
	out := map[string]catalog.Change{}
	for p, c := range r.at {
		if rest, ok := strings.CutPrefix(p, path); ok && (rest == "" || rest[0] == '/') {
			out[rest] = c
			if away {
				delete(r.at, p)
			}
		}
	}
	return out
}

func (r *replay) graft(path string, all map[string]catalog.Change) {
	for rest, c := range all {
		r.at[path+rest] = c
	}
}
