package delta_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/melissiproject/hive/delta"
)

// most is what a hostile input may cost in memory.
const most = 64 << 20

// allocated is all memory that f took, given back or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func header(kind delta.Kind, block, strong uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(kind))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, block), strong)
}

// endless repeats b.
type endless struct {
	b  []byte
	at int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.b[e.at:])
	e.at = (e.at + n) % len(e.b)
	return n, nil
}

// TestHostileSignatures are refused by their headers, or where they go over the limit. Not parallel: it measures memory.
func TestHostileSignatures(t *testing.T) {
	block := random(4+32, 1)
	for _, test := range []struct {
		name      string
		signature io.Reader
		want      error
	}{
		{"blocks of 4 GiB", bytes.NewReader(header(delta.BLAKE2Classic, 1<<32-1, 32)), delta.ErrFormat},
		{"blocks just too long", bytes.NewReader(header(delta.BLAKE2Classic, delta.MaxBlock+1, 32)), delta.ErrFormat},
		{"blocks of nothing", bytes.NewReader(header(delta.MD4Classic, 0, 16)), delta.ErrFormat},
		{"sums of 255", bytes.NewReader(header(delta.BLAKE2RabinKarp, 2048, 255)), delta.ErrFormat},
		{"sums of 1 GiB", bytes.NewReader(header(delta.BLAKE2RabinKarp, 2048, 1<<30)), delta.ErrFormat},
		{"sums of 17 for MD4", bytes.NewReader(header(delta.MD4RabinKarp, 2048, 17)), delta.ErrFormat},
		{"sums of nothing", bytes.NewReader(header(delta.MD4RabinKarp, 2048, 0)), delta.ErrFormat},
		{"a kind that is not", bytes.NewReader(header(0x72730236, 2048, 16)), delta.ErrFormat},
		{"empty", bytes.NewReader(nil), delta.ErrFormat},
		{"half a header", bytes.NewReader(header(delta.MD4Classic, 2048, 16)[:11]), delta.ErrFormat},
		{"half a block", bytes.NewReader(join(header(delta.BLAKE2Classic, 2048, 32), block[:20])), delta.ErrFormat},
		{"without end", io.MultiReader(bytes.NewReader(header(delta.BLAKE2Classic, 16, 32)), &endless{b: block}), delta.ErrLimit},
	} {
		var err error
		used := allocated(func() { _, err = delta.ReadSignature(test.signature) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if used > most {
			t.Errorf("%s: %d MiB", test.name, used>>20)
		}
	}
}

// TestLargestSignature is one of MaxBlocks blocks, as an honest client may send it, and as one who wants the lookup to be slow.
func TestLargestSignature(t *testing.T) {
	for name, blocks := range map[string]io.Reader{
		"random":     bytes.NewReader(random(36*delta.MaxBlocks, 1)),
		"one weak":   sameWeak(36, delta.MaxBlocks),
		"one block":  io.LimitReader(&endless{b: random(36, 1)}, 36*delta.MaxBlocks),
		"few strong": sameWeak(9, delta.MaxBlocks),
	} {
		strong := uint32(32)
		if name == "few strong" {
			strong = 5
		}
		var s *delta.Signature
		var err error
		in := io.MultiReader(bytes.NewReader(header(delta.BLAKE2RabinKarp, 16, strong)), blocks)
		if used := allocated(func() { s, err = delta.ReadSignature(in) }); used > most {
			t.Errorf("%s: %d MiB", name, used>>20)
		}
		if err != nil || s.Blocks() != delta.MaxBlocks {
			t.Fatalf("%s: %v", name, err)
		}
		if err := delta.WriteDelta(io.Discard, s, bytes.NewReader(make([]byte, 1<<20))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sameWeak is n blocks of a signature, all with the weak sum 0 and different strong ones.
func sameWeak(width, n int) io.Reader {
	b := random(width*n, 2)
	for i := range n {
		clear(b[i*width : i*width+4])
	}
	return bytes.NewReader(b)
}

// TestHashingInVain: a signature whose weak sum fits every window of the target, and its strong sum none. It ends soon and finds
// nothing, where a check of each window would hash 256 GiB.
func TestHashingInVain(t *testing.T) {
	t.Parallel()
	const block = 64 << 10
	signature, err := delta.Sign(make([]byte, block), delta.Options{Block: block})
	if err != nil {
		t.Fatal(err)
	}
	signature[len(signature)-1] ^= 1
	target := make([]byte, 4<<20)
	d, _, err := delta.Make(signature, target, 1<<30)
	if err != nil || len(d) < len(target) {
		t.Errorf("delta of %d bytes, %v", len(d), err)
	}
}

// commands is a delta of these bytes, without the end.
func commands(b ...byte) []byte { return append([]byte{0x72, 0x73, 0x02, 0x36}, b...) }

func TestHostileDeltas(t *testing.T) {
	base := random(1<<20, 1)
	whole := []byte{0x45 + 2, 0, 0, 0x10, 0, 0} // the base from 0 on: 1 byte of place, 4 of length
	for _, test := range []struct {
		name  string
		delta io.Reader
		want  error
	}{
		{"a base copied a million times", io.MultiReader(bytes.NewReader(commands()), io.LimitReader(&endless{b: whole}, 6_000_000)), delta.ErrLimit},
		{"copies without end", io.MultiReader(bytes.NewReader(commands()), &endless{b: whole}), delta.ErrLimit},
		{"literals without end", io.MultiReader(bytes.NewReader(commands()), &endless{b: []byte{3, 1, 2, 3}}), delta.ErrLimit},
		{"empty", bytes.NewReader(nil), delta.ErrFormat},
		{"half a magic", bytes.NewReader(commands()[:3]), delta.ErrFormat},
		{"a signature", bytes.NewReader(header(delta.BLAKE2Classic, 2048, 32)), delta.ErrFormat},
		{"no end", bytes.NewReader(commands(1, 'a')), delta.ErrFormat},
		{"more after the end", bytes.NewReader(commands(0, 0)), delta.ErrFormat},
		{"reserved command", bytes.NewReader(commands(0x55)), delta.ErrFormat},
		{"reserved command at the end", bytes.NewReader(commands(0xff, 0)), delta.ErrFormat},
		{"half a literal", bytes.NewReader(commands(5, 1, 2)), delta.ErrFormat},
		{"half a length", bytes.NewReader(commands(0x42, 1)), delta.ErrFormat},
		{"half a place", bytes.NewReader(commands(0x54, 0, 0)), delta.ErrFormat},
		{"a literal of nothing", bytes.NewReader(commands(0x41, 0, 0)), delta.ErrFormat},
		{"a copy of nothing", bytes.NewReader(commands(0x45, 0, 0, 0)), delta.ErrFormat},
		{"a literal of 8 EiB", bytes.NewReader(commands(0x44, 0x7f, 255, 255, 255, 255, 255, 255, 255)), delta.ErrLimit},
		{"a negative literal", bytes.NewReader(commands(0x44, 255, 255, 255, 255, 255, 255, 255, 255)), delta.ErrFormat},
		{"a copy past the end", bytes.NewReader(commands(0x45+2, 1, 0, 0x10, 0, 0, 0)), delta.ErrRange},
		{"a copy from far beyond", bytes.NewReader(commands(0x54, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 1)), delta.ErrRange},
		{"a place and length that overflow", bytes.NewReader(commands(0x54, 0, 0, 0, 0, 0, 0, 0, 9, 0x7f, 255, 255, 255, 255, 255, 255, 255)), delta.ErrRange},
		{"a negative place", bytes.NewReader(commands(0x51, 255, 255, 255, 255, 255, 255, 255, 255, 1)), delta.ErrFormat},
	} {
		var n int64
		var err error
		used := allocated(func() { n, err = delta.Patch(io.Discard, bytes.NewReader(base), test.delta, 20<<20) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if n > 20<<20 || used > 1<<20 {
			t.Errorf("%s: made %d bytes and took %d", test.name, n, used)
		}
	}
}

func TestApplyWantsTheSize(t *testing.T) {
	t.Parallel()
	d := commands(3, 'a', 'b', 'c', 0)
	for size, want := range map[int]error{2: delta.ErrLimit, 3: nil, 4: delta.ErrFormat} {
		if got, err := applied(nil, d, size); !errors.Is(err, want) || want == nil && string(got) != "abc" {
			t.Errorf("%d: %q, %v", size, got, err)
		}
	}
}

// short is a base that has less than it says.
type short struct{ *bytes.Reader }

func (short) Size() int64 { return 100 }

func TestBaseThatEnds(t *testing.T) {
	t.Parallel()
	_, err := delta.Patch(io.Discard, short{bytes.NewReader(random(50, 1))}, bytes.NewReader(commands(0x45, 10, 60, 0)), 1000)
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, delta.ErrFormat) {
		t.Errorf("%v", err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []delta.Options{
		{Kind: 1}, {Block: 15}, {Block: delta.MaxBlock + 1}, {Block: -1}, {Strong: 4}, {Strong: 33}, {Strong: -1}, {Kind: delta.MD4Classic, Strong: 17},
	} {
		if _, err := o.For(1000); !errors.Is(err, delta.ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := delta.Sign(nil, o); !errors.Is(err, delta.ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := delta.WriteSignature(io.Discard, bytes.NewReader(nil), delta.Options{}); !errors.Is(err, delta.ErrOption) {
		t.Errorf("incomplete options: %v", err)
	}
	for size, want := range map[int64]int{0: 256, 65536: 256, 1 << 20: 1024, 1_000_000: 896, 1 << 40: 1 << 20, 1 << 62: delta.MaxBlock} {
		if o, err := (delta.Options{}).For(size); err != nil || o.Block != want {
			t.Errorf("%d bytes: %+v, %v, want blocks of %d", size, o, err, want)
		}
	}
}

func ExampleBetween() {
	base := []byte("The quick brown fox jumps over the lazy dog.")
	target := []byte("The quick brown cat jumps over the lazy dog.")
	d, _ := delta.Between(base, target, len(target))
	again := make([]byte, len(target))
	_ = delta.Apply(again, base, d)
	fmt.Printf("%d bytes make: %s\n", len(d), again)
	// Output: 15 bytes make: The quick brown cat jumps over the lazy dog.
}
