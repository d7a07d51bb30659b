package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/p2p"
)

// owner keeps what the owner of a hive says of others over a restart.
type owner interface {
	Block(ctx context.Context, hive peer.ID, on bool) error
	Forget(ctx context.Context, hive peer.ID) error
}

// neighbours is the network of hives as the API asks about it.
type neighbours struct {
	host          *p2p.Host
	owner         owner
	name, version string
}

var _ api.Network = (*neighbours)(nil)

// Self implements api.Network.
func (n *neighbours) Self() apitype.Hive {
	return apitype.Hive{ID: n.host.ID().String(), Addrs: list(n.host.Addrs()), Name: n.name, Version: n.version}
}

// Peers implements api.Network.
func (n *neighbours) Peers(context.Context) ([]apitype.Peer, error) {
	var out []apitype.Peer
	for _, p := range n.host.Peers() {
		out = append(out, peerJSON(p))
	}
	return out, nil
}

// Find implements api.Network.
func (n *neighbours) Find(ctx context.Context, id peer.ID) (apitype.FoundPeer, error) {
	if id == n.host.ID() {
		return apitype.FoundPeer{}, api.ErrHiveSelf
	}
	found, err := n.host.Find(ctx, id)
	return foundJSON(id, found), networkError(err)
}

// Add implements api.Network. That the hive does not answer now is no failure: it is remembered.
func (n *neighbours) Add(ctx context.Context, addr string) (apitype.Peer, error) {
	id, err := n.host.Add(ctx, addr)
	if fault := networkError(err); fault != nil && !errors.Is(fault, api.ErrHiveUnreachable) {
		return apitype.Peer{}, fault
	}
	for _, p := range n.host.Peers() {
		if p.ID == id {
			out := peerJSON(p)
			out.Error = n.because(ctx, id, err)
			return out, nil
		}
	}
	return apitype.Peer{}, networkError(err)
}

// because says why a hive could not be connected. The doctor finds better words than an error.
func (n *neighbours) because(ctx context.Context, id peer.ID, err error) string {
	if err == nil || ctx.Err() != nil {
		return words(err)
	}
	if t := n.host.Doctor(ctx, &id).Target; t != nil && t.Error != "" {
		return t.Error
	}
	return words(err)
}

// Forget implements api.Network.
func (n *neighbours) Forget(ctx context.Context, id peer.ID) error {
	if err := n.owner.Forget(ctx, id); err != nil {
		return err
	}
	n.host.Block(id, false)
	n.host.Forget(id)
	return nil
}

// Block implements api.Network.
func (n *neighbours) Block(ctx context.Context, id peer.ID, on bool) error {
	if id == n.host.ID() {
		return api.ErrHiveSelf
	}
	if err := n.owner.Block(ctx, id, on); err != nil {
		return err
	}
	n.host.Block(id, on)
	return nil
}

// Doctor implements api.Network.
func (n *neighbours) Doctor(ctx context.Context, target *peer.ID) (apitype.Doctor, error) {
	if target != nil && *target == n.host.ID() {
		return apitype.Doctor{}, api.ErrHiveSelf
	}
	return reportJSON(n.host.Doctor(ctx, target)), nil
}

// networkError turns an error of p2p into one that the API has an answer for.
func networkError(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, p2p.ErrBlocked):
		return api.ErrHiveBlocked
	case errors.Is(err, p2p.ErrSelf):
		return api.ErrHiveSelf
	}
	return api.Because(fmt.Errorf("%w: %w", api.ErrHiveUnreachable, err), words(err))
}

// maxWords bounds what an error of the network says, in bytes.
const maxWords = 400

// words is an error of the network on one line, without the name of the package that found it.
func words(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	return strings.ToValidUTF8(truncate(strings.TrimPrefix(text, "p2p: "), maxWords), "")
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// list is a list that JSON does not show as null.
func list(items []string) []string { return append([]string{}, items...) }

func peerJSON(p p2p.Peer) apitype.Peer {
	out := apitype.Peer{
		ID: p.ID.String(), Name: p.Name, Agent: p.Agent, Addrs: list(p.Addrs), Connected: p.Connected, Transport: p.Transport,
		LatencyMS: millis(p.Latency), Discovered: p.Discovered, BytesIn: p.BytesIn, BytesOut: p.BytesOut,
		Protected: p.Protected, Blocked: p.Blocked,
	}
	if p.Connected {
		out.Way = apitype.WayDirect
	}
	if p.Connected && p.Relayed {
		out.Way = apitype.WayRelayed
	}
	if !p.Since.IsZero() {
		since := p.Since.UTC()
		out.Since = &since
	}
	return out
}

func foundJSON(id peer.ID, f p2p.Found) apitype.FoundPeer {
	out := apitype.FoundPeer{ID: id.String(), Addrs: list(f.Addrs), Hops: f.Hops, Messages: f.Messages, TookMS: millis(f.Took)}
	if f.Record != nil {
		out.Name, out.URL, out.Version = f.Record.Name, f.Record.URL, f.Record.Version
	}
	return out
}

func reportJSON(r p2p.Report) apitype.Doctor {
	out := apitype.Doctor{
		ID: r.Hive.String(), Listening: list(r.Listening), Announced: list(r.Announced), Reachability: string(r.Reachability), Because: r.Because,
		Mapping: list(r.Mapping), Relays: list(r.Relays), Relaying: r.Relaying, DHT: r.DHT, Table: r.Table, Connected: r.Connected,
		Advice: list(r.Advice),
	}
	if r.Reachability == p2p.Unknown {
		out.Reachability = "unknown"
	}
	if t := r.Target; t != nil {
		out.Target = &apitype.DoctorTarget{
			ID: t.Hive.String(), Addrs: list(t.Addrs), Attempts: []apitype.DoctorDial{}, Way: t.Path, Addr: t.Addr,
			LatencyMS: millis(t.Latency), Error: t.Error,
		}
		if t.Found != nil {
			found := foundJSON(t.Hive, *t.Found)
			out.Target.Found = &found
		}
		for _, a := range t.Attempts {
			out.Target.Attempts = append(out.Target.Attempts, apitype.DoctorDial{Addr: a.Addr, OK: a.OK, Error: a.Error, TookMS: millis(a.Took)})
		}
	}
	return out
}
