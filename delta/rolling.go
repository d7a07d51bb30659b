package delta

import "math/bits"

// The RabinKarp sum of librsync 2.2 and later (rabinkarp.h), which librsync-go does not have: a polynomial in rkMult over bytes modulo 2^32,
// beginning with 1.
const (
	rkMult   = 0x08104225
	rkAdjust = 0x08104224 // rkMult − 1: takes the 1 of the beginning along
)

func rabinKarp(p []byte) uint32 {
	const m2 = uint32(rkMult * rkMult & 0xffffffff)
	const m3 = uint32(rkMult * (rkMult * rkMult & 0xffffffff) & 0xffffffff)
	const m4 = uint32((rkMult * rkMult & 0xffffffff) * (rkMult * rkMult & 0xffffffff) & 0xffffffff)
	h := uint32(1)
	for ; len(p) >= 4; p = p[4:] {
		h = h*m4 + uint32(p[0])*m3 + uint32(p[1])*m2 + uint32(p[2])*rkMult + uint32(p[3])
	}
	for _, b := range p {
		h = h*rkMult + uint32(b)
	}
	return h
}

// power is rkMult to the n.
func power(n int) uint32 {
	result, square := uint32(1), uint32(rkMult)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result *= square
		}
		square *= square
	}
	return result
}

// charOffset is what the classic sum adds to every byte.
const charOffset = 31

// filter is a set of weak sums that may say yes in error: a few bits each, small enough for a near cache.
type filter struct {
	seed  uint32 // odd, so that nobody can choose sums that fall together
	shift uint
	bits  []uint64
}

func newFilter(n int, seed uint32) filter {
	size := min(max(bits.Len(uint(n))+5, 12), 24)
	return filter{seed: seed | 1, shift: uint(32 - size), bits: make([]uint64, 1<<size/64)}
}

func (f *filter) add(sum uint32) {
	h := sum * f.seed >> f.shift
	f.bits[h/64] |= 1 << (h % 64)
}

func (f *filter) has(sum uint32) bool {
	h := sum * f.seed >> f.shift
	return f.bits[h/64]>>(h%64)&1 != 0
}

// roller moves a window of one block until the filter knows its sum.
type roller struct {
	filter
	rabinKarp bool
	block     int
	power     uint32 // rkMult to the block
}

func newRoller(s *Signature) roller {
	return roller{filter: s.filter, rabinKarp: s.Kind.rabinKarp(), block: s.Block, power: power(s.Block)}
}

// roll moves the window from the beginning of buf, where it has the given sum, by one byte or more: until the filter
// knows its sum, or to the end of buf. It returns how far, the sum there and whether the filter knows it.
func (r *roller) roll(buf []byte, sum uint32) (int, uint32, bool) {
	if r.rabinKarp {
		return r.rollRabinKarp(buf, sum)
	}
	return r.rollClassic(buf, sum)
}

func (r *roller) rollRabinKarp(buf []byte, sum uint32) (int, uint32, bool) {
	power, seed, shift, set := r.power, r.seed, r.shift, r.bits
	ahead := buf[r.block:]
	buf = buf[:len(ahead)]
	for i, in := range ahead {
		sum = sum*rkMult + (uint32(in) - power*(uint32(buf[i])+rkAdjust))
		if h := sum * seed >> (shift & 31); set[h/64]>>(h%64)&1 != 0 {
			return i + 1, sum, true
		}
	}
	return len(ahead), sum, false
}

func (r *roller) rollClassic(buf []byte, sum uint32) (int, uint32, bool) {
	s1, s2, count := sum&0xffff, sum>>16, uint32(r.block)
	seed, shift, set := r.seed, r.shift, r.bits
	ahead := buf[r.block:]
	buf = buf[:len(ahead)]
	for i, in := range ahead {
		out := uint32(buf[i])
		s1 += uint32(in) - out
		s2 += s1 - count*(out+charOffset)
		sum = s2<<16 | s1&0xffff
		if h := sum * seed >> (shift & 31); set[h/64]>>(h%64)&1 != 0 {
			return i + 1, sum, true
		}
	}
	return len(ahead), sum, false
}

// rollOut takes the first of n bytes out of a sum.
func rollOut(k Kind, sum uint32, n int, out byte) uint32 {
	if k.rabinKarp() {
		return sum - power(n-1)*(uint32(out)+rkAdjust)
	}
	s1, s2 := sum&0xffff, sum>>16
	s1 -= uint32(out) + charOffset
	s2 -= uint32(n) * (uint32(out) + charOffset)
	return s2<<16 | s1&0xffff
}
