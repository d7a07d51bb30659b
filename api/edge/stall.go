package edge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

// Errors of the client's side of a transfer.
var (
	errBody    = errors.New("edge: request body cannot be read")
	errGone    = errors.New("edge: answer cannot be written")
	errStalled = errors.New("edge: request body stalled")
)

// watch gives the request deadlines that move on with every byte: a transfer may take days, but a client that neither
// sends nor takes bytes for Config.Stall is cut.
func (r *Router) watch(c *gin.Context) {
	rc, ctx := http.NewResponseController(c.Writer), c.Request.Context()
	still := func() error {
		if still := RequestOf(ctx).still; still != nil {
			return still(ctx)
		}
		return nil
	}
	c.Writer = &watchedWriter{ResponseWriter: c.Writer, until: deadline{set: rc.SetWriteDeadline, stall: r.cfg.Stall}, right: newRight(still)}
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return
	}
	body := &watchedBody{ReadCloser: c.Request.Body, until: deadline{set: rc.SetReadDeadline, stall: r.cfg.Stall}, right: newRight(still)}
	body.until.extend() // also bounds what the server reads of a body that was refused
	c.Request.Body = body
}

// deadline is one that moves. Setting it costs about as much as reading a packet, so it is set only now and then.
type deadline struct {
	set   func(time.Time) error
	stall time.Duration
	renew time.Time
}

func (d *deadline) extend() {
	if now := time.Now(); now.After(d.renew) {
		_ = d.set(now.Add(d.stall)) // a transport without deadlines has none
		d.renew = now.Add(d.stall / 16)
	}
}

// recheckEvery is how often it is asked whether a transfer may still go on.
const recheckEvery = time.Second

// right is that of a transfer to go on: the token may be revoked while it lasts, which may be days.
type right struct {
	still func() error
	next  time.Time
}

func newRight(still func() error) right { return right{still, time.Now().Add(recheckEvery)} }

// ended is why the transfer must not go on.
func (r *right) ended() error {
	now := time.Now()
	if now.Before(r.next) {
		return nil
	}
	r.next = now.Add(recheckEvery)
	return r.still()
}

// slowest is what a client sends on average, in bytes a second, while it is waited for: what came since a slow one began is kept
// from being collected. It is looked at each time that was waited for longer than slowFor times Config.Stall.
const (
	slowest = 1 << 10
	slowFor = 5
)

// watchedBody is a request body with a moving deadline, whose errors can be told from those of the store.
type watchedBody struct {
	io.ReadCloser
	until  deadline
	right  right
	waited time.Duration // for the client, since its pace was looked at
	got    int64         // bytes, in that time
}

// slow counts what came after a wait, and tells whether the client is too slow.
func (b *watchedBody) slow(n int, wait time.Duration) bool {
	b.got, b.waited = b.got+int64(n), b.waited+wait
	if b.waited < slowFor*b.until.stall {
		return false
	}
	slow := b.got < slowest*int64(b.waited.Seconds())
	b.got, b.waited = 0, 0
	return slow
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.until.extend()
	begin := time.Now()
	n, err := b.ReadCloser.Read(p)
	slow := b.slow(n, time.Since(begin))
	if ended := b.right.ended(); ended != nil {
		return 0, ended
	}
	switch {
	case err == nil && slow:
		return 0, fmt.Errorf("%w: less than %d bytes a second", errStalled, slowest)
	case err == nil:
	case err == io.EOF:
		_ = b.until.set(time.Time{}) // what comes after the body is not its reader's business
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("%w: %w", errStalled, err)
	default:
		err = fmt.Errorf("%w: %w", errBody, err)
	}
	return n, err
}

// maxPiece is how much is written under one deadline: what the slowest client that is not cut must take in that time.
const maxPiece = 128 << 10

// watchedWriter is an answer with a moving deadline. One that has begun is cut when the right to it ends.
type watchedWriter struct {
	gin.ResponseWriter
	until deadline
	right right
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	written := 0
	for {
		piece := p[:min(len(p), maxPiece)]
		if w.Written() {
			if ended := w.right.ended(); ended != nil {
				return written, ended
			}
		}
		w.until.extend()
		n, err := w.ResponseWriter.Write(piece)
		written, p = written+n, p[n:]
		if err != nil || len(p) == 0 {
			return written, gone(err)
		}
	}
}

func (w *watchedWriter) WriteString(p string) (int, error) {
	w.until.extend()
	n, err := w.ResponseWriter.WriteString(p)
	return n, gone(err)
}

// gone marks err as one of the client's, not of the hive's.
func gone(err error) error {
	if err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return err
}

func (w *watchedWriter) Flush() {
	w.until.extend()
	w.ResponseWriter.Flush()
}

// Unwrap serves http.ResponseController.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
