package p2p

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/roster"
)

func TestDoctorAlone(t *testing.T) {
	h, _ := start(t, Config{})
	r := h.Doctor(within(t), nil)
	if r.Hive != h.ID() || len(r.Listening) == 0 || r.Reachability != Unknown || r.Connected != 0 || r.Target != nil {
		t.Errorf("got %+v", r)
	}
	if r.Because.Code != "alone" || !strings.Contains(r.Because.Text, "no other hive") || len(r.Advice) != 1 || r.Advice[0].Code != "add_hive" {
		t.Errorf("because %q, advice %q", r.Because, r.Advice)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestDoctorTarget(t *testing.T) {
	a, _ := start(t, Config{})
	b, _ := start(t, Config{})
	other, _ := start(t, Config{})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := silent.Addr().(*net.TCPAddr).Port
	silent.Close()
	elsewhere := strings.TrimSuffix(other.Addrs()[0], "/p2p/"+other.ID().String())
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	eventually(t, a, "b has told where it is", func() bool { rec, _ := a.roster.About(b.ID()); return rec.Seq > 0 })
	a.roster.Meet(b.ID(), roster.ViaKnown,
		ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", refusing)), ma.StringCast(elsewhere), ma.StringCast("/dnsaddr/hive.invalid"))
	to := b.ID()
	got := a.Doctor(within(t), &to).Target
	if got.Path != PathDirect || got.Latency <= 0 || got.Error != (Finding{}) || got.Addr == "" {
		t.Errorf("got %+v", got)
	}
	for part, want := range map[string]Finding{
		fmt.Sprint(refusing): {Code: "refused", Text: "refused: nothing listens there"},
		elsewhere:            {"other_hive", "another hive answers there: " + other.ID().String(), other.ID().String()},
		"dnsaddr":            {Code: "not_called", Text: "this hive does not call such addresses"},
	} {
		i := slices.IndexFunc(got.Attempts, func(at Attempt) bool { return strings.Contains(at.Addr, part) })
		if i < 0 || got.Attempts[i].OK || got.Attempts[i].Error != want {
			t.Errorf("%s: want %v among %+v", part, want, got.Attempts)
		}
	}
	if !slices.ContainsFunc(got.Attempts, func(at Attempt) bool { return at.OK }) {
		t.Errorf("no attempt succeeds: %+v", got.Attempts)
	}
}

func TestDoctorLostTarget(t *testing.T) {
	a, _ := start(t, Config{})
	lost := testID(t)
	if got := a.Doctor(within(t), &lost).Target; got.Path != PathNone || got.Error.Code != "no_address" {
		t.Errorf("an unknown hive: %+v", got)
	}
	a.Block(lost, true)
	if got := a.Doctor(within(t), &lost).Target; got.Error.Code != "blocked" {
		t.Errorf("a blocked hive: %+v", got)
	}
	self := a.ID()
	if got := a.Doctor(within(t), &self).Target; got.Error.Code != "self" {
		t.Errorf("itself: %+v", got)
	}
}

// TestAStrangerBecomesAMember: who was connected before anything was shared says its name then.
func TestAStrangerBecomesAMember(t *testing.T) {
	a, _ := start(t, Config{})
	b, _ := start(t, Config{Name: "Bea's"})
	met := watching(a, b.ID())
	if _, err := b.Add(within(t), a.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	met.until(t, true)
	a.Protect([]peer.ID{b.ID()})
	eventually(t, a, "a knows the name of b", func() bool {
		return slices.ContainsFunc(a.Peers(), func(p Peer) bool { return p.ID == b.ID() && p.Name == "Bea's" })
	})
}

func TestPeers(t *testing.T) {
	a, _ := start(t, Config{})
	b, _ := start(t, Config{Name: "Bea's", Version: "9"})
	hidden := testID(t)
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	a.Block(hidden, true)
	a.Protect([]peer.ID{b.ID()})
	eventually(t, a, "a knows the name of b", func() bool {
		return slices.ContainsFunc(a.Peers(), func(p Peer) bool { return p.ID == b.ID() && p.Name == "Bea's" })
	})
	list := a.Peers()
	if len(list) != 2 {
		t.Fatalf("got %+v", list)
	}
	for _, p := range list {
		switch p.ID {
		case b.ID():
			if p.Agent != "hive/9" || !p.Connected || p.Relayed || !p.Protected || p.Blocked || p.Transport != "tcp" ||
				p.Discovered != "known" || p.Since.IsZero() || len(p.Addrs) == 0 {
				t.Errorf("b: %+v", p)
			}
		case hidden:
			if p.Connected || !p.Blocked {
				t.Errorf("the blocked hive: %+v", p)
			}
		}
	}
	eventually(t, a, "bytes are counted", func() bool {
		return slices.ContainsFunc(a.Peers(), func(p Peer) bool { return p.BytesIn > 0 && p.BytesOut > 0 })
	})
}

// TestStrangersAreNotCounted: what is counted of a hive stays for good.
func TestStrangersAreNotCounted(t *testing.T) {
	a, _ := start(t, Config{})
	a.Handle(echo, serveEcho)
	stranger, _ := start(t, Config{Bootstrap: a.Addrs()})
	member, _ := start(t, Config{Bootstrap: a.Addrs()})
	a.Protect([]peer.ID{member.ID()})
	talk(t, stranger, a.ID(), "hello")
	talk(t, member, a.ID(), "hello")
	eventually(t, a, "the member is counted", func() bool {
		return slices.ContainsFunc(a.Peers(), func(p Peer) bool { return p.ID == member.ID() && p.BytesIn > 0 && p.BytesOut > 0 })
	})
	if !slices.ContainsFunc(a.Peers(), func(p Peer) bool { return p.ID == stranger.ID() && p.Connected }) {
		t.Error("the stranger is gone")
	}
	if n := len(a.counter.GetBandwidthByPeer()); n != 1 {
		t.Errorf("%d hives are counted", n)
	}
}
