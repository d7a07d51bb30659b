package p2p

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/host/observedaddrs"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	"github.com/libp2p/go-libp2p/x/rate"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/memory"
	"github.com/melissiproject/hive/p2p/internal/record"
	"github.com/melissiproject/hive/p2p/internal/roster"
	"github.com/melissiproject/hive/p2p/internal/secure"
)

// Limits of what strangers can take. The defaults of libp2p are too low for a busy neighbour and too high for a small
// machine.
const (
	peerConns   = 8   // of one hive
	peerStreams = 512 // of one hive, in each direction
	allStreams  = 4096
	subnetConns = 64 // of one IPv4 address or IPv6 /56: an office behind one router
	grace       = 30 * time.Second
)

// What a circuit of the relay carries before it is cut; the default of libp2p, 128 KiB in 2 minutes, serves no files.
const (
	circuitBytes    = 1 << 30
	circuitLife     = time.Hour
	circuitBuffer   = 32 << 10
	circuitsPerHive = 16
	reservations    = 256
)

// observers is how many hives must have seen this one at an address before it is believed. The default of libp2p, 4, is for
// networks of strangers: most homes know fewer hives outside, and would never try to punch a hole.
const observers = 1

// believeObservers is for all hosts of the process, for libp2p has it in a variable; it is set before the first is made.
var believeObservers = sync.OnceFunc(func() { observedaddrs.ActivationThresh = observers })

// options are those of the libp2p host.
func options(h *Host) ([]libp2p.Option, error) {
	believeObservers()
	manager, err := limits(h.cfg)
	if err != nil {
		return nil, err
	}
	kept, err := connmgr.NewConnManager(h.cfg.MaxPeers*3/4, h.cfg.MaxPeers, connmgr.WithGracePeriod(grace))
	if err != nil {
		return nil, fmt.Errorf("p2p: %w", err)
	}
	options := []libp2p.Option{
		libp2p.Identity(h.key),
		libp2p.UserAgent("hive/" + record.Clip(h.cfg.Version)),
		libp2p.ShareTCPListener(),
		// TCP moves twice what QUIC does; TLS uses the AES of the processor, Noise cannot.
		libp2p.ChainOptions(libp2p.Transport(tcp.NewTCPTransport), libp2p.Transport(websocket.New), libp2p.Transport(quic.NewTransport), libp2p.Transport(memory.New)),
		libp2p.ChainOptions(libp2p.Security(secure.ID, secure.New), libp2p.Security(noise.ID, noise.New)),
		libp2p.DefaultMuxers,
		libp2p.SwarmOpts(swarm.WithDialRanker(h.rank)),
		libp2p.ConnectionGater(roster.Gate{Roster: h.roster}),
		libp2p.ConnectionManager(kept),
		libp2p.ResourceManager(manager),
		libp2p.BandwidthReporter(h.counter),
		libp2p.AddrsFactory(announced(h.announce, h.berths.Circuits)),
		libp2p.EnableRelay(),
		libp2p.EnableNATService(),
		libp2p.EnableAutoNATv2(),
		libp2p.DisableMetrics(),
	}
	return append(options, chosen(h)...), nil
}

// rank says in which order addresses are called. A machine without a public address is behind a router.
func (h *Host) rank(addrs []ma.Multiaddr) []network.AddrDelay {
	own, err := h.host.Network().InterfaceListenAddresses()
	home := err == nil && !slices.ContainsFunc(own, manet.IsPublicAddr)
	return address.Rank(addrs, home)
}

// chosen are the options that depend on the configuration.
func chosen(h *Host) []libp2p.Option {
	var options []libp2p.Option
	if h.cfg.UPnP {
		options = append(options, libp2p.NATManager(func(n network.Network) basichost.NATManager {
			h.nat = basichost.NewNATManager(n)
			return h.nat
		}))
	}
	if h.cfg.HolePunch {
		options = append(options, libp2p.EnableHolePunching(holepunch.WithTracer(h.links)))
	}
	if h.cfg.Relay || h.cfg.RelayAll {
		options = append(options, libp2p.EnableRelayService(relay.WithACL(roster.Gate{Roster: h.roster}), relay.WithReservationAddressFilter(func(ma.Multiaddr) bool { return true }), relay.WithResources(relay.Resources{
			Limit:          &relay.RelayLimit{Duration: circuitLife, Data: circuitBytes},
			ReservationTTL: time.Hour, MaxReservations: reservations, MaxCircuits: circuitsPerHive, BufferSize: circuitBuffer,
			MaxReservationsPerIP: subnetConns, MaxReservationsPerASN: reservations,
		})))
	}
	switch h.cfg.Reachability {
	case Public:
		options = append(options, libp2p.ForceReachabilityPublic())
	case Private:
		options = append(options, libp2p.ForceReachabilityPrivate())
	case Unknown:
	}
	return options
}

// limits is the resource manager.
func limits(cfg Config) (network.ResourceManager, error) {
	scaled := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&scaled)
	conns := cfg.MaxPeers * 4 // the connection manager is the limit in the long run, this is the one in a rush
	chosen := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Memory: rcmgr.LimitVal64(cfg.MaxMemory),
			Conns:  rcmgr.LimitVal(conns + conns/2), ConnsInbound: rcmgr.LimitVal(conns), ConnsOutbound: rcmgr.LimitVal(conns),
			Streams: allStreams * 2, StreamsInbound: allStreams, StreamsOutbound: allStreams,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Memory: rcmgr.LimitVal64(cfg.MaxMemory / 2),
			Conns:  peerConns * 2, ConnsInbound: peerConns, ConnsOutbound: peerConns,
			Streams: peerStreams * 2, StreamsInbound: peerStreams, StreamsOutbound: peerStreams,
		},
		ProtocolDefault: rcmgr.ResourceLimits{
			Memory:  rcmgr.LimitVal64(cfg.MaxMemory),
			Streams: allStreams * 2, StreamsInbound: allStreams, StreamsOutbound: allStreams,
		},
		ProtocolPeerDefault: rcmgr.ResourceLimits{
			Memory:  rcmgr.LimitVal64(cfg.MaxMemory / 2),
			Streams: peerStreams, StreamsInbound: peerStreams / 2, StreamsOutbound: peerStreams / 2,
		},
	}.Build(scaled.Scale(cfg.MaxMemory, max(256, conns*2)))
	manager, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(chosen),
		rcmgr.WithMetricsDisabled(),
		rcmgr.WithConnRateLimiters(arrivals()),
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: subnetConns}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: subnetConns}, {PrefixLength: 48, ConnCount: 4 * subnetConns}}))
	if err != nil {
		return nil, fmt.Errorf("p2p: %w", err)
	}
	return manager, nil
}

// arrivals limits how fast connections come from and go to one network. The default, one in 5 seconds, also counts as
// one network all connections without an IP address, such as those by relays.
func arrivals() *rate.Limiter {
	one := rate.Limit{RPS: 5, Burst: 4 * subnetConns}
	return &rate.Limiter{
		NetworkPrefixLimits: []rate.PrefixLimit{
			{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")},
		},
		SubnetRateLimiter: rate.SubnetLimiter{
			IPv4SubnetLimits: []rate.SubnetLimit{{PrefixLength: 32, Limit: one}},
			IPv6SubnetLimits: []rate.SubnetLimit{{PrefixLength: 56, Limit: one}},
			GracePeriod:      time.Minute,
		},
	}
}
