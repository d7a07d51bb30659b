package p2p

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Ways a hive is connected.
const (
	PathNone    = "none"
	PathDirect  = "direct"
	PathPunched = "hole-punched" // direct, by way of a relay
	PathRelayed = "relayed"
)

// reach is what was found out about this hive.
type reach struct {
	verdict         network.Reachability // of AutoNAT
	proven, refuted []ma.Multiaddr       // by AutoNAT v2
	relays          []ma.Multiaddr
}

// Report says whether this hive can be reached, and whether it reaches another.
type Report struct {
	Hive         peer.ID      `json:"hive"`
	Listening    []string     `json:"listening"`
	Announced    []string     `json:"announced"`
	Reachability Reachability `json:"reachability"`
	Because      string       `json:"because"`           // how that is known, or why it is not
	Mapping      []string     `json:"mapping,omitempty"` // addresses that the router forwards
	Relays       []string     `json:"relays,omitempty"`  // by which this hive can be reached
	Relaying     bool         `json:"relaying"`          // this hive is a relay for others
	DHT          string       `json:"dht"`               // server, client
	Table        int          `json:"table"`             // hives in the routing table
	Connected    int          `json:"connected"`         // peers
	Advice       []string     `json:"advice,omitempty"`  // what would help
	Target       *Target      `json:"target,omitempty"`
}

// Target says how a hive is reached.
type Target struct {
	Hive     peer.ID       `json:"hive"`
	Found    *Found        `json:"found,omitempty"` // what the DHT has
	Addrs    []string      `json:"addrs"`           // known
	Attempts []Attempt     `json:"attempts"`
	Path     string        `json:"path"` // direct, hole-punched, relayed, or none
	Addr     string        `json:"addr,omitempty"`
	Latency  time.Duration `json:"latency,omitempty"`
	Error    string        `json:"error,omitempty"`
}

// Attempt is one address that was tried.
type Attempt struct {
	Addr  string        `json:"addr"`
	OK    bool          `json:"ok"`
	Took  time.Duration `json:"took"`
	Error string        `json:"error,omitempty"` // in words
}

// Doctor finds out how this hive can be reached and, when target is not nil, how that hive is.
func (h *Host) Doctor(ctx context.Context, target *peer.ID) Report { panic("not yet") }
