package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	t.Parallel()
	b, s := newTable(), time.Second
	both := [many]cost{hives: {[]int64{9000}, figures.Series{s}}, rsyncs: {[]int64{90_000}, figures.Series{2 * s}}, syncthings: {[]int64{4500}, figures.Series{s}}}
	b.change("good", both, 16_000, "≤ 16 KB")
	b.change("too much", both, 8_000, "≤ 8 KB")
	both[rsyncs] = cost{[]int64{9000}, figures.Series{s / 2}}
	b.change("no less than rsync", both, 0, "")
	both[rsyncs] = cost{}
	b.change("alone", both, 16_000, "≤ 16 KB")
	b.missing("tar", "no tree given")
	var out strings.Builder
	if err := b.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"what hive rsync ratio Syncthing ratio target met hive took rsync took Syncthing took no slower than rsync",
		"good 9000 B 90 KB 0.100 4500 B 2.000 ≤ 16 KB, < rsync yes 1.00 s 2.00 s 1.00 s yes",
		"too much 9000 B 90 KB 0.100 4500 B 2.000 ≤ 8 KB, < rsync NO 1.00 s 2.00 s 1.00 s yes",
		"no less than rsync 9000 B 9000 B 1.000 4500 B 2.000 < rsync NO 1.00 s 0.50 s 1.00 s NO",
		"alone 9000 B missing 4500 B 2.000 ≤ 16 KB yes 1.00 s missing 1.00 s",
		"tar - no tree given",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// newBench is a bench with its folders and no sides.
func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{options: options{runs: 1, size: figures.MiB}, dir: dir, content: filepath.Join(dir, "content"), table: newTable()}
	if err := os.Mkdir(b.content, 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEdits wants each edit to change what it says, and no more.
func TestEdits(t *testing.T) {
	t.Parallel()
	const size, at, some = 10_000, 5000, 7
	name := filepath.Join(t.TempDir(), "file")
	if err := fill(name, 1, size); err != nil {
		t.Fatal(err)
	}
	before := read(t, name)
	if err := flip(name, at); err != nil {
		t.Fatal(err)
	}
	flipped := read(t, name)
	if flipped[:at] != before[:at] || flipped[at] == before[at] || flipped[at+1:] != before[at+1:] {
		t.Error("one byte")
	}
	if err := extend(name, 2, some); err != nil {
		t.Fatal(err)
	}
	longer := read(t, name)
	if longer[:size] != flipped || len(longer) != size+some {
		t.Error("append")
	}
	if err := scatter(name, 3, 2, some); err != nil {
		t.Fatal(err)
	}
	differ, scattered := 0, read(t, name)
	for i := range longer {
		if longer[i] != scattered[i] {
			differ++
		}
	}
	if differ == 0 || differ > 2*some || len(scattered) != len(longer) {
		t.Errorf("scattered: %d bytes differ", differ)
	}
	err := rewrite(name, func(old *os.File, w io.Writer) error {
		return errors.Join(copyBytes(w, strings.NewReader("front"), 5), copyAll(w, old))
	})
	if got := read(t, name); err != nil || got != "front"+scattered {
		t.Errorf("insert: got %v", err)
	}
	if err := flip(name, 2*size); err == nil {
		t.Error("past the end: got no error")
	}
	if sha256.Sum256([]byte(before)) == sha256.Sum256([]byte(flipped)) || seed(1, 2) == seed(2, 1) {
		t.Error("no difference")
	}
}

// source is a small tree of Go files, one of them too large to be edited.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"http/a.go": "package http\n\nvar a = 1\n", "http/b.go": "package http\n\nvar b = 2\n",
		"io/c.go": "package io\n", "io/large.go": strings.Repeat("// long\n", small), "io/data": "not Go",
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPack(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "tar")
	if err := pack(name, source(t), "http", "// more\n"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names, changed []string
	for r := tar.NewReader(f); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, head.Name)
		if strings.HasSuffix(string(text), "// more\n") {
			changed = append(changed, head.Name)
		}
	}
	if !slices.Equal(names, []string{"http/a.go", "http/b.go", "io/c.go", "io/data", "io/large.go"}) || !slices.Equal(changed, names[:2]) {
		t.Errorf("got %q, of which changed %q", names, changed)
	}
}

