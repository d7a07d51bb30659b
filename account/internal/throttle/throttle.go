// Package throttle slows down who guesses, by what is guessed and from where, and who asks for much at once, by from where.
//
// It owns how many failures are free, how long one waits after them, and whose turn it is. It does not own what is guessed.
package throttle

import (
	"container/list"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

const (
	// throttleKeys bounds the memory of a Throttle to a few MB; the key not seen for longest goes first.
	throttleKeys = 20_000
	// throttleMemory is how long after the last of them failures count.
	throttleMemory = time.Hour
)

// rule says how many failures are free and how long the wait after the next ones is at most; it begins with a second
// and doubles.
type rule struct {
	free int
	most time.Duration
}

// One who guesses from one address waits soon, one address that tries many names later, and a name tried from many
// addresses last and least, for its owner waits too.
var (
	rulePair    = rule{free: 5, most: 15 * time.Minute}
	ruleAddress = rule{free: 50, most: 15 * time.Minute}
	ruleName    = rule{free: 100, most: time.Minute}
	// A code of the second factor has few digits, and who guesses it knows the password already.
	ruleCode = rule{free: 5, most: 15 * time.Minute}

	// ruleThing is ruleName for what is no user: it is known to strangers, who must not lock out those it is for.
	ruleThing = rule{free: 100, most: 5 * time.Second}
)

func (r rule) delay(failures int) time.Duration {
	if failures < r.free {
		return 0
	}
	return min(time.Second<<min(failures-r.free, 20), r.most)
}

// Throttle counts failed attempts, in memory: a restart forgives.
type Throttle struct {
	mu     sync.Mutex
	counts map[string]*list.Element // of *count
	recent *list.List               // last failure first
}

type count struct {
	key      string
	failures int
	last     time.Time
}

// New returns a throttle that has seen nothing.
func New() *Throttle {
	return &Throttle{counts: map[string]*list.Element{}, recent: list.New()}
}

// Attempt is one try of a name from an address: the keys it counts under.
type Attempt struct {
	pair, address, name, code string
	rule                      rule // of the name
}

// By is an attempt at a name, empty for one that nobody can have: such can be of any length, and fail alike.
func By(name, address string) Attempt {
	address = Network(address)
	return Attempt{"pair " + name + " " + address, "address " + address, "name " + name, "code " + name, ruleName}
}

// OfThing is an attempt at what is no user, such as the password of a link.
func OfThing(thing, address string) Attempt {
	address = Network(address)
	return Attempt{pair: "pair " + thing + " " + address, address: "address " + address, name: "thing " + thing, rule: ruleThing}
}

// ErrTooMany is what every TooMany is.
var ErrTooMany = errors.New("account: too many attempts")

// TooMany is the error of an attempt that comes too soon; it is ErrTooMany.
type TooMany struct { //nolint:errname // reads better where it is caught
	RetryAfter time.Duration // whole seconds, at least one
}

func (e *TooMany) Error() string {
	return fmt.Sprintf("%v: try again in %s", ErrTooMany, e.RetryAfter)
}

// Is makes errors.Is(err, ErrTooMany) true.
func (e *TooMany) Is(target error) bool { return target == ErrTooMany }

// Network is who is taken for one client: an IPv4 address, or the /64 that one IPv6 customer has at least.
func Network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}

// Check is nil or the *TooMany that says how long to wait. Asking does not prolong it.
func (t *Throttle) Check(a Attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return later(max(t.wait(a.pair, rulePair), t.wait(a.address, ruleAddress), t.wait(a.name, a.rule)))
}

func later(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &TooMany{RetryAfter: wait.Truncate(time.Second) + time.Second}
}

// CheckCode is Check for the code of a second factor, whose failures a right password does not forgive.
func (t *Throttle) CheckCode(a Attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return later(max(t.wait(a.code, ruleCode), t.wait(a.address, ruleAddress)))
}

// FailedCode counts an attempt at the code of a second factor.
func (t *Throttle) FailedCode(a Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(a.code)
	t.add(a.address)
}

// SucceededCode forgets those.
func (t *Throttle) SucceededCode(a Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(a.code)
}

// Failed counts an attempt.
func (t *Throttle) Failed(a Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(a.pair)
	t.add(a.address)
	t.add(a.name)
}

// Succeeded forgets the failures of this user. Those of the address stay: one good account must not buy guesses.
func (t *Throttle) Succeeded(a Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(a.pair)
	t.remove(a.name)
}

func (t *Throttle) wait(key string, r rule) time.Duration {
	element := t.counts[key]
	if element == nil {
		return 0
	}
	c := element.Value.(*count)
	since := time.Since(c.last)
	if since > throttleMemory {
		t.remove(key)
		return 0
	}
	return r.delay(c.failures) - since
}

func (t *Throttle) add(key string) {
	element := t.counts[key]
	if element == nil {
		if len(t.counts) >= throttleKeys {
			t.remove(t.recent.Back().Value.(*count).key)
		}
		element = t.recent.PushFront(&count{key: key})
		t.counts[key] = element
	}
	c := element.Value.(*count)
	c.failures++
	c.last = time.Now()
	t.recent.MoveToFront(element)
}

func (t *Throttle) remove(key string) {
	if element := t.counts[key]; element != nil {
		t.recent.Remove(element)
		delete(t.counts, key)
	}
}
