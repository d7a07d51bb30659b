package content

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// A job that is under way at a hive for longer than this, and for so many times what the last took another one that has nothing to do, is cut
// short, and what is left of it goes there: what came is kept.
const (
	lateAfter = 30 * time.Second
	lateTimes = 4
)

// turn is a job under way at a hive.
type turn struct {
	hive  peer.ID
	began time.Time
	cut   func()    // ends the session that does it
	heir  *turn     // who gets what is left
	left  chan *job // of an heir, gets that: nil for nothing
}

// late is the turn of another hive that takes too long by the measure of hive, or how long until there may be one; 0 for never.
func (q *queue) late(hive peer.ID) (first *turn, wait time.Duration) {
	limit := max(lateAfter, lateTimes*q.paces[hive])
	for j, t := range q.turns {
		if t.hive == hive || t.heir != nil || j.tried[hive] {
			continue
		}
		if left := limit - time.Since(t.began); left > 0 && (wait == 0 || left < wait) {
			wait = left
		} else if left <= 0 && (first == nil || t.began.Before(first.began)) {
			first = t
		}
	}
	return first, wait
}

// inherit cuts a turn short and gives what is left of its job, nil for nothing.
func (t *turn) inherit(ctx context.Context) *job {
	t.cut()
	select {
	case j := <-t.heir.left:
		return j
	case <-ctx.Done():
		return nil
	}
}

// end ends the turn of a job, of which something is left or nil, and tells whether an heir has that.
func (q *queue) end(j, left *job) bool {
	t := q.turns[j]
	delete(q.turns, j)
	q.paces[t.hive] = time.Since(t.began)
	heir := t.heir
	if heir == nil {
		return false
	}
	if left != nil {
		q.turns[left] = &turn{hive: heir.hive, began: time.Now(), cut: heir.cut}
	}
	heir.left <- left
	return true
}
