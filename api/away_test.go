package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
)

// TestWhatNeedsNoContentIsNotFetched is of a file whose content is on another hive that is away.
func TestWhatNeedsNoContentIsNotFetched(t *testing.T) {
	fetched := 0
	h := newHive(t, func(s *setup) {
		s.catalog.Fetch = func(context.Context, catalog.FetchRequest) (func(context.Context, cid.Cid) error, error) {
			fetched++
			return nil, errors.New("owner unreachable")
		}
	})
	etag := h.arrive("/far", "away", "content")
	for _, test := range []struct {
		method, path string
		headers      []string
		status       int
	}{
		{"HEAD", "/api/v1/files/far/away", nil, 200},
		{"HEAD", "/api/v1/files/far/away", []string{"Range", "bytes=1-2"}, 206},
		{"GET", "/api/v1/files/far/away", []string{"If-None-Match", etag}, 304},
		{"GET", "/api/v1/files/far/away", []string{"If-Match", `"x"`}, 412},
		{"GET", "/api/v1/files/far/away", []string{"Range", "bytes=99-"}, 416},
		{"GET", "/api/v1/signature/far/away", []string{"If-None-Match", etag}, 304},
		{"POST", "/api/v1/delta/far/away", []string{"If-None-Match", etag}, 304},
		{"PATCH", "/api/v1/files/far/away", []string{"If-Match", `"x"`, "Content-Type", "application/vnd.librsync-delta", "Repr-Digest", reprDigest([]byte("x"))}, 412},
	} {
		a := h.ask(test.method, test.path, nil, test.headers...)
		if a.StatusCode != test.status || a.StatusCode < 400 && a.Header.Get("ETag") != etag {
			t.Errorf("%s %s %q: %d %v %s", test.method, test.path, test.headers, a.StatusCode, a.Header, a.body)
		}
	}
	if fetched != 0 {
		t.Errorf("asked for it %d times", fetched)
	}
	for _, headers := range [][]string{nil, {"Range", "bytes=1-2"}, {"Range", "bytes=1-2,4-5"}, {"If-None-Match", `"x"`}} {
		a := h.ask(http.MethodGet, "/api/v1/files/far/away", nil, headers...)
		wantProblem(t, a, 503, "absent")
		if a.Header.Get("Content-Range") != "" || a.Header.Get("ETag") != "" {
			t.Errorf("%v", a.Header)
		}
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/signature/far/away", nil), 503, "absent")
}

// arrive mounts a folder of another hive with a file in it whose content did not come, and gives its ETag.
func (h *hive) arrive(folder, name, content string) string {
	h.t.Helper()
	ctx, actor := h.t.Context(), catalog.Actor{User: h.alice.ID}
	space, root, err := h.catalog.NewReplica(ctx, "", h.alice.ID, catalog.Unlimited)
	h.must(err)
	at, err := catalog.ParsePath(folder)
	h.must(err)
	_, err = h.catalog.Mount(ctx, actor, at, catalog.Mount{Space: space, Root: root, Role: catalog.RoleWriter, Ref: "far"})
	h.must(err)
	w := blocktest.New(h.t).Writer()
	defer w.Close()
	file, err := w.Import(ctx, strings.NewReader(content))
	h.must(err)
	op := catalog.Op{Kind: catalog.OpCreate, UID: catalog.UID{1}, Name: name, Root: file.Root, Size: file.Size, MTime: time.Unix(1, 0)}
	_, err = h.catalog.Apply(ctx, catalog.Target{Space: space, Folder: root}, []catalog.Op{op}, nil)
	h.must(err)
	home, err := h.catalog.Home(ctx, actor)
	h.must(err)
	at, err = at.Join(name)
	h.must(err)
	entry, err := home.Stat(ctx, at)
	h.must(err)
	return entry.ETag()
}
