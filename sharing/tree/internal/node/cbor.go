package node

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ipfs/go-cid"
)

// A node uses six kinds of CBOR items. They are written by hand, so that there is one way only to write a node, and reading
// one takes memory in proportion to its bytes.
const (
	majorUint   = 0 << 5
	majorNegInt = 1 << 5
	majorBytes  = 2 << 5
	majorText   = 3 << 5
	majorArray  = 4 << 5
	itemFalse   = 0xf4
	itemTrue    = 0xf5
)

// tagLink is the two bytes of tag 42, which makes a CID a link.
const tagLink0, tagLink1 = 0xd8, 42

func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNegInt, uint64(-(n + 1)))
	}
	return appendHead(b, majorUint, uint64(n))
}

func appendText(b []byte, s string) []byte {
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

func appendBytes(b []byte, data []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(data))), data...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, itemTrue)
	}
	return append(b, itemFalse)
}

func appendLink(b []byte, c cid.Cid) []byte {
	key := c.KeyString()
	b = appendHead(append(b, tagLink0, tagLink1), majorBytes, uint64(1+len(key)))
	return append(append(b, 0), key...)
}

// decoder reads items; the first error stays.
type decoder struct {
	data []byte // what is left
	err  error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrFormat, what)
	}
}

func (d *decoder) take(n uint64) []byte {
	if d.err != nil || n > uint64(len(d.data)) {
		d.fail("cut short")
		return nil
	}
	taken := d.data[:n:n]
	d.data = d.data[n:]
	return taken
}

// head reads the head of an item of one of two types, which are the same mostly.
func (d *decoder) head(major, or byte) (is byte, n uint64) {
	first := d.take(1)
	if first == nil {
		return 0, 0
	}
	is, info := first[0]&^31, first[0]&31
	if is != major && is != or || info > 27 {
		d.fail("an item of another type")
		return 0, 0
	}
	if info < 24 {
		return is, uint64(info)
	}
	var wide [8]byte
	width := 1 << (info - 24)
	copy(wide[8-width:], d.take(uint64(width)))
	n = binary.BigEndian.Uint64(wide[:])
	if width == 1 && n < 24 || width > 1 && n>>(4*width) == 0 {
		d.fail("a number longer than it must be")
	}
	return is, n
}

// array reads the head of an array of that many items.
func (d *decoder) array(items uint64) {
	if _, n := d.head(majorArray, majorArray); n != items {
		d.fail("an array of another length")
	}
}

// uint reads a number of at most limit.
func (d *decoder) uint(limit uint64) uint64 {
	_, n := d.head(majorUint, majorUint)
	if n > limit {
		d.fail("a number too large")
		return 0
	}
	return n
}

func (d *decoder) int() int64 {
	is, n := d.head(majorUint, majorNegInt)
	if n > math.MaxInt64 {
		d.fail("a number too large")
		return 0
	}
	if is == majorNegInt {
		return -int64(n) - 1
	}
	return int64(n)
}

func (d *decoder) text(limit uint64) string {
	_, n := d.head(majorText, majorText)
	if n > limit {
		d.fail("a text too long")
		return ""
	}
	return string(d.take(n))
}

// bytes reads a byte string of that many bytes.
func (d *decoder) bytes(size uint64) []byte {
	if _, n := d.head(majorBytes, majorBytes); n != size {
		d.fail("bytes of another length")
		return nil
	}
	return d.take(size)
}

func (d *decoder) bool() bool {
	b := d.take(1)
	if b == nil || b[0] != itemFalse && b[0] != itemTrue {
		d.fail("not a boolean")
		return false
	}
	return b[0] == itemTrue
}

// link reads a link to a node.
func (d *decoder) link() cid.Cid {
	tag := d.take(2)
	if tag == nil || tag[0] != tagLink0 || tag[1] != tagLink1 {
		d.fail("not a link")
		return cid.Undef
	}
	data := d.bytes(1 + cidSize)
	if data == nil || data[0] != 0 {
		d.fail("not a link")
		return cid.Undef
	}
	return d.cid(data[1:], IsNode)
}

// cid reads a CID that must be of some sort.
func (d *decoder) cid(data []byte, is func(cid.Cid) bool) cid.Cid {
	if data == nil {
		return cid.Undef
	}
	c, err := cid.Cast(data)
	if err != nil || !is(c) {
		d.fail("not a CID of this place")
		return cid.Undef
	}
	return c
}
