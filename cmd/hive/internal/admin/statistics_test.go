package admin

import (
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

func TestLines(t *testing.T) {
	at := time.Date(2026, 1, 1, 12, 0, 7, 0, time.Local)
	got := lines(apitype.Statistics{Series: []apitype.Series{
		{Name: "users", Points: []apitype.Point{{At: at, Value: 3}, {At: at, Value: 4}}}, {Name: "traffic.in/x", Points: []apitype.Point{{At: at, Value: 2048}}}, {Name: "errors"},
	}})
	want := [][]string{{"users", "2026-01-01 12:00", "3"}, {"users", "2026-01-01 12:00", "4"}, {"traffic.in/x", "2026-01-01 12:00", "2.0 KiB"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q", got)
	}
}

func TestParseChange(t *testing.T) {
	c, err := parseChange([]string{"quota=1KiB", "session_life=2d", "name=", "trash_days=5"})
	if err != nil || *c.Quota != 1024 || *c.SessionLife != 172800 || *c.TrashDays != 5 || !slices.Equal(c.Reset, []string{"name"}) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{"quota", "quota=x", "trash_days=x", "thin_revisions=perhaps", "audit_keep=x", "share_quota=x", "colour=red"} {
		if _, err := parseChange([]string{bad}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
