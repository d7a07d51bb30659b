package health_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/node/internal/health"
	"github.com/melissiproject/hive/sharing"
)

var errTest = errors.New("it is away")

// sound are the parts of a hive that is well.
func sound() health.Parts {
	return health.Parts{
		Database: func(context.Context) error { return nil },
		Space:    func() (int64, int64, error) { return 50 << 30, 1 << 30, nil },
		Unsafe:   func() error { return nil },
		Damaged:  func() int64 { return 0 },
		Failing:  func() (task, err string) { return "", "" },
		Network:  func() health.Network { return health.Network{Connected: 5, Partners: 3, Reached: 2} },
		Pending:  func(context.Context) ([]sharing.Item, error) { return nil, nil },
		Shares:   func(context.Context) ([]sharing.Overview, error) { return nil, nil },
	}
}

func TestWords(t *testing.T) {
	day := 24 * time.Hour
	items := func(age time.Duration) func(context.Context) ([]sharing.Item, error) {
		return func(context.Context) ([]sharing.Item, error) {
			return []sharing.Item{{To: peer.ID("a"), Created: time.Now().Add(-age)}, {To: peer.ID("a"), Created: time.Now()}, {To: peer.ID("b"), Created: time.Now()}}, nil
		}
	}
	share := func(s sharing.Status) func(context.Context) ([]sharing.Overview, error) {
		return func(context.Context) ([]sharing.Overview, error) {
			return []sharing.Overview{{Name: "photos", Status: s}, {Name: "well"}}, nil
		}
	}
	space := func(free int64) func() (int64, int64, error) {
		return func() (int64, int64, error) { return free, 1 << 30, nil }
	}
	for _, test := range []struct {
		change             func(*health.Parts)
		state, code, words string
	}{
		{func(*health.Parts) {}, "ok", "disk_free", "50.0 GiB are free"},
		{func(p *health.Parts) { p.Database = func(context.Context) error { return errTest } }, "failed", "database_silent", "does not answer: it is away"},
		{func(p *health.Parts) { p.Space = space(500 << 20) }, "failed", "disk_full", "Writes are refused: 500 MiB"},
		{func(p *health.Parts) { p.Space = space(1500 << 20) }, "warning", "disk_low", "Only 1.5 GiB"},
		{func(p *health.Parts) { p.Space = space(-1) }, "ok", "disk_unknown", "not known"},
		{func(p *health.Parts) { p.Space = func() (int64, int64, error) { return 0, 0, errTest } }, "failed", "disk_silent", "away"},
		{func(p *health.Parts) { p.Damaged = func() int64 { return 3 } }, "failed", "blocks_damaged", "3 blocks are damaged"},
		{func(p *health.Parts) { p.Unsafe = func() error { return errTest } }, "failed", "blocks_unsafe", "Writes are refused until the hive is started again"},
		{func(p *health.Parts) { p.Failing = func() (string, string) { return "gc", "a node is damaged" } }, "warning", "upkeep_failing", "(gc) failed when it last ran, and is tried again within an hour: a node"},
		{func(p *health.Parts) { p.Network = func() health.Network { return health.Network{Off: true} } }, "ok", "network_off", "as its owner wants"},
		{func(p *health.Parts) {
			p.Network = func() health.Network { return health.Network{Connected: 2, Partners: 3} }
		}, "warning", "network_unreached", "None of the 3"},
		{func(p *health.Parts) { p.Network = func() health.Network { return health.Network{} } }, "warning", "network_alone", "No other hive"},
		{func(p *health.Parts) { p.Pending = items(time.Hour) }, "ok", "deliveries_underway", "3 messages on the way to 2 hives"},
		{func(p *health.Parts) { p.Pending = items(3 * day) }, "warning", "deliveries_late", "the oldest since " + time.Now().Add(-3*day).UTC().Format(time.DateOnly)},
		{func(p *health.Parts) {
			p.Pending = func(context.Context) ([]sharing.Item, error) { return nil, errTest }
		}, "failed", "deliveries_silent", "away"},
		{func(p *health.Parts) { p.Shares = share(sharing.Status{Problem: errTest, Synced: time.Now()}) }, "ok", "shares_well", "2 shares"},
		{func(p *health.Parts) {
			p.Shares = share(sharing.Status{Problem: errTest, Synced: time.Now().Add(-2 * day)})
		}, "warning", "shares_stuck", "1 of 2 shares have not got on for a day, such as photos: it is away"},
		{func(p *health.Parts) { // accepted just now, while its owner's hive is away
			p.Shares = func(context.Context) ([]sharing.Overview, error) {
				fresh := sharing.Overview{Name: "photos", Status: sharing.Status{Problem: errTest}}
				fresh.Created = time.Now()
				return []sharing.Overview{fresh}, nil
			}
		}, "ok", "shares_well", "1 share"},
		{func(p *health.Parts) { p.Shares = share(sharing.Status{Guarded: 700}) }, "warning", "shares_held", "wait for a yes"},
		{func(p *health.Parts) {
			p.Shares = func(context.Context) ([]sharing.Overview, error) { return nil, errTest }
		}, "failed", "shares_silent", "away"},
	} {
		p := sound()
		test.change(&p)
		got := health.Check(t.Context(), p)
		found := false
		for _, part := range got.Parts {
			if name, _, _ := strings.Cut(test.code, "_"); part.Name != name {
				if part.State != "ok" {
					t.Errorf("%s: %+v is not ok", test.words, part)
				}
				continue
			}
			found = part.State == test.state && part.Code == test.code && strings.Contains(part.Text, test.words)
		}
		if !found || got.State != test.state || len(got.Parts) != 7 {
			t.Errorf("%s: got %+v", test.words, got)
		}
	}
}

