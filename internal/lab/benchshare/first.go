package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/peers"
	"github.com/melissiproject/hive/internal/lab/server"
)

const patience = 15 * time.Minute // for one transfer

// random makes a file of bytes that nothing compresses.
func random(name string, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{1}), size)
	return errors.Join(err, f.Close())
}

// file measures the first transfer of one file.
func (b *bench) file(ctx context.Context) error {
	source := filepath.Join(b.dir, "source")
	if err := os.Mkdir(source, 0o700); err != nil {
		return err
	}
	if err := random(filepath.Join(source, "file"), b.options.size); err != nil {
		return err
	}
	const target = 2
	err := b.first(ctx, fmt.Sprintf("first transfer, %d MiB", b.options.size/figures.MiB), source, target)
	return errors.Join(err, os.RemoveAll(source))
}

// trees measures the first transfer of a tree. Syncthing works in a copy, for it leaves a mark in the folders it shares. All
// that is made stays until the end: for seconds after many files were deleted ext4 takes ten times as long to make new ones.
func (b *bench) trees(ctx context.Context) error {
	if b.options.tree == "" {
		b.table.missing("first transfer, tree", "no tree given")
		return nil
	}
	source := filepath.Join(b.dir, "source")
	if err := os.CopyFS(source, os.DirFS(b.options.tree)); err != nil {
		return err
	}
	b.keeps = true
	defer func() { b.keeps = false }()
	const target = 3
	return errors.Join(b.first(ctx, "first transfer, tree", source, target), b.remove(source))
}

// first measures all three in turn, so that what else the machine does meets each.
func (b *bench) first(ctx context.Context, what, source string, target float64) error {
	files, folders, size, err := count(source)
	if err != nil {
		return err
	}
	var rsync, syncthing, hive figures.Series
	for n := range b.options.runs {
		if err := b.rsync(ctx, source, &rsync); err != nil {
			return err
		}
		const many = 1000 // files with which Syncthing takes minutes, so that once must do
		if n == 0 || files < many {
			if err := b.syncthing(ctx, source, files, &syncthing); err != nil {
				return err
			}
		}
		if err := b.firstOnce(ctx, fmt.Sprintf("%d-%d", files, n), source, int64(files+folders), &hive); err != nil {
			return err
		}
	}
	if files > 1 {
		what = fmt.Sprintf("%s of %d files", what, files)
	}
	b.table.transfer(what, size, hive, rsync, syncthing, target)
	return nil
}

// firstOnce shares source between two new hives and compares what arrived.
func (b *bench) firstOnce(ctx context.Context, name, source string, entries int64, times *figures.Series) (err error) {
	p, err := b.pair(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Alice.Client(ctx, "put", "-r", source, "/shared"); err != nil {
		return err
	}
	id, err := p.Offer(ctx, "/shared")
	if err != nil {
		return err
	}
	bob := server.Shares{Hive: p.Bob}
	err = times.Measure(func() error {
		if _, err := bob.Take(ctx, id, "/shared", patience); err != nil {
			return err
		}
		return bob.Complete(ctx, id, entries, patience)
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.Tails())
	}
	arrived := filepath.Join(p.dir, "arrived")
	if err := p.Bob.Client(ctx, "get", "-r", "/shared", arrived); err != nil {
		return err
	}
	return machine.Run(ctx, "diff", "-r", source, arrived)
}

func count(root string) (files, folders int, size int64, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != root {
				folders++
			}
		default:
			files++
			info, err := d.Info()
			if err != nil {
				return err
			}
			size += info.Size()
		}
		return nil
	})
	return files, folders, size, err
}

// rsync times a first transfer of source from a daemon on the loopback into a new folder, where there is an rsync.
func (b *bench) rsync(ctx context.Context, source string, times *figures.Series) (err error) {
	if !machine.Has(peers.RsyncProgram) {
		return nil
	}
	dir, err := os.MkdirTemp(b.dir, "rsync-")
	if err != nil {
		return err
	}
	daemon, err := peers.StartRsync(ctx, peers.Place{Dir: dir}, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, daemon.Close(), b.remove(dir)) }()
	return times.Measure(func() error { return daemon.Pull(ctx, "", filepath.Join(dir, "target")) })
}

// syncthings starts two instances that know each other and are not connected.
func (b *bench) syncthings(ctx context.Context) (from, to *peers.Syncthing, stop func() error, err error) {
	dir, err := os.MkdirTemp(b.dir, "syncthing-")
	if err != nil {
		return nil, nil, nil, err
	}
	from, to, err = peers.Pair(ctx, peers.Place{Dir: filepath.Join(dir, "from")}, peers.Place{Dir: filepath.Join(dir, "to")})
	return from, to, func() error { return errors.Join(from.Close(), to.Close(), b.remove(dir)) }, err
}

// syncthing times a first transfer of source, which has already been scanned, into a new folder of the other instance,
// where there is a Syncthing. It begins with the connection.
func (b *bench) syncthing(ctx context.Context, source string, files int, times *figures.Series) error {
	if !machine.Has(peers.SyncthingProgram) {
		return nil
	}
	from, to, stop, err := b.syncthings(ctx)
	if err != nil {
		return err
	}
	once := func() error {
		if err := from.Shares(ctx, source, to, true); err != nil {
			return err
		}
		if err := from.Holds(ctx, files, patience); err != nil {
			return err
		}
		if err := to.Shares(ctx, filepath.Join(to.Dir, "shared"), from, true); err != nil {
			return err
		}
		return times.Measure(func() error {
			if err := from.Knows(ctx, to, false); err != nil {
				return err
			}
			return to.Holds(ctx, files, patience)
		})
	}
	return errors.Join(once(), stop(), os.RemoveAll(filepath.Join(source, ".stfolder")))
}
