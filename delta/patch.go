package delta

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	librsync "github.com/balena-os/librsync-go"
)

// Commands: literals of 1 to maxShort bytes are their own length; then literals by the width of their length; then copies by the
// widths of place and length. What is above lastCopy is reserved.
const (
	opEnd     = int(librsync.OP_END)
	maxShort  = int(librsync.OP_LITERAL_64)
	opLiteral = int(librsync.OP_LITERAL_N1)
	opCopy    = int(librsync.OP_COPY_N1_N1)
	lastCopy  = int(librsync.OP_COPY_N8_N8)
)

// A Base is the older state that a delta copies from: a *bytes.Reader, an *io.SectionReader.
type Base interface {
	io.ReaderAt
	Size() int64
}

const patchBuffer = 64 << 10

// Patch writes to out what delta makes of base, at most limit bytes, and returns how many. What was written before
// an error is of no use, and without one it is still only as right as the hash that the caller compares. Memory is constant. Errors are
// ErrFormat, ErrLimit, ErrRange, and those of base, delta and out.
func Patch(out io.Writer, base Base, delta io.Reader, limit int64) (int64, error) {
	p := patcher{in: bufio.NewReaderSize(delta, patchBuffer), buf: make([]byte, patchBuffer), out: out, base: base, limit: limit}
	err := p.run()
	return p.written, err
}

type patcher struct {
	in      *bufio.Reader
	base    Base
	out     io.Writer
	buf     []byte
	written int64
	limit   int64
}

func (p *patcher) run() error {
	magic, err := p.number(2)
	if err != nil {
		return err
	}
	if magic != int64(librsync.DELTA_MAGIC) {
		return fmt.Errorf("%w: a delta does not begin with %#x", ErrFormat, magic)
	}
	for {
		b, err := p.in.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		switch op := int(b); {
		case op == opEnd:
			return p.nothingMore()
		case op <= maxShort:
			err = p.literal(int64(op))
		case op < opCopy:
			err = p.longLiteral(op - opLiteral)
		case op <= lastCopy:
			err = p.copy(op - opCopy)
		default:
			err = fmt.Errorf("%w: command %#x", ErrFormat, op)
		}
		if err != nil {
			return err
		}
	}
}

func (p *patcher) nothingMore() error {
	switch _, err := p.in.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%w: bytes after the end of the delta", ErrFormat)
	default:
		return err
	}
}

// number reads one of 1<<width bytes.
func (p *patcher) number(width int) (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(p.in, b[8-1<<width:]); err != nil {
		return 0, cutOff(err)
	}
	n := int64(binary.BigEndian.Uint64(b[:]))
	if n < 0 {
		return 0, fmt.Errorf("%w: a number over 63 bits", ErrFormat)
	}
	return n, nil
}

// room tells whether n more bytes may be written.
func (p *patcher) room(n int64) error {
	if n == 0 {
		return fmt.Errorf("%w: a command of no length", ErrFormat)
	}
	if n > p.limit-p.written {
		return fmt.Errorf("%w: it makes more than %d bytes", ErrLimit, p.limit)
	}
	return nil
}

func (p *patcher) longLiteral(width int) error {
	n, err := p.number(width)
	if err != nil {
		return err
	}
	return p.literal(n)
}

func (p *patcher) literal(n int64) error {
	if err := p.room(n); err != nil {
		return err
	}
	for n > 0 {
		part := p.buf[:min(n, patchBuffer)]
		if _, err := io.ReadFull(p.in, part); err != nil {
			return cutOff(err)
		}
		if err := p.emit(part); err != nil {
			return err
		}
		n -= int64(len(part))
	}
	return nil
}

func (p *patcher) copy(widths int) error {
	at, err := p.number(widths / 4)
	if err != nil {
		return err
	}
	n, err := p.number(widths % 4)
	if err != nil {
		return err
	}
	if at > p.base.Size() || n > p.base.Size()-at {
		return fmt.Errorf("%w: %d bytes at %d of %d", ErrRange, n, at, p.base.Size())
	}
	if err := p.room(n); err != nil {
		return err
	}
	for n > 0 {
		part := p.buf[:min(n, patchBuffer)]
		if got, err := p.base.ReadAt(part, at); got < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("read base: %w", err)
		}
		if err := p.emit(part); err != nil {
			return err
		}
		at, n = at+int64(len(part)), n-int64(len(part))
	}
	return nil
}

func (p *patcher) emit(b []byte) error {
	n, err := p.out.Write(b)
	p.written += int64(n)
	return err
}

// cutOff says what an early end of the delta is.
func cutOff(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the delta is cut off", ErrFormat)
	}
	return err
}
