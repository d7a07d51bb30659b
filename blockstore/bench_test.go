package blockstore_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/melissiproject/hive/blockstore/blocktest"
)

// random returns n reproducible random bytes.
func random(seed byte, n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

func BenchmarkImport(b *testing.B) {
	store := blocktest.New(b)
	data := random(0, 1<<30)
	b.SetBytes(int64(len(data)))
	for i := 0; b.Loop(); i++ {
		data[0] = byte(i)
		for off := 0; off < len(data); off += 32 << 10 { // every chunk is new
			data[off+1] = byte(i)
		}
		w := store.Writer()
		if _, err := w.Import(b.Context(), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := w.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/commit")
		w.Close()
	}
}

func BenchmarkRead(b *testing.B) {
	store := blocktest.New(b)
	w := store.Writer()
	defer w.Close()
	file, err := w.Import(b.Context(), bytes.NewReader(random(0, 1<<30)))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(file.Size)
	for b.Loop() {
		r, err := store.Open(b.Context(), file.Root)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
