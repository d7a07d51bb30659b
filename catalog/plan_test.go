package catalog_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// queryLog remembers the queries that bun runs.
type queryLog struct {
	mu      sync.Mutex
	queries []string
}

// BeforeQuery implements bun.QueryHook.
func (*queryLog) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements bun.QueryHook.
func (l *queryLog) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queries = append(l.queries, e.Query)
}

// TestQueryPlans reads in every way, and asks SQLite how it finds the rows: by an index and in its order, so that a page
// costs the same whatever the size of the folder.
func TestQueryPlans(t *testing.T) {
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	home := f.home(1)
	f.mixed(home)
	f.put(home, "/list/file", "one")
	f.put(home, "/list/file", "two")
	far := newFar(f, 100) // mounted by user 2
	far.arrive("away", "x", false)
	far.arrive("here", "y", true)
	f.remove(far.bob, "/far/here")
	log, db := &queryLog{}, f.DB().Read().(*bun.DB)
	db.AddQueryHook(log) //nolint:staticcheck // the catalog holds this very DB, not a copy with a hook
	for _, sort := range []catalog.Sort{catalog.SortName, catalog.SortSize, catalog.SortMTime} {
		f.pages(home, catalog.ListOptions{Sort: sort, Limit: 5})
		f.pages(home, catalog.ListOptions{Sort: sort, Limit: 5, Desc: true})
	}
	f.names(home)
	must(home.Search(f.Context(), "z", "", 5))(f)
	must(home.Revisions(f.Context(), path(f, "/list/file"), 2, 5))(f)
	must(home.Trash(f.Context(), 0, 5))(f)
	must(home.Trash(f.Context(), 5, 5))(f)
	must(home.Changes(f.Context(), 5, 5))(f)
	must(f.Usage(f.Context(), 1))(f)
	for range f.Roots(f.Context()) {
	}
	must(f.Thin(f.Context(), time.Now(), catalog.Keep{TrashDays: 1}))(f)
	f.names(far.bob)
	must(far.bob.List(f.Context(), path(f, "/far"), catalog.ListOptions{Limit: 1}))(f)
	must(far.bob.Search(f.Context(), "a", "", 5))(f)
	must(far.bob.Trash(f.Context(), 0, 5))(f)
	must(f.Mounts(f.Context(), "far"))(f)
	must(f.Absent(f.Context(), far.target, 0, 5))(f)
	if _, _, err := catalog.CountAbsent(f.Context(), f.Catalog, far.target); err != nil {
		t.Error(err)
	}
	must(f.ReplicaRoom(f.Context(), far.target))(f)
	f.wantError(f.RelayOnce(f.Context()), nil)
	db.ResetQueryHooks() //nolint:staticcheck // the same
	for _, query := range log.queries {
		plan := f.plan(query)
		bad := slices.ContainsFunc(plan, func(step string) bool {
			// Upkeep may go through all rows; the paths of a page of hits are sorted, and the mounts of a share.
			upkeep := strings.Contains(query, "kind = 'gone'") || strings.Contains(query, "t.purging = TRUE)") ||
				strings.Contains(query, "m.seen_seq < s.seq ORDER")
			return (strings.HasPrefix(step, "SCAN") && !upkeep && step != "SCAN up" && step != "SCAN down") ||
				(strings.Contains(step, "TEMP B-TREE") && !strings.Contains(query, "RECURSIVE") &&
					!strings.Contains(query, "WHERE m.ref ="))
		})
		if bad {
			t.Errorf("%s\n\t%s", query, strings.Join(plan, "\n\t"))
		}
	}
	if len(log.queries) < 50 {
		t.Errorf("saw %d queries only", len(log.queries))
	}
}

// plan is how SQLite would run a query.
func (f fixture) plan(query string) []string {
	f.Helper()
	rows, err := f.DB().Read().QueryContext(f.Context(), "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		f.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			f.Fatal(err)
		}
		plan = append(plan, step)
	}
	return plan
}

// TestStepsAreFoundByIndex: what steps into a replica need is looked up by identity, or by folder and name, however large the
// space is.
func TestStepsAreFoundByIndex(t *testing.T) {
	var statements []string
	f := newFixture(t, databasetest.Telling(t, func(s string) { statements = append(statements, s) }), catalog.Config{})
	home := f.home(1)
	root, file := must(home.Stat(f.Context(), path(f, "/")))(f), f.put(home, "/file", "x")
	ops := []catalog.Op{{Kind: catalog.OpMkdir, UID: uid(1), Name: "a"}, {Kind: catalog.OpMkdir, UID: uid(2), Name: "b"}}
	for i := range byte(100) {
		ops = append(ops, create(uid(3+i), uid(1+i%2), fmt.Sprint(i), file))
	}
	statements = nil
	must(f.Apply(f.Context(), catalog.Target{Space: root.Space, Folder: root.ID, Actor: catalog.Actor{User: 1}}, ops, nil))(f)
	byName, byUID := 0, 0
	for _, s := range statements {
		if !strings.Contains(s, "FROM entries e WHERE") {
			continue
		}
		for _, step := range f.plan(strings.ReplaceAll(s, "?", "1")) {
			switch {
			case strings.Contains(step, "(parent_id=? AND name=?)"):
				byName++
			case strings.Contains(step, "(space_id=? AND uid=?)"):
				byUID++
			case strings.HasPrefix(step, "SCAN e"), strings.HasSuffix(step, "(space_id=?)"), strings.HasSuffix(step, "(parent_id=?)"):
				t.Errorf("%.400s\n\t%s", s, step)
			}
		}
	}
	if byName == 0 || byUID == 0 {
		t.Errorf("looked up %d times by name, %d times by identity", byName, byUID)
	}
}

// TestShiftedNamesTakeOneRound: where each name becomes the next one, in whatever order the steps come, the work is that of as many
// moves, and the log leads there.
func TestShiftedNamesTakeOneRound(t *testing.T) {
	t.Parallel()
	const files = 40
	name := func(i int) string { return fmt.Sprintf("img%02d", i) }
	for order, at := range map[string]func(i int) int{
		"up": func(i int) int { return i }, "down": func(i int) int { return files - 1 - i }, "mixed": func(i int) int { return i * 17 % files },
	} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			searched := 0
			f := newFixture(t, databasetest.Telling(t, func(s string) { searched += strings.Count(s, "(e.parent_id = ? AND e.name = ?)") }), catalog.Config{})
			c := inHome(f)
			var ops []catalog.Op
			want := forest{}
			for i := range files {
				file := f.put(f.home(1), "/f/"+name(at(i)), fmt.Sprint(at(i)))
				u, to := f.uidOf(file), name(at(i)+1)
				ops = append(ops, catalog.Op{Kind: catalog.OpMove, UID: u, Name: to, Was: wasOf(file, catalog.UID{})})
				want[u] = leaf{name: to, root: file.Root, size: file.Size, mtime: file.MTime}
			}
			searched = 0
			if got, err := c.apply(ops...); err != nil || got.Done != files || searched > 2*files {
				t.Errorf("%+v, %v, with %d names looked up", got, err, searched)
			}
			if got := c.lies(); !maps.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
			f.checkReplay(f.home(1))
		})
	}
}
