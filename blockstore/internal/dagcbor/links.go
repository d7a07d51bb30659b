// Package dagcbor finds the links in dag-cbor blocks. It does not know what the blocks mean: a link is a CID under tag 42,
// as https://ipld.io/specs/codecs/dag-cbor/spec says.
package dagcbor

import (
	"encoding/binary"
	"errors"

	"github.com/ipfs/go-cid"
)

// ErrMalformed says that bytes are not one dag-cbor item.
var ErrMalformed = errors.New("malformed dag-cbor")

const (
	linkTag  = 42
	maxDepth = 64 // arrays, maps and tags in each other
)

// Major types of CBOR.
const (
	unsigned = iota
	negative
	byteString
	textString
	array
	mapping
	tag
	simple
)

// Links returns the links of a block in the order of its bytes.
func Links(data []byte) ([]cid.Cid, error) {
	s := scanner{data: data}
	if err := s.item(0); err != nil {
		return nil, err
	}
	if len(s.data) > 0 {
		return nil, ErrMalformed
	}
	return s.links, nil
}

type scanner struct {
	data  []byte // what is left
	links []cid.Cid
}

// item passes over one item and all in it.
func (s *scanner) item(depth int) error {
	major, value, err := s.head()
	if err != nil || depth > maxDepth {
		return errors.Join(ErrMalformed, err)
	}
	switch major {
	case byteString, textString:
		_, err = s.take(value)
		return err
	case array, mapping:
		if value > uint64(len(s.data)) { // each item has a byte at least
			return ErrMalformed
		}
		if major == mapping {
			value *= 2
		}
		for range value {
			if err := s.item(depth + 1); err != nil {
				return err
			}
		}
		return nil
	case tag:
		if value != linkTag {
			return ErrMalformed
		}
		return s.link()
	}
	return nil // numbers and simple values are their heads
}

// link reads the byte string of a link: a zero and a CID.
func (s *scanner) link() error {
	major, size, err := s.head()
	if err != nil || major != byteString {
		return ErrMalformed
	}
	data, err := s.take(size)
	if err != nil || len(data) == 0 || data[0] != 0 {
		return ErrMalformed
	}
	c, err := cid.Cast(data[1:])
	if err != nil {
		return ErrMalformed
	}
	s.links = append(s.links, c)
	return nil
}

// head reads the type of an item, and its value or length. Indefinite lengths are not dag-cbor.
func (s *scanner) head() (major byte, value uint64, err error) {
	first, err := s.take(1)
	if err != nil {
		return 0, 0, err
	}
	major, info := first[0]>>5, first[0]&31
	if info < 24 {
		return major, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, ErrMalformed
	}
	more, err := s.take(1 << (info - 24))
	if err != nil {
		return 0, 0, err
	}
	var wide [8]byte
	copy(wide[8-len(more):], more)
	return major, binary.BigEndian.Uint64(wide[:]), nil
}

func (s *scanner) take(n uint64) ([]byte, error) {
	if n > uint64(len(s.data)) {
		return nil, ErrMalformed
	}
	taken := s.data[:n]
	s.data = s.data[n:]
	return taken, nil
}
