package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	mount   = "/src"           // where the tree is, on every hive
	slow    = 6                // seconds that the tree takes to carol, so that she can be met half done
	shrinks = 3                // so much it is compressed on its way, about
	least   = int64(256 << 10) // bytes a second of carol's line
)

// story is what happens, and who is in it.
type story struct {
	options options
	dir     string
	want    string // folder with what all must have in the end
	out     io.Writer
	began   time.Time

	alice, bob, carol *server.Hive
	id                string // of the share
	files, entries    int64
	size              int64
	given             int64 // bytes that bob's hive had sent when alice's was killed
}

// people are those whose hives have been started.
func (s *story) people() map[string]*server.Hive {
	people := map[string]*server.Hive{}
	for name, h := range map[string]*server.Hive{"alice": s.alice, "bob": s.bob, "carol": s.carol} {
		if h != nil {
			people[name] = h
		}
	}
	return people
}

func (s *story) close() error {
	var faults []error
	for _, h := range s.people() {
		faults = append(faults, h.Close())
	}
	return errors.Join(faults...)
}

func (s *story) logs() (text string) {
	for name, h := range s.people() {
		text += fmt.Sprintf("-- log of %s's hive\n%s\n", name, h.Tail())
	}
	return text
}

// begin starts the hives; bob and carol know alice's address.
func (s *story) begin(ctx context.Context) (err error) {
	if err := s.measure(); err != nil {
		return err
	}
	if err := os.CopyFS(s.want, os.DirFS(s.options.tree)); err != nil {
		return err
	}
	if s.alice, err = s.hive(ctx, "alice", nil); err != nil {
		return err
	}
	who, err := server.Shares{Hive: s.alice}.Identity(ctx)
	if err != nil {
		return err
	}
	if s.bob, err = s.hive(ctx, "bob", who.Addrs[:1]); err != nil {
		return err
	}
	rate := max(s.size/slow/shrinks, least)
	if s.carol, err = s.hive(ctx, "carol", who.Addrs[:1], "HIVE_P2P_BANDWIDTH_DOWN="+strconv.FormatInt(rate, 10)); err != nil {
		return err
	}
	s.say("three hives; carol's takes %.1f MB a second", float64(rate)/1e6)
	return nil
}

// measure counts what is in the tree.
func (s *story) measure() error {
	return fs.WalkDir(os.DirFS(s.options.tree), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		s.entries++
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err == nil {
			s.files++
			s.size += info.Size()
		}
		return err
	})
}

func (s *story) hive(ctx context.Context, name string, bootstrap []string, env ...string) (*server.Hive, error) {
	addr, err := machine.FreeAddr(ctx) // one that stays the same when the hive returns
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return server.Fresh(ctx, server.Config{
		Binary: s.options.binary, Dir: filepath.Join(s.dir, name), Admin: name, Bootstrap: bootstrap,
		P2P: []string{"/ip4/127.0.0.1/tcp/" + port}, Env: append(append([]string{"HIVE_LOG_LEVEL=warn"}, s.options.env...), env...),
	})
}

// share: alice's tree is on bob's hive, complete and equal.
func (s *story) share(ctx context.Context) error {
	what := fmt.Sprintf("alice puts %d files, %.0f MB, in %s", s.files, float64(s.size)/1e6, mount)
	err := s.timed(what, func() error { return s.alice.Client(ctx, "put", "-r", s.options.tree, mount) })
	if err != nil {
		return err
	}
	var members []string
	for _, h := range []*server.Hive{s.bob, s.carol} {
		id, err := server.Shares{Hive: h}.Identity(ctx)
		if err != nil {
			return err
		}
		if _, err := (server.Shares{Hive: s.alice}).Meet(ctx, h, "alice"); err != nil {
			return err
		}
		name := "bob"
		if h == s.carol {
			name = "carol"
		}
		members = append(members, name+"@"+id.ID)
	}
	share, err := server.Shares{Hive: s.alice}.Create(ctx, mount, "writer", members...)
	if err != nil {
		return err
	}
	s.id = share.ID
	bob := server.Shares{Hive: s.bob}
	err = s.timed("bob accepts, and his hive gets all", func() error {
		if _, err := bob.Take(ctx, s.id, mount, s.options.within); err != nil {
			return err
		}
		return bob.Complete(ctx, s.id, s.entries, s.options.within)
	})
	if err != nil {
		return err
	}
	return s.equal(ctx, "bob", s.bob)
}

// half: carol's hive has begun. It counts what it has got now and then, so the time tells too where it is.
func (s *story) half(ctx context.Context) error {
	carol := server.Shares{Hive: s.carol}
	if _, err := carol.Take(ctx, s.id, mount, s.options.within); err != nil {
		return err
	}
	var missing int64
	var named time.Time
	err := s.timed("carol accepts, and her hive gets about half", func() error {
		return server.Until(ctx, s.options.within, func(ctx context.Context) error {
			share, err := carol.Get(ctx, s.id)
			if err != nil {
				return err
			}
			if share.Status == nil || share.Status.Entries < s.entries {
				return fmt.Errorf("carol has %+v", share.Status)
			}
			if named.IsZero() {
				named = time.Now()
			}
			missing = share.Status.Missing
			if missing > s.files/2 && time.Since(named) < slow/2*time.Second {
				return fmt.Errorf("carol lacks %d files", missing)
			}
			return nil
		})
	})
	if err == nil && missing == 0 {
		err = errors.New("carol's hive was done before it could be met half done")
	}
	if err == nil {
		s.say("carol lacks %d files by her hive's count", missing)
	}
	return err
}

// kill: alice's hive is gone from one moment to the next.
func (s *story) kill(ctx context.Context) error {
	if err := s.alice.Kill(); err != nil {
		return err
	}
	s.say("alice's hive was killed with -9")
	bob, err := server.Shares{Hive: s.bob}.Get(ctx, s.id)
	if err == nil {
		s.given = bob.Status.Sent
	}
	return err
}
