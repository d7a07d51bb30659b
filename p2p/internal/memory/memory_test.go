package memory

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

func newHost(t *testing.T, addr string) host.Host {
	t.Helper()
	h, err := libp2p.New(libp2p.Transport(New), libp2p.NoListenAddrs, libp2p.DisableMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if err := h.Network().Listen(ma.StringCast(addr)); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTwoHosts(t *testing.T) {
	a, b := newHost(t, "/memory/901"), newHost(t, "/memory/902")
	b.SetStreamHandler("/echo", func(s network.Stream) {
		defer s.Close()
		io.Copy(s, s)
	})
	if err := a.Connect(t.Context(), peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
	s, err := a.NewStream(t.Context(), b.ID(), "/echo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	s.CloseWrite()
	if got, err := io.ReadAll(s); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	conn := a.Network().ConnsToPeer(b.ID())[0]
	if got := conn.RemoteMultiaddr().String(); got != "/memory/902" {
		t.Errorf("the other is at %s", got)
	}
}

func TestAddresses(t *testing.T) {
	h := newHost(t, "/memory/903")
	if err := h.Network().Listen(ma.StringCast("/memory/903")); err == nil {
		t.Error("an address is taken twice")
	}
	other := newHost(t, "/memory/904")
	id, addrs := h.ID(), h.Addrs()
	h.Close()
	if err := other.Connect(t.Context(), peer.AddrInfo{ID: id, Addrs: addrs}); !errors.Is(err, ErrRefused) {
		t.Errorf("nobody is there: %v", err)
	}
	newHost(t, "/memory/903")
	var tr Transport
	if tr.CanDial(ma.StringCast("/ip4/127.0.0.1/tcp/1")) || !tr.CanDial(ma.StringCast("/memory/1")) || tr.Proxy() {
		t.Error("it dials what it cannot")
	}
}

func TestListenerEnds(t *testing.T) {
	l := &listener{addr: ma.StringCast("/memory/905"), closed: make(chan struct{})}
	if l.Addr().Network() != "memory" || l.Addr().String() != "/memory/905" || !l.Multiaddr().Equal(l.addr) {
		t.Errorf("at %s", l.Addr())
	}
	l.Close()
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
