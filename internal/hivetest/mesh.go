// Package hivetest puts several whole hives into one process for tests, on real libp2p over loopback or on a network in
// memory that runs under virtual time and breaks when it is told to.
//
// It owns the network in memory (Mesh), the assembly of a hive from its real parts (New) and the words in which user
// stories are written. It owns no rule of the product. It is imported by tests only.
package hivetest

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Errors of the network in memory. A deadline that passes is os.ErrDeadlineExceeded.
var (
	ErrUnreachable = errors.New("hivetest: hive cannot be reached")
	ErrProtocol    = errors.New("hivetest: protocol not supported")
	ErrReset       = errors.New("hivetest: stream reset")
	ErrClosed      = errors.New("hivetest: stream closed")
)

const (
	reconnect   = time.Second      // until hives that met before find each other again
	keepAlive   = 40 * time.Second // until silence is taken for the end of a connection, about as in yamux
	dialTimeout = time.Minute      // of a dial whose context has none
)

// Mesh is a network in memory in which every hive can reach every other. It uses nothing but time and memory, so it
// works inside a synctest bubble. Its faults are per pair of hives, in both directions. Methods may be called at any time.
//
// As with libp2p, a write after the other side closed succeeds and its bytes are lost, and a connection on which nothing
// arrives for 40 s is given up. Hives that were connected connect again one second after they can.
type Mesh struct {
	log *slog.Logger

	mu    sync.Mutex
	nodes map[peer.ID]*Node
	links map[[2]peer.ID]*link
	delay time.Duration // of new links
}

// NewMesh returns an empty network. log gets the panics of handlers; nil discards them.
func NewMesh(log *slog.Logger) *Mesh {
	return &Mesh{
		log:   cmp.Or(log, slog.New(slog.DiscardHandler)),
		nodes: map[peer.ID]*Node{}, links: map[[2]peer.ID]*link{},
	}
}

// Join adds a hive. If it is there already, it is the same hive after a restart: the Node before is closed.
func (m *Mesh) Join(id peer.ID) *Node {
	n := &Node{id: id, mesh: m, handlers: map[protocol.ID]handler{}}
	m.mu.Lock()
	before := m.nodes[id]
	m.mu.Unlock()
	if before != nil {
		_ = before.Close() // never fails
	}
	m.mu.Lock()
	m.nodes[id] = n
	links := m.linksOf(id)
	m.mu.Unlock()
	for _, l := range links {
		m.reconnect(l)
	}
	return n
}

// SetDelay makes everything take d from one hive to the next, on all links.
func (m *Mesh) SetDelay(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delay = d
	for _, l := range m.links {
		l.set(func() { l.delay = d })
	}
}

// Delay makes everything between a and b take d in each direction.
func (m *Mesh) Delay(a, b peer.ID, d time.Duration) {
	l := m.link(a, b)
	l.set(func() { l.delay = d })
}

// Partition cuts the link of a and b, or mends it. Streams break at once, dials are refused at once.
func (m *Mesh) Partition(a, b peer.ID, on bool) {
	l := m.link(a, b)
	l.set(func() { l.cut = on })
	if on {
		m.disconnect(l)
	} else {
		m.reconnect(l)
	}
}

// Blackhole drops what a and b send to each other, or stops dropping: dials, reads and, behind full buffers, writes hang
// until their deadline or until the connection is given up. What was not given up arrives when the dropping ends.
func (m *Mesh) Blackhole(a, b peer.ID, on bool) {
	l := m.link(a, b)
	l.set(func() {
		if on == l.black {
			return
		}
		l.black, l.blackSince = on, time.Now()
		if !on {
			l.giveUp.Stop()
			return
		}
		l.giveUp = time.AfterFunc(keepAlive, func() { m.disconnect(l) })
	})
	if !on {
		m.reconnect(l)
	}
}

// Silence drops what a hive and any other send to each other, like Blackhole with each hive that is there now.
func (m *Mesh) Silence(id peer.ID, on bool) {
	for _, other := range m.others(id) {
		m.Blackhole(id, other, on)
	}
}

// Isolate is Partition with each hive that is there now.
func (m *Mesh) Isolate(id peer.ID, on bool) {
	for _, other := range m.others(id) {
		m.Partition(id, other, on)
	}
}