// TestCodesAreNamed: the API lists every code that there is.
func TestCodesAreNamed(t *testing.T) {
	field, _ := reflect.TypeFor[apitype.HealthPart]().FieldByName("Code")
	listed := strings.Split(field.Tag.Get("enum"), ",")
	source, err := os.ReadFile("health.go")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, found := range regexp.MustCompile(`say\("[a-z]+", [a-z]+, "([a-z_]+)"`).FindAllSubmatch(source, -1) {
		used = append(used, string(found[1]))
	}
	for _, found := range regexp.MustCompile(`mute\("([a-z]+)"`).FindAllSubmatch(source, -1) {
		used = append(used, string(found[1])+"_silent")
	}
	slices.Sort(listed)
	slices.Sort(used)
	if diff := cmp.Diff(listed, used); diff != "" {
		t.Error(diff)
	}
}

func TestFacts(t *testing.T) {
	p := sound()
	p.Pending = func(context.Context) ([]sharing.Item, error) {
		return []sharing.Item{{To: peer.ID("a"), Created: time.Now().Add(-48 * time.Hour)}, {To: peer.ID("b"), Created: time.Now()}}, nil
	}
	p.Shares = func(context.Context) ([]sharing.Overview, error) {
		return []sharing.Overview{{Name: "photos", Status: sharing.Status{Problem: errTest}}, {Name: "well"}}, nil
	}
	facts := map[string]apitype.HealthFacts{}
	for _, part := range health.Check(t.Context(), p).Parts {
		facts[part.Name] = part.Facts
	}
	if at := facts["deliveries"].Oldest; at == nil || time.Since(*at) < 47*time.Hour {
		t.Errorf("the oldest is of %v", at)
	}
	want := map[string]apitype.HealthFacts{
		"database": {}, "blocks": {}, "upkeep": {}, "disk": {Free: 50 << 30, Reserve: 1 << 30}, "network": {Connected: 5, Partners: 3, Reached: 2},
		"deliveries": {Messages: 2, Hives: 2, Oldest: facts["deliveries"].Oldest}, "shares": {Shares: 2, Stuck: 1, Share: "photos"},
	}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Error(diff)
	}
}

func TestTheWorstCounts(t *testing.T) {
	p := sound()
	p.Database = func(context.Context) error { return errTest }
	p.Network = func() health.Network { return health.Network{} }
	if got := health.Check(t.Context(), p); got.State != "failed" {
		t.Errorf("got %s", got.State)
	}
}
