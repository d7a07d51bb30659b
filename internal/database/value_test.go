package database_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
)

// value is a row with one of each word of the migrations.
type value struct {
	bun.BaseModel `bun:"table:vals"`

	ID    int64         `bun:"id,pk,autoincrement"`
	Int   int64         `bun:"i"`
	Time  database.Time `bun:"at"`
	Bool  bool          `bun:"b"`
	Name  string        `bun:"name"`
	Wide  string        `bun:"wide"`
	Text  string        `bun:"body"`
	Bytes []byte        `bun:"raw"`
}

func withValues(t *testing.T, f func(t *testing.T, db *database.DB)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		write(t, db, "DROP TABLE schema_versions")
		if err := db.MigrateFrom(t.Context(), files(`CREATE TABLE vals (id {{.ID}}, i {{.Int}} NOT NULL, at {{.Time}},
			b {{.Bool}} NOT NULL, name {{.Name}} NOT NULL, wide {{.Wide}} NOT NULL, body {{.Text}} NOT NULL, raw {{.Bytes}},
			CONSTRAINT vals_name UNIQUE (name)) {{.Table}};
			CREATE TABLE pairs (a {{.Int}} NOT NULL, b {{.Wide}} NOT NULL, PRIMARY KEY (a, b)) {{.Keyed}};
			CREATE TABLE keys1 (id {{.Key}}) {{.Table}};`)); err != nil {
			t.Fatal(err)
		}
		f(t, db)
	})
}

func insert(t *testing.T, db *database.DB, v *value) error {
	t.Helper()
	return db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(v).Exec(ctx)
		return err
	})
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		// Accented and combining, backslash and quotes, an end in spaces: nothing is folded, escaped or trimmed.
		for _, s := range []string{"", "a", "A", "ä", "a\u0308", "a ", "a  ", "🐝", `back\slash`, `it's "x" ? :y %_`, "\\'", "tab\tnew\nline"} {
			want := value{
				Int: math.MinInt64, Time: database.At(time.Date(2011, 3, 4, 5, 6, 7, 123456789, time.Local)), Bool: true,
				Name: s, Wide: s, Text: s, Bytes: []byte{0, 1, '\'', '\\', 255},
			}
			if err := insert(t, db, &want); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			var got value
			if err := db.Read().NewSelect().Model(&got).Where("name = ?", s).Scan(t.Context()); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if got.Name != s || got.Wide != s || got.Text != s || !slices.Equal(got.Bytes, want.Bytes) ||
				got.Time != want.Time || got.Int != want.Int || !got.Bool || got.ID == 0 || got.ID != want.ID {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
	})
}

func TestNamesSortBytewise(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		names := []string{"b", "B", "a", "ä", "_", "Z", "é", "a b", "a-b", "a.b", "z", "ab", "🐝", "\uffee"}
		for _, name := range names {
			if err := insert(t, db, &value{Name: name, Wide: name}); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(names)
		for _, column := range []string{"name", "wide", "body"} {
			var got []string
			query := db.Read().NewSelect().Table("vals").Column("name").OrderExpr("? , name", bun.Ident(column))
			if err := query.Scan(t.Context(), &got); err != nil || !slices.Equal(got, names) {
				t.Errorf("by %s: got %q, %v, want %q", column, got, err, names)
			}
		}
		var after []string
		err := db.Read().NewRaw("SELECT name FROM vals WHERE name > ? ORDER BY name", "a").Scan(t.Context(), &after)
		if want := names[slices.Index(names, "a")+1:]; err != nil || !slices.Equal(after, want) {
			t.Errorf("got %q, %v, want %q", after, err, want)
		}
	})
}

func TestIsUnique(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		first := value{Name: "same"}
		if err := insert(t, db, &first); err != nil {
			t.Fatal(err)
		}
		if err := insert(t, db, &value{Name: "same"}); !database.IsUnique(err) {
			t.Errorf("same name: got %v", err)
		}
		if err := insert(t, db, &value{ID: first.ID, Name: "other"}); !database.IsUnique(err) {
			t.Errorf("same key: got %v", err)
		}
		_, err := db.Read().ExecContext(t.Context(), "nonsense")
		if err == nil || database.IsUnique(err) || database.IsUnique(nil) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNumbersAreNotUsedAgain(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		first, second := value{Name: "first"}, value{Name: "second"}
		if err := insert(t, db, &first); err != nil {
			t.Fatal(err)
		}
		write(t, db, "DELETE FROM vals")
		if err := insert(t, db, &second); err != nil || second.ID <= first.ID {
			t.Errorf("got %d after %d, %v", second.ID, first.ID, err)
		}
	})
}

func TestUpdateCountsTheRowsItFound(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		if err := insert(t, db, &value{Name: "x", Int: 1}); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			result, err := tx.ExecContext(ctx, "UPDATE vals SET i = 1 WHERE name = ?", "x")
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); n != 1 || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestTime(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		for name, at := range map[string]database.Time{
			"null": {}, "epoch": database.At(time.Unix(0, 0)), "old": database.At(time.Unix(-1, 1)), "now": database.Now(),
		} {
			if err := insert(t, db, &value{Name: name, Time: at}); err != nil {
				t.Fatal(err)
			}
			var got database.Time
			err := db.Read().NewRaw("SELECT at FROM vals WHERE name = ?", name).Scan(t.Context(), &got)
			if err != nil || got != at || (got.Pointer() == nil) != (name == "null") {
				t.Errorf("%s: got %v, %v, want %v", name, got, err, at)
			}
		}
		for _, year := range []int{2, 1600, 2263, 9999} {
			at := database.At(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			if err := insert(t, db, &value{Name: at.String(), Time: at}); err == nil {
				t.Errorf("year %d was stored", year)
			}
		}
	})
	if err := new(database.Time).Scan("2011"); err == nil {
		t.Error("a text was read as a time")
	}
}
