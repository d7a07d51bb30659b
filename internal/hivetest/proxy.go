package hivetest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
)

// Proxy stands before a hive on the loopback: what reaches the hive, and what it answers, passes it.
type Proxy struct {
	before, behind string // multiaddrs of the proxy and of the hive
	target         string

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	bytes int64 // both ways
	left  int64 // until the next cut, 0: never
	next  func() int64
	cuts  int
	work  sync.WaitGroup
}

// newProxy returns a proxy that ends with the test. It picks the address of the hive too.
func newProxy(t testing.TB) *Proxy {
	t.Helper()
	in, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		before: multiaddr(in.Addr()), behind: multiaddr(free.Addr()), target: free.Addr().String(), conns: map[net.Conn]struct{}{},
	}
	free.Close()
	p.work.Go(func() {
		for {
			conn, err := in.Accept()
			if err != nil {
				return
			}
			p.work.Go(func() { p.pass(conn) })
		}
	})
	t.Cleanup(func() {
		in.Close()
		p.Cut()
		p.work.Wait()
	})
	return p
}

func multiaddr(addr net.Addr) string {
	return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", addr.(*net.TCPAddr).Port)
}

// pass joins a conn with one to the hive.
func (p *Proxy) pass(conn net.Conn) {
	other, err := new(net.Dialer).DialContext(context.Background(), "tcp4", p.target)
	if err != nil {
		conn.Close()
		return
	}
	p.mu.Lock()
	p.conns[conn], p.conns[other] = struct{}{}, struct{}{}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.copy(other, conn) })
	both.Go(func() { p.copy(conn, other) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, conn)
	delete(p.conns, other)
	p.mu.Unlock()
}

// copy passes bytes on until one of the two ends.
func (p *Proxy) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		n, cut := p.spend(n)
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			return
		}
		if cut {
			p.Cut()
			return
		}
	}
}

// spend counts bytes and tells how many of them pass before a cut.
func (p *Proxy) spend(n int) (pass int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left > 0 {
		if cut = int64(n) >= p.left; cut {
			n = int(p.left)
			p.cuts++
			p.left = p.next()
		} else {
			p.left -= int64(n)
		}
	}
	p.bytes += int64(n)
	return n, cut
}

// Bytes is how many have passed, both ways.
func (p *Proxy) Bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// Cut ends all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		conn.Close()
	}
}

// CutAfter ends all connections again and again, after as many bytes as next says each time; 0 ends that.
func (p *Proxy) CutAfter(next func() int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.left = next, next()
}

// Cuts is how often CutAfter did.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}
