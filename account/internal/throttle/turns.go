package throttle

import (
	"context"
	"sync"
)

// Turns lets few work at once. Of one network no more wait for that than can work, and the others of it behind them: who sends
// many requests at once holds up nobody elsewhere.
type Turns struct {
	slots chan struct{}

	mu    sync.Mutex
	lines map[string]*line // by network, while there is somebody
}

// line is who is there of a network.
type line struct {
	slots   chan struct{}
	present int
}

// NewTurns has so many slots.
func NewTurns(slots int) *Turns {
	return &Turns{slots: make(chan struct{}, slots), lines: map[string]*line{}}
}

// Enter waits for a turn of a request from an address; leave ends it.
func (t *Turns) Enter(ctx context.Context, address string) (leave func(), err error) {
	network := Network(address)
	l := t.join(network)
	if err := await(ctx, l.slots); err != nil {
		t.part(network)
		return nil, err
	}
	if err := await(ctx, t.slots); err != nil {
		<-l.slots
		t.part(network)
		return nil, err
	}
	return func() {
		<-t.slots
		<-l.slots
		t.part(network)
	}, nil
}

func await(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Turns) join(network string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[network]
	if l == nil {
		l = &line{slots: make(chan struct{}, cap(t.slots))}
		t.lines[network] = l
	}
	l.present++
	return l
}

func (t *Turns) part(network string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[network]
	if l.present--; l.present == 0 {
		delete(t.lines, network)
	}
}
