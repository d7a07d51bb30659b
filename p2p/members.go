package p2p

import (
	"context"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/links"
)

// Notify calls changed when a hive comes or goes, and for those that are connected now. changed must not block.
func (h *Host) Notify(changed func(hive peer.ID, connected bool)) {
	h.mu.Lock()
	h.notify = append(h.notify, changed)
	var now []peer.ID
	for hive := range h.connected {
		now = append(now, hive)
	}
	h.mu.Unlock()
	for _, hive := range now {
		changed(hive, true)
	}
}

// Protect names the hives of shares and contacts, instead of those named before: Run stays connected to them, the
// connection manager keeps them, AllowOnly admits them, and the relay serves them.
func (h *Host) Protect(hives []peer.ID) {
	const tag = "share"
	hives = slices.DeleteFunc(slices.Clone(hives), func(hive peer.ID) bool { return hive == h.ID() })
	came, went := h.roster.Protect(hives)
	for _, hive := range came {
		h.host.ConnManager().Protect(hive, tag)
		if h.host.Network().Connectedness(hive) == network.NotConnected {
			continue
		}
		// It was a stranger when it was identified.
		h.roster.Moved(hive, address.Useful(h.host.Peerstore().Addrs(hive)))
		select {
		case h.met <- hive:
		default:
		}
	}
	for _, hive := range went {
		h.host.ConnManager().Unprotect(hive, tag)
	}
	links.Wake(h.keeper.Look)
}

// Block shuts a hive out and ends its connections, or lets it in again. It is not remembered: that is for the Book.
func (h *Host) Block(hive peer.ID, on bool) {
	h.roster.Block(hive, on)
	if on {
		h.links.HangUp(hive)
	}
	links.Wake(h.keeper.Look)
}

// Add remembers the hive at addr, which ends in /p2p/ID, and connects to it. It is remembered even if that fails, and wherever
// the hive says it is.
func (h *Host) Add(ctx context.Context, addr string) (peer.ID, error) {
	info, err := ParseAddr(addr)
	if err != nil {
		return "", err
	}
	if info.ID == h.ID() {
		return info.ID, ErrSelf
	}
	h.roster.Give(info.ID, info.Addrs...)
	if err := remember(ctx, h, info.ID); err != nil {
		return info.ID, err
	}
	return info.ID, h.connect(ctx, info.ID)
}

// remember writes where a hive is into the book.
func remember(ctx context.Context, h *Host, hive peer.ID) error {
	entry, err := h.roster.Entry(hive)
	if err == nil && len(entry.Addrs) > 0 {
		err = h.cfg.Book.Save(ctx, entry)
	}
	if err != nil {
		return fmt.Errorf("p2p: remember %s: %w", hive, err)
	}
	return nil
}

// Forget drops the addresses of a hive, which is not known any more unless protected. It is not taken out of the Book.
func (h *Host) Forget(hive peer.ID) {
	h.roster.Forget(hive)
	h.host.Peerstore().ClearAddrs(hive)
	if !h.roster.Knows(hive) {
		h.links.HangUp(hive)
	}
}

// Rendezvous names secrets of 32 bytes, instead of those named before: protected hives that name one of them find
// each other under a key of the DHT that changes every day and that nobody else can compute.
func (h *Host) Rendezvous(secrets [][]byte) { h.directory.rendezvous(secrets) }

// Find looks a hive up in the DHT: where it is, and its signed record. A hive that is connected is asked itself, a blocked one is not
// looked for: ErrBlocked.
func (h *Host) Find(ctx context.Context, hive peer.ID) (Found, error) {
	return h.directory.find(ctx, hive)
}
