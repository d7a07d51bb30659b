package hivetest_test

import (
	"fmt"
	"strings"
	"testing/synctest"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
)

// edit lets a user edit the folder. It may well fail, since the hive may be without power; then nothing was acknowledged.
func (h *history) edit(n int) {
	h.t.Helper()
	u := h.user(n)
	files, folders := h.list(u)
	some := func(of []string) string { return of[h.rng.IntN(len(of))] }
	fresh := func() string { return some(folders) + "/" + string(rune('a'+h.rng.IntN(8))) }
	var what string
	var err error
	switch k := h.rng.IntN(12); {
	case k < 3 || len(files) == 0:
		what, err = h.put(u, fresh()+".txt")
	case k < 6:
		what, err = h.put(u, some(files))
	case k == 6:
		what, err = h.move(u, some(files), fresh()+".txt")
	case k == 7:
		what, err = h.move(u, some(files), some(folders)+"/"+some([]string{"x", "y"}))
	case k == 8 && len(folders) > 1:
		what, err = h.move(u, some(folders[1:]), fresh())
	case k == 9:
		what, err = h.remove(u, some(files))
	case k == 10 && len(folders) > 1 && h.rng.IntN(2) == 0:
		what, err = h.remove(u, some(folders[1:]))
	default:
		folder := fresh()
		_, err = u.Home().Mkdir(h.t.Context(), h.path(folder), false)
		what = "makes " + folder
	}
	h.say("%s %s: %v", u.Name, what, err)
}

// put writes a content that nobody wrote before, some large enough to be of several blocks.
func (h *history) put(u *hivetest.User, path string) (what string, err error) {
	content := fmt.Sprintf("%d by %s", len(h.log), u.Name)
	what = fmt.Sprintf("writes %q to %s", content, path)
	if h.rng.IntN(6) == 0 {
		content = strings.Repeat(content+"\n", 1+h.rng.IntN(40_000))
	}
	opts := catalog.PutOptions{IfNoneMatch: "*"}
	before, err := u.Home().Stat(h.t.Context(), h.path(path))
	if err == nil {
		opts = catalog.PutOptions{IfMatch: before.ETag()}
	}
	e, _, err := u.Home().Put(h.t.Context(), h.path(path), strings.NewReader(content), opts)
	if err == nil {
		h.written[e.Root] = what
		h.ended[before.Root] = true
	}
	return what, err
}

// move moves an entry. What it replaces goes to the trash.
func (h *history) move(u *hivetest.User, from, to string) (what string, err error) {
	overwrite := h.rng.IntN(2) == 0
	var there []cid.Cid
	if overwrite {
		synctest.Wait() // so that nothing comes there meanwhile
		there = h.below(u, to)
	}
	_, err = u.Home().Move(h.t.Context(), h.path(from), h.path(to), catalog.TransferOptions{Overwrite: overwrite})
	if err == nil && from != to {
		h.end(there)
	}
	return fmt.Sprintf("moves %s to %s", from, to), err
}

func (h *history) remove(u *hivetest.User, path string) (what string, err error) {
	synctest.Wait() // so that nothing comes there meanwhile
	there := h.below(u, path)
	if err = u.TryRemove(path); err == nil {
		h.end(there)
	}
	return "deletes " + path, err
}

// below are the versions that a user sees at a path and below it.
func (h *history) below(u *hivetest.User, path string) (roots []cid.Cid) {
	for e, err := range u.Home().Walk(h.t.Context(), h.path(path)) {
		if err != nil {
			break // nothing is there
		}
		if e.Kind == catalog.KindFile {
			roots = append(roots, e.Root)
		}
	}
	return roots
}

func (h *history) end(roots []cid.Cid) {
	for _, root := range roots {
		h.ended[root] = true
	}
}

// list is what a user sees in the folder: files, and folders with the shared one first.
func (h *history) list(u *hivetest.User) (files, folders []string) {
	folders = []string{shared}
	for e, err := range u.Home().Walk(h.t.Context(), h.path(shared)) {
		if err != nil {
			break // not mounted yet, or not any more
		}
		switch {
		case e.Kind == catalog.KindFile:
			files = append(files, e.Path)
		case e.Path != shared:
			folders = append(folders, e.Path)
		}
	}
	return files, folders
}

func (h *history) path(text string) catalog.Path {
	path, err := catalog.ParsePath(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return path
}
