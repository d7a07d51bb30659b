package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/catalog"
)

// walker does random things in a folder of its own, beside others in the same home, and compares every answer with that
// of a model.
type walker struct {
	fixture
	tree  *catalog.Tree
	base  string
	model model
	rand  *rand.Rand
}

// TestModel lets several walkers loose in one home: each finds its folder as its model says, and the numbers of the home
// are right.
func TestModel(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		seed := rand.Uint64()
		f.Logf("seed %d", seed)
		home := f.home(1)
		var walkers []*walker
		for i := range 4 {
			w := &walker{f, home, fmt.Sprintf("/w%d", i), model{top: newFolder()}, rand.New(rand.NewPCG(seed, uint64(i)))}
			must(home.Mkdir(f.Context(), path(f, w.base), false))(f)
			walkers = append(walkers, w)
		}
		errs := race(len(walkers), func(i int) error {
			for step := range steps() {
				if err := walkers[i].step(f.Context()); err != nil {
					return fmt.Errorf("%s, step %d: %w", walkers[i].base, step, err)
				}
			}
			return nil
		})
		if err := errors.Join(errs...); err != nil {
			f.Fatal(err)
		}
		var used int64
		for _, w := range walkers {
			if diff := cmp.Diff(w.model.top.lines(w.base, nil), f.lines(home, w.base)); diff != "" {
				f.Error(diff)
			}
			used += w.model.top.size()
			for _, b := range w.model.trash {
				used += b.node.size()
			}
		}
		f.wantUsed(1, used)
		f.checkNumbers()
		f.checkReplay(home)
	})
}

func steps() int {
	if testing.Short() {
		return 50
	}
	return 250
}

// step does one thing to the tree and the model, and compares the errors.
func (w *walker) step(ctx context.Context) error {
	a, b := w.names(), w.names()
	flag := w.rand.IntN(2) == 0
	content := strings.Repeat(fmt.Sprint(w.rand.IntN(3)), w.rand.IntN(20))
	number := int64(1 + w.rand.IntN(4))
	var got, want error
	var did string
	switch n := w.rand.IntN(20); {
	case n < 6:
		did, want = "put", w.model.put(a, content, flag)
		_, _, got = w.tree.Put(ctx, w.at(a), strings.NewReader(content), catalog.PutOptions{Parents: flag})
	case n < 8:
		did, want = "mkdir", w.model.mkdir(a, flag)
		_, got = w.tree.Mkdir(ctx, w.at(a), flag)
	case n < 13:
		did = "transfer"
		got, want = w.transfer(ctx, a, b, n < 11, flag)
	case n < 15:
		did = "remove"
		var trashed catalog.Trashed
		trashed, got = w.tree.Remove(ctx, w.at(a), catalog.RemoveOptions{})
		var node *node
		if node, want = w.model.remove(a); want == nil {
			w.model.trash = append(w.model.trash, &binned{trashed.ID, a, node})
		}
	case n < 17:
		did = "trash"
		got, want = w.trash(ctx, flag)
	case n < 18:
		did, want = "restore revision", w.model.restoreRevision(a, number)
		_, got = w.tree.RestoreRevision(ctx, w.at(a), number)
	default:
		did, want = "delete revision", w.model.deleteRevision(a, number)
		got = w.tree.DeleteRevision(ctx, w.at(a), number)
	}
	if !errors.Is(got, want) {
		return fmt.Errorf("%s %v %v %t: got %w, want %w", did, a, b, flag, got, want)
	}
	return nil
}

// names is a random path, short enough that things meet.
func (w *walker) names() []string {
	out := make([]string, 1+w.rand.IntN(4))
	for i := range out {
		out[i] = []string{"a", "b", "ü"}[w.rand.IntN(3)]
	}
	return out
}

func (w *walker) at(names []string) catalog.Path {
	return path(w, w.base+"/"+strings.Join(names, "/"))
}

func (w *walker) transfer(ctx context.Context, from, to []string, move, overwrite bool) (got, want error) {
	do := (*catalog.Tree).Copy
	if move {
		do = (*catalog.Tree).Move
	}
	_, got = do(w.tree, ctx, w.at(from), w.at(to), catalog.TransferOptions{Overwrite: overwrite})
	replaced, want := w.model.transfer(from, to, move, overwrite)
	if got == nil && want == nil && replaced != nil {
		for _, t := range must(w.tree.Trash(ctx, 0, 1000))(w) { // the latest of this path is what was replaced
			if t.Path == w.at(to).String() {
				w.model.trash = append(w.model.trash, &binned{t.ID, to, replaced})
				break
			}
		}
	}
	return got, want
}

