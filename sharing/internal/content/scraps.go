package content

import (
	"sync"

	"github.com/ipfs/go-cid"
)

// maxScraps is how many bytes of chunks that are not whole are kept.
const maxScraps = 8 << 20

// scraps are the beginnings of chunks whose rest was cut off. What is wrong with one shows in the hash of the whole.
type scraps struct {
	mu    sync.Mutex
	begun map[cid.Cid][]byte
	bytes int
}

// of is what is there of a chunk.
func (s *scraps) of(c cid.Cid) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun[c]
}

// keep takes what came of a chunk after skip bytes, if that is where the scrap ends.
func (s *scraps) keep(c cid.Cid, skip int64, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if skip != int64(len(s.begun[c])) || len(data) == 0 {
		return
	}
	if s.begun == nil || s.bytes+len(data) > maxScraps {
		s.begun, s.bytes = make(map[cid.Cid][]byte), 0
		if skip > 0 {
			return
		}
	}
	s.begun[c] = append(s.begun[c], data...)
	s.bytes += len(data)
}

// complete puts the rest of a chunk to its scrap, which ends; false where the two do not meet.
func (s *scraps) complete(c cid.Cid, skip int64, data []byte) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := s.begun[c]
	delete(s.begun, c)
	s.bytes -= len(begun)
	switch skip {
	case 0:
		return data, true
	case int64(len(begun)):
		return append(begun, data...), true
	}
	return nil, false
}
