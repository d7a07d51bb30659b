package links

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/roster"
)

// lines passes on what is logged.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func newHost(t *testing.T, options ...libp2p.Option) host.Host {
	t.Helper()
	h, err := libp2p.New(append(options, libp2p.DisableMetrics(), libp2p.DisableRelay())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// TestLocalFollowsTheAddresses: who had no address when mDNS began, or has another one now, is found all the same.
func TestLocalFollowsTheAddresses(t *testing.T) {
	const at, then = "/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"
	heard := make(chan peer.AddrInfo, 64)
	ears := mdns.NewMdnsService(newHost(t, libp2p.ListenAddrStrings(at)), mdnsService, neighbours(heard))
	if err := ears.Start(); err != nil {
		t.Skip("there is no multicast: ", err)
	}
	defer ears.Close()
	for name, listen := range map[string]libp2p.Option{"none": libp2p.NoListenAddrs, "another": libp2p.ListenAddrStrings(at)} {
		t.Run(name, func(t *testing.T) {
			failed := make(lines, 100)
			l := New(roster.New(false, false), slog.New(slog.NewTextHandler(failed, nil)), false)
			l.Host = newHost(t, listen)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			done := make(chan error)
			go func() { done <- l.Local(ctx, Times{Settle: 20 * time.Millisecond, Most: time.Second}) }()
			defer func() { cancel(); <-done }()
			told := func() {
				t.Helper()
				for {
					select {
					case info := <-heard:
						strange := func(addr ma.Multiaddr) bool { return !slices.ContainsFunc(info.Addrs, addr.Equal) }
						if info.ID == l.Host.ID() && !slices.ContainsFunc(l.Host.Network().ListenAddresses(), strange) {
							return
						}
					case <-ctx.Done():
						t.Fatalf("not all of %s are told", l.Host.Network().ListenAddresses())
					}
				}
			}
			if len(l.Host.Network().ListenAddresses()) > 0 {
				told()
			} else {
				<-failed
			}
			if err := l.Host.Network().Listen(ma.StringCast(then)); err != nil {
				t.Fatal(err)
			}
			told()
		})
	}
}
