package edge

import (
	"context"
	"sync"
)

// streams are the answers that would go on for ever. Closing cuts them.
type streams struct {
	mu     sync.Mutex
	closed bool
	cut    map[*context.CancelCauseFunc]struct{}
}

// context gives a context that also ends, with errStopping as its cause, when the streams are closed. The caller calls done.
func (s *streams) context(parent context.Context) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(parent)
	key := &cancel
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel(errStopping)
	} else {
		if s.cut == nil {
			s.cut = map[*context.CancelCauseFunc]struct{}{}
		}
		s.cut[key] = struct{}{}
	}
	return ctx, func() {
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cut, key)
	}
}

func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for cancel := range s.cut {
		(*cancel)(errStopping)
	}
}
