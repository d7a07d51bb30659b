package content

import (
	"sync"

	"github.com/ipfs/go-cid"
)

// maxScraps is how many bytes of chunks that are not whole are kept.
const maxScraps = 8 << 20

// Scraps are the beginnings of chunks whose rest was cut off, over many runs and from all hives. What is wrong with one
// shows in the hash of the whole. The zero value is empty and ready; it is safe for concurrent use.
type Scraps struct {
	mu    sync.Mutex
	begun map[scrap][]byte
	bytes int
}

// scrap is of one share: that a chunk was begun for another is nobody's business.
type scrap struct {
	share string
	cid   cid.Cid
}

// scraps are those of one share.
type scraps struct {
	all   *Scraps
	share string
}

// of is what is there of a chunk.
func (s scraps) of(c cid.Cid) []byte {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	return s.all.begun[scrap{s.share, c}]
}

// keep takes what came of a chunk after skip bytes, if that is where the scrap ends.
func (s scraps) keep(c cid.Cid, skip int64, data []byte) {
	a, at := s.all, scrap{s.share, c}
	a.mu.Lock()
	defer a.mu.Unlock()
	if skip != int64(len(a.begun[at])) || len(data) == 0 {
		return
	}
	if a.begun == nil || a.bytes+len(data) > maxScraps {
		a.begun, a.bytes = make(map[scrap][]byte), 0
		if skip > 0 {
			return
		}
	}
	a.begun[at] = append(a.begun[at], data...)
	a.bytes += len(data)
}

// complete puts the rest of a chunk to its scrap, which ends; false where the two do not meet.
func (s scraps) complete(c cid.Cid, skip int64, data []byte) ([]byte, bool) {
	a, at := s.all, scrap{s.share, c}
	a.mu.Lock()
	defer a.mu.Unlock()
	begun := a.begun[at]
	delete(a.begun, at)
	a.bytes -= len(begun)
	switch skip {
	case 0:
		return data, true
	case int64(len(begun)):
		return append(begun, data...), true
	}
	return nil, false
}
