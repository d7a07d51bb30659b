package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// TestZipHasEachNameOnce is of names that differ only in what a zip cannot have.
func TestZipHasEachNameOnce(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	for path, content := range map[string]string{
		`/d/a\b.txt`: "1", `/d/a_b (2).txt`: "2", `/d/a_b.txt`: "3", `/d/c\d/e`: "4", `/d/c_d/e`: "5", `/d/f\g`: "6", `/d/f_g/h`: "7",
	} {
		h.put(path, content)
	}
	a := h.ask(http.MethodGet, "/api/v1/archive/d", nil)
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	h.must(err)
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		h.must(err)
		raw, err := io.ReadAll(r)
		h.must(err)
		if _, twice := got[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		got[f.Name] = string(raw)
	}
	want := map[string]string{
		"d/": "", "d/a_b.txt": "1", "d/a_b (2).txt": "2", "d/a_b (3).txt": "3",
		"d/c_d/": "", "d/c_d/e": "4", "d/c_d (2)/": "", "d/c_d (2)/e": "5", "d/f_g": "6", "d/f_g (2)/": "", "d/f_g (2)/h": "7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestZip(t *testing.T) {
	h := newHive(t)
	mtime := time.Date(2020, 5, 17, 12, 30, 2, 0, time.UTC)
	big := string(noise(1 << 20))
	h.put("/photos/ü📷.txt", "picture")
	h.put("/photos/2020/big.bin", big)
	h.put("/outside.txt", "not in it")
	h.put("/photos/up\\evil.txt", "no way up")
	h.ask(http.MethodPut, "/api/v1/folders/photos/empty", nil)
	h.ask(http.MethodPut, "/api/v1/files/photos/run.sh?exec=true&mtime="+mtime.Format(time.RFC3339), strings.NewReader("#!/bin/sh"))

	a := h.ask(http.MethodGet, "/api/v1/archive/photos?format=zip", nil)
	if a.StatusCode != 200 || a.err != nil || a.Header.Get("Content-Type") != "application/zip" ||
		a.Header.Get("Content-Disposition") != "attachment; filename=photos.zip" {
		t.Fatalf("%d %v %v", a.StatusCode, a.err, a.Header)
	}
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	h.must(err)
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		h.must(err)
		raw, err := io.ReadAll(r) // checks the sum
		h.must(err)
		got[f.Name] = string(raw)
		if f.Name == "photos/run.sh" && (!f.Modified.Equal(mtime) || f.Mode() != 0o755) {
			t.Errorf("run.sh is of %s, mode %s", f.Modified, f.Mode())
		}
		if f.NonUTF8 || f.Method != zip.Store {
			t.Errorf("%s: %+v", f.Name, f.FileHeader)
		}
	}
	want := map[string]string{
		"photos/": "", "photos/empty/": "", "photos/2020/": "", "photos/2020/big.bin": big, "photos/ü📷.txt": "picture", "photos/run.sh": "#!/bin/sh",
		"photos/up_evil.txt": "no way up",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	for path, want := range map[string]string{"/photos/run.sh": "run.sh", "/photos/2020": "2020/ 2020/big.bin", "/": "outside.txt photos/ photos/2020/"} {
		a := h.ask(http.MethodGet, "/api/v1/archive"+path, nil)
		z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
		h.must(err)
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); !strings.HasPrefix(got, want) {
			t.Errorf("%s holds %s, want %s…", path, got, want)
		}
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/archive/nothing", nil), 404, "not_found")
}

func TestZipOfSome(t *testing.T) {
	h := newHive(t)
	for _, path := range []string{"/box/a & b.txt", "/box/in/c.txt", "/box/d.txt", "/out.txt"} {
		h.put(path, path)
	}
	for query, want := range map[string]string{
		"/box?entry=in&entry=a+%26+b.txt": "in/ in/c.txt a & b.txt",
		"/?entry=out.txt":                 "out.txt",
	} {
		a := h.ask(http.MethodGet, "/api/v1/archive"+query, nil)
		z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
		h.must(err)
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s holds %s, want %s", query, got, want)
		}
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/archive/box?entry=d.txt&entry=gone.txt", nil), 404, "not_found")
	for _, name := range []string{"..", "in%2Fc.txt", "", "%2Fout.txt"} {
		wantProblem(t, h.ask(http.MethodGet, "/api/v1/archive/box?entry="+name, nil), 400, "invalid_path")
	}
}

// TestZipOfMany: a choice that no URL has room for, which others cannot ask for.
func TestZipOfMany(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("%s %d.txt", strings.Repeat("ü", 80), i))
		h.put("/box/"+names[i], names[i])
	}
	h.put("/box/in/c.txt", "c")
	made := decode[apitype.Archive](t, h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/box", Entries: append(names, "in")}))
	for range 2 {
		a := h.ask(http.MethodGet, made.URL, nil)
		z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
		h.must(err)
		if len(z.File) != 32 || !strings.Contains(a.Header.Get("Content-Disposition"), "box.zip") {
			t.Errorf("%d files, %v", len(z.File), a.Header)
		}
	}
	h.person("bob")
	bob := "Bearer " + h.signIn("bob")
	wantProblem(t, h.ask(http.MethodGet, made.URL, nil, "Authorization", bob), 404, "not_found")
	wantProblem(t, h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/box", Entries: []string{"in", "gone"}}), 404, "not_found")
	wantProblem(t, h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/box", Entries: []string{".."}}), 400, "invalid_path")
	for range 16 { // only the last ones are kept
		h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/box", Entries: []string{"in"}})
	}
	wantProblem(t, h.ask(http.MethodGet, made.URL, nil), 404, "not_found")
}

// TestZipOfManyIsOnesOwn has a user choose again and again, which takes nobody else's choice.
func TestZipOfManyIsOnesOwn(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/in", "content")
	made := decode[apitype.Archive](t, h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/", Entries: []string{"in"}}))
	alice := h.token
	h.token = h.admin
	h.put("/in", "content")
	var own apitype.Archive
	for range 50 {
		own = decode[apitype.Archive](t, h.json(http.MethodPost, "/api/v1/archives", apitype.NewArchive{Path: "/", Entries: []string{"in"}}))
	}
	wantProblem(t, h.ask(http.MethodGet, made.URL, nil), 404, "not_found")
	if a := h.ask(http.MethodGet, own.URL, nil); a.StatusCode != http.StatusOK {
		t.Errorf("the newest of who chose: %d %s", a.StatusCode, a.body)
	}
	h.token = alice
	if a := h.ask(http.MethodGet, made.URL, nil); a.StatusCode != http.StatusOK {
		t.Errorf("that of another: %d %s", a.StatusCode, a.body)
	}
}

// failing is an engine that, once told, reads a few more blocks and then no more.
type failing struct {
	*badgerstore.Engine
	left atomic.Int64
}

func (f *failing) Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error) {
	if f.left.Add(-1) < 0 {
		return nil, errors.New("disk is broken")
	}
	return f.Engine.Get(ctx, key, dst)
}

// TestBrokenStreamsAreSeen: when a block cannot be read in mid-stream, the client must not take what it has for the whole.
func TestBrokenStreamsAreSeen(t *testing.T) {
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	broken := &failing{Engine: engine}
	broken.left.Store(math.MaxInt64)
	h := newHive(t, func(s *setup) { s.store = blocktest.On(t, broken) })
	h.put("/f/a.txt", strings.Repeat("first", 100))
	h.put("/f/m.bin", string(noise(8<<20)))
	h.put("/f/z.txt", "last")
	for path, reads := range map[string]int64{"/files/f/m.bin": 10, "/archive/f": 10, "/car/f": 30} {
		broken.left.Store(reads)
		a := h.ask(http.MethodGet, "/api/v1"+path, nil)
		broken.left.Store(math.MaxInt64)
		if a.err == nil && a.StatusCode == http.StatusOK {
			t.Errorf("%s: %d bytes came as if they were all", path, len(a.body))
		}
		if len(a.body) < 1<<20 {
			t.Errorf("%s: broke after %d bytes, not in mid-stream", path, len(a.body))
		}
	}
	if a := h.ask(http.MethodGet, "/api/v1/files/f/z.txt", nil); string(a.body) != "last" {
		t.Errorf("what is whole is now %q", a.body)
	}
	if !strings.Contains(h.log.String(), "disk is broken") {
		t.Error("nothing in the log")
	}
}

func TestZipEndsWithItsClient(t *testing.T) {
	h := newHive(t)
	for _, name := range []string{"a", "b", "c"} {
		h.put("/f/"+name, string(noise(8<<20)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body, err := h.client(h.token).Files.Archive(ctx, "/f")
	h.must(err)
	_, err = io.ReadFull(body, make([]byte, 1<<20))
	h.must(err)
	cancel()
	body.Close()
	h.log.wait(t, "path=/api/v1/archive/f")
	if strings.Contains(h.log.String(), "level=ERROR") {
		t.Errorf("a client that goes is no failure:\n%s", h.log)
	}
}

func TestCAR(t *testing.T) {
	h := newHive(t)
	h.put("/photos/ü📷.txt", "picture")
	h.put("/photos/2020/big.bin", string(noise(1<<20)))
	c := h.client(h.token)
	out, err := c.Files.Export(t.Context(), "/photos")
	h.must(err)
	raw, err := io.ReadAll(out)
	h.must(err)
	imported, err := c.Files.Import(t.Context(), "/copy", bytes.NewReader(raw))
	h.must(err)
	if imported.Files != 2 || imported.Bytes != 1<<20+7 {
		t.Errorf("%+v", imported)
	}
	for _, path := range []string{"/ü📷.txt", "/2020/big.bin"} {
		was, err := c.Files.Stat(t.Context(), "/photos"+path)
		h.must(err)
		is, err := c.Files.Stat(t.Context(), "/copy"+path)
		h.must(err)
		if was.Root != is.Root {
			t.Errorf("%s: root %s is now %s", path, was.Root, is.Root)
		}
	}
	// A CAR that was cut off is none.
	_, err = c.Files.Import(t.Context(), "/cut", bytes.NewReader(raw[:len(raw)-1000]))
	var e *client.Error
	if !errors.As(err, &e) || e.Code != apitype.CodeInvalidCAR {
		t.Errorf("got %v", err)
	}
	if _, err := c.Files.Stat(t.Context(), "/cut"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a part was stored: %v", err)
	}
}
