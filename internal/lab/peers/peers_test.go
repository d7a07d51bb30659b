package peers

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
)

const patience = time.Minute

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, name, text string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != text {
		t.Errorf("%s: got %q, %v", name, got, err)
	}
}

func TestRsync(t *testing.T) {
	t.Parallel()
	if !machine.Has(RsyncProgram) {
		t.Skip("no rsync on this machine (Debian: apt install rsync)")
	}
	source, target := t.TempDir(), filepath.Join(t.TempDir(), "target")
	write(t, filepath.Join(source, "a", "file"), "one")
	r, err := StartRsync(t.Context(), Place{Dir: t.TempDir()}, source)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Pull(t.Context(), "", target); err != nil {
		t.Fatal(err)
	}
	wants(t, filepath.Join(target, "a", "file"), "one")
	if err := r.Pull(t.Context(), "", target, "--no-such-flag"); err == nil {
		t.Error("a wrong flag: got no error")
	}
}

func TestSyncthing(t *testing.T) {
	t.Parallel()
	if !machine.Has(SyncthingProgram) {
		t.Skip("no syncthing on this machine (Debian: apt install syncthing)")
	}
	ctx, dir := t.Context(), t.TempDir()
	from, to, err := Pair(ctx, Place{Dir: filepath.Join(dir, "from")}, Place{Dir: filepath.Join(dir, "to")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(from.Close(), to.Close()); err != nil {
			t.Error(err)
		}
	}()
	source, target := filepath.Join(dir, "source"), filepath.Join(dir, "target")
	write(t, filepath.Join(source, "file"), "one")
	err = errors.Join(from.Shares(ctx, source, to, false), from.Holds(ctx, 1, patience), to.Shares(ctx, target, from, false),
		from.Knows(ctx, to, false), to.Holds(ctx, 1, patience))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, filepath.Join(target, "file"), "one")
	write(t, filepath.Join(source, "file"), "two!")
	if err := errors.Join(from.Scan(ctx), to.Follows(ctx, from, patience, "file")); err != nil {
		t.Fatal(err)
	}
	wants(t, filepath.Join(target, "file"), "two!")
	if err := os.Rename(filepath.Join(source, "file"), filepath.Join(source, "other")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(from.Scan(ctx), to.Follows(ctx, from, patience, "file", "other")); err != nil {
		t.Fatal(err)
	}
	wants(t, filepath.Join(target, "other"), "two!")
	if _, err := os.Stat(filepath.Join(target, "file")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old name: got %v", err)
	}
}
