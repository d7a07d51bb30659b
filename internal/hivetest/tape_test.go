package hivetest_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/internal/hivetest"
)

// post is the protocol whose messages come again.
const post protocol.ID = "/hive/post/1.0.0"

// tapes keep what hives send by post, for sending it once more.
type tapes struct {
	mu    sync.Mutex
	nodes map[peer.ID]*hivetest.Node
	all   []*tape
}

func newTapes() *tapes { return &tapes{nodes: map[peer.ID]*hivetest.Node{}} }

// between is hivetest.Config.Between.
func (t *tapes) between(n *hivetest.Node) hivetest.Network {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nodes[n.ID()] = n
	return recorder{n, t}
}

// replay has a hive send again what it once sent, and tells whether there was anything.
func (t *tapes) replay(ctx context.Context, rng *rand.Rand) (bool, error) {
	t.mu.Lock()
	if len(t.all) == 0 {
		t.mu.Unlock()
		return false, nil
	}
	tape := t.all[rng.IntN(len(t.all))]
	node := t.nodes[tape.from]
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := node.Dial(ctx, tape.to, post)
	if err != nil {
		return true, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return true, err
	}
	tape.mu.Lock()
	sent := slices.Clip(tape.sent)
	tape.mu.Unlock()
	if _, err := conn.Write(sent); err != nil {
		return true, err
	}
	if err := conn.(*hivetest.Conn).CloseWrite(); err != nil {
		return true, err
	}
	_, err = io.Copy(io.Discard, conn)
	return true, err
}

// tape is what went from a hive to another on one stream.
type tape struct {
	from, to peer.ID
	mu       sync.Mutex
	sent     []byte
}

type recorder struct {
	*hivetest.Node
	tapes *tapes
}

// Dial records what is sent by post.
func (r recorder) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	conn, err := r.Node.Dial(ctx, hive, proto)
	if err != nil || proto != post {
		return conn, err
	}
	t := &tape{from: r.ID(), to: hive}
	r.tapes.mu.Lock()
	r.tapes.all = append(r.tapes.all, t)
	r.tapes.mu.Unlock()
	return recorded{conn.(*hivetest.Conn), t}, nil
}

type recorded struct {
	*hivetest.Conn
	tape *tape
}

// Write implements net.Conn.
func (c recorded) Write(p []byte) (int, error) {
	c.tape.mu.Lock()
	c.tape.sent = append(c.tape.sent, p...)
	c.tape.mu.Unlock()
	return c.Conn.Write(p)
}
