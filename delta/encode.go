package delta

import (
	"encoding/binary"
	"io"

	librsync "github.com/balena-os/librsync-go"
)

// encoder writes the commands of a delta. Copies that follow one another become one. The first error stays.
type encoder struct {
	w    io.Writer
	at   int64 // of the copy that is not yet written
	n    int64 // its length, 0 for none
	head []byte
	err  error
}

func newEncoder(w io.Writer) *encoder {
	e := &encoder{w: w}
	e.write(binary.BigEndian.AppendUint32(nil, uint32(librsync.DELTA_MAGIC)))
	return e
}

func (e *encoder) write(p []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(p)
	}
}

// literal writes bytes of the target. It does not keep p.
func (e *encoder) literal(p []byte) {
	if len(p) == 0 {
		return
	}
	e.flush()
	if len(p) <= maxShort {
		e.head = append(e.head[:0], byte(len(p)))
	} else {
		w := width(int64(len(p)))
		e.head = appendNumber(append(e.head[:0], byte(opLiteral+w)), int64(len(p)), w)
	}
	e.write(e.head)
	e.write(p)
}

// copy takes n bytes of the base from at on.
func (e *encoder) copy(at, n int64) {
	if e.n > 0 && e.at+e.n == at {
		e.n += n
		return
	}
	e.flush()
	e.at, e.n = at, n
}

func (e *encoder) flush() {
	if e.n == 0 {
		return
	}
	a, l := width(e.at), width(e.n)
	e.head = appendNumber(append(e.head[:0], byte(opCopy+4*a+l)), e.at, a)
	e.head = appendNumber(e.head, e.n, l)
	e.write(e.head)
	e.n = 0
}

func (e *encoder) end() error {
	e.flush()
	e.write([]byte{byte(opEnd)})
	return e.err
}

func appendNumber(b []byte, n int64, width int) []byte {
	for i := 1<<width - 1; i >= 0; i-- {
		b = append(b, byte(n>>(8*i)))
	}
	return b
}
