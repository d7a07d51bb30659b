package p2p

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/links"
)

// relayed starts a relay, a hive behind it, and a caller that knows the hive by the relay alone.
func relayed(t *testing.T, punch bool) (relay, hidden, caller *Host) {
	t.Helper()
	relay, _ = start(t, Config{Name: "relay", Reachability: Public, RelayAll: true})
	hidden, _ = start(t, Config{Name: "hidden", Reachability: Private, Bootstrap: relay.Addrs(), HolePunch: punch})
	hidden.Handle(echo, serveEcho)
	var at string
	eventually(t, hidden, "the hidden hive has a place at the relay", func() bool {
		for _, addr := range hidden.Addrs() {
			if strings.Contains(addr, "/p2p-circuit") {
				at = addr
				return true
			}
		}
		return false
	})
	caller, _ = start(t, Config{Name: "caller", Reachability: Private, HolePunch: punch})
	if _, err := caller.Add(within(t), at); err != nil {
		t.Fatal(err)
	}
	return relay, hidden, caller
}

func TestRelay(t *testing.T) {
	relay, hidden, caller := relayed(t, false)
	talk(t, caller, hidden.ID(), "by way of the relay")
	conn, err := caller.Dial(within(t), hidden.ID(), echo)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	data := bytes.Repeat([]byte("more than the 128 KiB that libp2p allows "), 20_000)
	go func() {
		conn.Write(data)
		conn.(interface{ CloseWrite() error }).CloseWrite()
	}()
	if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%d of %d bytes by the relay, %v", len(got), len(data), err)
	}
	to := hidden.ID()
	report := caller.Doctor(within(t), &to)
	if got := report.Target; got.Path != links.PathRelayed || got.Latency == 0 || !strings.Contains(got.Addr, "p2p-circuit") {
		t.Errorf("got %+v, want a relayed path", got)
	}
	if !relay.Doctor(within(t), nil).Relaying {
		t.Error("the relay does not say that it is one")
	}
	if report := hidden.Doctor(within(t), nil); len(report.Relays) == 0 || report.Reachability != Private || report.DHT != "client" {
		t.Errorf("the hidden hive: %+v", report)
	}
	if !slices.ContainsFunc(caller.Peers(), func(p Peer) bool {
		return p.ID == to && p.Relayed && p.Transport == "p2p-circuit" && p.Connected
	}) {
		t.Errorf("no relayed hive among the peers: %+v", caller.Peers())
	}
}

func TestRelayServesKnownHivesOnly(t *testing.T) {
	relay, _ := start(t, Config{Reachability: Public, Relay: true})
	friend, _ := start(t, Config{Reachability: Private, Bootstrap: relay.Addrs()})
	enemy, _ := start(t, Config{Reachability: Private})
	relay.Protect([]peer.ID{friend.ID()})
	eventually(t, friend, "the friend has a place at the relay", func() bool {
		return len(friend.Doctor(within(t), nil).Relays) > 0
	})
	gate := gateOf(relay)
	if gate.AllowReserve(enemy.ID(), nil) || !gate.AllowReserve(friend.ID(), nil) {
		t.Error("places at the relay are not for friends alone")
	}
	if !gate.AllowConnect(enemy.ID(), nil, friend.ID()) {
		t.Error("a stranger cannot call a friend by the relay")
	}
	relay.Block(enemy.ID(), true)
	if gate.AllowConnect(enemy.ID(), nil, friend.ID()) {
		t.Error("a blocked hive can")
	}
}
