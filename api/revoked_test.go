package api_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// drip is a body that comes byte by byte, for as long as it is wanted but no longer than some seconds. It does something when it begins.
type drip struct {
	begin func()
	tick  *time.Ticker
	left  int
}

func newDrip(t *testing.T, begin func()) *drip {
	d := &drip{begin: begin, tick: time.NewTicker(10 * time.Millisecond), left: 400}
	t.Cleanup(d.tick.Stop)
	return d
}

func (d *drip) Read(p []byte) (int, error) {
	if d.begin != nil {
		d.begin()
		d.begin = nil
	}
	if d.left == 0 {
		return 0, io.EOF
	}
	<-d.tick.C
	d.left--
	return copy(p, "x"), nil
}

// admitted has the server ask for the body, which it does when it has let the request in.
var admitted = []string{"Expect", "100-continue"}

func TestUploadEndsWithTheAccount(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	disable := func() {
		disabled := true
		_, err := h.client(h.admin).Users.Update(t.Context(), "alice", apitype.UserChange{Disabled: &disabled})
		h.must(err)
	}
	a := h.ask(http.MethodPut, "/api/v1/files/late.txt", newDrip(t, disable), admitted...)
	wantProblem(t, a, 403, "account_disabled")
}

func TestUploadEndsWithTheToken(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	other := h.signIn("alice")
	end := func() {
		if a := h.ask(http.MethodDelete, "/api/v1/session", nil, "Authorization", "Bearer "+other); a.StatusCode != http.StatusNoContent {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	as := []string{"Authorization", "Bearer " + other, "Tus-Resumable", "1.0.0"}
	path := base64.StdEncoding.EncodeToString([]byte("/late.txt"))
	made := h.ask(http.MethodPost, "/api/v1/tus", nil, append(as, "Upload-Length", "400", "Upload-Metadata", "path "+path)...)
	a := h.ask(http.MethodPatch, made.Header.Get("Location"), newDrip(t, end),
		append(append(as, admitted...), "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")...)
	wantProblem(t, a, 401, "token_invalid")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/files/late.txt", nil), 404, "not_found")
}

func TestDownloadEndsWithTheToken(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/f", string(noise(32<<20)))
	other := h.signIn("alice")
	wantCut(h, "/api/v1/files/f", other, func() {
		h.ask(http.MethodDelete, "/api/v1/session", nil, "Authorization", "Bearer "+other)
	})
}

func TestVisitEndsWithTheLink(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/f", string(noise(32<<20)))
	for _, path := range []string{"/content/f", "/archive/"} {
		l, at := h.link(apitype.NewLink{Path: "/docs"})
		wantCut(h, at+path, "", func() { h.ask(http.MethodDelete, fmt.Sprint("/api/v1/links/", l.ID), nil) })
	}
	l, at := h.link(apitype.NewLink{Path: "/docs", Mode: "upload"})
	a := h.ask(http.MethodPut, at+"/content/late.txt", newDrip(t, func() {
		h.json(http.MethodPatch, fmt.Sprint("/api/v1/links/", l.ID), map[string]string{"password": "a new password"})
	}), append(admitted, "Authorization", "")...)
	wantProblem(t, a, 404, "not_found")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/files/docs/late.txt", nil), 404, "not_found")
}

// wantCut begins to read, has something end, and wants what is read to break off.
func wantCut(h *hive, path, token string, end func()) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, nil)
	h.must(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		h.t.Fatal(resp.Status)
	}
	end()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		<-tick.C
		_, err = io.CopyN(io.Discard, resp.Body, 128<<10)
	}
	if err == io.EOF {
		h.t.Error("all of it came")
	}
}

func TestWaitingEndsWithTheToken(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	other := h.signIn("alice")
	waiting := make(chan answer, 1)
	go func() {
		waiting <- h.ask(http.MethodGet, "/api/v1/changes?latest=true&wait=1m", nil, "Authorization", "Bearer "+other)
	}()
	for i := range 20 { // meanwhile it waits
		h.ask(http.MethodGet, fmt.Sprint("/api/v1/files/", i), nil)
	}
	h.ask(http.MethodDelete, "/api/v1/session", nil, "Authorization", "Bearer "+other)
	h.put("/later.txt", "content")
	select {
	case a := <-waiting:
		wantProblem(t, a, 401, "token_invalid")
	case <-within(t).Done():
		t.Error("no answer")
	}
}
