package client

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
)

// errDetached stops the transport from reading a body that is being replayed or whose owner has it back.
var errDetached = errors.New("client: body is no longer read")

// errChanged says that a body that was measured had less to read than that.
var errChanged = errors.New("changed while it was read")

// content is the body of a request over all of its attempts.
type content struct {
	r      io.Reader
	seeker io.Seeker // nil: can be sent only once
	start  int64
	length int64 // -1: unknown

	current *attempt
}

// newContent measures r where it can seek. Without a seeker length is believed; -1 is unknown.
func newContent(r io.Reader, length int64) (*content, error) {
	if r == nil {
		return &content{}, nil
	}
	b := &content{r: r, length: length}
	seeker, ok := r.(io.Seeker)
	if !ok {
		return b, nil
	}
	if start, err := seeker.Seek(0, io.SeekCurrent); err == nil { // a pipe has Seek and cannot seek
		end, err := seeker.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = seeker.Seek(start, io.SeekStart)
		}
		if err != nil {
			return nil, fmt.Errorf("client: measure body: %w", err)
		}
		b.seeker, b.start, b.length = seeker, start, end-start
	}
	return b, nil
}

// attach makes the body that of req.
func (b *content) attach(req *http.Request) {
	if b.r == nil || b.length == 0 {
		req.Body, req.ContentLength = http.NoBody, 0
		return
	}
	b.current = &attempt{r: io.LimitedReader{R: b.r, N: math.MaxInt64}, measured: b.seeker != nil}
	if b.seeker != nil {
		b.current.r.N = b.length // a file that grows meanwhile is sent as it was
	}
	req.Body, req.ContentLength = b.current, b.length
}

// large says whether sending the body in vain costs more than asking first.
func (b *content) large() bool {
	return b.r != nil && (b.length < 0 || b.length >= 1<<20)
}

// rewind brings the body back to its start and says whether it could.
func (b *content) rewind() bool {
	if b.current == nil {
		return true
	}
	if b.seeker == nil {
		return false
	}
	b.release()
	_, err := b.seeker.Seek(b.start, io.SeekStart)
	return err == nil
}

// release gives the body back to the caller: the transport may go on reading after an answer that came early. A body that
// cannot seek may be blocked in a Read, for which nobody waits.
func (b *content) release() {
	if b.current == nil {
		return
	}
	b.current.Close()
	if b.seeker != nil {
		b.current.mu.Lock()
		defer b.current.mu.Unlock()
	}
}

// err is what the reader of the caller failed with.
func (b *content) err() error {
	if b.current == nil {
		return nil
	}
	if failed := b.current.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}

// attempt is the body as one attempt sees it. No Read begins after Close.
type attempt struct {
	mu       sync.Mutex // held during a Read
	r        io.LimitedReader
	closed   atomic.Bool
	failed   atomic.Pointer[error]
	measured bool // r has as many bytes as its limit
}

func (a *attempt) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed.Load() {
		return 0, errDetached
	}
	n, err := a.r.Read(p)
	if err == io.EOF && a.measured && a.r.N > 0 {
		err = errChanged
	}
	if err != nil && err != io.EOF {
		a.failed.Store(&err)
	}
	return n, err
}

func (a *attempt) Close() error {
	a.closed.Store(true)
	return nil
}
