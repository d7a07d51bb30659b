// Package p2p reaches other hives: it finds them, connects to them and carries streams between them.
//
// It owns the libp2p host and what belongs to it: transports, limits, who may connect, the DHT with the signed record of
// every hive, rendezvous, mDNS, relays and hole punching, the addresses of hives met before, and the answer to "why can I not
// reach that hive". It imports nothing of ours, knows no users and no shares, and never parses what a stream carries.
package p2p

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/record"
)

// Errors of this package, wrapped with the hive or address they are about.
var (
	ErrConfig   = errors.New("p2p: invalid configuration")
	ErrListen   = errors.New("p2p: cannot listen")
	ErrAddress  = errors.New("p2p: an address of a hive ends in /p2p/ and its id")
	ErrSelf     = errors.New("p2p: that is this hive")
	ErrBlocked  = links.ErrBlocked
	ErrNotFound = links.ErrNotFound
	ErrProtocol = links.ErrProtocol
	ErrClosed   = links.ErrClosed
)

// Reachability is whether hives anywhere can connect to this one.
type Reachability string

// What Config.Reachability may be, and what Report tells.
const (
	Unknown Reachability = ""
	Public  Reachability = "public"
	Private Reachability = "private"
)

// Config says who a hive is on the network and what it takes part in.
type Config struct {
	// Key is the identity of the hive. Required.
	Key ed25519.PrivateKey
	// NameNow is the name as it is now. Default: Name.
	NameNow func() string
	// Name and URL are for people; Version is told to other hives. They stand in the hive record.
	Name, URL, Version string

	// Listen are multiaddrs. Default: DefaultListen. Hives of one process reach each other at /memory/N too.
	Listen []string
	// Announce are told to others instead of the addresses found. Default: those found.
	Announce []string
	// Bootstrap are multiaddrs of hives, with /p2p/ID, by which the DHT is joined.
	Bootstrap []string
	// MDNS finds hives on the local network.
	MDNS bool
	// PublicDHT joins the DHT of IPFS, with its bootstrap peers, instead of the DHT of hives.
	PublicDHT bool

	// UPnP asks the router to forward ports.
	UPnP bool
	// HolePunch turns relayed connections into direct ones where routers allow it.
	HolePunch bool
	// Relay serves as a relay for known hives, when this one is reachable from everywhere.
	Relay bool
	// RelayAll serves as a relay for every hive: for a public hive that others use to bootstrap.
	RelayAll bool
	// Reachability overrules what is found out about this hive. Default: found out.
	Reachability Reachability
	// AllowOnly admits known hives only: those of Protect, Add, Dial, Bootstrap and the Book.
	AllowOnly bool

	// BandwidthUp and BandwidthDown limit what streams carry, in bytes per second. Default: 0, no limit.
	BandwidthUp, BandwidthDown int64
	// MaxMemory is what connections and streams may take for buffers, in bytes. Default: 256 MiB.
	MaxMemory int64
	// MaxPeers is about how many connections are kept; those of protected hives come on top. Default: 160.
	MaxPeers int

	// Bucket is how many hives of one distance the DHT keeps and stores with, a third of which it asks at once; for
	// simulations, since all hives of a DHT should agree. Default: 20, of which 10 are asked.
	Bucket int

	// Book remembers hives over restarts. Default: nothing is remembered.
	Book Book
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger

	alone bool        // not the bootstrap peers of the public DHT, for tests
	retry links.Times // times of reconnecting, shorter in tests
	room  int         // bytes for each kind of thing that others put into the DHT here, less in tests
}

// DefaultListen is where a hive listens: TCP, WebSocket on the same port, and QUIC.
func DefaultListen() []string {
	return []string{
		"/ip4/0.0.0.0/tcp/4484", "/ip4/0.0.0.0/tcp/4484/ws", "/ip4/0.0.0.0/udp/4484/quic-v1",
		"/ip6/::/tcp/4484", "/ip6/::/tcp/4484/ws", "/ip6/::/udp/4484/quic-v1",
	}
}

// Book remembers hives and where they were. Addresses that the owner gave end in /p2p/ID in it.
type Book interface {
	// Load lists the hives this one has met, with their addresses.
	Load(ctx context.Context) ([]peer.AddrInfo, error)
	// Save keeps the addresses of a hive, instead of those kept before.
	Save(ctx context.Context, hive peer.AddrInfo) error
	// Blocked lists the hives that may not connect.
	Blocked(ctx context.Context) ([]peer.ID, error)
}

// Validate finds what New would refuse, and fills in defaults.
func (c *Config) Validate() error {
	if len(c.Key) != ed25519.PrivateKeySize {
		return fmt.Errorf("%w: the key is no ed25519 key", ErrConfig)
	}
	if len(c.Listen) == 0 {
		c.Listen = DefaultListen()
	}
	for _, list := range [][]string{c.Listen, c.Announce} {
		for _, addr := range list {
			if _, err := ma.NewMultiaddr(addr); err != nil {
				return fmt.Errorf("%w: address %q: %w", ErrConfig, addr, err)
			}
		}
	}
	for _, addr := range c.Bootstrap {
		if _, err := ParseAddr(addr); err != nil {
			return fmt.Errorf("%w: bootstrap: %w", ErrConfig, err)
		}
	}
	switch c.Reachability {
	case Unknown, Public, Private:
	default:
		return fmt.Errorf("%w: reachability is %q or %q, not %q", ErrConfig, Public, Private, c.Reachability)
	}
	if c.AllowOnly && c.PublicDHT {
		return fmt.Errorf("%w: the public DHT is all strangers, whom allow-only keeps out", ErrConfig)
	}
	if c.BandwidthUp < 0 || c.BandwidthDown < 0 || c.MaxMemory < 0 || c.MaxPeers < 0 || c.Bucket < 0 {
		return fmt.Errorf("%w: a limit is negative", ErrConfig)
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = 256 << 20
	}
	if c.MaxPeers == 0 {
		c.MaxPeers = 160
	}
	if c.Book == nil {
		c.Book = noBook{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.room == 0 {
		c.room = 16 << 20
	}
	if c.retry.First == 0 {
		c.retry = links.Times{First: 5 * time.Second, Most: 10 * time.Minute, Attempt: 30 * time.Second, Settle: 5 * time.Second}
	}
	return nil
}

// ParseAddr takes apart a multiaddr that ends in /p2p/ID.
func ParseAddr(addr string) (peer.AddrInfo, error) {
	info, err := peer.AddrInfoFromString(addr)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("%w: %q: %v", ErrAddress, addr, err)
	}
	return *info, nil
}

// noBook is the book of a hive that remembers nothing.
type noBook struct{}

func (noBook) Load(context.Context) ([]peer.AddrInfo, error) { return nil, nil }
func (noBook) Save(context.Context, peer.AddrInfo) error     { return nil }
func (noBook) Blocked(context.Context) ([]peer.ID, error)    { return nil, nil }

// Ways a hive is connected, in Target.Path.
const (
	PathNone    = links.PathNone
	PathDirect  = links.PathDirect
	PathPunched = links.PathPunched // direct, by way of a relay
	PathRelayed = links.PathRelayed
)

// Record is what a hive says of itself.
type Record = record.Record

// name is the name of the hive as it is now.
func (c Config) name() string {
	if c.NameNow != nil {
		return c.NameNow()
	}
	return c.Name
}
