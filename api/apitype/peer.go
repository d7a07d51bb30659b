package apitype

import "time"

// Hive is how other hives reach this one.
type Hive struct {
	ID      string   `json:"id" doc:"Peer id: what the hive is known by. A user is name@id"`
	Addrs   []string `json:"addrs" nullable:"false" doc:"Multiaddrs with /p2p/ and the id; empty where the hive is not on the network"`
	Name    string   `json:"name"`
	Version string   `json:"version"`
}

// Ways to another hive.
const (
	WayDirect  = "direct"
	WayPunched = "hole-punched" // direct, through two NATs
	WayRelayed = "relayed"
	WayNone    = "none"
)

// Peer is another hive that this one knows or is connected with.
type Peer struct {
	ID         string     `json:"id"`
	Name       string     `json:"name,omitempty" doc:"What the hive calls itself"`
	Agent      string     `json:"agent,omitempty" example:"hive/0.3.0"`
	Addrs      []string   `json:"addrs" nullable:"false"`
	Connected  bool       `json:"connected"`
	Way        string     `json:"way,omitempty" enum:"direct,relayed" doc:"How the connection goes"`
	Transport  string     `json:"transport,omitempty" example:"quic-v1"`
	LatencyMS  float64    `json:"latency_ms,omitempty" doc:"Round trip in milliseconds"`
	Since      *time.Time `json:"since,omitempty" doc:"Start of the connection"`
	Discovered string     `json:"discovered,omitempty" example:"mdns" doc:"How it was found: mdns, dht, bootstrap, known or incoming"`
	BytesIn    int64      `json:"bytes_in"`
	BytesOut   int64      `json:"bytes_out"`
	Protected  bool       `json:"protected,omitempty" doc:"It belongs to a contact or a share: the hive stays connected with it"`
	Blocked    bool       `json:"blocked,omitempty"`
	Error      string     `json:"error,omitempty" doc:"Why it could not be connected when it was added, in words"`
	ErrorCode  string     `json:"error_code,omitempty" doc:"The same for programs, as in DoctorDial"`
	ErrorAbout string     `json:"error_about,omitempty"`
}

// NewPeer asks to remember the address of a hive and to connect with it.
type NewPeer struct {
	Addr string `json:"addr" minLength:"1" maxLength:"1000" example:"/dns4/hive.example.org/tcp/4484/p2p/12D3KooW…" doc:"Multiaddr with /p2p/ and the id"`
}

// FoundPeer is what a look-up of a hive in the distributed hash table gave.
type FoundPeer struct {
	ID       string   `json:"id"`
	Addrs    []string `json:"addrs" nullable:"false"`
	Name     string   `json:"name,omitempty" doc:"Of the hive's signed record; absent where there is none"`
	URL      string   `json:"url,omitempty"`
	Version  string   `json:"version,omitempty"`
	Hops     int      `json:"hops" doc:"Steps to the hive that knew it"`
	Messages int      `json:"messages" doc:"Messages that the look-up took"`
	TookMS   float64  `json:"took_ms" doc:"Milliseconds"`
}

// Doctor says how well this hive can be reached and, where one was asked for, how it reaches another.
type Doctor struct {
	ID           string   `json:"id"`
	Listening    []string `json:"listening" nullable:"false" doc:"Addresses of this machine that the hive listens on"`
	Announced    []string `json:"announced" nullable:"false" doc:"Addresses that others are told"`
	Reachability string   `json:"reachability" enum:"public,private,unknown" doc:"Whether others can open connections to this hive"`
	Because      string   `json:"because,omitempty" doc:"How that is known, or why it is not, in words"`
	BecauseCode  string   `json:"because_code,omitempty" doc:"The same for programs: configured, called_back, not_called_back, alone, local_addresses, not_tried; others may come"`
	BecauseAbout string   `json:"because_about,omitempty" doc:"The address at which this hive was called back"`
	Mapping      []string `json:"mapping" nullable:"false" doc:"Addresses that the router at home forwards"`
	Relays       []string `json:"relays" nullable:"false" doc:"Hives through which this one can be reached"`
	Relaying     bool     `json:"relaying" doc:"Whether this hive is a relay for others"`
	DHT          string   `json:"dht" enum:"client,server,off"`
	Table        int      `json:"table" doc:"Hives in the routing table"`
	Connected    int      `json:"connected" doc:"Hives that are connected"`
	Advice       []string `json:"advice" nullable:"false" doc:"What would help, in words"`
	AdviceCodes  []string `json:"advice_codes" nullable:"false" doc:"The same for programs, in the same order: add_hive, check_bootstrap, forward_port, router_silent, upnp_off; others may come"`

	Target *DoctorTarget `json:"target,omitempty"`
}

// DoctorTarget is what came of trying to reach a hive.
type DoctorTarget struct {
	ID         string       `json:"id"`
	Found      *FoundPeer   `json:"found,omitempty" doc:"What the distributed hash table has of it"`
	Addrs      []string     `json:"addrs" nullable:"false" doc:"Addresses known of it"`
	Attempts   []DoctorDial `json:"attempts" nullable:"false"`
	Way        string       `json:"way" enum:"direct,hole-punched,relayed,none"`
	Addr       string       `json:"addr,omitempty" doc:"Where it answers"`
	LatencyMS  float64      `json:"latency_ms,omitempty" doc:"Round trip in milliseconds"`
	Error      string       `json:"error,omitempty" doc:"Why it cannot be reached, in words"`
	ErrorCode  string       `json:"error_code,omitempty" doc:"The same for programs, as in DoctorDial"`
	ErrorAbout string       `json:"error_about,omitempty"`
}

// DoctorDial is one address that was tried.
type DoctorDial struct {
	Addr       string  `json:"addr"`
	OK         bool    `json:"ok"`
	Error      string  `json:"error,omitempty" doc:"In words"`
	ErrorCode  string  `json:"error_code,omitempty" doc:"The same for programs: self, blocked, other_hive, refused, no_way, name_not_found, not_called, not_at_relay, relay_refuses, no_address, timeout, hung_up; other, or one that is to come, where only the words say it"`
	ErrorAbout string  `json:"error_about,omitempty" doc:"The hive that answers there, or the name that is not found"`
	TookMS     float64 `json:"took_ms"`
}
