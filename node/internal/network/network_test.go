package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/p2p"
)

func TestErrorsOfTheNetworkHaveAnswers(t *testing.T) {
	for _, tt := range []struct{ err, want error }{
		{nil, nil},
		{context.Canceled, context.Canceled},
		{fmt.Errorf("%w: x", p2p.ErrBlocked), api.ErrHiveBlocked},
		{p2p.ErrSelf, api.ErrHiveSelf},
		{fmt.Errorf("%w: x", p2p.ErrNotFound), api.ErrHiveUnreachable},
		{context.DeadlineExceeded, api.ErrHiveUnreachable},
		{errors.New("the wire is cut"), api.ErrHiveUnreachable},
	} {
		if got := networkError(tt.err); !errors.Is(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), "it did not answer in time"},
		{errors.New("p2p: two\n  lines"), "two lines"},
		{errors.New(strings.Repeat("ü", maxWords)), strings.Repeat("ü", maxWords/2)},
	} {
		if got := words(tt.err); got != tt.want {
			t.Errorf("%v: got %q", tt.err, got)
		}
	}
}

func TestReportJSON(t *testing.T) {
	got := reportJSON(p2p.Report{Because: p2p.Finding{Code: "called_back", Text: "at home", About: "home"}, Advice: []p2p.Finding{{Code: "upnp_off", Text: "UPnP is off"}}, Target: &p2p.Target{
		Path: apitype.WayRelayed, Latency: 1500 * time.Microsecond, Found: &p2p.Found{Hops: 2, Record: &p2p.Record{Name: "Meadow"}},
		Attempts: []p2p.Attempt{{Addr: "/ip4/1.2.3.4/tcp/1", Took: time.Second, Error: p2p.Finding{Code: "refused", Text: "nothing\nlistens"}}},
	}})
	if got.Reachability != "unknown" || got.Advice == nil || got.Mapping == nil || got.Target.LatencyMS != 1.5 || got.Target.Addrs == nil ||
		got.Target.Found.Name != "Meadow" || got.Target.Attempts[0].TookMS != 1000 || got.Target.Attempts[0].OK {
		t.Errorf("%+v", got)
	}
	if got.Because != "at home" || got.BecauseCode != "called_back" || got.BecauseAbout != "home" || got.Advice[0] != "UPnP is off" || got.AdviceCodes[0] != "upnp_off" ||
		got.Target.Attempts[0].Error != "nothing listens" || got.Target.Attempts[0].ErrorCode != "refused" {
		t.Errorf("%+v", got)
	}
	p := peerJSON(p2p.Peer{Connected: true, Relayed: true})
	if p.Way != apitype.WayRelayed || p.Addrs == nil || p.Since != nil {
		t.Errorf("%+v", p)
	}
}

func TestAddrs(t *testing.T) {
	name := filepath.Join(t.TempDir(), "addrs.json")
	now, writes := []string{"/ip4/127.0.0.1/tcp/1"}, 0
	a := &Addrs{Name: name, Now: func() []string { return now }, Log: slog.New(slog.DiscardHandler), Replace: func(name string, content []byte) error {
		writes++
		return os.WriteFile(name, content, 0o600)
	}}
	if _, ok := ReadAddrs(name); ok {
		t.Error("addresses of nothing")
	}
	before := a.Note(nil)
	if a.Note(before); writes != 1 {
		t.Errorf("%d writes of the same", writes)
	}
	now = []string{"/ip4/127.0.0.1/tcp/2"}
	a.Note(before)
	if got, ok := ReadAddrs(name); !ok || !slices.Equal(got, now) {
		t.Errorf("got %v", got)
	}
	for range 2 {
		if err := a.Forget(); err != nil {
			t.Error(err)
		}
	}
}

func TestExactly(t *testing.T) {
	for addr, want := range map[string]string{"/ip4/1.2.3.4/tcp/4484": "/ip4/1.2.3.4/tcp/4484", "/ip4/1.2.3.4/tcp/0": "", "/ip4/1.2.3.4/udp/0/quic-v1": "", "nonsense": ""} {
		if got := strings.Join(Exactly(addr), " "); got != want {
			t.Errorf("%s: got %q", addr, got)
		}
	}
	for _, got := range Exactly("/ip4/0.0.0.0/tcp/4484") {
		if strings.Contains(got, "0.0.0.0") {
			t.Errorf("got %s", got)
		}
	}
}

func TestNobody(t *testing.T) {
	Nobody{}.Handle("/x", nil)
	Nobody{}.Notify(nil)
	if _, err := (Nobody{}).Dial(t.Context(), peer.ID(""), "/x"); !errors.Is(err, api.ErrNoNetwork) {
		t.Errorf("got %v", err)
	}
}
