package transfer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
)

// get gets a file and gives the bytes that travelled. Nothing else is in its folder.
func (b *bees) get(w *wire, remote, name string, revision int64) int64 {
	b.Helper()
	o := b.over(w)
	e, err := o.Remote.Stat(b.Context(), remote)
	if err != nil {
		b.Fatal(err)
	}
	d := NewDownload(o)
	if err := d.File(b.Context(), e, name, revision); err != nil || d.Bytes.Load() != big || d.Files.Load() != 1 {
		b.Errorf("%v; %d bytes counted", err, d.Bytes.Load())
	}
	if diff := cmp.Diff([]string{filepath.Base(name)}, everything(b.T, filepath.Dir(name))); diff != "" {
		b.Error(diff)
	}
	return w.bytes.Load()
}

// breakGet interrupts the get of a file in its midst, and gives the part that is left.
func (b *bees) breakGet(remote, name string, revision int64) string {
	b.Helper()
	ctx, w := stopping(b.T, big/2)
	o := b.over(w)
	e, err := o.Remote.Stat(ctx, remote)
	if err != nil {
		b.Fatal(err)
	}
	if err := NewDownload(o).File(ctx, e, name, revision); !errors.Is(err, context.Canceled) {
		b.Fatalf("got %v", err)
	}
	left := everything(b.T, filepath.Dir(name))
	if len(left) != 1 || !part.Is(left[0]) {
		b.Fatalf("left %v", left)
	}
	return filepath.Join(filepath.Dir(name), left[0])
}

func TestGetGoesOn(t *testing.T) {
	t.Parallel()
	b, data, dir := newBees(t), noise(4), t.TempDir()
	from, name := filepath.Join(t.TempDir(), "f"), filepath.Join(dir, "f")
	save(t, from, data)
	b.put(new(wire), from, "/dir/f")
	b.breakGet("/dir/f", name, 0)
	b.stop()
	b.start()
	w := new(wire)
	d := NewDownload(b.over(w))
	if err := d.Tree(t.Context(), "/dir", dir); err != nil || d.Err() != nil || d.Bytes.Load() != big {
		t.Errorf("%v, %v; %d bytes counted", err, d.Err(), d.Bytes.Load())
	}
	if got := w.bytes.Load(); got > big/2+tenth {
		t.Errorf("%d bytes travelled again", got)
	}
	wantFile(t, name, data)
	if diff := cmp.Diff([]string{"f"}, everything(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestGetNeverMixes: a part that is of another content, of another time or damaged is not gone on with, and goes away.
func TestGetNeverMixes(t *testing.T) {
	t.Parallel()
	b, data, dir := newBees(t), noise(5), t.TempDir()
	from, name := filepath.Join(t.TempDir(), "f"), filepath.Join(dir, "f")
	save(t, from, data)
	b.put(new(wire), from, "/f")
	for what, damage := range map[string]func(part string, raw []byte){
		"damaged": func(part string, raw []byte) { raw[1000]++; save(t, part, raw) },
		"longer":  func(part string, _ []byte) { save(t, part, make([]byte, big+1)) },
		"empty":   func(part string, _ []byte) { save(t, part, nil) },
		"whole":   func(part string, _ []byte) { save(t, part, data) },
		"changed": func(string, []byte) { data[0]++; save(t, from, data); b.put(new(wire), from, "/f") },
	} {
		t.Log(what)
		part := b.breakGet("/f", name, 0)
		raw, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		damage(part, raw)
		if got := b.get(new(wire), "/f", name, 0); what == "whole" && got > tenth {
			t.Errorf("%d bytes travelled for one", got)
		}
		wantFile(t, name, data)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPartsOfOthersStay: of two gets of a file at once, each has a part of its own; one that goes on with a file that another has
// in hand would give it away half.
func TestPartsOfOthersStay(t *testing.T) {
	t.Parallel()
	b, data, dir := newBees(t), noise(6), t.TempDir()
	from, name := filepath.Join(t.TempDir(), "f"), filepath.Join(dir, "f")
	save(t, from, data)
	b.put(new(wire), from, "/f")
	left := b.breakGet("/f", name, 1)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, size := part.Open(root, filepath.Base(left))
	if f == nil || size == 0 {
		t.Fatalf("%d bytes are left", size)
	}
	o := b.over(new(wire))
	if err := NewDownload(o).File(t.Context(), apitype.Entry{Path: "/f", Size: big}, name, 1); err != nil {
		t.Error(err)
	}
	wantFile(t, name, data)
	if info, err := os.Stat(left); err != nil || info.Size() != size {
		t.Errorf("the part of the other: %+v, %v", info, err)
	}
	f.Close()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := b.get(new(wire), "/f", name, 1); got > big/2+tenth {
		t.Errorf("%d bytes travelled", got)
	}
}

// TestWhatIsRefusedLeavesNoPart, nor what nobody could go on with.
func TestWhatIsRefusedLeavesNoPart(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		root string
		then http.HandlerFunc
		left int
	}{
		"gone":    {"r", problem(404, apitype.CodeNotFound), 0},
		"another": {"r", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"2"`); fmt.Fprint(w, "x") }, 0},
		"no root": {"", problem(503, apitype.CodeStopping), 0},
		"stopped": {"r", problem(503, apitype.CodeStopping), 1},
	} {
		asked := 0
		files := hostile(t, map[string]http.HandlerFunc{"GET /api/v1/files/f": func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > 1 {
				test.then(w, r)
				return
			}
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Hive-Root", test.root)
			w.Header().Set("Content-Length", strconv.Itoa(resumable))
			fmt.Fprint(w, "begun")
		}})
		dir := t.TempDir()
		if err := NewDownload(Options{Remote: files}).File(t.Context(), apitype.Entry{Path: "/f"}, filepath.Join(dir, "f"), 0); err == nil {
			t.Errorf("%s: no error", what)
		}
		if left := everything(t, dir); len(left) != test.left {
			t.Errorf("%s: left %v", what, left)
		}
	}
}

func TestPartsAreNotPut(t *testing.T) {
	t.Parallel()
	var s shelf
	dir := t.TempDir()
	for _, name := range []string{part.Of("f") + "0123456789abcdef" + ".part", ".hive-3w5e11264sg.part", ".hive-mine", "f.part"} {
		save(t, filepath.Join(dir, name), []byte("x"))
	}
	warned := 0
	u := NewUpload(Options{Remote: hostile(t, s.routes()), Warn: func(format string, args ...any) {
		if warned++; !strings.Contains(fmt.Sprintf(format, args...), ".part: skipped") {
			t.Errorf(format, args...)
		}
	}})
	if err := u.Tree(t.Context(), dir, "/to"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"/to/.hive-mine": "x", "/to/f.part": "x"}, s.files); diff != "" || warned != 2 {
		t.Errorf("warned %d times; %s", warned, diff)
	}
}
