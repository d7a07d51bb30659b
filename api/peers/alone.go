package peers

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// Alone is the Network of a hive that takes part in none. It is the hive itself.
type Alone apitype.Hive

// Self is this hive.
func (a Alone) Self() apitype.Hive { return apitype.Hive(a) }

// Peers knows none.
func (Alone) Peers(context.Context) ([]apitype.Peer, error) { return nil, edge.ErrNoNetwork }

// Find finds none.
func (Alone) Find(context.Context, peer.ID) (apitype.FoundPeer, error) {
	return apitype.FoundPeer{}, edge.ErrNoNetwork
}

// Add reaches none.
func (Alone) Add(context.Context, string) (apitype.Peer, error) {
	return apitype.Peer{}, edge.ErrNoNetwork
}

// Forget has nothing to forget.
func (Alone) Forget(context.Context, peer.ID) error { return edge.ErrNoNetwork }

// Block has nobody to keep out.
func (Alone) Block(context.Context, peer.ID, bool) error { return edge.ErrNoNetwork }

// Doctor finds the cause.
func (Alone) Doctor(context.Context, *peer.ID) (apitype.Doctor, error) {
	return apitype.Doctor{}, edge.ErrNoNetwork
}
