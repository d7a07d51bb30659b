package delta

import (
	"bufio"
	"errors"
	"io"
)

// maxLiteral is about how many bytes wait for the end of a literal before it is written as it is.
const maxLiteral = 256 << 10

// WriteDelta writes what turns the base of a signature into target. Memory is the signature's and a few blocks.
func WriteDelta(w io.Writer, s *Signature, target io.Reader) error {
	out := bufio.NewWriterSize(w, 64<<10)
	search := search{
		sig: s, in: target, out: newEncoder(out), roller: newRoller(s),
		buf:    make([]byte, s.Block+max(s.Block, maxLiteral)),
		credit: hashedInVain * int64(s.Block),
	}
	if err := search.run(); err != nil {
		return err
	}
	return out.Flush()
}

// search slides a window of one block over the target. The buffer holds, in this order, bytes that no copy
// covers, the window, and what comes after it.
type search struct {
	sig    *Signature
	in     io.Reader
	out    *encoder
	roller roller

	buf             []byte
	start, pos, end int // of the literal, the window, the bytes read
	eof             bool
	sum             uint32 // of the window
	tried           bool   // the window is summed and no match
	next            int    // block that would go on where the last match ended
	credit          int64  // bytes that may be hashed in vain
}

// hashedInVain is how many bytes may be hashed in vain for each byte of the target. Only a signature that is made
// to be slow comes near it.
const hashedInVain = 4

func (s *search) run() error {
	for {
		if err := s.fill(); err != nil {
			return err
		}
		if s.end-s.pos < s.sig.Block || s.eof && s.tried && s.end-s.pos == s.sig.Block {
			break
		}
		s.slide()
		if s.out.err != nil {
			return s.out.err
		}
	}
	s.tail()
	s.out.literal(s.buf[s.start:s.end])
	return s.out.end()
}

// fill reads until there is a byte after the window, or the end.
func (s *search) fill() error {
	if s.eof || s.end-s.pos > s.sig.Block {
		return nil
	}
	s.out.literal(s.buf[s.start:s.pos])
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.start, s.pos = 0, 0
	n, err := io.ReadFull(s.in, s.buf[s.end:])
	s.end += n
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		s.eof, err = true, nil
	}
	return err
}

// slide goes on to the next match, or as far as was read.
func (s *search) slide() {
	block := s.sig.Block
	if !s.tried {
		s.sum, s.tried = s.sig.Kind.weak(s.buf[s.pos:s.pos+block]), true
		if s.sig.filter.has(s.sum) && s.match() {
			return
		}
	}
	for s.pos+block < s.end {
		n, sum, hit := s.roller.roll(s.buf[s.pos:s.end], s.sum)
		s.pos, s.sum, s.credit = s.pos+n, sum, s.credit+int64(hashedInVain*n)
		if hit && s.match() {
			return
		}
	}
}

// match takes the window when the base has it.
func (s *search) match() bool {
	block := s.sig.Block
	window := s.buf[s.pos : s.pos+block]
	if s.credit < 0 {
		return false
	}
	found, hashed := s.sig.find(s.sum, window, s.next)
	if found < 0 {
		if hashed {
			s.credit -= int64(block)
		}
		return false
	}
	s.take(found, block)
	return true
}

func (s *search) take(found, n int) {
	s.out.literal(s.buf[s.start:s.pos])
	s.out.copy(int64(found)*int64(s.sig.Block), int64(n))
	s.pos += n
	s.start, s.next, s.tried = s.pos, found+1, false
}

// tail looks for the last block of the base, which may be short, at the end of the target.
func (s *search) tail() {
	rest := s.end - s.pos
	if rest == 0 || s.sig.blocks == 0 {
		return
	}
	last := s.sig.blocks - 1
	if !s.tried {
		s.sum = s.sig.Kind.weak(s.buf[s.pos:s.end])
	}
	for ; rest > 0; rest-- {
		if s.sum == s.sig.weakOf(last) && s.credit >= 0 {
			window := s.buf[s.end-rest : s.end]
			if string(s.sig.Kind.strong(window, s.sig.Strong)) == string(s.sig.strongOf(last)) {
				s.pos = s.end - rest
				s.take(last, rest)
				return
			}
			s.credit -= int64(rest)
		}
		s.sum = rollOut(s.sig.Kind, s.sum, rest, s.buf[s.end-rest])
	}
}
