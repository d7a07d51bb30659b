package edge

import (
	"context"
	"errors"
	"sync"
	"time"
)

// maxWait is how long a request may wait for news.
const maxWait = time.Minute

// ParseWait reads how long a request may wait, which is never longer than maxWait.
func ParseWait(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	return min(d, maxWait), err
}

// AtMost lets wait take no longer than d, which is no error.
func AtMost(ctx context.Context, d time.Duration, wait func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err := wait(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// Ended gives the reason why ctx was ended, where that is why err came.
func Ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

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
