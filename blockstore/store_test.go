package blockstore_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	mh "github.com/multiformats/go-multihash"
)

// faulty returns a store and the engine below it, to make it fail.
func faulty(t *testing.T) (*blockstore.Store, *blocktest.Faulty) {
	t.Helper()
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	f := &blocktest.Faulty{Engine: engine}
	return blocktest.On(t, f), f
}

func rawCID(t *testing.T, data []byte) cid.Cid {
	t.Helper()
	c, err := cid.V1Builder{Codec: cid.Raw, MhType: mh.SHA2_256}.Sum(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPutVerifies(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	w := s.Writer()
	defer w.Close()
	good := rawCID(t, []byte("good"))
	if err := w.Put(t.Context(), good, []byte("evil")); !errors.Is(err, blockstore.ErrCorrupt) {
		t.Errorf("got error %v for a wrong hash, want ErrCorrupt", err)
	}
	big := make([]byte, blockstore.MaxBlock+1)
	if err := w.Put(t.Context(), rawCID(t, big), big); !errors.Is(err, blockstore.ErrTooLarge) {
		t.Errorf("got error %v for a large block, want ErrTooLarge", err)
	}
	sha1, err := cid.V1Builder{Codec: cid.Raw, MhType: mh.SHA1}.Sum([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(t.Context(), sha1, []byte("x")); !errors.Is(err, blockstore.ErrUnsupported) {
		t.Errorf("got error %v for SHA-1, want ErrUnsupported", err)
	}
	if err := w.Put(t.Context(), good, []byte("good")); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Get(t.Context(), good); err != nil || string(data) != "good" {
		t.Errorf("got %q, %v", data, err)
	}
}

func TestGetVerifies(t *testing.T) {
	t.Parallel()
	s, engine := faulty(t)
	file := importBytes(t, s, random(1, 3<<20))
	engine.ChangeGet(func(_ mh.Multihash, data []byte) ([]byte, error) {
		if len(data) > 1<<16 { // a leaf
			data[100] ^= 1
		}
		return data, nil
	})
	r, err := s.Open(t.Context(), file.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, blockstore.ErrCorrupt) || n != 0 {
		t.Errorf("read %d bytes with error %v of a file with damaged leaves, want 0 and ErrCorrupt", n, err)
	}
	var findings int
	for f, err := range s.Verify(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(f.Err, blockstore.ErrCorrupt) {
			t.Errorf("got finding %v, want ErrCorrupt", f.Err)
		}
		findings++
	}
	if findings == 0 {
		t.Error("a scrub found nothing")
	}
	engine.ChangeGet(nil)
	for f, err := range s.Verify(t.Context(), 100<<20) {
		t.Errorf("got finding %v, %v in a sound store", f, err)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	c := rawCID(t, []byte("nobody put this"))
	if _, err := s.Get(t.Context(), c); !errors.Is(err, blockstore.ErrNotFound) {
		t.Errorf("got error %v from Get, want ErrNotFound", err)
	}
	if _, err := s.Open(t.Context(), c); !errors.Is(err, blockstore.ErrNotFound) {
		t.Errorf("got error %v from Open, want ErrNotFound", err)
	}
	if has, err := s.Has(t.Context(), c); has || err != nil {
		t.Errorf("got Has %v, %v", has, err)
	}
	if _, err := s.Get(t.Context(), cid.Undef); !errors.Is(err, blockstore.ErrUnsupported) {
		t.Errorf("got error %v for the undefined CID, want ErrUnsupported", err)
	}
}

// TestReaderReadsLikeABytesReader holds Reader to the standard library's own
// test and then to random seeks and reads.
func TestReaderReadsLikeABytesReader(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	for _, n := range []int{0, 100, 2 << 20} {
		data := random(2, n)
		r, err := s.Open(t.Context(), importBytes(t, s, data).Root)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, data); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		r.Close()
	}
	data := random(3, 60<<20) // two levels of nodes
	r, err := s.Open(t.Context(), importBytes(t, s, data).Root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 2<<20)
	for range 300 {
		off, n := rng.IntN(len(data)), rng.IntN(len(buf))
		if _, err := r.Seek(int64(off), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadFull(r, buf[:n])
		want := data[off:min(off+n, len(data))]
		if !bytes.Equal(buf[:got], want) || (len(want) == n && err != nil) {
			t.Fatalf("%d bytes at %d: got %d, %v", n, off, got, err)
		}
	}
	if _, err := r.Seek(-5, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	var tail bytes.Buffer
	if n, err := r.WriteTo(&tail); n != 5 || err != nil || !bytes.Equal(tail.Bytes(), data[len(data)-5:]) {
		t.Errorf("got %d bytes, %v from the end", n, err)
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("a seek before the start went well")
	}
}

func TestReaderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	file := importBytes(t, s, random(4, 20<<20))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Open(ctx, file.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
}
