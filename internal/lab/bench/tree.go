package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
)

// trees measures a folder with all below it, in and out by the command line,
// each time with a fresh hive: a second time the content would be there already.
// What is made stays until the end, and needs the room: for seconds after many
// files were deleted ext4 takes ten times as long to make new ones.
func (b *bench) trees(ctx context.Context) error {
	var in, out figures.Series
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
	b.table.within("tree in", in, fmt.Sprintf("%d files, %s", files, in.Spread(0)), inTarget)
	b.table.within("tree out", out, "diff -r finds nothing, "+out.Spread(0), outTarget)
	return nil
}

func (b *bench) treeOnce(ctx context.Context, name string, in, out *figures.Series) (err error) {
	h, _, err := b.hive(ctx, name)
	if err != nil {
		return err
	}
	local := filepath.Join(b.dir, name, "out")
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := in.Measure(func() error { return h.Client(ctx, "put", "-r", b.options.tree, "/tree") }); err != nil {
		return err
	}
	if err := out.Measure(func() error { return h.Client(ctx, "get", "-r", "/tree", local) }); err != nil {
		return err
	}
	return machine.Run(ctx, "diff", "-r", b.options.tree, local)
}
