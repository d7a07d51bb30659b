package space

import (
	"slices"
	"sync"
)

// feed wakes those who wait for changes of a space. It is in memory: who waits looks into the database first, so a lost
// wake-up costs nothing.
type feed struct {
	mu          sync.Mutex
	waiting     map[int64]chan struct{}
	subscribers []*subscriber
}

// subscriber follows all spaces.
type subscriber struct {
	wake chan struct{}
	news map[int64]bool
}

// watch returns a channel that is closed at the next announcement.
func (f *feed) watch(space int64) <-chan struct{} {
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

// announce wakes all who watch the space.
func (f *feed) announce(space int64) {
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

// Announce wakes all who wait for changes of a space, after an EditIn was committed.
func (t *Tables) Announce(space int64) { t.feed.announce(space) }

// Subscribe follows the changes of all spaces: wake gets a value after some have changed, news gives those that changed
// since it was last called. cancel ends it.
func (t *Tables) Subscribe() (wake <-chan struct{}, news func() []int64, cancel func()) {
	f, s := &t.feed, &subscriber{wake: make(chan struct{}, 1), news: make(map[int64]bool)}
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
