package content

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// job is what one request asks for: the chunk list of a large file, or some units.
type job struct {
	list  *file
	units []unit
	tried map[peer.ID]bool // hives that do not have it
}

// unit is some chunks of a file that follow each other.
type unit struct {
	file    *file
	first   int
	count   int
	extents []fetch.Extent // of the base, what a delta would be to
	signed  bool           // asked for with a signature of them
}

// queue hands jobs to sessions.
type queue struct {
	scraps scraps
	idle   chan struct{} // gets a value when a session has nothing to do

	mu      sync.Mutex
	came    map[cid.Cid]bool   // roots of files that are whole, some
	twins   map[cid.Cid][]Want // files with the root of one under way, whose job is theirs
	news    chan struct{}      // closed when something changed
	jobs    []*job
	turns   map[*job]*turn            // jobs under way
	paces   map[peer.ID]time.Duration // how long the last took each hive
	open    int                       // files that are not whole
	planned bool                      // no more files come
	stopped bool
}

func newQueue(scraps scraps) *queue {
	return &queue{
		scraps: scraps, idle: make(chan struct{}, 1), news: make(chan struct{}), came: make(map[cid.Cid]bool), twins: make(map[cid.Cid][]Want),
		turns: make(map[*job]*turn), paces: make(map[peer.ID]time.Duration),
	}
}

// errUnfed says that ctx ended before all files were planned.
var errUnfed = errors.New("content: not all files were asked for")

// feed plans pages of files, each when there is nothing else left to do for somebody, until ctx ends or a page is an error. here is
// told of files that came already, under other names.
func (q *queue) feed(ctx context.Context, pages iter.Seq2[[]Want, error], here func([]Want)) error {
	defer q.change(func() { q.planned = true })
	for wants, err := range pages {
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-q.idle:
		case <-ctx.Done():
			return errUnfed
		}
		here(q.plan(wants))
	}
	if ctx.Err() != nil {
		return errUnfed
	}
	return nil
}

// plan adds the jobs for files: many small ones share one, a large one begins with its list. It gives those that need none.
func (q *queue) plan(wants []Want) (here []Want) {
	var jobs []*job
	var small [2]packing // without and with a base
	fresh, here := q.pair(wants)
	for _, w := range fresh {
		f := &file{want: w, scraps: q.scraps}
		if w.Root.Type() != cid.Raw {
			jobs = append(jobs, &job{list: f})
			continue
		}
		f.setLeaves([]blockstore.Leaf{{CID: w.Root, Size: w.Size}})
		kind := &small[0]
		if w.Base != nil {
			kind = &small[1]
		}
		kind.add(unit{file: f, count: 1}, w.Size, batchBytes)
	}
	q.change(func() { q.jobs = slices.Concat(q.jobs, jobs, small[1].jobs, small[0].jobs) })
	return here
}

// pair tells files of which nothing is under way, and those that came already, from those that come with another. Of two with the
// same root the one with a base comes.
func (q *queue) pair(wants []Want) (fresh, here []Want) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open += len(wants)
	for _, based := range []bool{true, false} {
		for _, w := range wants {
			twins, begun := q.twins[w.Root]
			switch {
			case based != (w.Base != nil):
			case q.came[w.Root]:
				here = append(here, w)
			case begun && len(twins) < mostTwins:
				q.twins[w.Root] = append(twins, w)
			default:
				q.twins[w.Root] = twins
				fresh = append(fresh, w)
			}
		}
	}
	return fresh, here
}

// packing puts units into jobs.
type packing struct {
	jobs  []*job
	bytes int64 // in the last
	names int   // bytes of the names in the request for it
}

func (p *packing) add(u unit, size, most int64) {
	last, names := len(p.jobs)-1, u.file.want.names()
	if last < 0 || len(p.jobs[last].units) == batchFiles || p.bytes+size > most || p.names+names > batchNames {
		p.jobs, p.bytes, p.names, last = append(p.jobs, &job{}), 0, 0, last+1
	}
	p.jobs[last].units, p.bytes, p.names = append(p.jobs[last].units, u), p.bytes+size, p.names+names
}

// names is how many bytes the paths of a file take in a request.
func (w Want) names() (bytes int) {
	const head = 3 // of each in CBOR
	paths := [][]string{w.Path}
	if w.Base != nil {
		paths = append(paths, w.Base.Path)
	}
	for _, path := range paths {
		for _, name := range path {
			bytes += head + len(name)
		}
	}
	return bytes
}

// take gives a job that hive may have, waits for one, or returns nil when there will be none. Where nothing else is left it is what is left
// of one that takes another hive long. cut ends the session that does it.
func (q *queue) take(ctx context.Context, hive peer.ID, cut func()) *job {
	for ctx.Err() == nil {
		q.mu.Lock()
		if q.stopped {
			q.mu.Unlock()
			return nil
		}
		for i, j := range q.jobs {
			if !j.tried[hive] {
				q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
				q.turns[j] = &turn{hive: hive, began: time.Now(), cut: cut}
				q.mu.Unlock()
				return j
			}
		}
		if len(q.turns) == 0 && q.planned { // nothing that others may give back
			q.mu.Unlock()
			return nil
		}
		news := q.news
		late, wait := q.late(hive)
		if late != nil {
			late.heir = &turn{hive: hive, cut: cut, left: make(chan *job, 1)}
		}
		q.mu.Unlock()
		if late != nil {
			if j := late.inherit(ctx); j != nil {
				return j
			}
			continue
		}
		select {
		case q.idle <- struct{}{}:
		default:
		}
		stop := func() bool { return true }
		if wait > 0 {
			stop = time.AfterFunc(wait, func() { q.change(func() {}) }).Stop
		}
		select {
		case <-news:
		case <-ctx.Done():
		}
		stop()
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
		if !q.end(j, j) {
			q.jobs = append([]*job{j}, q.jobs...)
		}
	})
}

// done ends a job, with what has to be done after it.
func (q *queue) done(j *job, next ...*job) {
	q.change(func() {
		q.end(j, nil)
		q.jobs = append(next, q.jobs...)
	})
}

// add brings jobs that come up while another is under way.
func (q *queue) add(jobs ...*job) { q.change(func() { q.jobs = append(jobs, q.jobs...) }) }

// under tells whether a file with a root is under way.
func (q *queue) under(root cid.Cid) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.twins[root]
	return ok
}

// How many roots of whole files are remembered, and how many files wait for one: others come by themselves.
const (
	mostCame  = 1 << 16
	mostTwins = 1 << 12
)

// whole notes files that are, and gives them with their twins.
func (q *queue) whole(files []Want) (all []Want) {
	q.change(func() {
		all = slices.Clip(files)
		for _, w := range files {
			all = append(all, q.twins[w.Root]...)
			delete(q.twins, w.Root)
			if len(q.came) == mostCame {
				clear(q.came)
			}
			q.came[w.Root] = true
		}
		q.open -= len(all)
	})
	return all
}

// stop ends all work.
func (q *queue) stop() { q.change(func() { q.stopped = true }) }

// left is how many files are not whole.
func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.open
}
