package settings_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/settings"
)

// file is what the configuration file says.
var file = settings.Values{
	Name: "hive", Registration: "closed", Quota: -1, SessionLife: 720 * time.Hour, TrashDays: 30, ThinRevisions: true, ShareQuota: -1, AuditKeep: 8760 * time.Hour,
}

func open(t *testing.T, db *database.DB, file settings.Values) *settings.Settings {
	t.Helper()
	s, err := settings.Open(t.Context(), db, file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChange(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := open(t, db, file)
		if s.Now() != file || len(s.Changed()) != 0 {
			t.Fatalf("%+v", s.Now())
		}
		ctx := audit.By(t.Context(), audit.Origin{User: 1, Name: "root"})
		all := settings.Change{
			Name: new("Meadow"), Registration: new("open"), Quota: new(int64(5)), SessionLife: new(time.Hour), TrashDays: new(0), ThinRevisions: new(false),
			ShareQuota: new(int64(7)), AuditKeep: new(time.Duration(0)),
		}
		if err := s.Change(ctx, all); err != nil {
			t.Fatal(err)
		}
		want := settings.Values{Name: "Meadow", Registration: "open", Quota: 5, SessionLife: time.Hour, ShareQuota: 7}
		if s.Now() != want {
			t.Errorf("got %+v", s.Now())
		}
		set := s.Changed()
		if len(set) != 8 || set[0].Name != "name" || set[0].By != "root" || time.Since(set[0].At) > time.Hour {
			t.Errorf("%+v", set)
		}
		// After a restart, with another file, it is the same; what is reset is as the file has it.
		later := file
		later.Quota, later.Name = 99, "Brook"
		s = open(t, db, later)
		if s.Now() != want {
			t.Errorf("after a restart %+v", s.Now())
		}
		if err := s.Change(ctx, settings.Change{Reset: []string{"quota", "name"}, Name: new("Forest")}); err != nil {
			t.Fatal(err)
		}
		want.Quota, want.Name = 99, "Forest"
		if s.Now() != want || len(s.Changed()) != 7 {
			t.Errorf("after a reset %+v", s.Now())
		}
		records, err := audit.New(db).List(t.Context(), audit.Query{})
		if err != nil || len(records) != 2 || records[0].Target != "name quota" || string(records[0].Details) != `{"name":"Forest","quota":null}` ||
			!strings.Contains(string(records[1].Details), `"session_life":"1h0m0s"`) || records[1].Actor != "root" {
			t.Errorf("%+v, %v", records, err)
		}
		if err := s.Change(ctx, settings.Change{Reset: []string{"quota"}}); err != nil { // is as in the file already
			t.Error(err)
		}
		if records, _ := audit.New(db).List(t.Context(), audit.Query{}); len(records) != 2 {
			t.Error("nothing changed, and was recorded")
		}
	})
}

func TestAllOrNone(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	s := open(t, db, file)
	for want, c := range map[string]settings.Change{
		"name":         {Name: new(" ")},
		"one line":     {Name: new("a\nb")},
		"64":           {Name: new(strings.Repeat("x", 65))},
		"registration": {Registration: new("perhaps"), Name: new("Meadow")},
		"quota":        {Quota: new(int64(0)), Name: new("Meadow")},
		"-1":           {Quota: new(int64(-2))},
		"session_life": {SessionLife: new(time.Second)},
		"trash_days":   {TrashDays: new(-1)},
		"36500":        {TrashDays: new(1 << 40)},
		"share_quota":  {ShareQuota: new(int64(0))},
		"audit_keep":   {AuditKeep: new(-time.Second)},
		"colour":       {Reset: []string{"colour"}, Name: new("Meadow")},
	} {
		err := s.Change(t.Context(), c)
		if !errors.Is(err, settings.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if s.Now() != file || open(t, db, file).Now() != file {
		t.Errorf("%+v", s.Now())
	}
}

// TestManyAtOnce: what everybody sees in the end is what the database has.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	s := open(t, db, file)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if err := s.Change(t.Context(), settings.Change{Quota: new(int64(i + 1)), TrashDays: new(i + 1)}); err != nil {
				t.Error(err)
			}
			if now := s.Now(); now.Quota != int64(now.TrashDays) {
				t.Errorf("half a change: %+v", now)
			}
		})
	}
	all.Wait()
	if s.Now() != open(t, db, file).Now() {
		t.Error("the database has another state")
	}
}

func TestStrangeRows(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		put := func(name, value string) {
			t.Helper()
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value, changed, actor) VALUES (?, ?, ?, ?)", name, value, database.Now(), "x")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		put("of_a_later_version", `{"x":1}`)
		if s := open(t, db, file); s.Now() != file || len(s.Changed()) != 0 {
			t.Errorf("%+v", s.Now())
		}
		put("quota", `"much"`)
		if _, err := settings.Open(t.Context(), db, file); err == nil {
			t.Error("no number, and no error")
		}
	})
}
