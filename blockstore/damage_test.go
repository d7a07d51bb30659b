package blockstore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	mh "github.com/multiformats/go-multihash"
)

// TestDamageIsRepaired stores a file again of which blocks are damaged: they were there, and not what they were.
func TestDamageIsRepaired(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), random(1, 3<<20)
	open := func() *blockstore.Store {
		t.Helper()
		engine, err := badgerstore.Open(badgerstore.Config{Dir: dir, Reserve: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		s, err := blockstore.New(engine, blockstore.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	file := importBytes(t, s, data)
	for range 2 { // Badger cuts off what follows damage in its newest file
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	harm(t, dir, data[1000:1100], data[1<<20:1<<20+100])
	s = open()
	if got := damaged(t, s); got != 2 {
		t.Fatalf("%d damaged blocks, want 2", got)
	}
	if got := importBytes(t, s, data); got != file {
		t.Errorf("stored again as %v, before as %v", got, file)
	}
	for range 2 {
		if !bytes.Equal(readAll(t, s, file.Root), data) || damaged(t, s) != 0 {
			t.Error("a file that was stored again is still damaged")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// harm changes bytes in the value log.
func harm(t *testing.T, dir string, places ...[]byte) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range places {
			if at := bytes.Index(log, p); at >= 0 {
				log[at]++
			}
		}
		if err := os.WriteFile(name, log, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// damaged counts what a scrub finds.
func damaged(t *testing.T, s *blockstore.Store) (n int) {
	t.Helper()
	for f, err := range s.Verify(t.Context(), 0) {
		if err != nil || !errors.Is(f.Err, blockstore.ErrCorrupt) {
			t.Fatalf("got finding %v, %v", f.Err, err)
		}
		n++
	}
	return n
}

// TestGoneIsNotDamaged deletes blocks while a scrub is on its way to them.
func TestGoneIsNotDamaged(t *testing.T) {
	t.Parallel()
	s, engine := faulty(t)
	importBytes(t, s, random(1, 3<<20))
	engine.ChangeGet(func(here mh.Multihash, data []byte) ([]byte, error) {
		var others []mh.Multihash
		for item, err := range engine.All(t.Context()) {
			if err != nil {
				return nil, err
			}
			if !bytes.Equal(item.Key, here) {
				others = append(others, item.Key)
			}
		}
		return data, engine.Delete(t.Context(), others)
	})
	if got := damaged(t, s); got != 0 {
		t.Errorf("%d damaged blocks in a sound store", got)
	}
}
