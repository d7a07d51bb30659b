package replica_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// TestContentComesBeforeAllNames: of many files the first come while the names of the others are still written. Those are
// not written here before that.
func TestContentComesBeforeAllNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	folder, err := owner.home().Mkdir(t.Context(), path("/shared"), true)
	owner.check(err)
	want := make(map[string]string)
	var roots []cid.Cid
	var ops []catalog.Op
	w := owner.blocks.Writer()
	defer w.Close()
	for i := range 1200 { // in three transactions
		name := fmt.Sprintf("file %d", i)
		want[name] = name
		file, err := w.Import(t.Context(), strings.NewReader(name))
		owner.check(err)
		roots = append(roots, file.Root)
		ops = append(ops, catalog.Op{
			Kind: catalog.OpCreate, UID: uid(), Name: name, Root: file.Root, Size: file.Size, MTime: time.Now(), Held: true,
		})
	}
	owner.check(w.Commit(t.Context()))
	_, err = owner.names.Apply(t.Context(), catalog.Target{Space: folder.Space, Folder: folder.ID, Actor: catalog.Actor{User: 1}}, ops, nil)
	owner.check(err)
	steps := 0
	member.work.before(func(step string) {
		if !strings.HasPrefix(step, "INSERT INTO entries") || !strings.Contains(step, "), (") { // many rows
			return
		}
		if steps++; steps != 2 {
			return
		}
		r.await("content of the first names", func() bool {
			for _, root := range roots {
				if held, err := member.blocks.Has(t.Context(), root); err != nil || held {
					return err == nil
				}
			}
			return false
		})
	})
	r.share(ledger.Reader)
	r.awaitAll(want, owner, member)
	if member.halt(); steps < 3 {
		t.Errorf("the names were written in %d steps", steps)
	}
}
