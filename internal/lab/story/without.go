package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"github.com/melissiproject/hive/internal/lab/server"
)

// carryOn: bob lists, reads and edits without alice. What he does is done to the wanted folder too.
func (s *story) carryOn(ctx context.Context) error {
	err := s.timed("bob lists the folder", func() error {
		entries, err := s.bob.List(ctx, mount)
		if err != nil {
			return err
		}
		want, err := os.ReadDir(s.want)
		if err == nil && len(entries) != min(len(want), server.Page) {
			err = fmt.Errorf("got %d entries of %d", len(entries), len(want))
		}
		return err
	})
	if err != nil {
		return err
	}
	names, err := s.some()
	if err != nil {
		return err
	}
	err = s.timed(fmt.Sprintf("bob reads %d files", len(names)), func() error {
		for _, name := range names {
			want, err := os.ReadFile(s.local(name))
			if err != nil {
				return err
			}
			if got, err := s.bob.Get(ctx, mount+"/"+name); err != nil || got != string(want) {
				return errors.Join(fmt.Errorf("%s is not as it should be", name), err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.edit(ctx, names)
}

// some are files from all over the tree.
func (s *story) some() (names []string, err error) {
	var all []string
	err = fs.WalkDir(os.DirFS(s.want), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, name)
		}
		return err
	})
	const most = 100
	for n := range min(most, len(all)) {
		names = append(names, all[n*len(all)/min(most, len(all))])
	}
	const few = 4
	if err == nil && len(names) < few {
		err = fmt.Errorf("the tree has %d files, at least %d are needed", len(names), few)
	}
	return names, err
}

func (s *story) local(name string) string { return filepath.Join(s.want, filepath.FromSlash(name)) }

// edit writes most of the files anew, removes one, renames one and adds one in a folder that is new too.
func (s *story) edit(ctx context.Context, names []string) error {
	write := func(name, text string) error {
		return errors.Join(os.MkdirAll(filepath.Dir(s.local(name)), 0o700), os.WriteFile(s.local(name), []byte(text), 0o600),
			s.bob.Put(ctx, mount+"/"+name, text))
	}
	removed, renamed, rest := names[0], names[1], names[2:]
	target := path.Join(path.Dir(renamed), "renamed-by-bob-"+path.Base(renamed))
	move := map[string]string{"from": mount + "/" + renamed, "to": mount + "/" + target}
	return s.timed(fmt.Sprintf("bob changes %d files, removes one, renames one and adds one", len(rest)), func() error {
		for n, name := range rest {
			old, err := os.ReadFile(s.local(name))
			if err != nil {
				return err
			}
			if err := write(name, fmt.Sprintf("%s\nEdit %d of bob's.\n", old, n)); err != nil {
				return err
			}
		}
		return errors.Join(
			os.Remove(s.local(removed)), s.bob.Remove(ctx, mount+"/"+removed),
			os.Rename(s.local(renamed), s.local(target)), s.bob.Call(ctx, http.MethodPost, "move", move, nil),
			write("added by bob/new.txt", "made while alice was away"),
		)
	})
}

// rest: carol's hive gets what it lacks from bob's.
func (s *story) rest(ctx context.Context) error {
	carol := server.Shares{Hive: s.carol}
	err := s.timed("carol's hive gets the rest", func() error { return carol.Complete(ctx, s.id, s.entries, s.options.within) })
	if err != nil {
		return err
	}
	bob, err := server.Shares{Hive: s.bob}.Get(ctx, s.id)
	if err != nil {
		return err
	}
	if bob.Status.Sent <= s.given {
		return errors.New("carol's hive got nothing from bob's")
	}
	s.say("%.1f MB of it since alice's was killed, all from bob's", float64(bob.Status.Sent-s.given)/1e6)
	return s.compare(ctx, "carol", s.carol, s.options.tree) // bob's edits wait for alice
}

// comeBack: alice's hive gets bob's edits, carol's gets them from there, and all three are equal.
func (s *story) comeBack(ctx context.Context) error {
	took, err := s.alice.Start(ctx)
	if err != nil {
		return err
	}
	s.say("alice's hive is back, ready in %.2f s", took.Seconds())
	for _, p := range []struct {
		name string
		hive *server.Hive
	}{{"alice", s.alice}, {"carol", s.carol}} {
		err := s.timed(p.name+"'s hive has bob's edits", func() error { return s.caughtUp(ctx, p.hive) })
		if err != nil {
			return err
		}
	}
	for _, p := range []struct {
		name string
		hive *server.Hive
	}{{"alice", s.alice}, {"bob", s.bob}, {"carol", s.carol}} {
		if err := s.equal(ctx, p.name, p.hive); err != nil {
			return err
		}
	}
	return nil
}

// caughtUp waits until a hive has the same root in the folder as bob's, with all content.
func (s *story) caughtUp(ctx context.Context, h *server.Hive) error {
	names, err := s.some()
	if err != nil {
		return err
	}
	for _, name := range append(names, "added by bob/new.txt") {
		want, err := s.bob.Stat(ctx, mount+"/"+name)
		if err != nil {
			return err
		}
		err = server.Until(ctx, s.options.within, func(ctx context.Context) error {
			got, err := h.Stat(ctx, mount+"/"+name)
			if err == nil && (got.Root != want.Root || got.Absent) {
				err = fmt.Errorf("%s is %+v, not %+v", name, got, want)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
