// Package nettest is the smallest network between hives that the tests of messages need: pipes in memory.
//
// It owns connecting, cutting and hanging. It does not own delays or lost bytes: internal/hivetest has a network with those.
package nettest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"net"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multihash"
)

// ErrDown is the error of a call to a hive that is cut off.
var ErrDown = errors.New("nettest: hive is out of reach")

// ID is the id of a hive whose key is made from a name.
func ID(name string) peer.ID {
	seed := sha256.Sum256([]byte(name))
	key := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	// The identity multihash of the public key in libp2p's protobuf.
	sum, err := multihash.Sum(append([]byte{8, 1, 18, 32}, key...), multihash.IDENTITY, -1)
	if err != nil {
		panic(err)
	}
	return peer.ID(sum)
}

// Net connects nodes.
type Net struct {
	mu    sync.Mutex
	nodes map[peer.ID]*Node
	cut   map[[2]peer.ID]bool
	hung  map[[2]peer.ID]bool
	conns map[[2]peer.ID][]net.Conn
	dials map[peer.ID]int
}

// New is a network without nodes.
func New() *Net {
	return &Net{
		nodes: map[peer.ID]*Node{}, cut: map[[2]peer.ID]bool{}, hung: map[[2]peer.ID]bool{},
		conns: map[[2]peer.ID][]net.Conn{}, dials: map[peer.ID]int{},
	}
}

// Node is a hive's end of the network.
type Node struct {
	id       peer.ID
	net      *Net
	handlers map[protocol.ID]func(peer.ID, net.Conn)
	notify   []func(peer.ID, bool)
	listens  chan struct{} // closed once it does
}

// Join adds a hive, or starts it anew.
func (n *Net) Join(id peer.ID) *Node {
	node := &Node{id: id, net: n, handlers: map[protocol.ID]func(peer.ID, net.Conn){}, listens: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes[id] = node
	return node
}

func pair(a, b peer.ID) [2]peer.ID {
	if a > b {
		a, b = b, a
	}
	return [2]peer.ID{a, b}
}

// Cut breaks all between two hives, or mends it and tells both.
func (n *Net) Cut(a, b peer.ID, on bool) {
	n.mu.Lock()
	n.cut[pair(a, b)] = on
	conns := n.conns[pair(a, b)]
	delete(n.conns, pair(a, b))
	var tell []func()
	if !on {
		for _, ends := range [][2]peer.ID{{a, b}, {b, a}} {
			if node := n.nodes[ends[0]]; node != nil {
				for _, changed := range node.notify {
					tell = append(tell, func() { changed(ends[1], true) })
				}
			}
		}
	}
	n.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
	for _, fn := range tell {
		fn()
	}
}

// Hang has calls between two hives get no answer at all.
func (n *Net) Hang(a, b peer.ID, on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hung[pair(a, b)] = on
}

// Dials is how often a hive was called.
func (n *Net) Dials(to peer.ID) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[to]
}

// Dial implements wire.Network.
func (node *Node) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	n := node.net
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials[hive]++
	both := pair(node.id, hive)
	if n.hung[both] {
		n.mu.Unlock()
		<-ctx.Done()
		n.mu.Lock()
		return nil, ctx.Err()
	}
	other := n.nodes[hive]
	if other == nil || n.cut[both] || other.handlers[proto] == nil {
		return nil, ErrDown
	}
	ours, theirs := net.Pipe()
	n.conns[both] = append(n.conns[both], ours, theirs)
	go other.handlers[proto](node.id, theirs)
	return ours, nil
}

// Handle implements wire.Network.
func (node *Node) Handle(proto protocol.ID, serve func(peer.ID, net.Conn)) {
	node.net.mu.Lock()
	defer node.net.mu.Unlock()
	if len(node.handlers) == 0 {
		close(node.listens)
	}
	node.handlers[proto] = serve
}

// Listens is closed once the hive can be called.
func (node *Node) Listens() <-chan struct{} { return node.listens }

// Notify implements wire.Network.
func (node *Node) Notify(changed func(peer.ID, bool)) {
	node.net.mu.Lock()
	defer node.net.mu.Unlock()
	node.notify = append(node.notify, changed)
}
