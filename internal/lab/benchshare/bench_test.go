package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/labtest"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/peers"
	"github.com/melissiproject/hive/internal/lab/server"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func TestTable(t *testing.T) {
	b := newTable()
	s := time.Second
	b.transfer("file", 1024*figures.MiB, figures.Series{2 * s}, figures.Series{s}, figures.Series{4 * s}, 2)
	b.transfer("tree", 0, figures.Series{4 * s}, figures.Series{s}, figures.Series{8 * s}, 3)
	b.transfer("alone", 0, figures.Series{4 * s}, nil, nil, 3)
	b.within("edit", "90.00 ms", "", "≤ 150ms", true)
	b.missing("idle", "no namespaces")
	var out strings.Builder
	if err := b.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"what hive detail rsync ratio Syncthing ratio target met",
		"file 2.00 s 512 MiB/s, 2.00 s to 2.00 s 1.00 s 2.00 4.00 s 0.50 ≤ 2 × rsync, faster than Syncthing yes",
		"tree 4.00 s 4.00 s to 4.00 s 1.00 s 4.00 8.00 s 0.50 ≤ 3 × rsync, faster than Syncthing NO",
		"alone 4.00 s 4.00 s to 4.00 s missing missing ≤ 3 × rsync, faster than Syncthing yes",
		"edit 90.00 ms ≤ 150ms yes",
		"idle - no namespaces",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// sample is a bench on a small folder with all kinds of content.
func sample(t *testing.T) (b *bench, source string) {
	t.Helper()
	b = &bench{options: options{runs: 1, edits: 1}, dir: t.TempDir()}
	source = t.TempDir()
	if err := os.MkdirAll(filepath.Join(source, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(random(filepath.Join(source, "large"), figures.MiB), os.WriteFile(filepath.Join(source, "a", "small"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return b, source
}

func TestCount(t *testing.T) {
	t.Parallel()
	_, source := sample(t)
	files, folders, size, err := count(source)
	if files != 2 || folders != 2 || size != figures.MiB+1 || err != nil {
		t.Errorf("got %d files, %d folders, %d bytes, %v", files, folders, size, err)
	}
}

func TestRsync(t *testing.T) {
	t.Parallel()
	if !machine.Has(peers.RsyncProgram) {
		t.Skip("no rsync on this machine (Debian: apt install rsync)")
	}
	b, source := sample(t)
	var times figures.Series
	err := b.rsync(t.Context(), source, &times)
	if err != nil || len(times) != 1 {
		t.Errorf("got %v, %v", times, err)
	}
}

func TestSyncthing(t *testing.T) {
	t.Parallel()
	if !machine.Has(peers.SyncthingProgram) {
		t.Skip("no syncthing on this machine (Debian: apt install syncthing)")
	}
	b, source := sample(t)
	var times figures.Series
	err := b.syncthing(t.Context(), source, 2, &times)
	if err != nil || len(times) != 1 {
		t.Errorf("got %v, %v", times, err)
	}
	if _, err := os.Stat(filepath.Join(source, ".stfolder")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its mark: got %v", err)
	}
	times, err = b.editSyncthing(t.Context())
	if err != nil || len(times) != 1 {
		t.Errorf("edit: got %v, %v", times, err)
	}
}

// TestNoHive wants the bench to end with what the hive said, and to leave nothing behind.
func TestNoHive(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := options{binary: binary, env: labtest.Env(labtest.Exits), dir: dir, only: "edits", runs: 1}
	if err := run(t.Context(), o, new(strings.Builder)); !errors.Is(err, server.ErrExited) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
