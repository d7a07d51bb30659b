package account

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

const (
	// throttleKeys bounds the memory of a throttle to a few MB; the key not seen for longest goes first.
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

// throttle counts failed attempts, in memory: a restart forgives.
type throttle struct {
	mu     sync.Mutex
	counts map[string]*list.Element // of *count
	recent *list.List               // last failure first
}

type count struct {
	key      string
	failures int
	last     time.Time
}

func newThrottle() *throttle {
	return &throttle{counts: map[string]*list.Element{}, recent: list.New()}
}

// attempt is one try of a name from an address: the keys it counts under.
type attempt struct {
	pair, address, name, code string
	rule                      rule // of the name
}

func attemptBy(name, address string) attempt {
	name, err := parseName(name)
	if err != nil {
		name = "" // such names fail alike, and can be of any length
	}
	address = Network(address)
	return attempt{"pair " + name + " " + address, "address " + address, "name " + name, "code " + name, ruleName}
}

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

// check is nil or the *TooManyAttempts that says how long to wait. Asking does not prolong it.
func (t *throttle) check(a attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return later(max(t.wait(a.pair, rulePair), t.wait(a.address, ruleAddress), t.wait(a.name, a.rule)))
}

func later(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &TooManyAttempts{RetryAfter: wait.Truncate(time.Second) + time.Second}
}

// checkCode is check for the code of a second factor, whose failures a right password does not forgive.
func (t *throttle) checkCode(a attempt) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return later(max(t.wait(a.code, ruleCode), t.wait(a.address, ruleAddress)))
}

func (t *throttle) failedCode(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(a.code)
	t.add(a.address)
}

func (t *throttle) succeededCode(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(a.code)
}

func (t *throttle) failed(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(a.pair)
	t.add(a.address)
	t.add(a.name)
}

// succeeded forgets the failures of this user. Those of the address stay: one good account must not buy guesses.
func (t *throttle) succeeded(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(a.pair)
	t.remove(a.name)
}

func (t *throttle) wait(key string, r rule) time.Duration {
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

func (t *throttle) add(key string) {
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

func (t *throttle) remove(key string) {
	if element := t.counts[key]; element != nil {
		t.recent.Remove(element)
		delete(t.counts, key)
	}
}
