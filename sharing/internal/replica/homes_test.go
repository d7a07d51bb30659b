package replica_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// TestOwnersDoNotReadHomes has an owner's hive name the hash of a file that a member's user keeps for himself, and ask that hive
// for it: as a file of the share, as its list, and as the older state of another file.
func TestOwnersDoNotReadHomes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	diary := strings.Repeat("nobody else reads this. ", 100)
	private, _, err := b.home().Put(t.Context(), path("/diary"), strings.NewReader(diary), catalog.PutOptions{})
	b.check(err)
	id := r.share(ledger.Reader)
	owner.write("file", diary[:2000]+"!") // to be asked for as a difference to the diary
	r.await("the file is there", func() bool { return len(b.files()) == 1 && b.absent() == 0 })
	newest := owner.newest(id)
	file, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "file")
	owner.check(err)
	w := owner.blocks.Writer()
	defer w.Close()
	forged, err := tree.Edit(t.Context(), owner.blocks, w, newest.Root, []tree.Slot{
		{Name: "stolen", Entry: &tree.Entry{UID: tree.UID{9}, Name: "stolen", Root: private.Root, Size: private.Size, MTime: 1}},
	})
	owner.check(err)
	owner.check(w.Commit(t.Context()))
	h, err := head.Open(newest.Signed, owner.id)
	owner.check(err)
	h.Seq, h.Prev, h.Root = h.Seq+1, newest.Signed.Hash(), forged.Root.Bytes()
	signed, err := h.Sign(owner.key)
	owner.check(err)
	owner.check(owner.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return state.New(owner.db).AddHead(ctx, tx, id, state.Head{Seq: h.Seq, Root: forged.Root, Signed: signed})
	}))
	owner.check(owner.send(b.id, "head", signed))
	r.await("the member has the name", func() bool { return len(b.files()) == 2 })

	s := owner.session(b)
	of := fetch.Of{Ref: fetch.Ref{Share: string(id), Head: h.Seq}, Since: &fetch.Since{Head: h.Seq}}
	stolen := fetch.File{Path: []string{"stolen"}, Root: private.Root.Bytes()}
	if err := s.List(of, stolen, func(fetch.Leaf) error { return nil }, func(int, int) error { return nil }); !errors.Is(err, fetch.ErrNotHeld) {
		t.Errorf("list of the diary: %v, want not held", err)
	}
	bait := fetch.File{Path: []string{"file"}, Root: file.Root.Bytes(), Was: []string{"stolen"}}
	for name, asked := range map[string]fetch.File{"the diary": stolen, "a difference to it": bait} {
		for _, since := range []*fetch.Since{nil, of.Since} {
			parts := 0
			owner.check(s.Content(fetch.Of{Ref: of.Ref, Since: since}, []fetch.File{asked}, func(p fetch.Part) error {
				parts++
				if p.Delta != nil || name == "the diary" && !errors.Is(p.Gap, fetch.ErrNotHeld) {
					t.Errorf("%s: %d bytes, a delta of %d, %v", name, len(p.Data), len(p.Delta), p.Gap)
				}
				return nil
			}))
			if parts == 0 {
				t.Errorf("%s: no answer", name)
			}
		}
	}
}
