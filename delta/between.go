package delta

import (
	"encoding/binary"
	"math/bits"
)

const (
	seedBytes = 16       // of the base that are looked up together
	smallBase = 16 << 10 // up to it every place is a seed
	maxSeeds  = 1 << 17  // a table of 1 MiB, which stays in a near cache
	nearBytes = 1 << 10  // that are looked at before there are seeds
	minNear   = 12       // bytes that make a copy worth it where the base goes on as before
)

// Between returns what turns base into target, byte for byte and not by blocks, or false as soon as that would be over limit
// bytes. It finds matches from 31 bytes on in a base of 2 MiB, longer ones only in a larger base, shorter
// ones in a smaller. All is in memory, and time is linear whatever the two are: it is for extents of a few MiB.
func Between(base, target []byte, limit int) ([]byte, bool) {
	out := bounded{limit: limit}
	c := comparison{base: base, target: target, out: newEncoder(&out)}
	if !c.run(&out) || c.out.end() != nil {
		return nil, false
	}
	return out.b, true
}

type comparison struct {
	base, target []byte
	seeds        seeds
	out          *encoder
	start        int // of the literal
	shift        int // from a place in the target to its like in the base, as in the last match
}

func (c *comparison) run(out *bounded) bool {
	pos := common(c.base, c.target)
	if pos >= minNear {
		c.out.copy(0, int64(pos))
		c.start = pos
	}
	for pos+seedBytes <= len(c.target) {
		at, n := c.near(&pos)
		if n == 0 {
			if c.seeds.table == nil {
				c.seeds = newSeeds(c.base)
			}
			at, n = c.search(&pos, c.start+out.limit-len(out.b)+c.seeds.stride)
		}
		if n == 0 {
			break
		}
		c.out.literal(c.target[c.start:pos])
		c.out.copy(int64(at), int64(n))
		pos += n
		c.start, c.shift = pos, at+n-pos
		if c.out.err != nil {
			return false
		}
	}
	c.out.literal(c.target[c.start:])
	return true
}

// near is search for as long as there are no seeds, a little ahead and where the base goes on as before: most edits are in place,
// and need none.
func (c *comparison) near(pos *int) (at, n int) {
	if c.seeds.table != nil {
		return 0, 0
	}
	end := min(*pos+nearBytes, len(c.target)-seedBytes+1, len(c.base)-7-c.shift)
	for p := max(*pos, -c.shift); p < end; p++ {
		if load(c.base, p+c.shift) == load(c.target, p) {
			if at, n := c.extend(p+c.shift, p, pos); n >= minNear {
				return at, n
			}
		}
	}
	return 0, 0
}

// search moves pos to the beginning of the next match and returns its place in the base and its length,
// or 0 when there is none before stop.
func (c *comparison) search(pos *int, stop int) (at, n int) {
	base, target, s, shift := c.base, c.target, c.seeds, c.shift
	end, nearEnd := min(len(target)-seedBytes+1, stop), max(len(base)-7, 0)
	for p := *pos; p < end; p++ {
		next := target[p : p+seedBytes : len(target)]
		first, second := binary.LittleEndian.Uint64(next), binary.LittleEndian.Uint64(next[8:])
		if near := p + shift; uint(near) < uint(nearEnd) && load(base, near) == first {
			if at, n := c.extend(near, p, pos); n >= minNear {
				return at, n
			}
		}
		h := mix(first, second)
		e := s.table[h>>(s.shift&63)]
		if (e^uint32(h))&s.tag != 0 || e&^s.tag == 0 {
			continue
		}
		far := (int(e&^s.tag) - 1) * s.stride
		if load(base, far) == first && load(base, far+8) == second {
			return c.extend(far, p, pos)
		}
	}
	return 0, 0
}

// extend makes a match as long as it goes, backwards no further than to the last one.
func (c *comparison) extend(at, p int, pos *int) (int, int) {
	n := common(c.base[at:], c.target[p:])
	for at > 0 && p > c.start && c.base[at-1] == c.target[p-1] {
		at, p, n = at-1, p-1, n+1
	}
	if n >= minNear {
		*pos = p
	}
	return at, n
}

// common is how many bytes two slices have in common at their beginnings.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := load(a, i) ^ load(b, i); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// seeds finds places of the base by their first seedBytes. An entry of the table is the number of the place,
// from 1, in its low bits, and bits of the hash above them, so that few looks at the base are in vain.
type seeds struct {
	table  []uint32
	shift  uint
	tag    uint32 // mask of the hash's bits
	stride int
}

func newSeeds(base []byte) seeds {
	s := seeds{stride: 1}
	if len(base) > smallBase {
		s.stride = 4
	}
	for len(base)/s.stride > maxSeeds {
		s.stride *= 2
	}
	n := max(len(base)-seedBytes+s.stride, 0) / s.stride
	size := max(bits.Len(uint(n)), 1)
	s.table = make([]uint32, 1<<size)
	s.shift = uint(64 - size)
	s.tag = ^uint32(0) << bits.Len(uint(n))
	for i := n - 1; i >= 0; i-- {
		at := i * s.stride
		h := mix(load(base, at), load(base, at+8))
		s.table[h>>s.shift] = uint32(h)&s.tag | uint32(i+1)
	}
	return s
}

func mix(a, b uint64) uint64 {
	h := (a*0x9e3779b97f4a7c15 ^ b) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

func load(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
