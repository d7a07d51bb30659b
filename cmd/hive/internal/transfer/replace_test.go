package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
	"github.com/melissiproject/hive/node"
)

// oneFile is a hive with the file f of one byte in /top. before runs when it is asked for the folder, and meanwhile for the content.
func oneFile(t *testing.T, e apitype.Entry, before, meanwhile func()) *client.Files {
	t.Helper()
	e.Name, e.Path, e.Kind, e.Size = "f", "/top/f", apitype.KindFile, 1
	return hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/folders/top": func(w http.ResponseWriter, r *http.Request) {
			before()
			answer(t, apitype.Page[apitype.Entry]{Items: []apitype.Entry{e}})(w, r)
		},
		"GET /api/v1/files/top/f": func(w http.ResponseWriter, _ *http.Request) {
			meanwhile()
			w.Header().Set("Hive-Exec", fmt.Sprint(e.Exec))
			fmt.Fprint(w, "x")
		},
	})
}

func nothing() {}

// TestGetLeavesWhatCameMeanwhile: a file that was saved after the folder was looked at, or after its content was asked for, stays.
func TestGetLeavesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		dir := t.TempDir()
		name := filepath.Join(dir, "f")
		before, meanwhile := func() { save(t, name, []byte("mine")) }, func() { t.Error("content is asked for") }
		if late {
			before, meanwhile = nothing, before
		}
		d := NewDownload(Options{Remote: oneFile(t, apitype.Entry{}, before, meanwhile)})
		if err := d.Tree(t.Context(), "/top", dir); err != nil || !errors.Is(d.Err(), ErrExists) {
			t.Errorf("late %v: got %v, %v; want ErrExists", late, err, d.Err())
		}
		wantFile(t, name, []byte("mine"))
		if diff := cmp.Diff([]string{"f"}, everything(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
	name := filepath.Join(t.TempDir(), "f")
	d := NewDownload(Options{Remote: oneFile(t, apitype.Entry{}, nothing, func() { save(t, name, []byte("mine")) })})
	if err := d.File(t.Context(), apitype.Entry{Path: "/top/f", Size: 1}, name, 0); !errors.Is(err, ErrExists) {
		t.Errorf("one file: got %v, want ErrExists", err)
	}
	wantFile(t, name, []byte("mine"))
}

func wantMode(t *testing.T, name string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Lstat(name); err != nil || info.Mode() != want {
		t.Errorf("%s: %v, %v; want %v", filepath.Base(name), info.Mode(), err, want)
	}
}

// TestForcedGetKeepsAFilePrivate, and the part too while it is under way.
func TestForcedGetKeepsAFilePrivate(t *testing.T) {
	mask := syscall.Umask(0o022)
	defer syscall.Umask(mask)
	for _, test := range []struct {
		old, want fs.FileMode
		exec      bool
	}{
		{0o600, 0o600, false},
		{0o600, 0o700, true},
		{0o644, 0o644, false},
		{0o640, 0o750, true},
		{0o700, 0o600, false},
		{0o400, 0o400, false},
		{0, 0o644, false},
		{0, 0o755, true},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "f")
		if test.old != 0 {
			save(t, name, []byte("old"))
			if err := os.Chmod(name, test.old); err != nil {
				t.Fatal(err)
			}
		}
		d := NewDownload(Options{Force: true, Remote: oneFile(t, apitype.Entry{Exec: test.exec}, nothing, nothing)})
		if err := d.Tree(t.Context(), "/top", dir); err != nil || d.Err() != nil {
			t.Fatal(err, d.Err())
		}
		wantMode(t, name, test.want)
		wantFile(t, name, []byte("x"))
	}
	dir := t.TempDir()
	save(t, filepath.Join(dir, "f"), []byte("old"))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := part.Create(root, "", apitype.Entry{Name: "f"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wantMode(t, f.Name(), 0o600)
}

// TestRepeatedGetSetsTheExecutableBit where the content stays, by size and time or by what is in it.
func TestRepeatedGetSetsTheExecutableBit(t *testing.T) {
	t.Parallel()
	at := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, test := range []struct {
		old, want fs.FileMode
		exec      bool
	}{{0o640, 0o750, true}, {0o755, 0o644, false}, {0o600, 0o600, false}, {0o744, 0o744, true}} {
		for _, mtime := range []time.Time{at, at.Add(time.Hour)} {
			dir := t.TempDir()
			name := filepath.Join(dir, "f")
			save(t, name, []byte("x"))
			root, err := node.Root(t.Context(), strings.NewReader("x"))
			if err = errors.Join(err, os.Chmod(name, test.old), os.Chtimes(name, mtime, mtime)); err != nil {
				t.Fatal(err)
			}
			e := apitype.Entry{Exec: test.exec, MTime: at, Root: root}
			d := NewDownload(Options{Remote: oneFile(t, e, nothing, func() { t.Error("content is asked for") })})
			if err := d.Tree(t.Context(), "/top", dir); err != nil || d.Err() != nil || d.Unchanged.Load() != 1 {
				t.Errorf("%v, %v; %d unchanged", err, d.Err(), d.Unchanged.Load())
			}
			wantMode(t, name, test.want)
			if info, err := os.Stat(name); err != nil || !info.ModTime().Equal(at) {
				t.Errorf("%v, %v", info.ModTime(), err)
			}
		}
	}
}

// TestFileThatChangesWhileItIsSent fails alone when it became shorter; when it grew, what was there first is put.
func TestFileThatChangesWhileItIsSent(t *testing.T) {
	t.Parallel()
	const size = 2 << 20 // so that the hive is asked before it is sent
	dir := t.TempDir()
	for _, name := range []string{"short", "long", "same"} {
		save(t, filepath.Join(dir, name), make([]byte, size))
	}
	var s shelf
	routes := s.routes()
	put := routes["PUT /api/v1/files/"]
	routes["PUT /api/v1/files/"] = func(w http.ResponseWriter, r *http.Request) {
		var err error
		switch name := filepath.Base(r.URL.Path); name {
		case "short":
			err = os.Truncate(filepath.Join(dir, name), size/2)
		case "long":
			err = os.Truncate(filepath.Join(dir, name), size*2)
		}
		if err != nil {
			t.Error(err)
		}
		put(w, r)
	}
	var failed []string
	u := NewUpload(Options{Remote: hostile(t, routes), Workers: 1, Failed: func(name string, err error) {
		failed = append(failed, filepath.Base(name)+": "+err.Error())
	}})
	if err := u.Tree(t.Context(), dir, "/to"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"short: client: read body: changed while it was read"}, failed); diff != "" {
		t.Error(diff)
	}
	if len(s.files) != 2 || len(s.files["/to/long"]) != size || len(s.files["/to/same"]) != size {
		t.Errorf("put %d files", len(s.files))
	}
}

// TestPortalEndsATransfer: what answers with its own page answers so to every file.
func TestPortalEndsATransfer(t *testing.T) {
	t.Parallel()
	files := hostile(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sign in") }})
	name := filepath.Join(t.TempDir(), "f")
	err := NewDownload(Options{Remote: files}).File(t.Context(), apitype.Entry{Path: "/f", Size: 1}, name, 0)
	if !errors.Is(err, client.ErrNoHive) || !hopeless(err) {
		t.Errorf("got %v, want ErrNoHive", err)
	}
	if left := everything(t, filepath.Dir(name)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestPagesOfAHiveAreFiles: its own pages come, all of them or a range, new or old.
func TestPagesOfAHiveAreFiles(t *testing.T) {
	t.Parallel()
	o := newBees(t).over(new(wire))
	for range 2 {
		if _, _, err := o.Remote.Put(t.Context(), "/a.html", strings.NewReader("<html>"), client.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, opts := range []client.OpenOptions{{}, {Revision: 1}, {Range: "bytes=1-"}, {Range: "bytes=0-0,2-2"}} {
		content, err := o.Remote.Open(t.Context(), "/a.html", opts)
		if err != nil {
			t.Errorf("%+v: %v", opts, err)
			continue
		}
		if raw, err := io.ReadAll(content); err != nil || content.Root == "" || !bytes.Contains(raw, []byte("t")) {
			t.Errorf("%+v: %q, %v", opts, raw, err)
		}
		content.Close()
	}
}
