package shelf

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
)

func key(i int) datastore.Key { return datastore.NewKey(fmt.Sprintf("/k/%03d", i)) }

// have are the keys of a shelf below a prefix.
func have(t *testing.T, s *Shelf, prefix string) []string {
	t.Helper()
	found, err := s.Query(t.Context(), query.Query{Prefix: prefix, Orders: []query.Order{query.OrderByKey{}}})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := found.Rest()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

func TestTheOldestGoes(t *testing.T) {
	s := New(3 * (overhead + len("/k/000") + 10))
	for i := range 3 {
		if err := s.Put(t.Context(), key(i), make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 3} { // 0 is put again, so 1 is the oldest
		if err := s.Put(t.Context(), key(i), make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(have(t, s, "/k"), []string{"/k/000", "/k/002", "/k/003"}); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Get(t.Context(), key(1)); !errors.Is(err, datastore.ErrNotFound) {
		t.Errorf("the oldest: %v", err)
	}
	if err := s.Put(t.Context(), key(4), make([]byte, 2000)); !errors.Is(err, ErrRoom) || len(have(t, s, "/")) != 3 {
		t.Errorf("what has no room: %v, %v", err, have(t, s, "/"))
	}
	for i := range 5 {
		if err := s.Delete(t.Context(), key(i)); err != nil {
			t.Error(err)
		}
	}
	if s.taken != 0 || len(s.keys) != 0 || s.order.Len() != 0 {
		t.Errorf("an empty shelf: %d bytes, %v", s.taken, s.keys)
	}
}

func TestShelf(t *testing.T) {
	s := New(1 << 20)
	batch, err := s.Batch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []datastore.Key{key(1), key(2), datastore.NewKey("/other")} {
		if err := batch.Put(t.Context(), k, []byte("value")); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(have(t, s, "/k"), []string{"/k/001", "/k/002"}); diff != "" {
		t.Error(diff)
	}
	if size, err := s.GetSize(t.Context(), key(1)); size != 5 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
	if err := s.Delete(t.Context(), key(1)); err != nil {
		t.Error(err)
	}
	if ok, err := s.Has(t.Context(), key(1)); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if value, err := s.Get(t.Context(), key(2)); string(value) != "value" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}