func TestAmend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := os.CopyFS(b.local(folder), os.DirFS(source(t))); err != nil {
		t.Fatal(err)
	}
	names, total, err := b.choose()
	if err != nil || total != 5 || !slices.Equal(names, []string{"tree/http/a.go", "tree/http/b.go", "tree/io/c.go"}) {
		t.Fatalf("got %q of %d, %v", names, total, err)
	}
	patch, err := b.amend(t.Context(), names, 7)
	if err != nil || machine.Has("zstd") != (patch > 0) {
		t.Errorf("got %d, %v", patch, err)
	}
	if got, want := read(t, b.local(names[0])), "package http\n// Line 0 was put here in run 7.\n\nvar a = 1\n"; got != want {
		t.Errorf("got %q", got)
	}
	if files, folders, err := b.count(); files != 5 || folders != 3 || err != nil {
		t.Errorf("got %d files, %d folders, %v", files, folders, err)
	}
}

// TestSides has rsync and Syncthing follow a change, a rename and changes of several files, over a cable that counts.
func TestSides(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(context.Context, *bench, *machine.Cable) (side, error){
		peers.RsyncProgram: newRsync, peers.SyncthingProgram: newSyncthing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := machine.Able(t.Context()); err != nil || !machine.Has(name) {
				t.Skip(err, name)
			}
			b := newBench(t)
			cable, err := machine.NewCable(t.Context(), "test-"+name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := open(t.Context(), b, cable)
			if err != nil {
				t.Fatal(errors.Join(err, cable.Close()))
			}
			b.sides = []side{s}
			defer func() {
				if err := b.close(); err != nil {
					t.Error(err)
				}
			}()
			follows(t, b, s)
		})
	}
}

func follows(t *testing.T, b *bench, s side) {
	t.Helper()
	ctx, first, second := t.Context(), b.local("first"), b.local("second")
	const size = 200_000
	if err := errors.Join(fill(first, 1, size), fill(second, 2, 10), b.load(ctx, "")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(extend(first, 3, size), extend(second, 4, 1)); err != nil {
		t.Fatal(err)
	}
	var costs [many]cost
	if err := b.measure(ctx, change{written: []string{"first", "second"}}, &costs); err != nil {
		t.Fatal(err)
	}
	if got := costs[0].bytes; len(got) != 1 || got[0] < size || got[0] > 2*size || costs[0].times.Median() <= 0 {
		t.Errorf("got %v in %v", got, costs[0].times)
	}
	if err := os.Rename(second, b.local("third")); err != nil {
		t.Fatal(err)
	}
	if err := b.measure(ctx, change{written: []string{"third"}, renamed: "second"}, &costs); err != nil {
		t.Fatal(err)
	}
	if err := flip(first, 5); err != nil { // once: twice is as before
		t.Fatal(err)
	}
	for name, c := range map[string]change{
		"a change that is not there":      {written: []string{"first"}},
		"an old name that is still there": {written: []string{"third"}, renamed: "first"},
	} {
		if err := b.arrived(ctx, s, c); !errors.Is(err, errDiffers) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestNoHive wants the bench to end with what the hive said, and to leave nothing behind.
func TestNoHive(t *testing.T) {
	t.Parallel()
	if err := machine.Able(t.Context()); err != nil {
		t.Skip(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"file", "cuts"} {
		o := options{binary: binary, env: labtest.Env(labtest.Exits), dir: t.TempDir(), only: step, runs: 1, cuts: 1, size: 1, rate: "10mbit"}
		if err := run(t.Context(), o, io.Discard); !errors.Is(err, server.ErrExited) {
			t.Errorf("%s: got %v", step, err)
		}
		if left, _ := filepath.Glob(filepath.Join(o.dir, "*")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", step, left)
		}
	}
}

func TestNothingToMeasure(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), options{dir: t.TempDir(), only: "tar,program,tree,cuts"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tar of a tree", "compiled program", "no revision given", "no tree given"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing of %q in\n%s", want, out.String())
		}
	}
}
