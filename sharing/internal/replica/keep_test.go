package replica_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/replica"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// TestKeep: what a writer wrote while the owner's hive was away is put into their home before the replica goes, and nothing else is.
func TestKeep(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.mkdir("folder")
	owner.write("folder/edited", "1")
	owner.write("folder/moved", "2")
	owner.write("gone", "3")
	r.awaitAll(map[string]string{"folder/": "", "folder/edited": "1", "folder/moved": "2", "gone": "3"}, b)
	keep := func() map[string]string {
		t.Helper()
		share, err := b.ledger.Share(t.Context(), id)
		b.check(err)
		b.check(replica.Keep(t.Context(), b.engine, share, nil))
		return b.homeFiles()
	}
	if kept := keep(); len(kept) > 0 {
		t.Errorf("kept %v of what arrived", kept)
	}
	r.mesh.Isolate(b.id, true)
	b.write("folder/edited", "4")
	b.write("folder/new", "5")
	b.rename("folder/moved", "moved")
	b.remove("gone")
	want := map[string]string{"/Not delivered/shared/folder/edited": "4", "/Not delivered/shared/folder/new": "5"}
	for range 2 {
		if kept := keep(); !maps.Equal(kept, want) {
			t.Errorf("kept %v, want %v", kept, want)
		}
	}
}

// TestEachKeepsWhatTheyWrote: two users of a hive are members. The one who took the share first does not get what the other wrote.
func TestEachKeepsWhatTheyWrote(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	r.mesh.Isolate(b.id, true)
	b.write("first", "of the first")
	b.user = 2
	b.mkdir("folder")
	b.write("folder/second", "of the second")
	b.user = 3
	b.write("third", "of who is no more")
	share, err := b.ledger.Share(t.Context(), id)
	b.check(err)
	b.check(replica.Keep(t.Context(), b.engine, share, func(_ context.Context, user int64) (bool, error) { return user == 3, nil }))
	for user, want := range map[int64]map[string]string{
		1: {"/Not delivered/shared/first": "of the first", "/Not delivered/shared/third": "of who is no more"},
		2: {"/Not delivered/shared/folder/second": "of the second"},
	} {
		b.user = user
		if kept := b.homeFiles(); !maps.Equal(kept, want) {
			t.Errorf("user %d has %v, want %v", user, kept, want)
		}
	}
}

// homeFiles are the files in the home of the user, with their content.
func (h *hive) homeFiles() map[string]string {
	h.t.Helper()
	files := make(map[string]string)
	var list func(folder string)
	list = func(folder string) {
		page, err := h.home().List(h.t.Context(), path(folder), catalog.ListOptions{})
		h.check(err)
		for _, e := range page.Entries {
			if e.Kind == catalog.KindFolder {
				list(folder + e.Name + "/")
			} else {
				files[folder+e.Name] = h.content(h.t.Context(), e.Root)
			}
		}
	}
	list("/")
	return files
}

// TestWhoBecomesAReaderKeepsWhatTheyWrote: it goes from the share, for it may not go there, and lies in their home.
func TestWhoBecomesAReaderKeepsWhatTheyWrote(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	r.mesh.Isolate(b.id, true)
	b.write("file", "2")
	b.write("new", "3")
	owner.setRole(id, b, ledger.Reader)
	b.setRole(id, b, ledger.Reader) // as the word of it does, which comes before the head
	r.mesh.Isolate(b.id, false)
	r.awaitAll(map[string]string{"file": "1"}, owner, b)
	want := map[string]string{"/Not delivered/shared/file": "2", "/Not delivered/shared/new": "3"}
	if kept := b.homeFiles(); !maps.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
}

// TestWhatAHeadBroughtIsNotKept: a hive ends while it writes the names of a share. What came of them is no writing of its user.
func TestWhatAHeadBroughtIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	want, roots := owner.writeMany(1200)
	steps, crashed := 0, make(chan struct{})
	names := naming()
	b.work.before(func(step string) {
		if !names(step) {
			return
		}
		if steps++; steps != 2 {
			return
		}
		r.await("content of the first names", func() bool { return b.hasOne(roots) })
		b.crash()
		close(crashed)
	})
	r.share(ledger.Reader)
	<-crashed
	b.work.before(nil)
	b.restart()
	r.awaitAll(want, b)
	if kept := b.homeFiles(); len(kept) > 0 {
		t.Errorf("%d files are kept", len(kept))
	}
}

// TestKeepDoesNotLendContent: a head names a file of another user of the hive by its hash. It was taken over in part when the share ends:
// nobody gets that file.
func TestKeepDoesNotLendContent(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	other, err := b.names.Home(t.Context(), catalog.Actor{User: 2})
	b.check(err)
	private, _, err := other.Put(t.Context(), path("/private"), strings.NewReader("of another user"), catalog.PutOptions{})
	b.check(err)
	id := r.share(ledger.Reader)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	before, err := state.New(b.db).Replica(t.Context(), id)
	b.check(err)
	owner.apply(func(context.Context, *catalog.Snapshot) []catalog.Op {
		return []catalog.Op{{Kind: catalog.OpCreate, UID: uid(), Name: "bait", Root: private.Root, Size: private.Size, MTime: time.Now(), Held: true}}
	})
	r.await("the name", func() bool { _, ok := b.files()["bait"]; return ok && b.status(id).Applied == owner.newest(id).Seq })
	b.halt()
	b.check(b.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { // as after a crash before the last step, and a collection
		_, err := tx.ExecContext(ctx, "DELETE FROM heads WHERE share_id = ?", string(id))
		return errors.Join(err, state.New(b.db).Change(ctx, tx, id, func(r *state.Replica) { r.Seq, r.Root = before.Seq, before.Root }))
	}))
	share, err := b.ledger.Share(t.Context(), id)
	b.check(err)
	b.check(replica.Keep(t.Context(), b.engine, share, nil))
	if kept := b.homeFiles(); len(kept) > 0 {
		t.Errorf("kept %v", kept)
	}
}
