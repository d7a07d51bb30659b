// Package peers holds the routes about other hives: who is connected, addresses, blocks, look-ups, and the doctor.
//
// It parses, asks the Network, and renders. It does not own how hives are reached, nor users and shares: those who may use
// these routes are admins, for a hive belongs to its owner.
package peers

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/audit"
)

// patience is how long a person may wait for an answer that comes from the network.
const patience = 15 * time.Second

// Directory knows hives.
type Directory interface {
	// Self is this hive.
	Self() apitype.Hive
	// Peers lists the hives that are known or connected.
	Peers(ctx context.Context) ([]apitype.Peer, error)
	// Find looks a hive up: edge.ErrUnreachable.
	Find(ctx context.Context, id peer.ID) (apitype.FoundPeer, error)
}

// Book keeps what an owner says of hives.
type Book interface {
	// Add remembers a multiaddr that ends in /p2p/ID and connects: edge.ErrUnreachable, edge.ErrHive.
	Add(ctx context.Context, addr string) (apitype.Peer, error)
	// Forget drops the addresses of a hive.
	Forget(ctx context.Context, id peer.ID) error
	// Block keeps a hive out, or lets it in again.
	Block(ctx context.Context, id peer.ID, on bool) error
}

// Doctor finds out why hives do not reach each other.
type Doctor interface {
	// Doctor looks at this hive and, when target is not nil, at the way to that one.
	Doctor(ctx context.Context, target *peer.ID) (apitype.Doctor, error)
}

// Network is the hive among other hives. Without one its methods but Self fail with edge.ErrNoNetwork.
type Network interface {
	Directory
	Book
	Doctor
}

type handlers struct {
	network Network
	name    func() string // of this hive now; nil: as the network says
}

// Register adds the routes to r. Name is that of this hive now; nil: as the network says.
func Register(r *edge.Router, network Network, name func() string) {
	h := handlers{network, name}
	edge.Route(r, edge.Operation("GET /hive", "get-hive", "How other hives reach this one", edge.SignedIn), h.getHive)
	edge.Route(r, edge.Operation("GET /peers", "list-peers", "Hives that are known or connected", edge.Admin), h.listPeers)
	edge.Route(r, edge.Created(edge.Noted("hive.add", edge.Operation("POST /peers", "add-peer", "Remember an address of a hive and connect with it", edge.Admin))), h.addPeer)
	edge.Route(r, edge.Noted("hive.forget", edge.Operation("DELETE /peers/{id}", "forget-peer", "Forget a hive and its addresses", edge.Admin)), h.forgetPeer)
	edge.Route(r, edge.Noted("hive.block", edge.Operation("PUT /peers/{id}/block", "block-peer", "Keep a hive out", edge.Admin)), h.blockPeer)
	edge.Route(r, edge.Noted("hive.unblock", edge.Operation("DELETE /peers/{id}/block", "unblock-peer", "Let a blocked hive in again", edge.Admin)), h.unblockPeer)
	edge.Route(r, edge.Operation("GET /peers/{id}/find", "find-peer", "Look a hive up in the distributed hash table", edge.Admin), h.findPeer)
	edge.Route(r, edge.Operation("GET /doctor", "doctor", "How well this hive is reached, and whether it reaches another", edge.Admin), h.doctor)
}

// peerInput is a request about a hive.
type peerInput struct {
	ID string `path:"id" maxLength:"128" doc:"Peer id"`
}

func (in *peerInput) peer() (peer.ID, error) { return parse("path.id", in.ID) }

// parse reads the id of a hive.
func parse(location, text string) (peer.ID, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return "", edge.Invalid(location, "expected the id of a hive, such as 12D3KooW…")
	}
	return id, nil
}

func (h handlers) getHive(context.Context, *edge.Empty) (*edge.Body[apitype.Hive], error) {
	self := h.network.Self()
	if h.name != nil {
		self.Name = h.name()
	}
	return edge.Answer(self, nil)
}

func (h handlers) listPeers(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Peer]], error) {
	list, err := h.network.Peers(ctx)
	return edge.PageOf(list, "", func(p apitype.Peer) apitype.Peer { return p }), err
}

type newPeerInput struct{ Body apitype.NewPeer }

func (h handlers) addPeer(ctx context.Context, in *newPeerInput) (*edge.Body[apitype.Peer], error) {
	if _, err := peer.AddrInfoFromString(in.Body.Addr); err != nil {
		return nil, edge.Invalid("body.addr", "expected a multiaddr that ends in /p2p/ and the id of a hive")
	}
	audit.About(ctx, in.Body.Addr, nil)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return edge.Answer(h.network.Add(ctx, in.Body.Addr))
}

func (h handlers) forgetPeer(ctx context.Context, in *peerInput) (*edge.Empty, error) {
	id, err := in.peer()
	if err != nil {
		return nil, err
	}
	return nil, h.network.Forget(ctx, id)
}

func (h handlers) blockPeer(ctx context.Context, in *peerInput) (*edge.Empty, error) {
	return h.block(ctx, in, true)
}

func (h handlers) unblockPeer(ctx context.Context, in *peerInput) (*edge.Empty, error) {
	return h.block(ctx, in, false)
}

func (h handlers) block(ctx context.Context, in *peerInput, on bool) (*edge.Empty, error) {
	id, err := in.peer()
	if err != nil {
		return nil, err
	}
	return nil, h.network.Block(ctx, id, on)
}

func (h handlers) findPeer(ctx context.Context, in *peerInput) (*edge.Body[apitype.FoundPeer], error) {
	id, err := in.peer()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return edge.Answer(h.network.Find(ctx, id))
}

type doctorInput struct {
	Peer string `query:"peer" maxLength:"128" doc:"Id of a hive to reach"`
}

func (h handlers) doctor(ctx context.Context, in *doctorInput) (*edge.Body[apitype.Doctor], error) {
	var target *peer.ID
	if in.Peer != "" {
		id, err := parse("query.peer", in.Peer)
		if err != nil {
			return nil, err
		}
		target = &id
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return edge.Answer(h.network.Doctor(ctx, target))
}