// trash restores or purges something, if there is anything.
func (w *walker) trash(ctx context.Context, restore bool) (got, want error) {
	if len(w.model.trash) == 0 {
		return nil, nil
	}
	i := w.rand.IntN(len(w.model.trash))
	b := w.model.trash[i]
	if !restore {
		w.model.trash = slices.Delete(w.model.trash, i, i+1)
		return w.tree.Purge(ctx, b.id), nil
	}
	to := w.at(b.path)
	_, got = w.tree.RestoreTrash(ctx, b.id, &to)
	above, name := split(b.path)
	folder, want := w.model.folder(above, false)
	if want == nil && folder.kids[name] != nil {
		want = catalog.ErrExists
	}
	if want == nil {
		folder.kids[name] = b.node
		w.model.trash = slices.Delete(w.model.trash, i, i+1)
	}
	return got, want
}

// lines describes what is at a path and below as a model does.
func (f fixture) lines(tree *catalog.Tree, base string) []string {
	f.Helper()
	var out []string
	for e, err := range tree.Walk(f.Context(), path(f, base)) {
		if err != nil {
			f.Fatal(err)
		}
		if e.Kind == catalog.KindFolder {
			out = append(out, e.Path+"/")
			continue
		}
		var numbers []int64
		for _, r := range must(tree.Revisions(f.Context(), path(f, e.Path), 0, 0))(f) {
			numbers = append(numbers, r.Number)
		}
		slices.Sort(numbers)
		r := must(tree.OpenEntry(f.Context(), e))(f)
		out = append(out, fmt.Sprintf("%s %v %q", e.Path, numbers, must(io.ReadAll(r))(f)))
		r.Close()
	}
	return out
}

// checkNumbers compares what a home says it takes with its rows, and looks for rows that lead nowhere.
func (f fixture) checkNumbers() {
	f.Helper()
	for query, want := range map[string]int64{
		`SELECT COUNT(*) FROM spaces s WHERE used_bytes <> (SELECT COALESCE(SUM(r.size), 0) FROM revisions r JOIN entries e ON e.id = r.entry_id
			LEFT JOIN contents c ON c.entry_id = r.entry_id AND c.number = r.number WHERE e.space_id = s.id AND (c.held IS NULL OR c.held))`: 0,
		"SELECT COUNT(*) FROM spaces s WHERE files <> (SELECT COUNT(*) FROM entries e WHERE kind = 1 AND e.space_id = s.id)":                                                                   0,
		`SELECT COUNT(*) FROM spaces s WHERE folders + 1 <> (SELECT COUNT(*) FROM entries e WHERE kind = 0 AND e.space_id = s.id)`:                                                             0,
		"SELECT COUNT(*) FROM spaces s WHERE seq <> (SELECT COUNT(*) FROM changes c WHERE c.space_id = s.id)":                                                                                  0,
		"SELECT COUNT(*) FROM revisions r WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = r.entry_id AND e.kind = 1)":                                                                   0,
		"SELECT COUNT(*) FROM entries e WHERE e.kind = 1 AND NOT EXISTS (SELECT 1 FROM revisions r WHERE r.entry_id = e.id AND r.number = e.revision AND r.root = e.root AND r.size = e.size)": 0,
		"SELECT COUNT(*) FROM entries e WHERE e.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entries p WHERE p.id = e.parent_id AND p.kind = 0)":                                        0,
		"SELECT COUNT(*) FROM entries e WHERE e.parent_id IS NULL AND e.name <> '' AND NOT EXISTS (SELECT 1 FROM trash t WHERE t.entry_id = e.id)":                                             0,
		"SELECT COUNT(*) FROM trash t WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = t.entry_id AND e.parent_id IS NULL)":                                                              0,
		"SELECT COUNT(*) FROM contents c WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.entry_id = c.entry_id AND r.number = c.number AND r.root = c.root AND r.size = c.size)":           0,
		"SELECT COUNT(*) FROM contents c JOIN entries e ON e.id = c.entry_id WHERE NOT c.held AND c.number <> e.revision":                                                                      0,
		"SELECT COUNT(*) FROM mounts m WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = m.entry_id AND e.target_id = m.target_id)":                                                       0,
		"SELECT COUNT(*) FROM entries e WHERE e.target_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mounts m WHERE m.entry_id = e.id)":                                                         0,
	} {
		var got int64
		if err := f.DB().Read().QueryRowContext(f.Context(), query).Scan(&got); err != nil || got != want {
			f.Errorf("%s: got %d, %v, want %d", query, got, err, want)
		}
	}
}

