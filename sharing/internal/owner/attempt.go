package owner

import (
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// Rests of what failed while other merging goes on: then nobody else has it tried again.
const (
	firstRest = 2 * time.Second  // also that after news, however often it failed
	mostRest  = 10 * time.Minute // after many failures
)

// attempt is the last to merge what a hive proposes, or to take back what was lost.
type attempt struct {
	number, allowed uint64 // of the proposal
	busy            bool
	err             error
	failures        int // in a row
	ended           time.Time
	rest            time.Duration // after a failure
}

// end notes how it went.
func (a *attempt) end(err error) {
	a.busy, a.err, a.ended = false, err, time.Now()
	if err == nil {
		a.failures = 0
		return
	}
	a.rest = mostRest
	if a.failures < 10 {
		a.rest = min(firstRest<<a.failures, mostRest)
	}
	a.failures++
}

// due tells whether a failed attempt has rested.
func (a *attempt) due() bool { return !a.busy && a.err != nil && time.Since(a.ended) >= a.rest }

// attempts are the last of each hive; what was lost is under this hive itself.
type attempts map[peer.ID]*attempt

// begin tells whether a proposal of a hive is to be tried, and notes that it is.
func (all attempts) begin(hive peer.ID, number, allowed uint64) bool {
	a, tried := all[hive]
	if !tried {
		a = new(attempt)
		all[hive] = a
	}
	if a.busy || tried && a.number == number && a.allowed == allowed && !a.due() {
		return false
	}
	a.number, a.allowed, a.busy = number, allowed, true
	return true
}

// hope shortens the rest of what failed: something changed.
func (all attempts) hope() {
	for _, a := range all {
		a.rest = min(a.rest, firstRest)
	}
}

// ring calls fn when the first that failed has rested, unless stop is called before.
func (all attempts) ring(fn func()) (stop func() bool) {
	next := mostRest
	for _, a := range all {
		if !a.busy && a.err != nil {
			next = min(next, a.rest-time.Since(a.ended))
		}
	}
	return time.AfterFunc(max(next, firstRest), fn).Stop // one that has rested may have to wait for others, or be settled
}

// faults are the errors of the last attempts.
func (all attempts) faults() error {
	var faults []error
	for _, a := range all {
		faults = append(faults, a.err)
	}
	return errors.Join(faults...)
}
