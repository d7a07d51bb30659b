// Package network is what a node makes of the network of hives: how the API asks about it, which hives it keeps in touch with,
// and what stands in its place where a hive is on none.
//
// It owns the translation between p2p, api and sharing. It does not own how hives reach each other (p2p) or what they share.
package network

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

// Owner keeps what the owner of a hive says of others over a restart.
type Owner interface {
	Block(ctx context.Context, hive peer.ID, on bool) error
	Forget(ctx context.Context, hive peer.ID) error
}

// Peers is the network of hives as the API asks about it.
type Peers struct {
	Host          *p2p.Host
	Owner         Owner
	Name, Version string // of this hive
}

var _ api.Network = (*Peers)(nil)

// Self implements api.Network.
func (p *Peers) Self() apitype.Hive {
	return apitype.Hive{ID: p.Host.ID().String(), Addrs: list(p.Host.Addrs()), Name: p.Name, Version: p.Version}
}

// Peers implements api.Network.
func (p *Peers) Peers(context.Context) ([]apitype.Peer, error) {
	var out []apitype.Peer
	for _, known := range p.Host.Peers() {
		out = append(out, peerJSON(known))
	}
	return out, nil
}

// Find implements api.Network.
func (p *Peers) Find(ctx context.Context, id peer.ID) (apitype.FoundPeer, error) {
	if id == p.Host.ID() {
		return apitype.FoundPeer{}, api.ErrHiveSelf
	}
	found, err := p.Host.Find(ctx, id)
	return foundJSON(id, found), networkError(err)
}

// Add implements api.Network. That the hive does not answer now is no failure: it is remembered.
func (p *Peers) Add(ctx context.Context, addr string) (apitype.Peer, error) {
	id, err := p.Host.Add(ctx, addr)
	if fault := networkError(err); fault != nil && !errors.Is(fault, api.ErrHiveUnreachable) {
		return apitype.Peer{}, fault
	}
	for _, known := range p.Host.Peers() {
		if known.ID == id {
			out := peerJSON(known)
			out.Error, out.ErrorCode, out.ErrorAbout = said(p.because(ctx, id, err))
			return out, nil
		}
	}
	return apitype.Peer{}, networkError(err)
}

// because says why a hive could not be connected. The doctor finds better words than an error.
func (p *Peers) because(ctx context.Context, id peer.ID, err error) p2p.Finding {
	if err != nil && ctx.Err() == nil {
		if t := p.Host.Doctor(ctx, &id).Target; t != nil && t.Error != (p2p.Finding{}) {
			return t.Error
		}
	}
	out := p2p.Finding{Text: words(err)}
	if errors.Is(err, context.DeadlineExceeded) {
		out.Code = "timeout"
	}
	return out
}

// said is what the doctor found, as the API tells it: text, code, and what it is about.
func said(f p2p.Finding) (text, code, about string) { return clean(f.Text), f.Code, clean(f.About) }

// Forget implements api.Network.
func (p *Peers) Forget(ctx context.Context, id peer.ID) error {
	if err := p.Owner.Forget(ctx, id); err != nil {
		return err
	}
	p.Host.Block(id, false)
	p.Host.Forget(id)
	return nil
}

// Block implements api.Network.
func (p *Peers) Block(ctx context.Context, id peer.ID, on bool) error {
	if id == p.Host.ID() {
		return api.ErrHiveSelf
	}
	if err := p.Owner.Block(ctx, id, on); err != nil {
		return err
	}
	p.Host.Block(id, on)
	return nil
}

// Doctor implements api.Network.
func (p *Peers) Doctor(ctx context.Context, target *peer.ID) (apitype.Doctor, error) {
	if target != nil && *target == p.Host.ID() {
		return apitype.Doctor{}, api.ErrHiveSelf
	}
	return reportJSON(p.Host.Doctor(ctx, target)), nil
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
	return clean(strings.TrimPrefix(strings.TrimSpace(err.Error()), "p2p: "))
}

// clean is a text on one line and of no more than maxWords.
func clean(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToValidUTF8(text[:min(len(text), maxWords)], "")
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
		ID: r.Hive.String(), Listening: list(r.Listening), Announced: list(r.Announced), Reachability: string(r.Reachability),
		Mapping: list(r.Mapping), Relays: list(r.Relays), Relaying: r.Relaying, DHT: r.DHT, Table: r.Table, Connected: r.Connected,
		Advice: []string{}, AdviceCodes: []string{},
	}
	out.Because, out.BecauseCode, out.BecauseAbout = said(r.Because)
	for _, f := range r.Advice {
		text, code, _ := said(f)
		out.Advice, out.AdviceCodes = append(out.Advice, text), append(out.AdviceCodes, code)
	}
	if r.Reachability == p2p.Unknown {
		out.Reachability = "unknown"
	}
	if t := r.Target; t != nil {
		out.Target = &apitype.DoctorTarget{
			ID: t.Hive.String(), Addrs: list(t.Addrs), Attempts: []apitype.DoctorDial{}, Way: t.Path, Addr: t.Addr,
			LatencyMS: millis(t.Latency),
		}
		out.Target.Error, out.Target.ErrorCode, out.Target.ErrorAbout = said(t.Error)
		if t.Found != nil {
			found := foundJSON(t.Hive, *t.Found)
			out.Target.Found = &found
		}
		for _, a := range t.Attempts {
			dial := apitype.DoctorDial{Addr: a.Addr, OK: a.OK, TookMS: millis(a.Took)}
			dial.Error, dial.ErrorCode, dial.ErrorAbout = said(a.Error)
			out.Target.Attempts = append(out.Target.Attempts, dial)
		}
	}
	return out
}
