package delta_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/melissiproject/hive/delta"
)

// FuzzReadSignature: any signature is refused with a clear error, or serves for a delta that holds the target's
// bytes within a little more than their number.
func FuzzReadSignature(f *testing.F) {
	base := random(500, 1)
	for _, k := range kinds {
		signature, err := delta.Sign(base, delta.Options{Kind: k.kind, Block: 32, Strong: 8})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signature, base)
	}
	f.Add(header(delta.BLAKE2Classic, 1<<31, 255), []byte("x"))
	f.Fuzz(func(t *testing.T, signature, target []byte) {
		d, ok, err := delta.Make(signature, target, 2*len(target)+64)
		if err != nil {
			if !errors.Is(err, delta.ErrFormat) {
				t.Fatalf("%v", err)
			}
			return
		}
		if !ok {
			t.Fatalf("over %d bytes for a target of %d", 2*len(target)+64, len(target))
		}
		// A base of sufficient length takes every copy, whatever it is worth.
		s, err := delta.ReadSignature(bytes.NewReader(signature))
		if err != nil {
			t.Fatal(err)
		}
		size := int64(s.Blocks()) * int64(s.Block)
		n, err := delta.Patch(io.Discard, io.NewSectionReader(zeros{}, 0, size), bytes.NewReader(d), int64(len(target)))
		if err != nil || n != int64(len(target)) {
			t.Fatalf("delta makes %d bytes of %d: %v", n, len(target), err)
		}
	})
}

// zeros is as long as one likes.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// FuzzPatch: any delta ends in a clear error or within the limit.
func FuzzPatch(f *testing.F) {
	base := random(500, 1)
	d, _ := delta.Between(base, join(base[200:], base[:300]), 1000)
	f.Add(base, d)
	f.Add(base, commands(0x54, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 1))
	f.Fuzz(func(t *testing.T, base, d []byte) {
		const limit = 100_000
		var out bytes.Buffer
		n, err := delta.Patch(&out, bytes.NewReader(base), bytes.NewReader(d), limit)
		if n > limit || n != int64(out.Len()) {
			t.Fatalf("%d bytes, said %d", out.Len(), n)
		}
		if err != nil && !errors.Is(err, delta.ErrFormat) && !errors.Is(err, delta.ErrLimit) && !errors.Is(err, delta.ErrRange) {
			t.Fatal(err)
		}
	})
}

// FuzzRoundTrip: what is made and applied is the target, for all kinds and sizes of blocks.
func FuzzRoundTrip(f *testing.F) {
	base := random(700, 1)
	for i, target := range edits(base) {
		f.Add(base, target, byte(len(i)), byte(20), byte(8))
	}
	f.Add(make([]byte, 300), make([]byte, 301), byte(1), byte(0), byte(3))
	f.Fuzz(func(t *testing.T, base, target []byte, kind, block, strong byte) {
		roundTrip(t, base, target, delta.Options{
			Kind: kinds[int(kind)%len(kinds)].kind, Block: delta.MinBlock + int(block), Strong: 8 + int(strong)%9,
		})
	})
}
