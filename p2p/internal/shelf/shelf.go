// Package shelf is where the DHT keeps what other hives put there: in memory, and no more than there is room for.
//
// Anybody may put things into a DHT, as many as they like. What was put longest ago goes when room is needed, for who wants it
// to stay puts it again. It owns the bound; what is valid, and for how long, is the DHT's.
package shelf

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
)

// overhead is about what an entry takes beside its key and value, in bytes.
const overhead = 200

// Shelf is a datastore with room for so much. It is safe for concurrent use.
type Shelf struct {
	room int // bytes

	mu      sync.Mutex
	taken   int
	entries map[string]*list.Element // of entry, by key
	order   *list.List               // put last first
	keys    []string                 // sorted: everybody may ask for what is below a key
}

type entry struct {
	key   string
	value []byte
}

func (e entry) size() int { return len(e.key) + len(e.value) + overhead }

// ErrRoom is of a value that is larger than the shelf.
var ErrRoom = errors.New("shelf: no room")

var _ datastore.Batching = (*Shelf)(nil)

// New is an empty shelf with room for so many bytes.
func New(room int) *Shelf {
	return &Shelf{room: room, entries: map[string]*list.Element{}, order: list.New()}
}

// Put implements datastore.Datastore.
func (s *Shelf) Put(_ context.Context, key datastore.Key, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := entry{key.String(), value}
	if e.size() > s.room {
		return fmt.Errorf("%w: %d bytes at %s", ErrRoom, len(value), key)
	}
	s.remove(s.entries[e.key])
	for s.taken += e.size(); s.taken > s.room; {
		s.remove(s.order.Back())
	}
	s.entries[e.key] = s.order.PushFront(e)
	at, _ := slices.BinarySearch(s.keys, e.key)
	s.keys = slices.Insert(s.keys, at, e.key)
	return nil
}

// remove takes an entry off; s.mu is held.
func (s *Shelf) remove(element *list.Element) {
	if element == nil {
		return
	}
	e := s.order.Remove(element).(entry)
	delete(s.entries, e.key)
	if at, ok := slices.BinarySearch(s.keys, e.key); ok {
		s.keys = slices.Delete(s.keys, at, at+1)
	}
	s.taken -= e.size()
}

// Delete implements datastore.Datastore.
func (s *Shelf) Delete(_ context.Context, key datastore.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(s.entries[key.String()])
	return nil
}

// Get implements datastore.Datastore.
func (s *Shelf) Get(_ context.Context, key datastore.Key) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element := s.entries[key.String()]
	if element == nil {
		return nil, datastore.ErrNotFound
	}
	return element.Value.(entry).value, nil
}

// Has implements datastore.Datastore.
func (s *Shelf) Has(ctx context.Context, key datastore.Key) (bool, error) {
	return datastore.GetBackedHas(ctx, s, key)
}

// GetSize implements datastore.Datastore.
func (s *Shelf) GetSize(ctx context.Context, key datastore.Key) (int, error) {
	return datastore.GetBackedSize(ctx, s, key)
}

// Query implements datastore.Datastore.
func (s *Shelf) Query(_ context.Context, q query.Query) (query.Results, error) {
	return query.NaiveQueryApply(q, query.ResultsWithEntries(q, s.below(q.Prefix))), nil
}

// below are the entries whose keys begin so.
func (s *Shelf) below(prefix string) []query.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []query.Entry
	at, _ := slices.BinarySearch(s.keys, prefix)
	for _, key := range s.keys[at:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		value := s.entries[key].Value.(entry).value
		found = append(found, query.Entry{Key: key, Value: value, Size: len(value)})
	}
	return found
}

// Batch implements datastore.Batching.
func (s *Shelf) Batch(context.Context) (datastore.Batch, error) {
	return datastore.NewBasicBatch(s), nil
}

// Sync implements datastore.Datastore.
func (*Shelf) Sync(context.Context, datastore.Key) error { return nil }

// Close implements datastore.Datastore.
func (*Shelf) Close() error { return nil }
