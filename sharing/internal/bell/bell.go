// Package bell wakes all who wait for something, at once.
//
// It owns who waits. What happened is not told: who is woken looks.
package bell

import "sync"

// Bell wakes who waits for it. The zero Bell is ready, and safe for concurrent use.
type Bell struct {
	mu   sync.Mutex
	next chan struct{}
}

// Next returns a channel that is closed when it rings next. Take it before you look, so that nothing is missed.
func (b *Bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// Ring wakes all who wait.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}
