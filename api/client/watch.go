package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// silence is how long a change stream may stay without a sign of life. A hive sends one every 15 s.
const silence = time.Minute

// errSilent ends a stream without a sign of life.
var errSilent = errors.New("client: change stream is silent")

// watcher follows the change log over as many connections as it takes.
type watcher struct {
	c     *Client
	last  int64
	yield func(apitype.Change, error) bool
}

// run connects until the caller stops or the hive refuses for good.
func (w *watcher) run(ctx context.Context) {
	for try := 0; ; try++ {
		before := w.last
		more, err := w.connect(ctx)
		if !more {
			return
		}
		if ctx.Err() != nil {
			w.yield(apitype.Change{}, ctx.Err())
			return
		}
		if final(err) {
			w.yield(apitype.Change{}, err)
			return
		}
		if w.last != before {
			try = 0
		}
		if err := wait(ctx, min(w.c.opts.Backoff<<min(try, 16), maxPause)); err != nil {
			w.yield(apitype.Change{}, err)
			return
		}
	}
}

// connect follows one connection to its end. more is false when the caller wants no more.
func (w *watcher) connect(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer timer.Stop()
	h := http.Header{"Accept": {"text/event-stream"}, "Last-Event-Id": {number(w.last)}}
	resp, err := w.c.do(ctx, request{method: http.MethodGet, path: "/api/v1/changes", header: h, once: true})
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	for event, err := range events(resp.Body) {
		if err != nil {
			return true, err
		}
		timer.Stop() // the caller may take its time
		if more, err := w.give(event); err != nil || !more {
			return more, err
		}
		timer.Reset(silence)
	}
	return true, nil
}

// give passes the change of an event on. It says false when the caller wants no more.
func (w *watcher) give(event string) (more bool, err error) {
	if event == "" {
		return true, nil
	}
	var change apitype.Change
	if err := json.Unmarshal([]byte(event), &change); err != nil {
		return true, fmt.Errorf("client: decode change: %w", err)
	}
	if change.Seq <= w.last {
		return true, nil
	}
	w.last = change.Seq
	return w.yield(change, nil), nil
}

// final says whether err will not pass by itself.
func final(err error) bool {
	if answer, ok := errors.AsType[*Error](err); ok {
		return answer.Status < http.StatusInternalServerError && answer.Status != http.StatusTooManyRequests
	}
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	return cert
}

// events gives the data of each server-sent event, and "" for a sign of life.
func events(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				data = ""
			}
			if !yield(data, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield("", fmt.Errorf("client: change stream: %w", err))
		}
	}
}
