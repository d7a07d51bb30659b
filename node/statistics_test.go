package node

import (
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/client"
)

func TestAHiveIsMeasured(t *testing.T) {
	n, c, _ := running(t, made(t))
	put(t, c, "/one", "the same content, twice")
	put(t, c, "/two", "the same content, twice")
	if err := newSampler(n).Take(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Admin.Statistics(t.Context(), client.StatisticsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int64{}
	for _, s := range got.Series {
		if len(s.Points) == 0 && strings.HasPrefix(s.Name, "traffic.") {
			continue // this hive is on no network
		}
		if len(s.Points) != 1 {
			t.Errorf("%s: %+v", s.Name, s.Points)
			continue
		}
		values[s.Name] = s.Points[0].Value
	}
	if values["users"] != 1 || values["entries"] != 2 || values["bytes.logical"] != 46 || values["blocks"] != 1 || values["bytes.stored"] != 23 ||
		values["saved.dedup"] != 23 || values["requests"] < 2 || values["errors"] != 0 {
		t.Errorf("%v", values)
	}
}

func TestAHiveSaysHowItIs(t *testing.T) {
	n, c, _ := running(t, made(t))
	put(t, c, "/one", "the same content, twice")
	put(t, c, "/two", "the same content, twice")
	if got, err := c.Admin.Health(t.Context()); err != nil || got.State != "ok" || len(got.Parts) != 6 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Storage(t.Context()); err != nil || got.Collected == nil || got.Collected.Removed != 0 || got.Logical != 46 || got.SavedDedup != 23 || got.SavedDelta != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	n.damaged.Store(1)
	if got, err := c.Admin.Health(t.Context()); err != nil || got.State != "failed" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := n.scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Admin.Health(t.Context()); err != nil || got.State != "ok" {
		t.Errorf("after a scrub that found nothing: %+v, %v", got, err)
	}
}
