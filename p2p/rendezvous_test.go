package p2p

import (
	"bytes"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/links"
)

func TestMeetingPlace(t *testing.T) {
	secret, day := bytes.Repeat([]byte{7}, 32), time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	here := meetingPlace(secret, day)
	if !here.Equals(meetingPlace(secret, day.Add(6*time.Hour))) {
		t.Error("the place changes within a day")
	}
	if here.Equals(meetingPlace(secret, day.Add(24*time.Hour))) {
		t.Error("the place is the same on the next day")
	}
	if here.Equals(meetingPlace(bytes.Repeat([]byte{8}, 32), day)) {
		t.Error("two secrets have one place")
	}
	zone := time.FixedZone("far", 11*3600)
	if !here.Equals(meetingPlace(secret, day.In(zone))) {
		t.Error("the place depends on the zone of the clock")
	}
}

// TestRendezvous has who looks call nobody by itself, and none of both is listed in the DHT: they meet by their secret alone.
func TestRendezvous(t *testing.T) {
	never := links.Times{First: 10_000 * time.Hour, Most: 10_000 * time.Hour, Attempt: quick.Attempt, Settle: quick.Settle}
	seed, _ := start(t, Config{})
	a, _ := start(t, Config{Bootstrap: seed.Addrs(), Reachability: Private, retry: never})
	b, _ := start(t, Config{Bootstrap: seed.Addrs(), Reachability: Private})
	secret := bytes.Repeat([]byte{3}, 32)
	key := meetingPlace(secret, time.Now())
	b.Rendezvous([][]byte{secret})
	eventually(t, a, "b is at the meeting place", func() bool { return len(a.directory.providers(within(t), key)[b.ID()]) > 0 })
	a.Protect([]peer.ID{b.ID()})
	if a.links.IsConnected(b.ID()) {
		t.Fatal("b is called before anybody looks at the meeting place")
	}
	seen := watching(a, b.ID())
	a.Rendezvous([][]byte{secret})
	seen.until(t, true)
	eventually(t, b, "a is there too", func() bool { return len(b.directory.providers(within(t), key)[a.ID()]) > 0 })
}

func TestMeetAt(t *testing.T) {
	seed, _ := start(t, Config{})
	a, _ := start(t, Config{Bootstrap: seed.Addrs()})
	b, _ := start(t, Config{Bootstrap: seed.Addrs()})
	secret := bytes.Repeat([]byte{4}, 32)
	b.Rendezvous([][]byte{secret})
	key := meetingPlace(secret, time.Now())
	eventually(t, a, "b is at the meeting place", func() bool { return len(a.directory.providers(within(t), key)[b.ID()]) > 0 })
	a.links.HangUp(b.ID())
	a.directory.meetAt(within(t), key)
	if a.roster.Knows(b.ID()) {
		t.Error("a stranger at the meeting place is remembered")
	}
	a.roster.Protect([]peer.ID{b.ID()}) // and not by Host.Protect, which calls it too
	a.directory.meetAt(within(t), key)
	if !a.links.IsConnected(b.ID()) {
		t.Error("a protected hive at the meeting place is not called")
	}
}

func TestNeighbour(t *testing.T) {
	a, _ := start(t, Config{})
	b, _ := start(t, Config{})
	info, err := ParseAddr(b.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	a.Block(b.ID(), true)
	if err := a.links.Neighbour(within(t), info); err != nil || a.links.IsConnected(b.ID()) {
		t.Errorf("a blocked neighbour is called: %v", err)
	}
	a.Block(b.ID(), false)
	if err := a.links.Neighbour(within(t), info); err != nil || !a.links.IsConnected(b.ID()) {
		t.Errorf("a neighbour is not called: %v", err)
	}
	if list := a.Peers(); len(list) != 1 || list[0].ID != b.ID() || list[0].Discovered != "mdns" {
		t.Errorf("got %+v", list)
	}
}

func TestMDNS(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(interfaces, func(i net.Interface) bool { return i.Flags&net.FlagUp != 0 && i.Flags&net.FlagMulticast != 0 }) {
		t.Skip("there is no multicast")
	}
	a, _ := start(t, Config{MDNS: true})
	b, _ := start(t, Config{MDNS: true})
	b.Handle(echo, serveEcho)
	watching(a, b.ID()).until(t, true)
	talk(t, a, b.ID(), "with mDNS")
}

func TestPublicDHT(t *testing.T) {
	public := func(cfg Config) *Host {
		cfg.PublicDHT, cfg.Reachability, cfg.alone = true, Public, true
		h, _ := start(t, cfg)
		return h
	}
	seed := public(Config{})
	a, b := public(Config{Bootstrap: seed.Addrs()}), public(Config{Name: "b", Bootstrap: seed.Addrs()})
	if a.directory.protocol() != "/ipfs/kad/1.0.0" || a.Doctor(within(t), nil).DHT != "server" {
		t.Errorf("speaks %s", a.directory.protocol())
	}
	eventually(t, a, "b shows itself", func() bool { return len(a.directory.providers(within(t), presence(b.ID()))[b.ID()]) > 0 })
	a.Forget(b.ID())
	found, err := a.Find(within(t), b.ID())
	if err != nil || len(found.Addrs) == 0 {
		t.Errorf("got %+v, %v", found, err)
	}
}
