package tree

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
	mh "github.com/multiformats/go-multihash"
)

// store keeps nodes in a map and counts.
type store struct {
	blocks     map[cid.Cid][]byte
	gets, puts int
}

func newStore() *store { return &store{blocks: map[cid.Cid][]byte{}} }

func (s *store) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	s.gets++
	data, ok := s.blocks[c]
	if !ok {
		return nil, fmt.Errorf("no block %s", c)
	}
	return data, nil
}

func (s *store) Put(_ context.Context, c cid.Cid, data []byte) error {
	if node.Sum(data) != c {
		return fmt.Errorf("%s is not the hash of its bytes", c)
	}
	s.puts++
	s.blocks[c] = data
	return nil
}

// content is the root of a file with something in it.
func content(n uint64) cid.Cid {
	d := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	codec := uint64(cid.Raw)
	if n%3 == 0 {
		codec = cid.DagProtobuf
	}
	return cid.NewCidV1(codec, append(mh.Multihash{mh.SHA2_256, 32}, d[:]...))
}

// uid is an identity.
func uid(n uint64) (u UID) {
	binary.BigEndian.PutUint64(u[8:], n)
	u[0] = 1
	return u
}

func file(name string, n uint64) Entry {
	return Entry{UID: uid(n), Name: name, Root: content(n), Size: int64(n % 1000), MTime: int64(n) * 1e9, Exec: n%5 == 0}
}

// each gives entries to Build.
func each(list []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func mustBuild(t testing.TB, s *store, list []Entry) Folder {
	t.Helper()
	f, err := Build(t.Context(), s, each(list))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func collect(t testing.TB, seq iter.Seq2[Entry, error]) []Entry {
	t.Helper()
	var list []Entry
	for e, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

var errFull = errors.New("no room")

// refuser is a sink without room.
type refuser struct{}

func (refuser) Put(context.Context, cid.Cid, []byte) error { return errFull }
