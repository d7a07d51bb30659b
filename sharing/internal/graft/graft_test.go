package graft_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// nodes are those of trees, in memory.
type nodes map[cid.Cid][]byte

func (n nodes) Get(_ context.Context, c cid.Cid) ([]byte, error) {
	if data, ok := n[c]; ok {
		return data, nil
	}
	return nil, blockstore.ErrNotFound
}

func (n nodes) Put(_ context.Context, c cid.Cid, data []byte) error {
	n[c] = bytes.Clone(data)
	return nil
}

// model is a tree as a table.
type model map[tree.UID]placed

type placed struct {
	parent tree.UID
	tree.Entry
}

func (m model) root(t testing.TB, n nodes) cid.Cid {
	t.Helper()
	return m.build(t, n, tree.UID{}).Root
}

func (m model) build(t testing.TB, n nodes, uid tree.UID) tree.Folder {
	t.Helper()
	var list []tree.Entry
	for _, e := range m {
		if e.parent != uid {
			continue
		}
		entry := e.Entry
		if e.Folder {
			entry = m.build(t, n, e.UID).Entry(e.UID, e.Name)
		}
		list = append(list, entry)
	}
	slices.SortFunc(list, func(a, b tree.Entry) int { return strings.Compare(a.Name, b.Name) })
	f, err := tree.Build(t.Context(), n, func(yield func(tree.Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func content(n uint64) cid.Cid {
	key, err := mh.Sum(binary.BigEndian.AppendUint64(nil, n), mh.SHA2_256, -1)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.Raw, key)
}

// editor changes models at random.
type editor struct {
	*rand.Rand
	uids uint64
}

func (ed *editor) pick(m model, folders bool) tree.UID {
	list := []tree.UID{{}}
	for uid, e := range m {
		if e.Folder || !folders {
			list = append(list, uid)
		}
	}
	slices.SortFunc(list, func(a, b tree.UID) int { return bytes.Compare(a[:], b[:]) })
	return list[ed.IntN(len(list))]
}

func (m model) taken(parent tree.UID, name string) bool {
	for _, e := range m {
		if e.parent == parent && e.Name == name {
			return true
		}
	}
	return false
}

func (m model) inside(uid, folder tree.UID) bool {
	for ; uid != folder; uid = m[uid].parent {
		if uid == (tree.UID{}) {
			return false
		}
	}
	return true
}

func (ed *editor) step(m model) {
	parent, name, uid := ed.pick(m, true), fmt.Sprintf("n%d", ed.IntN(6)), ed.pick(m, false)
	e, there := m[uid]
	switch ed.IntN(6) {
	case 0, 1: // new
		if m.taken(parent, name) {
			return
		}
		ed.uids++
		e = placed{parent: parent, Entry: tree.Entry{Name: name, Folder: ed.IntN(3) == 0}}
		binary.BigEndian.PutUint64(e.UID[:], ed.uids)
		if !e.Folder {
			e.Root, e.Size, e.MTime = content(ed.Uint64()), ed.Int64N(1000), ed.Int64N(1000)
		}
		m[e.UID] = e
	case 2: // gone
		for other := range maps.Clone(m) {
			if there && m.inside(other, uid) {
				delete(m, other)
			}
		}
	case 3: // moved
		if there && !m.inside(parent, uid) && !m.taken(parent, name) {
			e.parent, e.Name = parent, name
			m[uid] = e
		}
	default: // changed
		if there && !e.Folder {
			e.Root, e.MTime, e.Exec = content(ed.Uint64()), ed.Int64(), ed.IntN(2) == 0
			if ed.IntN(3) == 0 {
				e.Root = m[uid].Root
			}
			m[uid] = e
		}
	}
}

// over sends edits over the wire.
func over(t testing.TB, edits []graft.Edit) (back []graft.Edit) {
	t.Helper()
	data, err := wire.Marshal(edits)
	if err == nil {
		err = wire.Unmarshal(data, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestEditsMakeTheOtherTree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		ed := &editor{Rand: rand.New(rand.NewPCG(seed, 1))}
		all, m := nodes{}, model{}
		for range ed.IntN(60) {
			ed.step(m)
		}
		from := m.root(t, all)
		for range 1 + ed.IntN(12) {
			ed.step(m)
		}
		to := m.root(t, all)
		edits, err := graft.Between(t.Context(), all, from, to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := graft.Apply(t.Context(), all, all, from, over(t, edits))
		if err != nil || got != to {
			t.Fatalf("seed %d: %v; got %s, want %s, by %v", seed, err, got, to, edits)
		}
	}
}

func TestTooManyEditsAreRefused(t *testing.T) {
	t.Parallel()
	all := nodes{}
	empty := model{}.root(t, all)
	many := make([]graft.Edit, graft.Most+1)
	for i := range many {
		many[i] = graft.Edit{Was: []string{"x"}}
	}
	long := []graft.Edit{{Path: []string{string(make([]byte, graft.MostBytes))}}}
	for _, edits := range [][]graft.Edit{many, long} {
		if _, err := graft.Apply(t.Context(), all, all, empty, edits); !errors.Is(err, graft.ErrMany) {
			t.Errorf("Apply = %v, want ErrMany", err)
		}
	}
	m := model{}
	for i := range uint64(graft.Most + 1) {
		e := placed{Entry: tree.Entry{Name: fmt.Sprint(i), Root: content(i)}}
		binary.BigEndian.PutUint64(e.UID[:], i+1)
		m[e.UID] = e
	}
	if _, err := graft.Between(t.Context(), all, empty, m.root(t, all)); !errors.Is(err, graft.ErrMany) {
		t.Errorf("Between = %v, want ErrMany", err)
	}
}

// FuzzApply gives a tree edits by anyone: there comes a tree of it, or an error.
func FuzzApply(f *testing.F) {
	ed := &editor{Rand: rand.New(rand.NewPCG(7, 1))}
	all, m := nodes{}, model{}
	for range 60 {
		ed.step(m)
	}
	from := m.root(f, all)
	for range 20 {
		for range 5 {
			ed.step(m)
		}
		edits, err := graft.Between(f.Context(), all, from, m.root(f, all))
		if err != nil {
			f.Fatal(err)
		}
		data, err := wire.Marshal(edits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var edits []graft.Edit
		if wire.Unmarshal(data, &edits) != nil {
			return
		}
		made := maps.Clone(all)
		root, err := graft.Apply(t.Context(), all, made, from, edits)
		if err != nil {
			return
		}
		if _, err := tree.Diff(t.Context(), made, cid.Undef, root); err != nil && !errors.Is(err, tree.ErrFormat) {
			t.Errorf("the tree cannot be read: %v", err)
		}
	})
}
