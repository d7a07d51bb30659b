package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// stream answers with events of the changes first to last, and then cuts the connection.
func stream(first, last int64) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, ":\n\n")
		for n := first; n <= last; n++ {
			fmt.Fprintf(w, "id: %d\ndata: {\"seq\":%d,\"path\":\"/f\"}\n\n", n, n)
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestWatchReconnects(t *testing.T) {
	asked := make(chan string, 10)
	note := func(next func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Header.Get("Last-Event-ID")
			next(w, r)
		}
	}
	// The third connection repeats change 3: it must not come twice.
	c, _ := start(t, client.Options{Token: "x", Retries: -1}, note(stream(1, 2)), note(refuse(503, "stopping")), note(stream(3, 3)), note(stream(3, 5)))
	var got []int64
	for change, err := range c.History.Watch(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, change.Seq); change.Seq == 5 {
			break
		}
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5}, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"0", "2", "2", "3"} {
		if got := <-asked; got != want {
			t.Errorf("asked for what is after %s, want %s", got, want)
		}
	}
}

func TestWatchEndsOnRefusal(t *testing.T) {
	c, s := start(t, client.Options{Token: "x"}, stream(1, 1), refuse(401, apitype.CodeTokenInvalid))
	var last error
	for _, err := range c.History.Watch(t.Context(), 0) {
		last = err
	}
	if !errors.Is(last, client.ErrTokenInvalid) || len(s.requests()) != 2 {
		t.Errorf("got %v after %d requests", last, len(s.requests()))
	}
}

func TestWatchEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := start(t, client.Options{Token: "x"}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	var last error
	for _, err := range c.History.Watch(ctx, 0) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v", last)
	}
}

func TestWatchRefusesNonsense(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var n atomic.Int32
	c, _ := start(t, client.Options{Token: "x"}, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) > 2 {
			cancel()
		}
		fmt.Fprint(w, "data: {\"seq\":\n\n")
	})
	for change, err := range c.History.Watch(ctx, 0) {
		if err == nil {
			t.Errorf("made %+v of nonsense", change)
		}
	}
}

// TestWatchLeavesADeadStream: a connection over which nothing comes is given up, in virtual time.
func TestWatchLeavesADeadStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start, asked := time.Now(), 0
		c, err := client.New("http://hive", client.Options{Token: "x", Transport: streams(func(req *http.Request) *http.Response {
			if asked++; asked == 3 {
				cancel()
			}
			r, w := io.Pipe() // nothing ever comes
			context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
			return &http.Response{StatusCode: http.StatusOK, Body: r}
		})})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range c.History.Watch(ctx, 0) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		if took := time.Since(start); asked != 3 || took < 2*time.Minute || took > 3*time.Minute {
			t.Errorf("asked %d times in %s, want one minute each", asked, took)
		}
	})
}

// streams is a transport whose answers depend on the request.
type streams func(*http.Request) *http.Response

func (f streams) RoundTrip(req *http.Request) (*http.Response, error) { return f(req), nil }