// checkReplay follows the change log from its start and compares what comes out with the tree.
func (f fixture) checkReplay(tree *catalog.Tree) {
	f.Helper()
	r := replay{map[string]catalog.Change{}, map[int64]map[string]catalog.Change{}}
	for last := int64(0); ; {
		changes := must(tree.Changes(f.Context(), last, 100))(f)
		if len(changes) == 0 {
			break
		}
		for _, c := range changes {
			if c.Seq != last+1 {
				f.Fatalf("change %d after %d", c.Seq, last)
			}
			if err := r.apply(c); err != nil {
				f.Fatal(err)
			}
			last = c.Seq
		}
	}
	for e, err := range tree.Walk(f.Context(), catalog.Path{}) {
		if err != nil {
			f.Fatal(err)
		}
		c, there := r.at[e.Path]
		if delete(r.at, e.Path); e.Path != "/" && (!there || c.EntryKind != e.Kind || c.Root != e.Root || c.Size != e.Size) {
			f.Errorf("got %+v from the log, want %+v", c, e)
		}
	}
	for p := range r.at {
		f.Errorf("the log says that %s is there", p)
	}
	if got := len(must(tree.Trash(f.Context(), 0, 1000))(f)); got != len(r.trash) {
		f.Errorf("got %d in the trash, %d from the log", got, len(r.trash))
	}
}

// TestHavoc lets several goroutines do random things to the same few paths. Nothing is known of the outcome but that it is
// a tree, that every number in it is right, and that the change log leads there.
func TestHavoc(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		seed := rand.Uint64()
		f.Logf("seed %d", seed)
		home := f.home(1)
		errs := race(6, func(i int) error {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range steps() {
				if err := f.havoc(home, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(errs...); err != nil {
			f.Error(err)
		}
		f.checkNumbers()
		f.checkReplay(home)
		if changes := must(home.Changes(f.Context(), 0, steps()))(f); len(changes) < steps() {
			f.Errorf("nothing much has happened: %d changes", len(changes))
		}
		f.wantError(home.EmptyTrash(f.Context()), nil)
		f.checkNumbers()
	})
}

// havoc does something, and returns an error that should not be.
func (f fixture) havoc(home *catalog.Tree, r *rand.Rand) error {
	ctx := f.Context()
	w := &walker{rand: r, fixture: f}
	a, b := w.at(w.names()), w.at(w.names())
	options := catalog.TransferOptions{Overwrite: r.IntN(2) == 0}
	var err error
	switch r.IntN(8) {
	case 0, 1, 2:
		_, _, err = home.Put(ctx, a, strings.NewReader(fmt.Sprint(r.IntN(5))), catalog.PutOptions{Parents: true})
	case 3:
		_, err = home.Move(ctx, a, b, options)
	case 4:
		_, err = home.Copy(ctx, a, b, options)
	case 5:
		_, err = home.Remove(ctx, a, catalog.RemoveOptions{})
	case 6:
		if trash := must(home.Trash(ctx, 0, 5))(f); len(trash) > 0 {
			_, err = home.RestoreTrash(ctx, trash[r.IntN(len(trash))].ID, nil)
		}
	default:
		if trash := must(home.Trash(ctx, 0, 5))(f); len(trash) > 0 {
			err = home.Purge(ctx, trash[r.IntN(len(trash))].ID)
		}
	}
	for _, known := range []error{
		catalog.ErrNotFound, catalog.ErrNotFolder, catalog.ErrIsFolder, catalog.ErrExists, catalog.ErrIntoItself,
	} {
		if errors.Is(err, known) {
			return nil
		}
	}
	return err
}
