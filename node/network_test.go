package node

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// onLoopback puts a hive on a network of this machine only, with other hives to begin with.
func onLoopback(cfg Config, bootstrap ...string) Config {
	cfg.P2P.Enabled, cfg.P2P.MDNS, cfg.P2P.UPnP = true, false, false
	cfg.P2P.Listen, cfg.P2P.Bootstrap = []string{"/ip4/127.0.0.1/tcp/0"}, bootstrap
	return cfg
}

// eventually asks again until check says nil.
func eventually(t *testing.T, what string, check func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for last := error(nil); ; {
		err := check(ctx)
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, last)
		}
	}
}

// connected waits until c's hive is connected with another.
func connected(t *testing.T, c *client.Client, id string) apitype.Peer {
	t.Helper()
	var found apitype.Peer
	eventually(t, "connect", func(ctx context.Context) error {
		list, err := c.Peers.List(ctx)
		for _, p := range list {
			if p.ID == id && p.Connected {
				found = p
				return nil
			}
		}
		return errors.Join(err, errors.New("not connected"))
	})
	return found
}

func TestHivesMeet(t *testing.T) {
	first, one, _ := running(t, onLoopback(made(t)))
	mine, err := one.Peers.Hive(t.Context())
	if err != nil || mine.ID != first.ID().String() || len(mine.Addrs) != 1 || !strings.HasSuffix(mine.Addrs[0], "/p2p/"+mine.ID) {
		t.Fatalf("%+v, %v", mine, err)
	}
	second, two, _ := running(t, onLoopback(made(t), mine.Addrs...))
	p := connected(t, two, mine.ID)
	if p.Way != apitype.WayDirect || p.Transport != "tcp" || p.Discovered != "bootstrap" || p.Since == nil {
		t.Errorf("%+v", p)
	}
	eventually(t, "find", func(ctx context.Context) error {
		found, err := one.Peers.Find(ctx, second.ID().String())
		if err == nil && (found.ID != second.ID().String() || len(found.Addrs) == 0) {
			t.Errorf("%+v", found)
		}
		return err
	})

	// A hive that is blocked goes, and comes back when it is not.
	if err := one.Peers.Block(t.Context(), second.ID().String(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Peers.Add(t.Context(), mine.Addrs[0]); err != nil {
		t.Error(err)
	}
	list, err := one.Peers.List(t.Context())
	if err != nil || !slices.ContainsFunc(list, func(p apitype.Peer) bool { return p.Blocked && !p.Connected && p.ID == second.ID().String() }) {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := one.Peers.Find(t.Context(), first.ID().String()); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("finding itself: %v", err)
	}
	if err := one.Peers.Block(t.Context(), second.ID().String(), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connect again", func(ctx context.Context) error {
		p, err := two.Peers.Add(ctx, mine.Addrs[0])
		if err == nil && !p.Connected {
			err = errors.New(p.Error)
		}
		return err
	})
}

func TestAddedHiveThatIsNotThere(t *testing.T) {
	_, c, _ := running(t, onLoopback(made(t)))
	const absent = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf"
	p, err := c.Peers.Add(t.Context(), "/ip4/127.0.0.1/tcp/1/p2p/"+absent)
	if err != nil || p.ID != absent || p.Connected || p.Error == "" || strings.HasPrefix(p.Error, "p2p:") {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := c.Peers.Find(t.Context(), absent); !errors.Is(err, client.ErrHiveUnreachable) {
		t.Errorf("got %v", err)
	}
	if err := c.Peers.Forget(t.Context(), absent); err != nil {
		t.Error(err)
	}
	if list, err := c.Peers.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestIdentityWithoutRunning(t *testing.T) {
	cfg := onLoopback(made(t))
	hive, err := Identity(cfg)
	if err != nil || !strings.HasPrefix(hive.ID, "12D3KooW") || len(hive.Addrs) != 0 {
		t.Errorf("any port: %+v, %v", hive, err)
	}
	fixed := cfg
	fixed.P2P.Listen = []string{"/ip4/127.0.0.1/udp/4484/quic-v1", "/ip4/0.0.0.0/tcp/4484"}
	fixed.P2P.Announce = nil
	got, err := Identity(fixed)
	want := "/ip4/127.0.0.1/udp/4484/quic-v1/p2p/" + hive.ID
	if err != nil || !slices.Contains(got.Addrs, want) || slices.ContainsFunc(got.Addrs, func(a string) bool { return strings.Contains(a, "0.0.0.0") }) {
		t.Errorf("got %v, %v", got, err)
	}
	fixed.P2P.Announce = []string{"/dns4/hive.example.org/tcp/4484"}
	if got, err := Identity(fixed); err != nil || !slices.Equal(got.Addrs, []string{"/dns4/hive.example.org/tcp/4484/p2p/" + hive.ID}) {
		t.Errorf("got %v, %v", got, err)
	}
	fixed.P2P.Enabled = false
	if got, err := Identity(fixed); err != nil || got.ID != hive.ID || got.Addrs == nil || len(got.Addrs) != 0 {
		t.Errorf("got %v, %v", got, err)
	}

	n, _, stop := running(t, cfg)
	eventually(t, "addresses", func(context.Context) error {
		_, err := os.Stat(filepath.Join(cfg.Data, addrsFile))
		return err
	})
	if got, err := Identity(cfg); err != nil || !slices.Equal(got.Addrs, n.network.Addrs()) || got.ID != n.ID().String() {
		t.Errorf("running: got %v, %v", got, err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got, err := Identity(cfg); err != nil || len(got.Addrs) != 0 {
		t.Errorf("stopped: got %v, %v", got, err)
	}
}

func TestPortOfTheNetworkInUse(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	cfg := onLoopback(made(t))
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	cfg.P2P.Listen = []string{"/ip4/127.0.0.1/tcp/" + port}
	if _, err := New(t.Context(), cfg); !errors.Is(err, ErrNetwork) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want ErrNetwork", err)
	}
}

func TestHiveOffTheNetwork(t *testing.T) {
	n, c, _ := running(t, made(t))
	hive, err := c.Peers.Hive(t.Context())
	if err != nil || hive.ID != n.ID().String() || len(hive.Addrs) != 0 {
		t.Errorf("%+v, %v", hive, err)
	}
	if _, err := c.Peers.List(t.Context()); !errors.Is(err, client.ErrNoNetwork) {
		t.Errorf("got %v", err)
	}
}
