package p2p

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Finding is something that the doctor found. The zero value is nothing.
type Finding struct {
	Code  string `json:"code"` // stable, for who has words of their own
	Text  string `json:"text"` // English, on one line, without a full stop; names About
	About string `json:"about,omitempty"`
}

// judge says what is known about this hive being reached, and how.
func judge(cfg Config, reach reach, r Report, listening []ma.Multiaddr) (Reachability, Finding) {
	switch {
	case cfg.Reachability != Unknown:
		return cfg.Reachability, Finding{Code: "configured", Text: "the configuration says so"}
	case len(reach.proven) > 0:
		at := reach.proven[0].String()
		return Public, Finding{"called_back", "other hives called back at " + at, at}
	case reach.verdict == network.ReachabilityPublic:
		return Public, Finding{Code: "called_back", Text: "other hives called back"}
	case reach.verdict == network.ReachabilityPrivate, len(reach.refuted) > 0:
		return Private, Finding{Code: "not_called_back", Text: "other hives tried to call back and could not"}
	case r.Connected == 0:
		return Unknown, Finding{Code: "alone", Text: "no other hive is connected that could try"}
	case !slices.ContainsFunc(listening, manet.IsPublicAddr) && len(r.Mapping) == 0:
		return Unknown, Finding{Code: "local_addresses", Text: "this machine has addresses of a local network only, where hives do not try"}
	default:
		return Unknown, Finding{Code: "not_tried", Text: "no hive has tried to call back yet"}
	}
}

// advice is what the owner can do.
func advice(h *Host, r Report) []Finding {
	var list []Finding
	add := func(code, text string) { list = append(list, Finding{Code: code, Text: text}) }
	if r.Connected == 0 {
		if len(h.cfg.Bootstrap) == 0 && !h.cfg.PublicDHT {
			add("add_hive", "no other hive is connected: name one as bootstrap, or add one by its address")
		} else {
			add("check_bootstrap", "no other hive is connected: is this machine online, and are the bootstrap addresses right?")
		}
	}
	if r.Reachability == Private && len(r.Relays) == 0 {
		add("forward_port", "hives outside cannot call this one: forward its port in the router, or be connected to a hive that serves as relay")
	}
	if h.nat != nil && !h.nat.HasDiscoveredNAT() && r.Reachability == Private {
		add("router_silent", "the router does not answer to UPnP or NAT-PMP")
	}
	if h.nat == nil && r.Reachability == Private {
		add("upnp_off", "UPnP is off; with it the router may forward the port by itself")
	}
	return list
}

// failure says why a hive is not reached.
func failure(err error) Finding {
	var other sec.ErrPeerIDMismatch
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrSelf):
		return Finding{Code: "self", Text: "that is this hive itself"}
	case errors.Is(err, ErrBlocked), errors.Is(err, swarm.ErrGaterDisallowedConnection):
		return Finding{Code: "blocked", Text: "this hive has blocked it, or admits known hives only"}
	case errors.As(err, &other):
		return Finding{"other_hive", "another hive answers there: " + other.Actual.String(), other.Actual.String()}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Finding{Code: "refused", Text: "refused: nothing listens there"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Finding{Code: "no_way", Text: "this machine has no way there"}
	case errors.As(err, &dns):
		return Finding{"name_not_found", "the name is not found: " + dns.Name, dns.Name}
	case errors.Is(err, swarm.ErrNoTransport):
		return Finding{Code: "not_called", Text: "this hive does not call such addresses"}
	case errors.Is(err, ErrNotFound):
		return Finding{Code: "no_address", Text: "no address is known, and the DHT has none"}
	}
	return told(err)
}

// told is failure for errors that libp2p or another hive tells as text.
func told(err error) Finding {
	text := err.Error()
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
	}
	switch {
	case has("NO_RESERVATION"):
		return Finding{Code: "not_at_relay", Text: "the hive is not at that relay"}
	case has("PERMISSION_DENIED", "RESOURCE_LIMIT_EXCEEDED"):
		return Finding{Code: "relay_refuses", Text: "the relay refuses"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), has("timeout"):
		return Finding{Code: "timeout", Text: "no answer in time: it is off, or a firewall drops the packets"}
	case has("failed to negotiate security protocol", "EOF"):
		return Finding{Code: "hung_up", Text: "it hung up: it is no hive, or it does not admit this one"}
	default:
		return Finding{Code: "other", Text: text}
	}
}
