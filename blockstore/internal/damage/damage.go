// Package damage remembers blocks that do not match their hash. It does not own what becomes of them.
package damage

import (
	"sync"

	mh "github.com/multiformats/go-multihash"
)

// Most is how many blocks a Set knows: a disk with more is beyond repair block by block.
const Most = 1 << 16

// Set is damaged blocks. The zero value is none. It is safe for concurrent use.
type Set struct {
	mu   sync.RWMutex
	keys map[string]struct{}
}

// Note adds a block.
func (s *Set) Note(key mh.Multihash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = make(map[string]struct{})
	}
	if len(s.keys) < Most {
		s.keys[string(key)] = struct{}{}
	}
}

// Has tells whether a block is damaged.
func (s *Set) Has(key mh.Multihash) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, damaged := s.keys[string(key)]
	return damaged
}

// Forget removes a block that was stored again.
func (s *Set) Forget(key mh.Multihash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, string(key))
}
