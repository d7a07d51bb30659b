package catalog_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
)

// mixed fills a folder with entries whose names, sizes and times collide in part. Names are not in the order of ids.
func (f fixture) mixed(tree *catalog.Tree) {
	f.Helper()
	for i := range 40 {
		name := fmt.Sprintf("%c-%d", "zZaAüΩ🐝_"[i*7%6], i*17%40)
		if i%4 == 0 {
			must(tree.Mkdir(f.Context(), path(f, "/list/"+name), true))(f)
			continue
		}
		opts := catalog.PutOptions{Parents: true, MTime: time.Unix(int64(i%5)*1000, int64(i%2))}
		_, _, err := tree.Put(f.Context(), path(f, "/list/"+name), strings.NewReader(strings.Repeat("x", i%3)), opts)
		if err != nil {
			f.Fatal(err)
		}
	}
}

// TestListPages reads the same folder in pages of every size, in every order.
func TestListPages(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.mixed(home)
		for _, sort := range []catalog.Sort{"", catalog.SortName, catalog.SortSize, catalog.SortMTime} {
			for _, desc := range []bool{false, true} {
				whole := must(home.List(f.Context(), path(f, "/list"), catalog.ListOptions{Sort: sort, Desc: desc}))(f)
				checkOrder(f, whole.Entries, sort, desc)
				if len(whole.Entries) != 40 || whole.Next != "" {
					f.Errorf("got %d entries, next %q", len(whole.Entries), whole.Next)
				}
				for _, limit := range []int{1, 2, 3, 7, 10, 39, 40, 41} {
					got := f.pages(home, catalog.ListOptions{Sort: sort, Desc: desc, Limit: limit})
					if !slices.Equal(got, whole.Entries) {
						f.Errorf("sort %q, desc %t, limit %d: the pages are not the whole", sort, desc, limit)
					}
				}
			}
		}
	})
}

// pages reads /list to its end.
func (f fixture) pages(tree *catalog.Tree, opts catalog.ListOptions) []catalog.Entry {
	f.Helper()
	var all []catalog.Entry
	for {
		page := must(tree.List(f.Context(), path(f, "/list"), opts))(f)
		if len(page.Entries) > opts.Limit || (page.Next != "" && len(page.Entries) < opts.Limit) {
			f.Fatalf("got a page of %d for limit %d, next %q", len(page.Entries), opts.Limit, page.Next)
		}
		all = append(all, page.Entries...)
		if opts.After = page.Next; opts.After == "" {
			return all
		}
	}
}

// checkOrder checks folders first, then keys.
func checkOrder(t testing.TB, entries []catalog.Entry, sort catalog.Sort, desc bool) {
	t.Helper()
	inOrder := slices.IsSortedFunc(entries, func(a, b catalog.Entry) int {
		if a.Kind != b.Kind {
			return -cmp.Compare(a.Kind, b.Kind) // "folder" is after "file"
		}
		var order int
		switch sort {
		case catalog.SortMTime:
			order = a.MTime.Compare(b.MTime)
		case catalog.SortSize:
			order = cmp.Compare(a.Size, b.Size)
		default:
			order = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}
		if desc {
			order = -order
		}
		return order
	})
	if !inOrder {
		t.Errorf("sort %q, desc %t: not in order", sort, desc)
	}
}

