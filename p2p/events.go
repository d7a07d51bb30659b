package p2p

import (
	"context"
	"slices"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// follow turns the events of libp2p into ours.
func (h *Host) follow(ctx context.Context, events <-chan any) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-events:
			if !ok {
				return ErrClosed
			}
			h.happened(ctx, e)
		}
	}
}

func (h *Host) happened(ctx context.Context, e any) {
	switch e := e.(type) {
	case event.EvtPeerConnectednessChanged:
		h.tell(e.Peer, e.Connectedness != network.NotConnected)
	case event.EvtPeerIdentificationCompleted:
		h.identified(ctx, e)
	case event.EvtLocalReachabilityChanged:
		h.mu.Lock()
		h.reach.verdict = e.Reachability
		h.mu.Unlock()
		h.berths.Set(e.Reachability == network.ReachabilityPublic)
	case event.EvtHostReachableAddrsChanged:
		h.mu.Lock()
		h.reach.proven, h.reach.refuted = e.Reachable, e.Unreachable
		h.mu.Unlock()
	case event.EvtLocalAddressesUpdated:
		links.Wake(h.directory.republish)
		if slices.ContainsFunc(e.Current, direct) {
			h.links.Moved.Publish()
		}
	}
}

// direct tells whether this hive has come to an address, which is not that of a relay.
func direct(a event.UpdatedAddress) bool {
	return a.Action == event.Added && address.Transport(a.Address) != "p2p-circuit"
}

// tell passes on that a hive came or went.
func (h *Host) tell(hive peer.ID, connected bool) {
	h.mu.Lock()
	changed := h.connected[hive] != connected
	if connected {
		h.connected[hive] = true
	} else {
		delete(h.connected, hive)
	}
	listeners := slices.Clone(h.notify)
	h.mu.Unlock()
	h.links.News.Publish()
	if connected {
		h.roster.Heard(hive, roster.ViaIncoming)
	} else {
		h.roster.Left(hive)
		h.links.Left(hive)
		links.Wake(h.keeper.Look)
		links.Wake(h.directory.joined)
		links.Wake(h.berths.Look)
	}
	if changed {
		for _, listener := range listeners {
			listener(hive, connected)
		}
	}
}

// identified notes where a hive is, when it is one to remember.
func (h *Host) identified(ctx context.Context, e event.EvtPeerIdentificationCompleted) {
	links.Wake(h.directory.joined)
	links.Wake(h.berths.Look)
	if !h.roster.Knows(e.Peer) {
		return
	}
	if h.roster.Moved(e.Peer, address.Useful(e.ListenAddrs)) {
		select {
		case h.met <- e.Peer:
		default: // it will be met again
		}
	}
	if slices.Contains(e.Protocols, recordProtocol) {
		askRecord(ctx, h, e.Peer)
	}
}

// askRecord has a hive that is connected say who it is.
func askRecord(ctx context.Context, h *Host, hive peer.ID) {
	h.serving.Go(func() {
		if _, err := h.directory.ask(ctx, hive); err != nil {
			h.cfg.Log.Debug("record is not received", "hive", hive, "err", err)
		}
	})
}

// saveMet writes addresses into the book, and asks hives that have not said who they are.
func (h *Host) saveMet(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case hive := <-h.met:
			if err := remember(ctx, h, hive); err != nil && ctx.Err() == nil {
				h.cfg.Log.Error("address of a hive is not saved", "hive", hive, "err", err)
			}
			if rec, _ := h.roster.About(hive); rec.Name == "" {
				askRecord(ctx, h, hive)
			}
		}
	}
}
