package delta_test

import (
	"bytes"
	"testing"

	"github.com/melissiproject/hive/delta"
)

// TestBetweenIsSmall holds the deltas of extents to what the edits are worth.
func TestBetweenIsSmall(t *testing.T) {
	t.Parallel()
	old := random(1<<20, 1)
	oneByte := bytes.Clone(old)
	oneByte[1<<19] ^= 1
	scattered := bytes.Clone(old)
	for i := range 20 {
		copy(scattered[i*50_000:], random(64, byte(i+1)))
	}
	for _, test := range []struct {
		name   string
		target []byte
		most   int
	}{
		{"same", old, 16},
		{"one byte", oneByte, 32},
		{"front", join(random(100, 2), old), 130},
		{"end", join(old, random(100, 2)), 130},
		{"64 bytes in 20 places", scattered, 20 * (64 + 16)},
		{"halves", join(old[1<<19:], old[:1<<19]), 32},
		{"31 bytes of the base amid others", join(random(5000, 3), old[777_777:777_777+31], random(5000, 4)), 10_000 + 31},
		{"twice", join(old, old), 32},
		{"other", random(1<<20, 5), 1<<20 + 16},
		{"empty", nil, 5},
	} {
		d, ok := delta.Between(old, test.target, test.most)
		if !ok {
			d, _ = delta.Between(old, test.target, 1<<30)
			t.Errorf("%s: %d bytes, at most %d", test.name, len(d), test.most)
			continue
		}
		if got, err := applied(old, d, len(test.target)); err != nil || !bytes.Equal(got, test.target) {
			t.Errorf("%s: makes something else, %v", test.name, err)
		}
		if _, ok := delta.Between(old, test.target, len(d)-1); ok {
			t.Errorf("%s: within one byte less than it needs", test.name)
		}
	}
}

// TestMakeIsSmall: signature and delta together, with the options for extents.
func TestMakeIsSmall(t *testing.T) {
	t.Parallel()
	old := random(1<<20, 1)
	signature, err := delta.Sign(old, delta.Extent(len(old)))
	if err != nil {
		t.Fatal(err)
	}
	target := join(old[:1<<19], []byte("x"), old[1<<19:])
	d, ok, err := delta.Make(signature, target, 4<<10)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	if sum := len(signature) + len(d); sum > 8<<10 {
		t.Errorf("signature of %d and delta of %d bytes for one inserted into 1 MiB", len(signature), len(d))
	}
	if _, ok, err := delta.Make(signature, random(1<<20, 2), 512<<10); ok || err != nil {
		t.Errorf("other content within half its size: %v, %v", ok, err)
	}
}

// TestEqualBlocks has many blocks of one weak sum and of one content, which become one copy.
func TestEqualBlocks(t *testing.T) {
	t.Parallel()
	old := join(random(1000, 1), make([]byte, 1<<20), random(1000, 2))
	for _, k := range kinds {
		signature, err := delta.Sign(old, delta.Options{Kind: k.kind, Block: 512})
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := delta.Make(signature, old, 1<<30)
		if err != nil || len(d) > 16 {
			t.Errorf("%s: %d bytes for the same content, %v", k.name, len(d), err)
		}
	}
}

// TestTwins: blocks with equal weak sums and different content are all found. The classic sum of a block does
// not see these four bytes change.
func TestTwins(t *testing.T) {
	t.Parallel()
	block := random(64, 1)
	block[10], block[11], block[12], block[13] = 100, 100, 100, 100
	var blocks [][]byte
	for _, d := range []byte{1, 2, 3, 4, 5, 6} {
		twin := bytes.Clone(block)
		twin[10], twin[11], twin[12], twin[13] = 100+d, 100-d, 100-d, 100+d
		blocks = append(blocks, twin)
	}
	old := join(blocks...)
	signature, err := delta.Sign(old, delta.Options{Kind: delta.BLAKE2Classic, Block: 64})
	if err != nil {
		t.Fatal(err)
	}
	first := signature[12:16]
	if second := signature[12+36 : 16+36]; !bytes.Equal(first, second) {
		t.Fatalf("weak sums %x and %x: no twins", first, second)
	}
	target := join(blocks[3], blocks[0], blocks[5], blocks[1])
	d, _, err := delta.Make(signature, target, 1<<30)
	if err != nil || len(d) > 24 {
		t.Errorf("%d bytes for four blocks of the base, %v", len(d), err)
	}
}
