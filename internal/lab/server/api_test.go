package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a hive that answers by serve.
func at(t *testing.T, serve http.HandlerFunc) *Hive {
	t.Helper()
	web := httptest.NewServer(serve)
	t.Cleanup(web.Close)
	return &Hive{cfg: Config{Admin: "alice"}, addr: strings.TrimPrefix(web.URL, "http://"), http: web.Client(), token: "secret"}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	var seen []string
	h := at(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.RequestURI)
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("no token")
		}
		answer := map[string]any{
			"id": "s", "code": "c", "status": map[string]any{"entries": 3, "complete": true}, "members": []map[string]any{{"id": 5, "user": "bob@id"}},
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/offers"), strings.Contains(r.URL.Path, "/folders"):
			answer["items"] = []map[string]any{{"id": 7, "share": "s", "name": "n"}}
		case strings.HasSuffix(r.URL.Path, "/peers"):
			answer["items"] = []map[string]any{{"id": "p", "connected": true, "way": "direct"}, {"id": "q", "way": "direct"}}
		case strings.HasSuffix(r.URL.Path, "/doctor"):
			answer = map[string]any{"target": map[string]any{"way": "relayed"}}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	})
	ctx, s := t.Context(), Shares{h}
	share, err := s.Create(ctx, "/a b", "writer", "bob@id")
	_, met := s.Meet(ctx, h, "bob")
	_, taken := s.Take(ctx, "s", "/there", time.Minute)
	list, listed := h.List(ctx, "/a #1")
	doctor, diagnosed := s.Doctor(ctx, "id")
	err = errors.Join(err, met, taken, listed, diagnosed, h.Put(ctx, "/x", "1"), h.Remove(ctx, "/x"), s.Revoke(ctx, "s", "bob@id"),
		s.Complete(ctx, "s", 3, time.Minute))
	if err != nil || share.ID != "s" || len(list) != 1 || doctor.Target.Way != "relayed" {
		t.Errorf("got %v, %+v, %+v, %+v", err, share, list, doctor)
	}
	if _, err := h.Get(ctx, "/x"); err != nil {
		t.Error(err)
	}
	if _, err := s.Identity(ctx); err != nil {
		t.Error(err)
	}
	for peer, want := range map[string]string{"p": "direct", "q": "", "r": ""} {
		if way, err := s.Way(ctx, peer); way != want || err != nil {
			t.Errorf("way to %s: got %q, %v", peer, way, err)
		}
	}
	want := []string{
		"POST /api/v1/shares", "POST /api/v1/invitations", "POST /api/v1/invitations/accept", "GET /api/v1/offers",
		"POST /api/v1/offers/7/accept", "GET /api/v1/folders/a%20%231?limit=1000", "GET /api/v1/doctor?peer=id",
		"PUT /api/v1/files/x?parents=true", "DELETE /api/v1/files/x", "GET /api/v1/shares/s", "DELETE /api/v1/shares/s/members/5",
		"GET /api/v1/shares/s?wait=10s", "GET /api/v1/files/x", "GET /api/v1/hive",
		"GET /api/v1/peers", "GET /api/v1/peers", "GET /api/v1/peers",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got %q\nwant %q", seen, want)
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	h := at(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such thing", http.StatusNotFound) })
	if _, err := h.Get(t.Context(), "/x"); !errors.Is(err, ErrStatus) || !strings.Contains(err.Error(), "404 to GET files/x: no such thing") {
		t.Errorf("got %v", err)
	}
	err := Until(t.Context(), 20*time.Millisecond, func(context.Context) error { return ErrExited })
	if !errors.Is(err, ErrLate) || !errors.Is(err, ErrExited) {
		t.Errorf("got %v", err)
	}
	if _, err := (Shares{h}).Offered(t.Context(), "s", 20*time.Millisecond); !errors.Is(err, ErrLate) || !errors.Is(err, ErrStatus) {
		t.Errorf("got %v", err)
	}
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	h := &Hive{cfg: Config{
		Binary: "hive", Dir: "/d", Namespace: "ns", P2P: []string{"/ip4/127.0.0.1/tcp/0"}, Bootstrap: []string{"/ip4/127.0.0.1/tcp/1/p2p/x"},
	}, addr: "127.0.0.1:1"}
	got := strings.Join(h.Command(t.Context(), h.serve()...).Args, " ")
	want := "ip netns exec ns hive serve --data /d/hive --http 127.0.0.1:1 --mdns=false --p2p /ip4/127.0.0.1/tcp/0 --bootstrap /ip4/127.0.0.1/tcp/1/p2p/x"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	h = &Hive{cfg: Config{Binary: "hive"}}
	if cmd := h.Command(t.Context(), "serve"); !slices.Contains(cmd.Env, "HIVE_P2P_ENABLED=false") {
		t.Error("a hive without addresses is on the network")
	}
}
