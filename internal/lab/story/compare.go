package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/melissiproject/hive/internal/lab/server"
)

// equal compares what a hive has with what it should have in the end.
func (s *story) equal(ctx context.Context, name string, h *server.Hive) error {
	return s.compare(ctx, name, h, s.want)
}

// compare takes everything out of a hive, in one archive, and looks for a difference.
func (s *story) compare(ctx context.Context, name string, h *server.Hive, want string) error {
	return s.timed(fmt.Sprintf("%s's hive gives everything, and nothing differs", name), func() error {
		file := filepath.Join(s.dir, "everything.zip")
		if err := fetch(ctx, h, file); err != nil {
			return err
		}
		archive, err := zip.OpenReader(file)
		if err != nil {
			return err
		}
		return errors.Join(differences(&archive.Reader, path.Base(mount), want), archive.Close(), os.Remove(file))
	})
}

func fetch(ctx context.Context, h *server.Hive, file string) error {
	body, err := h.Open(ctx, http.MethodGet, server.Route("archive", mount), http.NoBody)
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}

var errDiffers = errors.New("differs from what it should be")

// differences tells what an archive of a folder has too little, too much, twice or with other content than the wanted
// folder, as diff -r would. It gives up after some.
func differences(archive *zip.Reader, root, want string) error {
	const most = 20
	var faults []error
	add := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: "+format, append([]any{errDiffers}, args...)...))
	}
	seen := map[string]bool{}
	for _, f := range archive.File {
		name := strings.Trim(strings.TrimPrefix(f.Name, root), "/")
		if seen[name] {
			add("%s is there twice", name)
		}
		seen[name] = true
		fault, err := compareOne(f, filepath.Join(want, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if fault != "" {
			add("%s %s", name, fault)
		}
	}
	err := fs.WalkDir(os.DirFS(want), ".", func(name string, _ fs.DirEntry, err error) error {
		if name != "." && !seen[name] {
			add("%s is missing", name)
		}
		return err
	})
	return errors.Join(append(faults[:min(len(faults), most)], err)...)
}

// compareOne says what is wrong with one file or folder of the archive.
func compareOne(f *zip.File, want string) (fault string, err error) {
	info, err := os.Stat(want)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is too much", nil
	case err != nil:
		return "", err
	case info.IsDir() != f.FileInfo().IsDir():
		return "is of another kind", nil
	case info.IsDir():
		return "", nil
	}
	text, err := os.ReadFile(want)
	if err != nil {
		return "", err
	}
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err == nil && string(got) != string(text) {
		fault = "has other content"
	}
	return fault, err
}
