package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

// trees measures a folder with all below it, in and out by the command line,
// each time with a fresh hive: a second time the content would be there already.
func (b *bench) trees(ctx context.Context) error {
	var in, out series
	for n := range b.options.runs {
		if err := b.treeOnce(ctx, fmt.Sprintf("tree%d", n), &in, &out); err != nil {
			return err
		}
	}
	files := 0
	err := filepath.WalkDir(b.options.tree, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files++
		}
		return err
	})
	if err != nil {
		return err
	}
	const inTarget, outTarget = 5 * time.Second, 4 * time.Second
	b.table.within("tree in", in, fmt.Sprintf("%d files, %s", files, spread(in, 0)), inTarget)
	b.table.within("tree out", out, "diff -r finds nothing, "+spread(out, 0), outTarget)
	return nil
}

func (b *bench) treeOnce(ctx context.Context, name string, in, out *series) (err error) {
	h, _, err := b.hive(ctx, name)
	if err != nil {
		return err
	}
	local := filepath.Join(b.dir, name, "out")
	defer func() { err = errors.Join(err, h.Close(), os.RemoveAll(filepath.Join(b.dir, name))) }()
	if err := in.measure(func() error { return client(ctx, h, "put", "-r", b.options.tree, "/tree") }); err != nil {
		return err
	}
	if err := out.measure(func() error { return client(ctx, h, "get", "-r", "/tree", local) }); err != nil {
		return err
	}
	return command(ctx, "diff", "-r", b.options.tree, local)
}

func client(ctx context.Context, h *server.Hive, args ...string) error {
	text, err := h.Command(ctx, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("hive %s: %w: %s", args[0], err, text)
	}
	return nil
}
