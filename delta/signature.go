package delta

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

const headerSize = 12 // magic, block length, strong length: 4 bytes each, big endian

// WriteSignature writes the signature of what base gives, a block at a time. Options must be complete, as For returns them.
func WriteSignature(w io.Writer, base io.Reader, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var header [headerSize]byte
	binary.BigEndian.PutUint32(header[0:], uint32(o.Kind))
	binary.BigEndian.PutUint32(header[4:], uint32(o.Block))
	binary.BigEndian.PutUint32(header[8:], uint32(o.Strong))
	if _, err := out.Write(header[:]); err != nil {
		return err
	}
	block, sum := make([]byte, o.Block), make([]byte, 0, 4+o.Strong)
	for {
		n, err := io.ReadFull(base, block)
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		sum = binary.BigEndian.AppendUint32(sum[:0], o.Kind.weak(block[:n]))
		if _, err := out.Write(append(sum, o.Kind.strong(block[:n], o.Strong)...)); err != nil {
			return err
		}
	}
}

// A Signature is what is known of a base: the sums of its blocks, ready to be looked up.
type Signature struct {
	Options
	blocks int
	pages  [][]byte // pageBlocks blocks each, as they are on the wire
	table  []uint32 // block numbers plus one, by weak sum, open addressing
	filter filter
}

const (
	pageBlocks = 1024
	maxProbe   = 32 // places looked at in the table; blocks that find none free are not used
)

// ReadSignature reads a signature that anyone may have made. Memory follows what really arrives, up to MaxBlocks.
// Errors are ErrFormat, ErrLimit and those of r.
func ReadSignature(r io.Reader) (*Signature, error) {
	s, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	width := 4 + s.Strong
	for {
		page := make([]byte, pageBlocks*width)
		n, err := io.ReadFull(r, page)
		end := err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return nil, err
		}
		if n%width != 0 {
			return nil, fmt.Errorf("%w: signature ends inside a block", ErrFormat)
		}
		if s.blocks += n / width; s.blocks > MaxBlocks {
			return nil, fmt.Errorf("%w: signature of more than %d blocks", ErrLimit, MaxBlocks)
		}
		s.pages = append(s.pages, page[:n])
		if end {
			s.index()
			return s, nil
		}
	}
}

func readHeader(r io.Reader) (*Signature, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: signature without a header", ErrFormat)
		}
		return nil, err
	}
	kind := Kind(binary.BigEndian.Uint32(header[0:]))
	block, strong := binary.BigEndian.Uint32(header[4:]), binary.BigEndian.Uint32(header[8:])
	s := &Signature{Options: Options{Kind: kind, Block: int(min(block, 1<<31-1)), Strong: int(min(strong, 1<<31-1))}}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return s, nil
}

// Blocks is how many blocks the base has.
func (s *Signature) Blocks() int { return s.blocks }

func (s *Signature) entry(i int) []byte {
	width := 4 + s.Strong
	at := i % pageBlocks * width
	return s.pages[i/pageBlocks][at : at+width]
}

func (s *Signature) weakOf(i int) uint32   { return binary.BigEndian.Uint32(s.entry(i)) }
func (s *Signature) strongOf(i int) []byte { return s.entry(i)[4:] }

// index makes the lookup. Blocks that are equal stand for one another, and sums that crowd one place are left
// out there: the seed is random, so only a signature made to be slow has them.
func (s *Signature) index() {
	size := 64
	for size < 2*s.blocks {
		size *= 2
	}
	s.table = make([]uint32, size)
	s.filter = newFilter(s.blocks, rand.Uint32())
	for i := range s.blocks {
		weak := s.weakOf(i)
		s.filter.add(weak)
		for at := range s.places(weak) {
			if s.table[at] == 0 {
				s.table[at] = uint32(i + 1)
				break
			}
			if bytes.Equal(s.entry(int(s.table[at]-1)), s.entry(i)) {
				break
			}
		}
	}
}

// places yields where in the table a block with that weak sum may be.
func (s *Signature) places(weak uint32) func(yield func(uint32) bool) {
	h := uint64(weak) * uint64(s.filter.seed)
	first, mask := uint32(h^h>>32)*0x9e3779b1, uint32(len(s.table)-1)
	first ^= first >> 15
	return func(yield func(uint32) bool) {
		for i := range uint32(maxProbe) {
			if !yield((first + i) & mask) {
				return
			}
		}
	}
}

// find looks for a block with the weak sum and the content of window. It asks next first, the one
// that would go on where the last match ended.
func (s *Signature) find(weak uint32, window []byte, next int) (found int, hashed bool) {
	var strong []byte
	equal := func(i int) bool {
		if s.weakOf(i) != weak {
			return false
		}
		if strong == nil {
			strong = s.Kind.strong(window, s.Strong)
		}
		return bytes.Equal(strong, s.strongOf(i))
	}
	if next < s.blocks && equal(next) {
		return next, true
	}
	for at := range s.places(weak) {
		i := int(s.table[at]) - 1
		if i < 0 {
			break
		}
		if equal(i) {
			return i, true
		}
	}
	return -1, strong != nil
}
