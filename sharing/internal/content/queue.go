package content

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
)

// job is what one request asks for: whole small files, the chunk list of a large one, or a span of its chunks.
type job struct {
	files []*file
	list  bool
	first int // chunk of a span
	count int
	tried map[peer.ID]bool // hives that do not have it
}

// queue hands jobs to sessions.
type queue struct {
	mu      sync.Mutex
	news    chan struct{} // closed when something changed
	jobs    []*job
	taken   int // jobs under way
	open    int // files that are not whole
	stopped bool
}

// newQueue plans the jobs of a run: many small files share one, a large file begins with its list.
func newQueue(wants []Want) *queue {
	q := &queue{news: make(chan struct{}), open: len(wants)}
	var small *job
	var bytes int64
	for _, w := range wants {
		f := &file{want: w}
		if w.Root.Type() != cid.Raw {
			q.jobs = append(q.jobs, &job{files: []*file{f}, list: true})
			continue
		}
		if small == nil || len(small.files) == batchFiles || bytes+w.Size > batchBytes {
			small, bytes = &job{}, 0
			q.jobs = append(q.jobs, small)
		}
		small.files, bytes = append(small.files, f), bytes+w.Size
	}
	return q
}

// take gives a job that hive may have, waits for one, or returns nil when there will be none.
func (q *queue) take(ctx context.Context, hive peer.ID) *job {
	for ctx.Err() == nil {
		q.mu.Lock()
		if q.stopped {
			q.mu.Unlock()
			return nil
		}
		for i, j := range q.jobs {
			if !j.tried[hive] {
				q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
				q.taken++
				q.mu.Unlock()
				return j
			}
		}
		if q.taken == 0 { // nothing that others may give back
			q.mu.Unlock()
			return nil
		}
		news := q.news
		q.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
		}
	}
	return nil
}

// change runs fn and wakes who waits.
func (q *queue) change(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	fn()
	close(q.news)
	q.news = make(chan struct{})
}

// giveBack returns a job that was not done.
func (q *queue) giveBack(j *job) {
	q.change(func() {
		q.taken--
		q.jobs = append([]*job{j}, q.jobs...)
	})
}

// done ends a job, with what has to be done after it.
func (q *queue) done(whole int, next ...*job) {
	q.change(func() {
		q.taken--
		q.open -= whole
		q.jobs = append(next, q.jobs...)
	})
}

// stop ends all work.
func (q *queue) stop() { q.change(func() { q.stopped = true }) }

// left is how many files are not whole.
func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.open
}
