package p2p

import (
	"context"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Host is a hive on the network.
type Host struct {
	cfg Config
}

// New listens. Nobody is let in or called before Run.
func New(cfg Config) (*Host, error) { panic("not yet") }

// Run joins the network and keeps connections until ctx ends.
func (h *Host) Run(ctx context.Context) error { panic("not yet") }

// Close ends all connections and waits for what serves them.
func (h *Host) Close() error { panic("not yet") }

// ID is the id of this hive.
func (h *Host) ID() peer.ID { panic("not yet") }

// Addrs are the addresses of this hive, each with /p2p/ID, also before Run.
func (h *Host) Addrs() []string { panic("not yet") }

// Dial opens a conn that speaks proto with hive, and connects first if need be, by the addresses known and those found.
// The conn has CloseWrite and Reset too; its Close flushes.
func (h *Host) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	panic("not yet")
}

// Handle gives the conns that other hives open for proto to serve, which owns and closes them. A panic in serve is logged.
func (h *Host) Handle(proto protocol.ID, serve func(hive peer.ID, conn net.Conn)) { panic("not yet") }

// Notify calls changed when a hive comes or goes. changed must not block.
func (h *Host) Notify(changed func(hive peer.ID, connected bool)) { panic("not yet") }

// Protect names the hives of shares and contacts, instead of those named before: Run stays connected to them, the
// connection manager keeps them, AllowOnly admits them, and the relay serves them.
func (h *Host) Protect(hives []peer.ID) { panic("not yet") }

// Block shuts a hive out and ends its connections, or lets it in again. It is not remembered: that is for the Book.
func (h *Host) Block(hive peer.ID, on bool) { panic("not yet") }

// Add remembers the hive at addr, which ends in /p2p/ID, and connects to it. It is remembered even if that fails.
func (h *Host) Add(ctx context.Context, addr string) (peer.ID, error) { panic("not yet") }

// Forget drops the addresses of a hive, which is not known any more unless protected. It is not taken out of the Book.
func (h *Host) Forget(hive peer.ID) { panic("not yet") }

// Found is what a look-up found.
type Found struct {
	Addrs    []string      `json:"addrs"`            // with /p2p/ID
	Record   *Record       `json:"record,omitempty"` // what the hive says of itself, signed by it
	Hops     int           `json:"hops"`             // from hive to hive until one knew it; 0 when connected
	Messages int           `json:"messages"`         // asked of the DHT
	Took     time.Duration `json:"took"`
}

// Record is what a hive says of itself.
type Record struct {
	Hive    peer.ID  `json:"hive"`
	Seq     uint64   `json:"seq"`
	Name    string   `json:"name"`
	URL     string   `json:"url,omitempty"`
	Version string   `json:"version"`
	Addrs   []string `json:"addrs"`
}

// Find looks a hive up in the DHT: where it is, and its signed record.
func (h *Host) Find(ctx context.Context, hive peer.ID) (Found, error) { panic("not yet") }

// Peer is a hive that is connected or known.
type Peer struct {
	ID         peer.ID       `json:"id"`
	Name       string        `json:"name,omitempty"`
	Agent      string        `json:"agent,omitempty"` // program and version, as it says
	Addrs      []string      `json:"addrs"`
	Connected  bool          `json:"connected"`
	Relayed    bool          `json:"relayed"`   // by a relay only
	Protected  bool          `json:"protected"` // of a share or contact
	Blocked    bool          `json:"blocked"`
	Transport  string        `json:"transport,omitempty"` // tcp, quic-v1, websocket, p2p-circuit
	Latency    time.Duration `json:"latency,omitempty"`   // 0: not measured
	Since      time.Time     `json:"since,omitzero"`      // connected since
	Discovered string        `json:"discovered"`          // mdns, dht, bootstrap, known, or incoming
	BytesIn    int64         `json:"bytes_in"`
	BytesOut   int64         `json:"bytes_out"`
}

// Peers lists the hives that are connected or known, by id.
func (h *Host) Peers() []Peer { panic("not yet") }

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

// Rendezvous names secrets of 32 bytes, instead of those named before: protected hives that name one of them find
// each other under a key of the DHT that changes every day and that nobody else can compute.
func (h *Host) Rendezvous(secrets [][]byte) { panic("not yet") }