// TestListWhileItChanges checks that what comes and goes between two pages neither repeats nor hides others.
func TestListWhileItChanges(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for i := range 10 {
			f.put(home, fmt.Sprintf("/list/%d", i), "x")
		}
		opts := catalog.ListOptions{Limit: 4}
		first := must(home.List(f.Context(), path(f, "/list"), opts))(f)
		for _, gone := range []string{"/list/0", "/list/3", "/list/5"} { // 3 is where the page ended
			must(home.Remove(f.Context(), path(f, gone), catalog.RemoveOptions{}))(f)
		}
		f.put(home, "/list/2a", "x")
		f.put(home, "/list/6a", "x")
		opts.After, opts.Limit = first.Next, 100
		var got []string
		for _, e := range must(home.List(f.Context(), path(f, "/list"), opts))(f).Entries {
			got = append(got, e.Name)
		}
		if want := []string{"4", "6", "6a", "7", "8", "9"}; !slices.Equal(got, want) {
			f.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestListErrors(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.mixed(home)
		f.put(home, "/file", "x")
		byName := must(home.List(f.Context(), path(f, "/list"), catalog.ListOptions{Limit: 1}))(f).Next
		for _, test := range []struct {
			path string
			opts catalog.ListOptions
			want error
		}{
			{"/gone", catalog.ListOptions{}, catalog.ErrNotFound},
			{"/file", catalog.ListOptions{}, catalog.ErrNotFolder},
			{"/list", catalog.ListOptions{After: "nonsense"}, catalog.ErrCursor},
			{"/list", catalog.ListOptions{After: byName + "x"}, catalog.ErrCursor},
			{"/list", catalog.ListOptions{After: byName, Desc: true}, catalog.ErrCursor},
			{"/list", catalog.ListOptions{After: byName, Sort: catalog.SortSize}, catalog.ErrCursor},
			{"/list", catalog.ListOptions{Sort: "color"}, catalog.ErrCursor},
		} {
			_, err := home.List(f.Context(), path(f, test.path), test.opts)
			f.wantError(err, test.want)
		}
		if got := must(home.List(f.Context(), path(f, "/list"), catalog.ListOptions{Limit: -5}))(f); len(got.Entries) != 40 {
			f.Errorf("got %d entries", len(got.Entries))
		}
	})
}

func TestSearch(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, name := range []string{"/a/Report 2024.TXT", "/a/b/report%final", "/report_x/y", "/Straße", "/gone/report"} {
			f.put(home, name, "x")
		}
		must(home.Remove(f.Context(), path(f, "/gone"), catalog.RemoveOptions{}))(f)
		for query, want := range map[string][]string{
			"REPORT":  {"/a/Report 2024.TXT", "/a/b/report%final", "/report_x"},
			"t%f":     {"/a/b/report%final"},
			"t_x":     {"/report_x"},
			"strasse": {"/Straße"},
			"!":       nil,
			"'; --":   nil,
			"gone":    nil,
		} {
			for _, limit := range []int{1, 2, 100} {
				var got []string
				for after, more := "", true; more; more = after != "" {
					page := must(home.Search(f.Context(), query, after, limit))(f)
					for _, e := range page.Entries {
						got = append(got, e.Path)
					}
					after = page.Next
				}
				if !slices.Equal(slices.Sorted(slices.Values(got)), want) {
					f.Errorf("%q in pages of %d: got %q, want %q", query, limit, got, want)
				}
			}
		}
		for _, after := range []string{"x", "0", "-1", "99999999999999999999"} {
			_, err := home.Search(f.Context(), "x", after, 1)
			f.wantError(err, catalog.ErrCursor)
		}
	})
}

func TestWalk(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, name := range []string{"/b/2", "/b/10", "/b/1/x", "/B", "/a", "/b!", "/ü"} {
			f.put(home, name, "x")
		}
		f.wantNames(home, "/B", "/a", "/b/", "/b/1/", "/b/1/x", "/b/10", "/b/2", "/b!", "/ü")
		var got []string
		for e, err := range home.Walk(f.Context(), path(f, "/b")) {
			if err != nil {
				f.Fatal(err)
			}
			if got = append(got, e.Path); len(got) == 3 {
				break
			}
		}
		if want := []string{"/b", "/b/1", "/b/1/x"}; !slices.Equal(got, want) {
			f.Errorf("got %v, want %v", got, want)
		}
		for _, err := range home.Walk(f.Context(), path(f, "/gone")) {
			f.wantError(err, catalog.ErrNotFound)
		}
	})
}
