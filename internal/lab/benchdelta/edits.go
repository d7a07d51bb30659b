package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"github.com/melissiproject/hive/internal/lab/figures"
)

// random gives bytes that nothing compresses, others for every seed.
func random(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

// edit is a row: the same is done in every run, at another place.
type edit struct {
	what  string
	do    func(run int) (change, error)
	most  int64 // bytes that hive may take; 0 is only fewer than rsync
	limit string
	once  bool // it cannot be repeated
}

// edits does them all, one after the other, and adds a row for each.
func (b *bench) edits(ctx context.Context, edits ...edit) error {
	for _, e := range edits {
		var costs [many]cost
		runs := b.options.runs
		if e.once {
			runs = 1
		}
		for run := range runs {
			c, err := e.do(run)
			if err != nil {
				return err
			}
			if err := b.measure(ctx, c, &costs); err != nil {
				return fmt.Errorf("%s: %w", e.what, err)
			}
		}
		b.table.change(e.what, costs, e.most, e.limit)
	}
	return nil
}

// The file of the first rows, and its other name.
const (
	large   = "file"
	renamed = "renamed"
)

// file measures edits of one large file. Each begins where the one before ended.
func (b *bench) file(ctx context.Context) error {
	name := b.local(large)
	if err := fill(name, 1, b.options.size); err != nil {
		return err
	}
	if err := b.load(ctx, large); err != nil {
		return err
	}
	const (
		insertion                  = 1000
		scattered, piece           = 100, 64
		smallLimit, scatteredLimit = 16_000, 600_000
		movedLimit, renameLimit    = 64_000, 4_000
	)
	const appended int64 = figures.MiB
	const appendedLimit = appended + appended/20
	block := min(64*figures.MiB, b.options.size/16)
	written := change{written: []string{large}}
	what := b.sizeOf(large) + ", "
	row := func(name string, do func(run int) error, most int64, limit string) edit {
		return edit{what: what + name, do: func(run int) (change, error) { return written, do(run) }, most: most, limit: limit}
	}
	return b.edits(ctx,
		row("one byte changed", func(run int) error { return flip(name, b.options.size/2+int64(run)) }, smallLimit, "≤ 16 KB"),
		row("1,000 bytes inserted at the front", func(run int) error {
			return rewrite(name, func(f *os.File, w io.Writer) error {
				return errors.Join(copyBytes(w, random(seed(run, 2)), insertion), copyAll(w, f))
			})
		}, smallLimit, "≤ 16 KB"),
		row("1 MiB appended", func(run int) error { return extend(name, seed(run, 3), appended) }, appendedLimit, "≤ 1.05 MiB"),
		row("100 edits of 64 bytes", func(run int) error { return scatter(name, seed(run, 4), scattered, piece) }, scatteredLimit, "≤ 600 KB"),
		row(fmt.Sprintf("%d MiB moved from front to end", block/figures.MiB), func(int) error {
			return rewrite(name, func(f *os.File, w io.Writer) error {
				first := io.NewSectionReader(f, 0, block)
				_, err := f.Seek(block, io.SeekStart)
				return errors.Join(err, copyAll(w, f), copyAll(w, first))
			})
		}, movedLimit, "≤ 64 KB"),
		edit{what: what + "renamed", most: renameLimit, limit: "≤ 4 KB", do: func(run int) (change, error) {
			names := [2]string{large, renamed}
			from, to := names[run%2], names[(run+1)%2]
			return change{written: []string{to}, renamed: from}, os.Rename(b.local(from), b.local(to))
		}},
	)
}

// seed is another one for every run of every row.
func seed(run, row int) uint64 {
	const rows = 100
	return uint64(run*rows + row)
}

func copyBytes(w io.Writer, r io.Reader, n int64) error {
	_, err := io.CopyN(w, r, n)
	return err
}

func copyAll(w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, r)
	return err
}

// fill makes a file of random bytes.
func fill(name string, seed uint64, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(copyBytes(f, random(seed), size), f.Close())
}

// flip changes one byte.
func flip(name string, at int64) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	var one [1]byte
	if _, err := f.ReadAt(one[:], at); err != nil {
		return errors.Join(err, f.Close())
	}
	one[0] ^= 0xff
	_, err = f.WriteAt(one[:], at)
	return errors.Join(err, f.Close())
}

// extend appends random bytes.
func extend(name string, seed uint64, n int64) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return errors.Join(copyBytes(f, random(seed), n), f.Close())
}

// scatter overwrites pieces at random places.
func scatter(name string, seed uint64, pieces int, size int64) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	source := random(seed)
	places := rand.New(source)
	for range pieces {
		err = errors.Join(err, copyBytes(io.NewOffsetWriter(f, places.Int64N(info.Size()-size)), source, size))
	}
	return errors.Join(err, f.Close())
}

// rewrite makes the file anew from what it was.
func rewrite(name string, do func(old *os.File, w io.Writer) error) error {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	next, err := os.Create(name + ".new")
	if err != nil {
		return err
	}
	if err := errors.Join(do(old, next), next.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
