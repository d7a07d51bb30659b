package roster

import (
	"fmt"
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/record"
)

const anna, bob, eve = peer.ID("anna"), peer.ID("bob"), peer.ID("eve")

func at(port int) ma.Multiaddr { return ma.StringCast(fmt.Sprintf("/ip4/192.0.2.1/tcp/%d", port)) }

func TestNobodyBeforeStart(t *testing.T) {
	r := New(false, false)
	r.Meet(anna, ViaKnown, at(1))
	gate := Gate{r}
	if r.Admits(anna) || gate.InterceptAccept(nil) || gate.InterceptPeerDial(anna) {
		t.Error("someone is let in before it is known who is blocked")
	}
	r.Start([]peer.ID{eve})
	if !r.Admits(anna) || r.Admits(eve) || !gate.InterceptAccept(nil) || !r.IsBlocked(eve) {
		t.Error("the wrong ones are let in")
	}
}

func TestGate(t *testing.T) {
	for _, only := range []bool{false, true} {
		r := New(only, false)
		r.Start(nil)
		r.Meet(anna, ViaKnown)
		r.Protect([]peer.ID{bob})
		gate := Gate{r}
		for _, hive := range []peer.ID{anna, bob} {
			if !gate.InterceptSecured(network.DirInbound, hive, nil) || !gate.InterceptPeerDial(hive) || !gate.AllowReserve(hive, nil) {
				t.Errorf("%s is kept out", hive)
			}
		}
		if gate.InterceptSecured(network.DirInbound, eve, nil) == only {
			t.Errorf("a stranger; only known hives: %v", only)
		}
		if gate.AllowReserve(eve, nil) {
			t.Error("a stranger is relayed")
		}
		r.Block(bob, true)
		if r.Admits(bob) || gate.AllowConnect(anna, nil, bob) || slices.Contains(r.Keep(), bob) {
			t.Error("a blocked hive is let in, although protected")
		}
		r.Block(bob, false)
		if !r.Admits(bob) || !gate.InterceptAddrDial(bob, nil) {
			t.Error("it is kept out for ever")
		}
		if ok, _ := gate.InterceptUpgraded(nil); !ok {
			t.Error("refused at last")
		}
	}
	all := New(false, true)
	all.Start(nil)
	if !(Gate{all}).AllowReserve(eve, nil) {
		t.Error("a relay for all refuses a stranger")
	}
}

func TestAddresses(t *testing.T) {
	r := New(false, false)
	if r.Moved(anna, []ma.Multiaddr{at(1)}) {
		t.Error("the address of a stranger is kept")
	}
	r.Meet(anna, ViaMDNS, at(1))
	r.Meet(anna, ViaDHT, at(2))
	if got := r.Addrs(anna); len(got) != 2 || !got[0].Equal(at(2)) {
		t.Errorf("got %v, want the newest first", got)
	}
	if _, via := r.About(anna); via != ViaMDNS {
		t.Errorf("first heard of by %s", via)
	}
	if r.Moved(anna, []ma.Multiaddr{at(1), at(2)}) || r.Moved(anna, nil) {
		t.Error("the same addresses are news")
	}
	if !r.Moved(anna, []ma.Multiaddr{at(3)}) || len(r.Addrs(anna)) != 1 {
		t.Error("a hive that moved keeps its old addresses")
	}
	r.Forget(anna)
	if r.Knows(anna) || len(r.Addrs(anna)) != 0 {
		t.Error("it is not forgotten")
	}
	r.Seed(bob, []ma.Multiaddr{at(4)})
	r.Seed(bob, []ma.Multiaddr{at(5)})
	if got := r.Seeds(); len(got) != 1 || len(r.Addrs(bob)) != 2 {
		t.Errorf("seeds: %v", got)
	}
}

// TestGivenAddressesStay: what a hive says of itself replaces nothing that the owner knows.
func TestGivenAddressesStay(t *testing.T) {
	r := New(false, false)
	hive, err := peer.Decode("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")
	if err != nil {
		t.Fatal(err)
	}
	r.Seed(hive, []ma.Multiaddr{at(1)})
	r.Give(hive, at(2))
	claimed := at(4).Encapsulate(ma.StringCast("/p2p/" + hive.String()))
	for port := range 50 {
		if !r.Moved(hive, []ma.Multiaddr{at(100 + port), claimed}) {
			t.Errorf("port %d is no news", port)
		}
	}
	if got, want := fmt.Sprint(r.Addrs(hive)), fmt.Sprint([]ma.Multiaddr{at(1), at(2), at(149), claimed}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	entry, err := r.Entry(hive)
	if err != nil {
		t.Fatal(err)
	}
	later := New(false, false)
	later.Load(entry)
	later.Moved(hive, []ma.Multiaddr{at(3)})
	if got, want := fmt.Sprint(later.Addrs(hive)), fmt.Sprint([]ma.Multiaddr{at(2), at(3)}); got != want {
		t.Errorf("by the book %s, want %s", got, want)
	}
	r.Forget(hive)
	if r.Moved(hive, []ma.Multiaddr{at(5)}) || len(r.Addrs(hive)) > 0 || len(r.Seeds()) > 0 {
		t.Errorf("forgotten, but at %v", r.Addrs(hive))
	}
	for port := range 2 * maxGiven {
		r.Give(hive, at(port))
	}
	r.Meet(hive, ViaDHT, at(1000))
	if got := r.Addrs(hive); len(got) != maxGiven+1 || !got[0].Equal(at(2*maxGiven-1)) || !got[maxGiven].Equal(at(1000)) {
		t.Errorf("%d addresses, %v", len(got), got)
	}
}

func TestProtect(t *testing.T) {
	r := New(false, false)
	if came, went := r.Protect([]peer.ID{anna, bob, anna}); len(came) != 2 || len(went) != 0 {
		t.Errorf("came %v, went %v", came, went)
	}
	came, went := r.Protect([]peer.ID{bob, eve})
	if !slices.Equal(came, []peer.ID{eve}) || !slices.Equal(went, []peer.ID{anna}) || r.IsProtected(anna) || !r.IsProtected(eve) {
		t.Errorf("came %v, went %v", came, went)
	}
	r.Meet(anna, ViaKnown)
	if got := r.All(); !slices.Equal(got, []peer.ID{anna, bob, eve}) {
		t.Errorf("all: %v", got)
	}
}

func TestStrangersAreNotKept(t *testing.T) {
	r := New(false, false)
	r.Protect([]peer.ID{bob})
	for _, hive := range []peer.ID{bob, eve} {
		r.Heard(hive, ViaIncoming)
		r.Say(record.Record{Hive: hive, Seq: 2, Name: "new"})
		r.Say(record.Record{Hive: hive, Seq: 1, Name: "old"})
		if rec, via := r.About(hive); rec.Name != "new" || via != ViaIncoming {
			t.Errorf("%s: %+v by %s", hive, rec, via)
		}
		r.Left(hive)
	}
	if rec, via := r.About(eve); rec.Name != "" || via != "" {
		t.Errorf("of a stranger that left %q by %q is kept", rec.Name, via)
	}
	if rec, _ := r.About(bob); rec.Name != "new" {
		t.Error("a protected hive lost its name")
	}
}
