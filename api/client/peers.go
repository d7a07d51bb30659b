package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/melissiproject/hive/api/apitype"
)

// Peers is the hive among other hives. All but Hive is for admins.
type Peers struct{ c *Client }

// Hive asks how other hives reach this one.
func (p *Peers) Hive(ctx context.Context) (apitype.Hive, error) {
	return call[apitype.Hive](ctx, p.c, request{method: http.MethodGet, path: "/api/v1/hive"})
}

// List gives the hives that are known or connected.
func (p *Peers) List(ctx context.Context) ([]apitype.Peer, error) {
	page, err := call[apitype.Page[apitype.Peer]](ctx, p.c, request{method: http.MethodGet, path: "/api/v1/peers"})
	return page.Items, err
}

// Add remembers a multiaddr with /p2p/ and the id, and connects with it.
func (p *Peers) Add(ctx context.Context, addr string) (apitype.Peer, error) {
	return call[apitype.Peer](ctx, p.c, request{method: http.MethodPost, path: "/api/v1/peers", json: apitype.NewPeer{Addr: addr}})
}

// Forget forgets a hive and its addresses.
func (p *Peers) Forget(ctx context.Context, id string) error {
	return p.c.send(ctx, request{method: http.MethodDelete, path: peerPath(id)})
}

// Block keeps a hive out, or lets it in again.
func (p *Peers) Block(ctx context.Context, id string, on bool) error {
	method := http.MethodPut
	if !on {
		method = http.MethodDelete
	}
	return p.c.send(ctx, request{method: method, path: peerPath(id) + "/block"})
}

// Find looks a hive up in the distributed hash table.
func (p *Peers) Find(ctx context.Context, id string) (apitype.FoundPeer, error) {
	return call[apitype.FoundPeer](ctx, p.c, request{method: http.MethodGet, path: peerPath(id) + "/find"})
}

// Doctor asks how well the hive can be reached and, with a peer id or address, whether it reaches that hive.
func (p *Peers) Doctor(ctx context.Context, peer string) (apitype.Doctor, error) {
	q := url.Values{}
	setQuery(q, "peer", peer)
	return call[apitype.Doctor](ctx, p.c, request{method: http.MethodGet, path: "/api/v1/doctor", query: q})
}

func peerPath(id string) string { return "/api/v1/peers/" + id }
