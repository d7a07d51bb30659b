package node

import (
	"context"
	"fmt"
	"path/filepath"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/network"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
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
	check(!p.AllowOnly || !p.PublicDHT, "allow_only", "keeps out the strangers that p2p.public_dht is made of; set one of them to false")
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

// openNetwork listens for other hives, where the hive is on the network. Nobody is let in before Run.
func (n *Node) openNetwork(ctx context.Context) error {
	if !n.cfg.P2P.Enabled {
		return nil
	}
	cfg := n.cfg.P2P.config()
	cfg.NameNow = func() string { return n.settings.Now().Name }
	cfg.Key, cfg.Name, cfg.URL, cfg.Version, cfg.Log = n.identity, n.cfg.Name, n.cfg.HTTP.URL, n.cfg.Version, n.log
	book, err := sharing.OpenBook(ctx, n.db, n.hive)
	if err != nil {
		return err
	}
	cfg.Book = book
	if n.network, err = p2p.New(cfg); err != nil {
		return fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	n.addrs().Note(nil)
	return nil
}

// addrs is the file with the addresses of this hive.
func (n *Node) addrs() *network.Addrs {
	return &network.Addrs{Name: filepath.Join(n.cfg.Data, addrsFile), Now: n.network.Addrs, Replace: folder.Replace, Log: n.log}
}

// peers is the network as the API asks about it.
func (n *Node) peers() api.Network {
	if n.network == nil {
		return api.Alone{ID: n.hive.String(), Addrs: []string{}, Name: n.cfg.Name, Version: n.cfg.Version}
	}
	return &network.Peers{Host: n.network, Owner: n.sharing.Book(), Name: n.cfg.Name, Version: n.cfg.Version}
}

// openSharing puts sharing on the network and the stores. Nothing of it moves before Run.
func (n *Node) openSharing(ctx context.Context) (err error) {
	cfg := sharing.Config{Key: n.identity, Network: network.Nobody{}, OpenInbox: n.cfg.Sharing.OpenInbox, Log: n.log}
	if n.network != nil {
		cfg.Network, cfg.Addrs = n.network, n.network.Addrs
	}
	stores := sharing.Stores{DB: n.db, Catalog: n.catalog, Accounts: n.accounts, Blocks: n.blocks}
	n.sharing, err = sharing.New(ctx, stores, cfg)
	return err
}
