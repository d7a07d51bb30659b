package node

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/p2p"
)

// P2P is about the network of hives.
type P2P struct {
	Enabled       bool     `yaml:"enabled"`
	Listen        []string `yaml:"listen"`    // multiaddrs
	Announce      []string `yaml:"announce"`  // multiaddrs; those found when empty
	Bootstrap     []string `yaml:"bootstrap"` // multiaddrs with /p2p/ and the id
	MDNS          bool     `yaml:"mdns"`
	PublicDHT     bool     `yaml:"public_dht"`
	UPnP          bool     `yaml:"upnp"`
	HolePunch     bool     `yaml:"hole_punch"`
	Relay         string   `yaml:"relay"`        // known, all or none
	Reachability  string   `yaml:"reachability"` // auto, public or private
	AllowOnly     bool     `yaml:"allow_only"`
	BandwidthUp   Size     `yaml:"bandwidth_up"`   // bytes a second; 0 is no limit
	BandwidthDown Size     `yaml:"bandwidth_down"` // bytes a second; 0 is no limit
	MaxMemory     Size     `yaml:"max_memory"`
	MaxPeers      int      `yaml:"max_peers"`
}

// Sharing is about what comes from other hives.
type Sharing struct {
	OpenInbox bool `yaml:"open_inbox"`
	Quota     Size `yaml:"quota"` // of one share; negative is no limit
}

// leastMemory is what libp2p needs for a handful of connections.
const leastMemory = 16 << 20

func defaultP2P() P2P {
	return P2P{
		Enabled: true, Listen: p2p.DefaultListen(), MDNS: true, UPnP: true, HolePunch: true, Relay: "known", Reachability: "auto",
		MaxMemory: 256 << 20, MaxPeers: 160,
	}
}

// validate tells everything that is wrong with p, by key.
func (p P2P) validate() (faults []error) {
	check := func(ok bool, key, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("p2p."+key+": "+format, args...))
		}
	}
	check(len(p.Listen) > 0 || !p.Enabled, "listen", "no address; to stay off the network, set p2p.enabled to false")
	for key, list := range map[string][]string{"listen": p.Listen, "announce": p.Announce} {
		for _, addr := range list {
			_, err := ma.NewMultiaddr(addr)
			check(err == nil, key, "%q is not a multiaddr such as /ip4/0.0.0.0/tcp/4484", addr)
		}
	}
	for _, addr := range p.Bootstrap {
		_, err := p2p.ParseAddr(addr)
		check(err == nil, "bootstrap", "%q does not end in /p2p/ and the id of a hive; hive id prints such addresses there", addr)
	}
	check(oneOf(p.Relay, "known", "all", "none"), "relay", "is %q, must be known, all or none", p.Relay)
	check(oneOf(p.Reachability, "auto", "public", "private"), "reachability", "is %q, must be auto, public or private", p.Reachability)
	check(p.BandwidthUp >= 0, "bandwidth_up", "must not be negative; 0 is no limit")
	check(p.BandwidthDown >= 0, "bandwidth_down", "must not be negative; 0 is no limit")
	check(p.MaxMemory >= leastMemory, "max_memory", "must be %s or more", Size(leastMemory))
	check(p.MaxPeers >= 1, "max_peers", "must be 1 or more")
	return faults
}

// config is p as package p2p wants it.
func (p P2P) config() p2p.Config {
	cfg := p2p.Config{
		Listen: p.Listen, Announce: p.Announce, Bootstrap: p.Bootstrap, MDNS: p.MDNS, PublicDHT: p.PublicDHT,
		UPnP: p.UPnP, HolePunch: p.HolePunch, Relay: p.Relay != "none", RelayAll: p.Relay == "all", AllowOnly: p.AllowOnly,
		BandwidthUp: int64(p.BandwidthUp), BandwidthDown: int64(p.BandwidthDown), MaxMemory: int64(p.MaxMemory), MaxPeers: p.MaxPeers,
	}
	if p.Reachability != "auto" {
		cfg.Reachability = p2p.Reachability(p.Reachability)
	}
	return cfg
}

// addrsFile is where a running hive leaves the addresses it really has, for hive id.
const addrsFile = "addrs.json"

// hiveID is the id of the hive with a key: the identity multihash of the key in the form of libp2p
// (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md).
func hiveID(key ed25519.PublicKey) (peer.ID, error) {
	id, err := peer.IDFromBytes(append([]byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20}, key...))
	if err != nil {
		return "", fmt.Errorf("node: id of the hive: %w", err)
	}
	return id, nil
}

// Identity tells who the hive in cfg.Data is and how others reach it, whether it runs or not. Where it does not run the
// addresses are those it would tell others, as far as the configuration says.
func Identity(cfg Config) (apitype.Hive, error) {
	hive := apitype.Hive{Addrs: []string{}, Name: cfg.Name, Version: cfg.Version}
	if err := checkFolder(cfg.Data); err != nil {
		return hive, err
	}
	key, err := readIdentity(filepath.Join(cfg.Data, identityFile))
	if err != nil {
		return hive, err
	}
	id, err := hiveID(key.Public().(ed25519.PublicKey))
	if err != nil {
		return hive, err
	}
	if hive.ID = id.String(); !cfg.P2P.Enabled {
		return hive, nil
	}
	if raw, err := os.ReadFile(filepath.Join(cfg.Data, addrsFile)); err == nil {
		if err := json.Unmarshal(raw, &hive.Addrs); err == nil {
			return hive, nil
		}
	}
	addrs := cfg.P2P.Announce
	if len(addrs) == 0 {
		addrs = cfg.P2P.Listen
	}
	for _, addr := range addrs {
		for _, exact := range exactly(addr) {
			hive.Addrs = append(hive.Addrs, exact+"/p2p/"+hive.ID)
		}
	}
	return hive, nil
}

// exactly puts the addresses of this machine in the place of "every address of it", and drops one of any port.
func exactly(addr string) (exact []string) {
	if strings.Contains(addr+"/", "/tcp/0/") || strings.Contains(addr+"/", "/udp/0/") {
		return nil
	}
	parsed, err := ma.NewMultiaddr(addr)
	if err != nil {
		return nil
	}
	resolved, err := manet.ResolveUnspecifiedAddress(parsed, nil)
	if err != nil {
		return nil
	}
	for _, addr := range resolved {
		exact = append(exact, addr.String())
	}
	return exact
}
