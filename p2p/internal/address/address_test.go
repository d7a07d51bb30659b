package address

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

func cast(texts ...string) []ma.Multiaddr {
	var list []ma.Multiaddr
	for _, text := range texts {
		list = append(list, ma.StringCast(text))
	}
	return list
}

const circuit = "/ip4/192.0.2.9/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit"

func TestTransport(t *testing.T) {
	for text, want := range map[string]string{
		"/ip4/192.0.2.1/tcp/1":                      "tcp",
		"/ip6/2001:db8::1/udp/1/quic-v1":            "quic-v1",
		"/dns4/hive.example/tcp/443/wss":            "websocket",
		"/ip4/192.0.2.1/tcp/1/ws":                   "websocket",
		circuit:                                     "p2p-circuit",
		"/ip4/192.0.2.1/udp/1/quic-v1/webtransport": "",
		"/dnsaddr/hive.example":                     "",
	} {
		if got := Transport(ma.StringCast(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestRank(t *testing.T) {
	addrs := cast(circuit, "/ip4/192.0.2.1/udp/1/quic-v1", "/ip4/192.0.2.1/tcp/1", "/ip6/2001:db8::1/tcp/1", "/ip4/192.0.2.1/tcp/1/ws")
	ranked := Rank(addrs, false)
	if len(ranked) != len(addrs) {
		t.Fatalf("%d of %d addresses", len(ranked), len(addrs))
	}
	var order []string
	for i, r := range ranked {
		order = append(order, Transport(r.Addr))
		if i > 0 && r.Delay < ranked[i-1].Delay {
			t.Errorf("%s is called after %s", ranked[i-1].Addr, r.Addr)
		}
	}
	if got := strings.Join(order, " "); got != "tcp tcp quic-v1 websocket p2p-circuit" {
		t.Error(got)
	}
	if ranked[0].Delay != 0 || ranked[1].Delay != 0 || ranked[2].Delay != 250*time.Millisecond {
		t.Errorf("delays: %v", ranked)
	}
	if alone := Rank(cast(circuit), true); alone[0].Delay != 0 {
		t.Errorf("a relay waits %v for nothing", alone[0].Delay)
	}
}

// TestRankFromHome calls the outside by QUIC first and the local network by TCP, at once.
func TestRankFromHome(t *testing.T) {
	addrs := cast(circuit, "/ip4/45.67.89.1/tcp/1", "/ip4/45.67.89.1/udp/1/quic-v1", "/ip4/192.168.1.2/tcp/1", "/ip4/192.168.1.2/udp/1/quic-v1")
	want := map[string]time.Duration{
		addrs[0].String(): 1500 * time.Millisecond, addrs[1].String(): time.Second, addrs[2].String(): 0, addrs[3].String(): 0,
		addrs[4].String(): 1250 * time.Millisecond,
	}
	for _, r := range Rank(addrs, true) {
		if r.Delay != want[r.Addr.String()] {
			t.Errorf("%s is called after %s, want %s", r.Addr, r.Delay, want[r.Addr.String()])
		}
	}
}

func TestUseful(t *testing.T) {
	home := cast("/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1")
	if got := Useful(home); len(got) != 2 {
		t.Errorf("there is nothing else, and %v is left", got)
	}
	got := Useful(append(home, cast("/ip4/192.168.1.2/tcp/1", "/ip6/fe80::1/tcp/1")...))
	if len(got) != 1 || got[0].String() != "/ip4/192.168.1.2/tcp/1" {
		t.Errorf("got %v", got)
	}
}

func TestMerge(t *testing.T) {
	got := Merge(cast("/ip4/192.0.2.1/tcp/1"), cast("/ip4/192.0.2.2/tcp/1", "/ip4/192.0.2.1/tcp/1"))
	if len(got) != 2 || got[0].String() != "/ip4/192.0.2.1/tcp/1" {
		t.Errorf("got %v", got)
	}
	if got := Merge(slices.Repeat(cast("/ip4/192.0.2.1/tcp/1"), 100), nil); len(got) > maxKept {
		t.Errorf("%d are kept", len(got))
	}
}

func TestFullAndParsed(t *testing.T) {
	hive, err := peer.Decode("12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN")
	if err != nil {
		t.Fatal(err)
	}
	if got := Full(hive, cast("/ip4/192.0.2.1/tcp/1")); got[0] != "/ip4/192.0.2.1/tcp/1/p2p/"+hive.String() {
		t.Error(got)
	}
	if got := Parsed([]string{"/ip4/192.0.2.1/tcp/1", "nonsense"}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