// Kill takes a hive off the network as if its machine had lost power, until Restore or a new Join.
func (m *Mesh) Kill(id peer.ID) { m.power(id, true) }

// Restore brings a killed hive back.
func (m *Mesh) Restore(id peer.ID) { m.power(id, false) }

func (m *Mesh) power(id peer.ID, down bool) {
	m.mu.Lock()
	if n := m.nodes[id]; n != nil {
		n.down = down
	}
	links := m.linksOf(id)
	m.mu.Unlock()
	for _, l := range links {
		if down {
			m.disconnect(l)
		} else {
			m.reconnect(l)
		}
	}
}

// CutAfter breaks every stream between two hives as soon as from has sent n more bytes to the other. Once.
func (m *Mesh) CutAfter(from, to peer.ID, n int64) {
	l := m.link(from, to)
	l.set(func() { l.fuse[l.side(from)] = fuse{set: true, left: n} })
}

// Bytes is how much one hive has sent to another so far.
func (m *Mesh) Bytes(from, to peer.ID) int64 {
	l := m.link(from, to)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent[l.side(from)]
}

// Connected reports whether two hives have a connection, as told by Notify.
func (m *Mesh) Connected(a, b peer.ID) bool {
	l := m.link(a, b)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.connected
}

// link returns the link of two hives, made at its first use.
func (m *Mesh) link(a, b peer.ID) *link {
	m.mu.Lock()
	defer m.mu.Unlock()
	pair := [2]peer.ID{min(a, b), max(a, b)}
	l := m.links[pair]
	if l == nil {
		l = newLink(pair, m.delay)
		m.links[pair] = l
	}
	return l
}

// linksOf wants m.mu held.
func (m *Mesh) linksOf(id peer.ID) (links []*link) {
	for pair, l := range m.links {
		if pair[0] == id || pair[1] == id {
			links = append(links, l)
		}
	}
	return links
}

func (m *Mesh) others(id peer.ID) (ids []peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for other := range m.nodes {
		if other != id {
			ids = append(ids, other)
		}
	}
	return ids
}

// up reports whether both ends of l take part in the network.
func (m *Mesh) up(l *link) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range l.pair {
		if n := m.nodes[id]; n == nil || n.down {
			return false
		}
	}
	return true
}

// connect tells both ends of a link that they are connected, if that is news.
func (m *Mesh) connect(l *link) {
	news := false
	l.set(func() {
		news = !l.connected && !l.cut
		if news {
			l.connected, l.met = true, true
		}
	})
	if news {
		m.tell(l, true)
	}
}

// disconnect breaks all streams of a link.
func (m *Mesh) disconnect(l *link) {
	was := false
	l.set(func() {
		was, l.connected = l.connected, false
		l.breakAll()
	})
	if was {
		m.tell(l, false)
	}
}

// reconnect connects hives that met before once more, after a while.
func (m *Mesh) reconnect(l *link) {
	time.AfterFunc(reconnect, func() {
		l.mu.Lock()
		ready := l.met && !l.connected && !l.cut && !l.black
		l.mu.Unlock()
		if ready && m.up(l) {
			m.connect(l)
		}
	})
}

func (m *Mesh) tell(l *link, connected bool) {
	for i, id := range l.pair {
		m.mu.Lock()
		n := m.nodes[id]
		m.mu.Unlock()
		if n != nil {
			n.notify(l.pair[1-i], connected)
		}
	}
}

// Key is the key of hive number n: the same n gives the same key.
func Key(n int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "hive %d", n))
	return ed25519.NewKeyFromSeed(seed[:])
}

// IDOf is the id of the hive that has a key: the public key itself, in the words of libp2p.
func IDOf(key ed25519.PrivateKey) peer.ID {
	head := []byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20} // identity multihash of 36 bytes: an Ed25519 key of 32 bytes
	id, err := peer.IDFromBytes(append(head, key.Public().(ed25519.PublicKey)...))
	if err != nil {
		panic(err)
	}
	return id
}

// NewID is the id of hive number n.
func NewID(n int) peer.ID { return IDOf(Key(n)) }
