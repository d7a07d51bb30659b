package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

func TestChangesAsJSON(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token)
	none, err := c.History.Changes(t.Context(), 0, 0, 0)
	h.must(err)
	h.put("/a", "x")
	h.put("/b", "x")
	first, err := c.History.Changes(t.Context(), none.Last, 1, 0)
	h.must(err)
	rest, err := c.History.Changes(t.Context(), first.Last, 0, 0)
	h.must(err)
	if len(first.Items) != 1 || first.Items[0].Path != "/a" || first.Items[0].User != h.alice.ID || first.Items[0].EntryKind != "file" {
		t.Errorf("%+v", first)
	}
	if len(rest.Items) != 1 || rest.Items[0].Path != "/b" || rest.Last != rest.Items[0].Seq {
		t.Errorf("%+v", rest)
	}
	newest := decode[apitype.Changes](t, h.ask(http.MethodGet, "/api/v1/changes?latest=true", nil))
	if len(newest.Items) != 0 || newest.Last != rest.Last {
		t.Errorf("%+v", newest)
	}
	ahead := strconv.FormatInt(newest.Last+1, 10)
	stream := []string{"Accept", "text/event-stream"}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes?after="+ahead, nil), 400, "invalid_cursor")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes?after="+ahead, nil, stream...), 400, "invalid_cursor")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes", nil, append(stream, "Last-Event-ID", ahead)...), 400, "invalid_cursor")
	for _, err := range c.History.Watch(within(t), newest.Last+1) {
		if !errors.Is(err, client.ErrCursor) {
			t.Errorf("watch from the future: got %v", err)
		}
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes?after=-1", nil), 422, "invalid")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes?limit=1001", nil), 422, "invalid")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes?wait=long", nil), 422, "invalid")
}

func TestWaitForChanges(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token)
	empty, err := c.History.Changes(t.Context(), 0, 0, 10*time.Millisecond)
	if err != nil || len(empty.Items) > 0 {
		t.Fatalf("%+v, %v", empty, err)
	}
	got := make(chan apitype.Changes, 1)
	go func() {
		changes, _ := c.History.Changes(within(t), empty.Last, 0, time.Minute)
		got <- changes
	}()
	h.put("/a", "x")
	if changes := <-got; len(changes.Items) != 1 || changes.Items[0].Path != "/a" {
		t.Errorf("%+v", changes)
	}
}

// listen opens an event stream of alice and gives its lines until it ends.
func (h *hive) listen(ctx context.Context, headers ...string) <-chan string {
	h.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/changes", nil)
	h.must(err)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+h.token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || kind != "text/event-stream" {
		raw, _ := io.ReadAll(resp.Body)
		h.t.Fatalf("%d %s %s", resp.StatusCode, kind, raw)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// until reads lines until one begins with prefix.
func until(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the stream ended before %q", prefix)
			}
			if strings.HasPrefix(line, prefix) {
				return line
			}
		case <-timeout:
			t.Fatalf("no %q came", prefix)
		}
	}
}

// untilEnd reads until the stream ends.
func untilEnd(t *testing.T, lines <-chan string) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case _, ok := <-lines:
			if !ok {
				return
			}
		case <-timeout:
			t.Fatal("the stream does not end")
		}
	}
}

func TestEvents(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Beat = 20 * time.Millisecond })
	h.put("/a", "x")
	lines := h.listen(within(t))
	id := until(t, lines, "id: ")
	data := until(t, lines, "data: ")
	if !strings.Contains(data, `"path":"/a"`) {
		t.Errorf("%s %s", id, data)
	}
	h.put("/b", "x")
	if data := until(t, lines, "data: "); !strings.Contains(data, `"path":"/b"`) {
		t.Error(data)
	}
	until(t, lines, ":") // signs of life go on
	until(t, lines, ":")

	// A new stream goes on where the old one was.
	h.put("/c", "x")
	last, err := strconv.Atoi(strings.TrimPrefix(id, "id: "))
	h.must(err)
	again := h.listen(within(t), "Last-Event-ID", strconv.Itoa(last))
	var paths []string
	for range 2 {
		data := until(t, again, "data: ")
		_, data, _ = strings.Cut(data, `"path":"`)
		path, _, _ := strings.Cut(data, `"`)
		paths = append(paths, path)
	}
	if diff := cmp.Diff([]string{"/b", "/c"}, paths); diff != "" {
		t.Error(diff)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes", nil, "Accept", "text/event-stream", "Last-Event-ID", "x"), 422, "invalid")
}

func TestEventsEndWithTheToken(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Beat = 20 * time.Millisecond })
	lines := h.listen(within(t))
	until(t, lines, ":")
	h.must(h.client(h.token).Logout(t.Context()))
	untilEnd(t, lines)
}

func TestEventsEndWithTheServer(t *testing.T) {
	h := newHive(t)
	lines := h.listen(within(t))
	until(t, lines, ":")
	waiting := make(chan answer, 1)
	go func() { waiting <- h.ask(http.MethodGet, "/api/v1/changes?wait=1m", nil) }()
	h.server.Close()
	untilEnd(t, lines)
	wantProblem(t, <-waiting, 503, "stopping")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/changes", nil, "Accept", "text/event-stream"), 503, "stopping")
	if a := h.ask(http.MethodGet, "/api/v1/account", nil); a.StatusCode != 200 {
		t.Errorf("what is short goes on: %d %s", a.StatusCode, a.body)
	}
}

func TestEventsAreOnesOwn(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Beat = 20 * time.Millisecond })
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	lines := h.listen(ctx, "Authorization", "Bearer "+h.admin)
	until(t, lines, ":")
	h.put("/secret", "x")
	for beats := 0; beats < 4; {
		line, ok := <-lines
		switch {
		case !ok:
			t.Fatal("the stream ended")
		case strings.HasPrefix(line, ":"):
			beats++
		case line != "":
			t.Fatalf("root sees %s", line)
		}
	}
}
