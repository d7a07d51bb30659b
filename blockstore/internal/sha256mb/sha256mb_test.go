package sha256mb_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/melissiproject/hive/blockstore/internal/sha256mb"
)

// check compares with crypto/sha256, and that no message was written to.
func check(t *testing.T, messages [][]byte) {
	t.Helper()
	want := make([][32]byte, len(messages))
	for i, m := range messages {
		want[i] = sha256.Sum256(m)
	}
	sums := sha256mb.Sums(messages)
	if len(sums) != len(messages) {
		t.Fatalf("%d sums of %d messages", len(sums), len(messages))
	}
	for i, m := range messages {
		if sums[i] != want[i] {
			t.Errorf("message %d of %d bytes, of %d: got %x, want %x", i, len(m), len(messages), sums[i], want[i])
		}
		if sha256.Sum256(m) != want[i] {
			t.Errorf("message %d was changed", i)
		}
	}
}

func random(r *rand.ChaCha8, size int) []byte {
	m := make([]byte, size)
	_, _ = r.Read(m)
	return m
}

func TestEveryLength(t *testing.T) {
	t.Parallel()
	r := rand.NewChaCha8([32]byte{1})
	for n := range 600 {
		check(t, [][]byte{random(r, n)})
		check(t, [][]byte{random(r, n), random(r, 320)})
		check(t, [][]byte{random(r, 1000), random(r, n), random(r, 256)})
	}
}

func TestManyMessages(t *testing.T) {
	t.Parallel()
	r := rand.NewChaCha8([32]byte{2})
	pick := rand.New(r)
	check(t, nil)
	check(t, make([][]byte, 3))
	for range 100 {
		messages := make([][]byte, pick.IntN(30))
		for i := range messages {
			m := random(r, pick.IntN(40_000)>>pick.IntN(12)+pick.IntN(16))
			messages[i] = m[pick.IntN(min(16, len(m)+1)):] // not where memory begins
		}
		check(t, messages)
	}
}

func FuzzSums(f *testing.F) {
	f.Add([]byte("one message and another"), uint16(3), uint16(700))
	f.Fuzz(func(t *testing.T, data []byte, a, b uint16) {
		long := make([]byte, int(b))
		for i := range long {
			long[i] = byte(i) ^ byte(b>>4)
		}
		at := min(int(a), len(data))
		check(t, [][]byte{data[:at], data[at:], long, data, long[len(long)/2:]})
	})
}

func BenchmarkSums(b *testing.B) {
	r := rand.NewChaCha8([32]byte{3})
	for _, size := range []int{4 << 10, 512 << 10} {
		messages := make([][]byte, 8<<20/size)
		for i := range messages {
			messages[i] = random(r, size+i)
		}
		b.Run(fmt.Sprint("pairs/", size), func(b *testing.B) {
			b.SetBytes(8 << 20)
			for b.Loop() {
				sha256mb.Sums(messages)
			}
		})
		b.Run(fmt.Sprint("one/", size), func(b *testing.B) {
			b.SetBytes(8 << 20)
			for b.Loop() {
				for _, m := range messages {
					sha256.Sum256(m)
				}
			}
		})
	}
}
