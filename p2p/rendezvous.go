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

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/roster"
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
	mac.Write([]byte("hive rendezvous\x00" + day.UTC().Format(time.DateOnly)))
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

func (d *directory) provide(ctx context.Context, key cid.Cid) error {
	if err := d.dht.Provide(ctx, key, true); err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	return nil
}

// providers are the hives at a key.
func (d *directory) providers(ctx context.Context, key cid.Cid) map[peer.ID][]ma.Multiaddr {
	found := map[peer.ID][]ma.Multiaddr{}
	for info := range d.dht.FindProvidersAsync(ctx, key, maxProviders) {
		found[info.ID] = address.Merge(info.Addrs, found[info.ID])
	}
	return found
}

func (d *directory) rendezvous(secrets [][]byte) {
	list := make([][]byte, len(secrets))
	for i, secret := range secrets {
		list[i] = slices.Clone(secret)
	}
	d.mu.Lock()
	d.secrets = list
	d.mu.Unlock()
	links.Wake(d.meeting)
}

// meetings shows this hive at today's meeting places and looks there for protected hives that are absent.
func (d *directory) meetings(ctx context.Context) error {
	shown := map[cid.Cid]time.Time{}
	timer := time.NewTimer(d.cfg.retry.Settle)
	defer timer.Stop()
	wait := d.cfg.retry.First
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if d.missing() {
				wait = min(2*wait, d.cfg.retry.Most)
			} else {
				wait = d.cfg.retry.Most
			}
			d.meetAll(ctx, shown)
			timer.Reset(links.Jitter(wait))
		case <-d.meeting:
			wait = d.cfg.retry.First
			timer.Reset(d.cfg.retry.Settle)
		}
	}
}

// missing is whether a protected hive is absent.
func (d *directory) missing() bool {
	return slices.ContainsFunc(d.Roster.Keep(), func(hive peer.ID) bool { return !d.IsConnected(hive) })
}

// meetAll is one round. Who is shown stays so for as long as the DHT keeps it.
func (d *directory) meetAll(ctx context.Context, shown map[cid.Cid]time.Time) {
	if d.dht.RoutingTable().Size() == 0 {
		return
	}
	d.mu.Lock()
	secrets := d.secrets
	d.mu.Unlock()
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
				if err := d.provide(ctx, key); err != nil {
					d.cfg.Log.Debug("not at a meeting place", "err", err)
					continue
				}
				shown[key] = now
			}
		}
		if d.missing() {
			d.meetAt(ctx, meetingPlace(secret, now))
		}
	}
}

// meetAt takes the addresses of protected hives that are at a meeting place.
func (d *directory) meetAt(ctx context.Context, key cid.Cid) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.retry.Attempt)
	defer cancel()
	for hive, addrs := range d.providers(ctx, key) {
		if hive == d.Host.ID() || !d.Roster.IsProtected(hive) || d.IsConnected(hive) {
			continue
		}
		d.Roster.Meet(hive, roster.ViaDHT, addrs...)
		if err := d.ConnectBy(ctx, hive, addrs); err != nil {
			d.cfg.Log.Debug("hive is not reached", "hive", hive, "err", err)
		}
	}
}
