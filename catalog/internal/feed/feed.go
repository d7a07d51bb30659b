// Package feed wakes those who wait for changes of spaces.
//
// It owns who waits. It does not own the changes: those are in the log, and who is woken reads them there.
package feed

import (
	"slices"
	"sync"
)

// Feed wakes those who wait for changes of a space. The zero Feed is ready. It is in memory: who waits looks into the database first, so a lost
// wake-up costs nothing.
type Feed struct {
	mu          sync.Mutex
	waiting     map[int64]chan struct{}
	subscribers []*subscriber
}

// subscriber follows all spaces.
type subscriber struct {
	wake chan struct{}
	news map[int64]bool
}

// Watch returns a channel that is closed at the next announcement.
func (f *Feed) Watch(space int64) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = make(map[int64]chan struct{})
	}
	news, ok := f.waiting[space]
	if !ok {
		news = make(chan struct{})
		f.waiting[space] = news
	}
	return news
}

// Announce wakes all who watch the space.
func (f *Feed) Announce(space int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if news, ok := f.waiting[space]; ok {
		close(news)
		delete(f.waiting, space)
	}
	for _, s := range f.subscribers {
		s.news[space] = true
		select {
		case s.wake <- struct{}{}:
		default: // it has not looked since the last
		}
	}
}

// Subscribe follows all spaces: wake gets a value after some have changed, news gives those that changed since it was last
// called. cancel ends it.
func (f *Feed) Subscribe() (wake <-chan struct{}, news func() []int64, cancel func()) {
	s := &subscriber{wake: make(chan struct{}, 1), news: make(map[int64]bool)}
	f.mu.Lock()
	f.subscribers = append(f.subscribers, s)
	f.mu.Unlock()
	news = func() []int64 {
		f.mu.Lock()
		defer f.mu.Unlock()
		var ids []int64
		for id := range s.news {
			ids = append(ids, id)
		}
		clear(s.news)
		slices.Sort(ids)
		return ids
	}
	cancel = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.subscribers = slices.DeleteFunc(f.subscribers, func(other *subscriber) bool { return other == s })
	}
	return s.wake, news, cancel
}
