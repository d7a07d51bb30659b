// Package sha256mb is SHA-256 of many messages at once: multi-buffer hashing, as in Intel's ISA-L.
//
// The steps of SHA-256 wait for each other, so that a processor with instructions for it (SHA-NI) is idle half of the time.
// Two messages whose steps alternate take as long as one. It owns that alternation and nothing else of the algorithm: what
// is left of a message goes to crypto/sha256; on other processors all of it does, on two cores.
package sha256mb

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
	"sync"
)

// Size is the length of a sum in bytes.
const Size = sha256.Size

// few blocks are not worth the way to another lane.
const few = 4 * sha256.BlockSize

// Sums are the SHA-256 of messages, in their order.
func Sums(messages [][]byte) [][Size]byte {
	sums := make([][Size]byte, len(messages))
	if !paired {
		var both sync.WaitGroup
		for first := range min(2, len(messages)) {
			both.Go(func() {
				for i := first; i < len(messages); i += 2 {
					sums[i] = sha256.Sum256(messages[i])
				}
			})
		}
		both.Wait()
		return sums
	}
	p := pairing{messages: messages, sums: sums, rest: sha256.New()}
	var a, b lane
	for p.fill(&a) && p.fill(&b) {
		n := min(len(a.data), len(b.data)) / sha256.BlockSize
		pair(&a.state, &b.state, &a.data[0], &b.data[0], n)
		a.data, b.data = a.data[n*sha256.BlockSize:], b.data[n*sha256.BlockSize:]
	}
	p.finish(&a)
	p.finish(&b)
	return sums
}

// lane is a message under way. Its state is that before data.
type lane struct {
	state [8]uint32
	data  []byte
	of    int // which message, from 1 on; 0 for none
}

// initial is the state before a message, FIPS 180-4, 5.3.3.
var initial = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

// pairing hands messages to lanes.
type pairing struct {
	messages [][]byte
	sums     [][Size]byte
	next     int
	rest     hash.Hash // of the end of a message
}

// fill gives a lane a message when it has less than a block, and tells whether it could.
func (p *pairing) fill(l *lane) bool {
	if l.of > 0 && len(l.data) >= sha256.BlockSize {
		return true
	}
	p.finish(l)
	for p.next < len(p.messages) {
		m := p.messages[p.next]
		p.next++
		if len(m) < few {
			p.sums[p.next-1] = sha256.Sum256(m)
			continue
		}
		*l = lane{state: initial, data: m, of: p.next}
		return true
	}
	return false
}

// finish makes the sum of what a lane has.
func (p *pairing) finish(l *lane) {
	if l.of == 0 {
		return
	}
	i := l.of - 1
	l.of = 0
	// What crypto/sha256 gives and takes as its state.
	state := append(make([]byte, 0, 128), "sha\x03"...)
	for _, word := range l.state {
		state = binary.BigEndian.AppendUint32(state, word)
	}
	state = append(state, make([]byte, sha256.BlockSize)...)
	state = binary.BigEndian.AppendUint64(state, uint64(len(p.messages[i])-len(l.data)))
	if err := p.rest.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		p.sums[i] = sha256.Sum256(p.messages[i]) // a Go that keeps its state in another way
		return
	}
	p.rest.Write(l.data)
	p.rest.Sum(p.sums[i][:0])
}
