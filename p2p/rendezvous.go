package p2p

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/multiformats/go-multihash"
)

// maxProviders is how many hives are read at one key: anybody can claim to be at a key of the DHT.
const maxProviders = 64

// presence is the key under which a hive shows itself in the public DHT, which keeps no records of hives.
func presence(hive peer.ID) cid.Cid {
	return place(sha256.Sum256([]byte("hive presence\x00" + string(hive))))
}

// meetingPlace is where the holders of a secret meet on a day.
func meetingPlace(secret []byte, day time.Time) cid.Cid {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("hive rendezvous\x00" + day.UTC().Format(time.DateOnly))) //nolint:errcheck // a hash takes everything
	return place([sha256.Size]byte(mac.Sum(nil)))
}

// place is a key of the DHT, which wants it to look like the name of a content.
func place(sum [sha256.Size]byte) cid.Cid {
	hash, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		panic(err) // only for an unknown code
	}
	return cid.NewCidV1(cid.Raw, hash)
}

func (h *Host) provide(ctx context.Context, key cid.Cid) error {
	if err := h.dht.Provide(ctx, key, true); err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	return nil
}

// providers are the hives at a key.
func (h *Host) providers(ctx context.Context, key cid.Cid) map[peer.ID][]ma.Multiaddr {
	found := map[peer.ID][]ma.Multiaddr{}
	for info := range h.dht.FindProvidersAsync(ctx, key, maxProviders) {
		found[info.ID] = merge(info.Addrs, found[info.ID])
	}
	return found
}

// Rendezvous names secrets of 32 bytes, instead of those named before: protected hives that name one of them find
// each other under a key of the DHT that changes every day and that nobody else can compute.
func (h *Host) Rendezvous(secrets [][]byte) {
	list := make([][]byte, len(secrets))
	for i, secret := range secrets {
		list[i] = slices.Clone(secret)
	}
	h.mu.Lock()
	h.secrets = list
	h.mu.Unlock()
	wake(h.meeting)
}

// meetings shows this hive at today's meeting places and looks there for protected hives that are absent.
func (h *Host) meetings(ctx context.Context) error {
	shown := map[cid.Cid]time.Time{}
	timer := time.NewTimer(h.cfg.retry.settle)
	defer timer.Stop()
	wait := h.cfg.retry.first
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if h.missing() {
				wait = min(2*wait, h.cfg.retry.most)
			} else {
				wait = h.cfg.retry.most
			}
			h.meetAll(ctx, shown)
			timer.Reset(jitter(wait))
		case <-h.meeting:
			wait = h.cfg.retry.first
			timer.Reset(h.cfg.retry.settle)
		}
	}
}

// missing is whether a protected hive is absent.
func (h *Host) missing() bool {
	return slices.ContainsFunc(h.roster.keep(), func(hive peer.ID) bool { return !h.isConnected(hive) })
}

// meetAll is one round. Who is shown stays so for as long as the DHT keeps it.
func (h *Host) meetAll(ctx context.Context, shown map[cid.Cid]time.Time) {
	if h.dht.RoutingTable().Size() == 0 {
		return
	}
	h.mu.Lock()
	secrets := h.secrets
	h.mu.Unlock()
	now := time.Now()
	for key, at := range shown {
		if now.Sub(at) > publishEvery {
			delete(shown, key)
		}
	}
	for _, secret := range secrets {
		for _, day := range []time.Time{now, now.Add(-time.Hour), now.Add(time.Hour)} { // clocks differ
			key := meetingPlace(secret, day)
			if _, ok := shown[key]; !ok && ctx.Err() == nil {
				if err := h.provide(ctx, key); err != nil {
					h.cfg.Log.Debug("not at a meeting place", "err", err)
					continue
				}
				shown[key] = now
			}
		}
		if h.missing() {
			h.meetAt(ctx, meetingPlace(secret, now))
		}
	}
}

// meetAt takes the addresses of protected hives that are at a meeting place.
func (h *Host) meetAt(ctx context.Context, key cid.Cid) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.retry.attempt)
	defer cancel()
	for hive, addrs := range h.providers(ctx, key) {
		if hive == h.ID() || !h.roster.isProtected(hive) || h.isConnected(hive) {
			continue
		}
		h.roster.meet(hive, viaDHT, addrs...)
		if err := h.reachBy(ctx, hive, addrs); err != nil {
			h.cfg.Log.Debug("hive is not reached", "hive", hive, "err", err)
		}
	}
}
