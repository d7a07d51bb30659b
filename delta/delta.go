// Package delta makes and applies differences between two states of a file, in the formats of librsync, so that
// Debian's rdiff can be the other side. It owns signatures, deltas and their limits; what it reads may come from
// anyone. It knows no files, no hashes of files and no network: whoever applies a delta compares the result with a
// hash that he trusts.
//
// It is the only user of librsync-go, from which it takes the sums and the numbers of the format. What that library does with lengths
// that a stranger chose, and its search, are replaced here.
package delta

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	librsync "github.com/balena-os/librsync-go"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrFormat = errors.New("not a sound signature or delta")   // damaged, cut off, or of an unknown kind
	ErrLimit  = errors.New("signature or delta is over limit") // more blocks or bytes than agreed
	ErrRange  = errors.New("delta copies what the base has not")
	ErrOption = errors.New("no such kind, block length or sum length") // what a caller chose
)

// Limits of signatures, whoever made them. A block may be longer than 64 KiB because rdiff takes the square root of the file's size.
const (
	MinBlock  = 16      // bytes
	MaxBlock  = 4 << 20 // bytes; what rdiff takes for 16 TiB
	MinStrong = 5       // bytes; rdiff goes no lower by itself
	MaxBlocks = 1 << 20 // 44 MiB of memory at most, for 1 TiB at rdiff's block length
)

// Kind is the magic number of a signature: which strong and which weak sum it holds.
type Kind uint32

// The kinds of signatures. rdiff 2.2 and later makes BLAKE2RabinKarp.
const (
	MD4Classic      = Kind(librsync.MD4_SIG_MAGIC)
	BLAKE2Classic   = Kind(librsync.BLAKE2_SIG_MAGIC)
	MD4RabinKarp    = Kind(0x72730146)
	BLAKE2RabinKarp = Kind(0x72730147)
)

// MaxStrong is the full length of the kind's strong sum in bytes, 0 for what is no kind.
func (k Kind) MaxStrong() int {
	switch k {
	case MD4Classic, MD4RabinKarp:
		return librsync.MD4_SUM_LENGTH
	case BLAKE2Classic, BLAKE2RabinKarp:
		return librsync.BLAKE2_SUM_LENGTH
	}
	return 0
}

// weak is the rolling sum of a block.
func (k Kind) weak(block []byte) uint32 {
	if k.rabinKarp() {
		return rabinKarp(block)
	}
	return librsync.WeakChecksum(block)
}

// strong is the hash of a block, cut to n bytes.
func (k Kind) strong(block []byte, n int) []byte {
	hash := librsync.BLAKE2_SIG_MAGIC
	if k.MaxStrong() == librsync.MD4_SUM_LENGTH {
		hash = librsync.MD4_SIG_MAGIC
	}
	sum, err := librsync.CalcStrongSum(block, hash, uint32(n))
	if err != nil {
		panic(err) // the kind was checked, and hashing in memory does not fail
	}
	return sum
}

func (k Kind) rabinKarp() bool { return k == MD4RabinKarp || k == BLAKE2RabinKarp }

// Options say what a signature is made of.
type Options struct {
	Kind   Kind // default BLAKE2RabinKarp
	Block  int  // bytes a block; default what rdiff takes for the size
	Strong int  // bytes a strong sum; default the kind's full length
}

// For fills in what is not given for a file of size bytes, and checks the rest. The error is ErrOption.
func (o Options) For(size int64) (Options, error) {
	if o.Kind == 0 {
		o.Kind = BLAKE2RabinKarp
	}
	if o.Block == 0 {
		o.Block = recommended(size)
	}
	if o.Strong == 0 {
		o.Strong = o.Kind.MaxStrong()
	}
	return o, o.check()
}

func (o Options) check() error {
	switch {
	case o.Kind.MaxStrong() == 0:
		return fmt.Errorf("%w: kind %#x", ErrOption, uint32(o.Kind))
	case o.Block < MinBlock || o.Block > MaxBlock:
		return fmt.Errorf("%w: blocks of %d bytes, not %d to %d", ErrOption, o.Block, MinBlock, MaxBlock)
	case o.Strong < MinStrong || o.Strong > o.Kind.MaxStrong():
		return fmt.Errorf("%w: sums of %d bytes, not %d to %d", ErrOption, o.Strong, MinStrong, o.Kind.MaxStrong())
	}
	return nil
}

// recommended is rdiff's block length: the square root of the size, in steps of 128.
func recommended(size int64) int {
	if size <= 256*256 {
		return 256
	}
	return min(int(math.Sqrt(float64(size)))&^127, MaxBlock)
}

// SignatureSize is how many bytes the signature of size bytes has. The options are complete.
func (o Options) SignatureSize(size int64) int64 {
	block := int64(o.Block)
	return headerSize + (size/block+min(size%block, 1))*int64(4+o.Strong)
}

// Extent gives the options that make signature and delta of an extent of n bytes small
// together: a block costs 12 bytes of signature, an edit about a block of delta.
func Extent(n int) Options {
	block := int(math.Sqrt(12 * float64(n)))
	return Options{Kind: BLAKE2RabinKarp, Block: min(max(block&^15, 64), MaxBlock), Strong: 8}
}

// width is 0, 1, 2 or 3 for numbers of 1, 2, 4 or 8 bytes.
func width(n int64) int {
	switch l := bits.Len64(uint64(n)); {
	case l <= 8:
		return 0
	case l <= 16:
		return 1
	case l <= 32:
		return 2
	}
	return 3
}
