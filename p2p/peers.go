package p2p

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/record"
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
	BytesIn    int64         `json:"bytes_in"`             // since Run, while known
	BytesOut   int64         `json:"bytes_out"`
}

// Peers lists the hives that are connected, known, protected or blocked, by id.
func (h *Host) Peers() []Peer {
	hives := append(h.roster.All(), h.host.Network().Peers()...)
	slices.Sort(hives)
	var list []Peer
	for _, hive := range slices.Compact(hives) {
		list = append(list, about(h, hive))
	}
	return list
}

// Traffic is the bytes from and to all hives since Run of h.
func Traffic(h *Host) (in, out int64) {
	total := h.counter.GetBandwidthTotals()
	return total.TotalIn, total.TotalOut
}

func about(h *Host, hive peer.ID) Peer {
	rec, via := h.roster.About(hive)
	store, traffic := h.host.Peerstore(), h.counter.GetBandwidthForPeer(hive)
	p := Peer{
		ID: hive, Name: rec.Name, Discovered: via,
		Protected: h.roster.IsProtected(hive), Blocked: h.roster.IsBlocked(hive),
		Connected: h.links.IsConnected(hive), Latency: store.LatencyEWMA(hive),
		BytesIn: traffic.TotalIn, BytesOut: traffic.TotalOut,
		Addrs: address.Full(hive, h.links.Addrs(hive)),
	}
	if agent, err := store.Get(hive, "AgentVersion"); err == nil {
		if text, ok := agent.(string); ok {
			p.Agent = record.Clip(text)
		}
	}
	if c := h.links.Best(hive); c != nil {
		p.Relayed, p.Transport = c.Stat().Limited, address.Transport(c.RemoteMultiaddr())
		p.Since = c.Stat().Opened
	}
	return p
}
