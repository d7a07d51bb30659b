package p2p

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Peer is a hive that is connected or known.
type Peer struct {
	ID         peer.ID       `json:"id"`
	Name       string        `json:"name,omitempty"`  // as it says
	Agent      string        `json:"agent,omitempty"` // program and version, as it says
	Addrs      []string      `json:"addrs"`           // with /p2p/ID
	Connected  bool          `json:"connected"`
	Relayed    bool          `json:"relayed"` // by a relay only
	Protected  bool          `json:"protected"`
	Blocked    bool          `json:"blocked"`
	Transport  string        `json:"transport,omitempty"`  // tcp, quic-v1, websocket or p2p-circuit
	Latency    time.Duration `json:"latency,omitempty"`    // nanoseconds; 0: not measured
	Since      time.Time     `json:"since,omitzero"`       // connected since
	Discovered string        `json:"discovered,omitempty"` // mdns, dht, bootstrap, known or incoming
	BytesIn    int64         `json:"bytes_in"`             // since Run
	BytesOut   int64         `json:"bytes_out"`
}

// Peers lists the hives that are connected, known, protected or blocked, by id.
func (h *Host) Peers() []Peer {
	hives := append(h.roster.all(), h.host.Network().Peers()...)
	slices.Sort(hives)
	var list []Peer
	for _, hive := range slices.Compact(hives) {
		list = append(list, h.peer(hive))
	}
	return list
}

func (h *Host) peer(hive peer.ID) Peer {
	rec, via := h.roster.about(hive)
	store, traffic := h.host.Peerstore(), h.counter.GetBandwidthForPeer(hive)
	p := Peer{
		ID: hive, Name: rec.Name, Discovered: via,
		Protected: h.roster.isProtected(hive), Blocked: h.roster.isBlocked(hive),
		Connected: h.isConnected(hive), Latency: store.LatencyEWMA(hive),
		BytesIn: traffic.TotalIn, BytesOut: traffic.TotalOut,
		Addrs: full(hive, merge(h.roster.addrs(hive), store.Addrs(hive))),
	}
	if agent, err := store.Get(hive, "AgentVersion"); err == nil {
		if text, ok := agent.(string); ok {
			p.Agent = clip(text)
		}
	}
	if conn := h.best(hive); conn != nil {
		p.Relayed, p.Transport = conn.Stat().Limited, transport(conn.RemoteMultiaddr())
		p.Since = conn.Stat().Opened
	}
	return p
}

// isConnected is whether there is a connection, be it by a relay.
func (h *Host) isConnected(hive peer.ID) bool {
	return h.host.Network().Connectedness(hive) != network.NotConnected
}

// best is the connection that streams use: a direct one, else the oldest.
func (h *Host) best(hive peer.ID) network.Conn {
	conns := h.host.Network().ConnsToPeer(hive)
	if len(conns) == 0 {
		return nil
	}
	return slices.MinFunc(conns, func(a, b network.Conn) int {
		switch x, y := a.Stat(), b.Stat(); {
		case x.Limited != y.Limited && x.Limited:
			return 1
		case x.Limited != y.Limited:
			return -1
		default:
			return x.Opened.Compare(y.Opened)
		}
	})
}
