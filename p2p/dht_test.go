package p2p

import (
	"encoding/binary"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/record"
)

// TestFloodOfTheDHT has a stranger put more into the DHT than there is room for.
func TestFloodOfTheDHT(t *testing.T) {
	const room, flood = 48 << 10, 600
	a, _ := start(t, Config{room: room, Reachability: Public})
	eve, stop := start(t, Config{Bootstrap: a.Addrs(), Reachability: Private})
	eventually(t, eve, "eve is in the DHT", func() bool { return eve.directory.dht.RoutingTable().Size() > 0 })
	var hives []peer.ID
	var places []cid.Cid
	for i := range flood {
		hive, data := invented(t)
		if err := eve.directory.dht.PutValue(within(t), record.Key(hive), data); err != nil {
			t.Fatal(err)
		}
		var sum [32]byte
		binary.BigEndian.PutUint64(sum[:], uint64(i))
		if err := eve.directory.provide(within(t), place(sum)); err != nil {
			t.Fatal(err)
		}
		hives, places = append(hives, hive), append(places, place(sum))
	}
	eventually(t, a, "the last meeting has come", func() bool { return len(a.directory.providers(within(t), places[flood-1])) > 0 })
	stop()
	bob, _ := start(t, Config{Bootstrap: a.Addrs(), Reachability: Private})
	eventually(t, bob, "bob is in the DHT", func() bool { return bob.directory.dht.RoutingTable().Size() > 0 })
	var records, met int
	for i := range flood {
		if _, err := bob.directory.dht.GetValue(within(t), record.Key(hives[i])); err == nil {
			records++
		} else if i == flood-1 {
			t.Errorf("the newest record is gone: %v", err)
		}
		if len(bob.directory.providers(within(t), places[i])) > 0 {
			met++
		} else if i == flood-1 {
			t.Error("the newest meeting is gone")
		}
	}
	if records > flood/2 || met > flood*3/4 { // the DHT holds 256 meetings back before it puts them away
		t.Errorf("a stranger made the hive keep %d records and %d meetings of %d", records, met, flood)
	}
}

// invented is the record of a hive that there is not.
func invented(t *testing.T) (peer.ID, []byte) {
	t.Helper()
	key, err := crypto.UnmarshalEd25519PrivateKey(testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	hive, err := peer.IDFromPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Seal(record.Record{Hive: hive, Seq: 1, Name: "nobody"}, key)
	if err != nil {
		t.Fatal(err)
	}
	return hive, data
}
