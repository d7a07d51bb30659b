package parts

import (
	"context"
	"sync"
	"time"
)

// Turns let one request at a time work on an upload. They live as long as the process, which is the only one on its data.
type Turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

type turn struct {
	stop func()
	done chan struct{}
}

// take begins a turn on the upload id, or gives ErrBusy. stop, if not nil, makes its owner end soon: it is called while the turn
// lasts and no longer, at any time and often. The caller calls end.
func (t *Turns) take(id string, stop func()) (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[id] != nil {
		return nil, ErrBusy
	}
	if t.taken == nil {
		t.taken = make(map[string]*turn)
	}
	mine := &turn{stop, make(chan struct{})}
	t.taken[id] = mine
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.taken, id)
		close(mine.done)
	}, nil
}

// Active tells whether a request works on the upload right now.
func (t *Turns) Active(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken[id] != nil
}

// patience is how long interrupt waits.
const patience = 10 * time.Second

// interrupt returns when nobody works on the upload, and stops who does: a client that asks how far it came has given up on
// the request before. ErrBusy when it does not end.
func (t *Turns) interrupt(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		done := t.stop(id)
		if done == nil {
			return nil
		}
		select {
		case <-done:
			return nil
		case <-again.C: // it may have set a deadline of its own meanwhile
		case <-ctx.Done():
			return ErrBusy
		}
	}
}

func (t *Turns) stop(id string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.taken[id]
	if mine == nil {
		return nil
	}
	if mine.stop != nil {
		mine.stop()
	}
	return mine.done
}
