package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
)

const (
	folder = "tree" // of the tree in the shared folder
	edited = 50     // files
	small  = 16_000 // bytes a file that is edited has at most
)

// tree measures a tree in which a line of some small files changes.
func (b *bench) tree(ctx context.Context) error {
	if b.options.tree == "" {
		b.table.missing("tree", "no tree given")
		return nil
	}
	if err := os.CopyFS(b.local(folder), os.DirFS(b.options.tree)); err != nil {
		return err
	}
	if err := b.load(ctx, folder); err != nil {
		return err
	}
	names, total, err := b.choose()
	if err != nil {
		return err
	}
	var costs [many]cost
	var patches []int64
	for run := range b.options.runs {
		patch, err := b.amend(ctx, names, run)
		if err != nil {
			return err
		}
		patches = append(patches, patch)
		if err := b.measure(ctx, change{written: names}, &costs); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("tree of %d files, %d changed by a line", total, len(names))
	patch := figures.Median(patches)
	if patch == 0 {
		b.table.change(what, costs, 0, "")
		return nil
	}
	const times = 2
	b.table.change(what, costs, times*patch, fmt.Sprintf("≤ 2 × %s (diff -ru | zstd)", figures.Bytes(patch)))
	return nil
}

// choose picks small files from all over the tree.
func (b *bench) choose() (names []string, total int, err error) {
	var all []string
	err = fs.WalkDir(os.DirFS(b.content), folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		total++
		info, err := d.Info()
		if err == nil && info.Size() < small && path.Ext(name) == ".go" {
			all = append(all, name)
		}
		return err
	})
	for n := range min(edited, len(all)) {
		names = append(names, all[n*len(all)/min(edited, len(all))])
	}
	return names, total, err
}

// amend puts a line into the middle of each file, and gives the size of the compressed patch, 0 where there is no zstd.
func (b *bench) amend(ctx context.Context, names []string, run int) (patch int64, err error) {
	before, after := filepath.Join(b.dir, "before"), filepath.Join(b.dir, "after")
	for n, name := range names {
		text, err := os.ReadFile(b.local(name))
		if err != nil {
			return 0, err
		}
		middle := len(text) / 2
		middle += bytes.IndexByte(text[middle:], '\n') + 1
		line := fmt.Sprintf("// Line %d was put here in run %d.\n", n, run)
		changed := append(append(bytes.Clone(text[:middle]), line...), text[middle:]...)
		if err := copyFile(b.local(name), filepath.Join(before, filepath.FromSlash(name))); err != nil {
			return 0, err
		}
		if err := os.WriteFile(b.local(name), changed, 0o600); err != nil {
			return 0, err
		}
		if err := copyFile(b.local(name), filepath.Join(after, filepath.FromSlash(name))); err != nil {
			return 0, err
		}
	}
	defer os.RemoveAll(before)
	defer os.RemoveAll(after)
	if !machine.Has("zstd") {
		return 0, nil
	}
	diff := machine.Space("").Command(ctx, "sh", "-c", "diff -ru before after | zstd -c | wc -c")
	diff.Dir = b.dir
	out, err := diff.Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}
