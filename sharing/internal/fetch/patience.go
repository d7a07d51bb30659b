package fetch

import (
	"fmt"
	"net"
	"os"
	"time"
)

// How long a session waits for an answer: for what comes of use at the slowest rate, and grace beside. Nine sessions on one line of
// 200 kbit/s still have more.
const (
	grace     = time.Minute
	slowest   = 1 << 10 // bytes a second
	itemBytes = 64      // that an item of a list counts for, beside its data
	partBytes = 4 << 10 // that a part of content counts for, beside its data: what a delta leaves out was read too
	mostEmpty = 16      // frames of an answer without anything in them; hives send one at most
)

// errSlow ends a session with a hive of which too little comes.
var errSlow = fmt.Errorf("sharing: less than %d bytes a second come: %w", slowest, os.ErrDeadlineExceeded)

// patience reads an answer from a conn and ends when too little of use comes. Only the time spent waiting counts.
type patience struct {
	conn   net.Conn
	waited time.Duration
	useful int64 // bytes that came
	raw    int64 // bytes that came and are not judged yet: of one frame, about
	spare  int   // frames that may still bring nothing
}

// begin is before a request. As many frames as files may be empty may bring nothing.
func (p *patience) begin(files int) { *p = patience{conn: p.conn, spare: mostEmpty + files} }

// Read implements io.Reader. Errors, beside those of the conn: errSlow.
func (p *patience) Read(b []byte) (int, error) {
	left := grace + time.Duration(p.useful+p.raw)*(time.Second/slowest) - p.waited
	if left <= 0 {
		return 0, errSlow
	}
	began := time.Now()
	if err := p.conn.SetReadDeadline(began.Add(min(left, progress))); err != nil {
		return 0, err
	}
	n, err := p.conn.Read(b)
	p.waited += time.Since(began)
	p.raw += int64(n)
	return n, err
}

// took judges a frame: so many bytes of it were of use.
func (p *patience) took(bytes int64) error {
	p.useful, p.raw = p.useful+bytes, 0
	if bytes > 0 {
		return nil
	}
	if p.spare--; p.spare < 0 {
		return fmt.Errorf("%w: frames with nothing in them", ErrProtocol)
	}
	return nil
}
