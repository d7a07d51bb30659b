package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

const (
	meadow = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf"
	forest = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo"
)

// neighbours is a network of one hive, forest, which answers; meadow does not.
type neighbours struct {
	api.Alone
	blocked map[string]bool
	known   map[string]bool
}

func (n *neighbours) Peers(context.Context) ([]apitype.Peer, error) {
	var out []apitype.Peer
	for id := range n.known {
		out = append(out, apitype.Peer{ID: id, Addrs: []string{"/ip4/10.0.0.1/tcp/4484"}, Connected: true, Blocked: n.blocked[id]})
	}
	return out, nil
}

func (n *neighbours) Find(_ context.Context, id peer.ID) (apitype.FoundPeer, error) {
	switch {
	case n.blocked[id.String()]:
		return apitype.FoundPeer{}, fmt.Errorf("find: %w", api.ErrHiveBlocked)
	case id.String() != forest:
		return apitype.FoundPeer{}, api.Because(api.ErrHiveUnreachable, "nobody knows it")
	}
	return apitype.FoundPeer{ID: forest, Name: "Forest", Addrs: []string{}, Hops: 2, Messages: 7}, nil
}

func (n *neighbours) Add(_ context.Context, addr string) (apitype.Peer, error) {
	info, err := peer.AddrInfoFromString(addr)
	if err != nil {
		return apitype.Peer{}, err
	}
	n.known[info.ID.String()] = true
	return apitype.Peer{ID: info.ID.String(), Addrs: []string{addr}}, nil
}

func (n *neighbours) Forget(_ context.Context, id peer.ID) error {
	delete(n.known, id.String())
	return nil
}

func (n *neighbours) Block(_ context.Context, id peer.ID, on bool) error {
	n.blocked[id.String()] = on
	return nil
}

func (n *neighbours) Doctor(_ context.Context, target *peer.ID) (apitype.Doctor, error) {
	report := apitype.Doctor{ID: n.ID, Reachability: "private", DHT: "client"}
	if target != nil {
		report.Target = &apitype.DoctorTarget{ID: target.String(), Way: apitype.WayRelayed}
	}
	return report, nil
}

func withNeighbours(s *setup) {
	s.api.Network = &neighbours{api.Alone{ID: meadow, Name: "Meadow", Addrs: []string{"/ip4/127.0.0.1/tcp/1/p2p/" + meadow}}, map[string]bool{}, map[string]bool{}}
}

func TestPeers(t *testing.T) {
	h := newHive(t, withNeighbours)
	mine, err := h.client(h.token).Peers.Hive(t.Context())
	if err != nil || mine.ID != meadow || len(mine.Addrs) != 1 || mine.Name != "Meadow" {
		t.Errorf("%+v, %v", mine, err)
	}
	c := h.client(h.admin).Peers
	addr := "/ip4/10.0.0.1/tcp/4484/p2p/" + forest
	added, err := c.Add(t.Context(), addr)
	if err != nil || added.ID != forest {
		t.Errorf("%+v, %v", added, err)
	}
	h.must(c.Block(t.Context(), forest, true))
	list, err := c.List(t.Context())
	want := []apitype.Peer{{ID: forest, Addrs: []string{"/ip4/10.0.0.1/tcp/4484"}, Connected: true, Blocked: true}}
	if diff := cmp.Diff(want, list); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	if _, err := c.Find(t.Context(), forest); !errors.Is(err, client.ErrHiveBlocked) {
		t.Errorf("got %v", err)
	}
	h.must(c.Block(t.Context(), forest, false))
	found, err := c.Find(t.Context(), forest)
	if err != nil || found.Name != "Forest" || found.Hops != 2 {
		t.Errorf("%+v, %v", found, err)
	}
	report, err := c.Doctor(t.Context(), forest)
	if err != nil || report.Reachability != "private" || report.Target.ID != forest {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err := c.Doctor(t.Context(), ""); err != nil || report.Target != nil {
		t.Errorf("%+v, %v", report, err)
	}
	h.must(c.Forget(t.Context(), forest))
	if list, err := c.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = c.Find(t.Context(), meadow)
	if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrHiveUnreachable) || e.Detail != "The other hive cannot be reached: nobody knows it." {
		t.Errorf("got %v", err)
	}
}

func TestPeersRefuse(t *testing.T) {
	h := newHive(t, withNeighbours)
	as := []string{"Authorization", "Bearer " + h.admin}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/peers", nil), 403, "admin_only")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/doctor", nil), 403, "admin_only")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/doctor?peer=bob", nil, as...), 422, "invalid")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/peers/bob/find", nil, as...), 422, "invalid")
	wantProblem(t, h.ask(http.MethodPut, "/api/v1/peers/bob/block", nil, as...), 422, "invalid")
	wantProblem(t, h.ask(http.MethodDelete, "/api/v1/peers/bob", nil, as...), 422, "invalid")
	for _, addr := range []string{"", "localhost:4484", "/ip4/10.0.0.1/tcp/4484", "/ip4/10.0.0.1/tcp/4484/p2p/bob"} {
		wantProblem(t, post("/api/v1/peers", `{"addr":"`+addr+`"}`, as...)(h), 422, "invalid")
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/peers/"+meadow+"/find", nil, as...), 502, "hive_unreachable")
}

func TestHiveThatIsAlone(t *testing.T) {
	h := newHive(t)
	c := h.client(h.admin).Peers
	mine, err := c.Hive(t.Context())
	if err != nil || mine.Name != "test hive" || mine.Version != "1.2.3" || mine.Addrs == nil {
		t.Errorf("%+v, %v", mine, err)
	}
	for name, err := range map[string]error{
		"list":   second(c.List(t.Context())),
		"add":    second(c.Add(t.Context(), "/ip4/10.0.0.1/tcp/4484/p2p/"+forest)),
		"forget": c.Forget(t.Context(), forest),
		"block":  c.Block(t.Context(), forest, true),
		"find":   second(c.Find(t.Context(), forest)),
		"doctor": second(c.Doctor(t.Context(), "")),
	} {
		if !errors.Is(err, client.ErrNoNetwork) {
			t.Errorf("%s: got %v, want ErrNoNetwork", name, err)
		}
	}
}

// second drops the value of a call.
func second[T any](_ T, err error) error { return err }
