package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/lab/labtest"
	"github.com/melissiproject/hive/internal/lab/server"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// tree is a small one to share.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a/1", "a/2", "a/b/3", "a/b/4", "5"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte("this is "+name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestNoHive wants the story to say what the hive said last, and to leave nothing behind.
func TestNoHive(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options{binary: binary, env: labtest.Env(labtest.Exits), dir: t.TempDir(), tree: tree(t), within: time.Minute}
	if err := run(t.Context(), o, io.Discard); !errors.Is(err, server.ErrExited) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	o.tree = filepath.Join(o.dir, "missing")
	if err := run(t.Context(), o, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no tree: got %v", err)
	}
	o.within = 0
	if err := run(t.Context(), o, io.Discard); err == nil {
		t.Error("no time: got no error")
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	s := &story{options: options{tree: tree(t)}}
	if err := s.measure(); err != nil || s.files != 5 || s.entries != 7 || s.size != int64(len("this is ")*5+len("a/1a/2a/b/3a/b/45")) {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	s := &story{want: tree(t)}
	if got, err := s.some(); err != nil || !slices.Equal(got, []string{"5", "a/1", "a/2", "a/b/3", "a/b/4"}) {
		t.Errorf("got %q, %v", got, err)
	}
	s.want = t.TempDir()
	if _, err := s.some(); err == nil {
		t.Error("an empty tree: got no error")
	}
}

// TestDifferences wants what is missing, too much, there twice or other to be found.
func TestDifferences(t *testing.T) {
	t.Parallel()
	want := tree(t)
	all := []string{"src/a/", "src/a/b/", "src/5", "src/a/1", "src/a/2", "src/a/b/3", "src/a/b/4"}
	for name, tt := range map[string]struct {
		names  []string
		change string
		fault  string
	}{
		"equal":    {all, "", ""},
		"missing":  {all[:6], "", "a/b/4 is missing"},
		"too much": {append(slices.Clone(all), "src/a/1 (conflict, bob).txt"), "", "a/1 (conflict, bob).txt is too much"},
		"twice":    {append(slices.Clone(all), "src/5"), "", "5 is there twice"},
		"other":    {all, "src/a/2", "a/2 has other content"},
		"kind":     {append(slices.Clone(all[:2]), append(slices.Clone(all[3:]), "src/5/")...), "", "5 is of another kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := differences(archive(t, tt.names, tt.change), "src", want)
			if tt.fault == "" && err != nil || tt.fault != "" && (!errors.Is(err, errDiffers) || !strings.HasSuffix(err.Error(), tt.fault)) {
				t.Errorf("got %v, want %q", err, tt.fault)
			}
		})
	}
}

// archive has the files of tree, one of them changed.
func archive(t *testing.T, names []string, change string) *zip.Reader {
	t.Helper()
	var text bytes.Buffer
	w := zip.NewWriter(&text)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		content := "this is " + strings.TrimPrefix(name, "src/")
		if name == change {
			content += "!"
		}
		if _, err := io.WriteString(f, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(text.Bytes()), int64(text.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
