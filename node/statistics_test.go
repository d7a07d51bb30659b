package node

import (
	"errors"
	"path/filepath"
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
	if got, err := c.Admin.Health(t.Context()); err != nil || got.State != "ok" || len(got.Parts) != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Storage(t.Context()); err != nil || got.Collected == nil || got.Collected.Removed != 0 || got.Logical != 46 || got.SavedDedup != 23 || got.SavedDelta != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	n.book.Find("scrub", 1)
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

// failedDisk is an engine that writes no more.
type failedDisk struct{}

func (failedDisk) Unsafe() error { return errors.New("the disk failed") }

func TestAHiveThatWritesNoMoreSaysSo(t *testing.T) {
	cfg := made(t)
	n, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := ready(n)(t.Context()); err != nil {
		t.Error(err)
	}
	n.unsafe = unsafeOf(failedDisk{})
	if got := n.health(t.Context()); ready(n)(t.Context()) == nil || got.State != "failed" {
		t.Errorf("got ready, %+v", got)
	}
}

func TestDamageIsKnownAfterARestart(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	needle := strings.Repeat("scrub me ", 300)
	put(t, c, "/bad", needle)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(cfg.Data, blocksFolder), []byte(needle))
	n, _, stop := running(t, cfg)
	if err := n.scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, c, _ = running(t, cfg)
	if got, err := c.Admin.Health(t.Context()); err != nil || got.State != "failed" {
		t.Errorf("%+v, %v", got, err)
	}
}
