package replica_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// backup copies the database of a hive, and gives what puts the copy in its place. Blocks stay as they are, as after a collection that did
// not come yet.
func (h *hive) backup() (restore func()) {
	h.t.Helper()
	put := h.save()
	return func() {
		h.t.Helper()
		put()
		h.open()
		h.start()
	}
}

// save is backup whose copy is put in its place for a hive that is to be opened then.
func (h *hive) save() (put func()) {
	h.t.Helper()
	h.halt()
	var from string
	row := h.db.Read().QueryRowContext(h.t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'")
	h.check(row.Scan(&from))
	dir := h.t.TempDir()
	for _, part := range []string{"", "-wal"} {
		data, err := os.ReadFile(from + part)
		h.check(err)
		h.check(os.WriteFile(filepath.Join(dir, "hive.db"+part), data, 0o600))
	}
	h.open()
	h.start()
	return func() {
		h.t.Helper()
		h.halt()
		db, err := database.Open(h.t.Context(), database.Config{DSN: "sqlite:" + filepath.Join(dir, "hive.db"), Told: h.work.note})
		h.check(err)
		h.db = db
		h.t.Cleanup(func() { h.halt(); h.check(db.Close()) })
	}
}

// TestWhoCameBeforeTheWorkBegan is compared with when it begins, not an hour later.
func TestWhoCameBeforeTheWorkBegan(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("one", "1")
	r.awaitAll(map[string]string{"one": "1"}, b)
	put := b.save()
	owner.write("two", "2")
	r.awaitAll(map[string]string{"one": "1", "two": "2"}, b)
	r.await("it is known to have come", func() bool { return owner.outbox(id) == 0 })
	put()
	b.open()
	r.await("they are connected", func() bool { return r.mesh.Connected(owner.id, b.id) })
	b.start()
	r.awaitAll(map[string]string{"one": "1", "two": "2"}, b)
}

// TestAHiveFromABackup: what was written since the backup is at the other hives, and comes back from there, though the numbers of heads,
// proposals and entries begin again where they were. Nothing of it goes, and what is written after the restore arrives.
func TestAHiveFromABackup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ member, apart bool }{
		"the owner's":                           {},
		"the owner's, which writes at once":     {apart: true},
		"of a member":                           {member: true},
		"of a member, which writes at once too": {member: true, apart: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 3)
			owner, b, c := r.hives[0], r.hives[1], r.hives[2]
			id := r.share(ledger.Writer, ledger.Reader)
			want := map[string]string{"one": "1", "gone": "x"}
			for name, text := range want {
				owner.write(name, text)
			}
			r.awaitAll(want, b, c)
			r.await("nothing is under way", func() bool { return !b.status(id).Proposed && b.status(id).Complete })
			back := owner
			if test.member {
				back = b
			}
			restore := back.backup()
			for i, text := range []string{"2", "3", "4"} {
				owner.write("one", text)
				owner.write("by the owner "+text, text)
				b.write("by the writer "+text, text)
				want["one"], want["by the owner "+text], want["by the writer "+text] = text, text, text
				if i == 1 {
					b.remove("gone")
					delete(want, "gone")
				}
				r.awaitAll(want, owner, b, c)
			}
			r.await("nothing is under way", func() bool { return !b.status(id).Proposed && b.status(id).Complete })
			if test.apart {
				r.mesh.Isolate(back.id, true)
			}
			restore()
			if test.apart {
				for _, name := range []string{"after the restore 1", "after the restore 2"} {
					back.write(name, "new")
					want[name] = "new"
				}
				r.await("it is known", func() bool { s := back.status(id); return s.Proposed || !test.member && s.Seq > 0 })
				r.mesh.Isolate(back.id, false)
			}
			all := r.awaitEqual()
			r.await("all of it is there", func() bool {
				all = r.awaitEqual()
				return all["one"] == "4"
			})
			owner.write("at last", "of the owner")
			b.write("at last too", "of the writer")
			want["at last"], want["at last too"] = "of the owner", "of the writer"
			r.await("all goes on", func() bool {
				all = r.awaitEqual()
				return all["at last"] != "" && all["at last too"] != ""
			})
			if !maps.Equal(all, want) {
				t.Errorf("there is %v, want %v", all, want)
			}
		})
	}
}

// TestAnOwnerFromABackupForgotAProposal that it had taken: its writer proposes it again, and what the writer writes after it.
func TestAnOwnerFromABackupForgotAProposal(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	restore := owner.backup()
	asked, _ := b.hang(owner)
	b.write("mine", "an acknowledged write")
	<-asked
	r.await("the word of it has arrived", func() bool { return b.outbox(id) == 0 })
	b.restart() // and gives again what it is asked for
	restore()
	b.write("more", "another")
	r.awaitAll(map[string]string{"file": "1", "mine": "an acknowledged write", "more": "another"}, owner, b)
}

// outbox counts the messages about a share that wait.
func (h *hive) outbox(id ledger.ID) (n int) {
	h.t.Helper()
	h.check(h.db.Read().QueryRowContext(h.t.Context(), "SELECT COUNT(*) FROM outbox WHERE share_id = ?", string(id)).Scan(&n))
	return n
}

// TestAnOwnerFromABackupWritesMore than it lost, before another hive hears of it: what was lost comes back all the same.
func TestAnOwnerFromABackupWritesMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	restore := owner.backup()
	b.write("mine", "an acknowledged write")
	owner.write("file", "2")
	r.awaitAll(map[string]string{"file": "2", "mine": "an acknowledged write"}, owner, b)
	r.await("nothing is under way", func() bool { return !b.status(id).Proposed && b.status(id).Applied == owner.newest(id).Seq })
	lost := owner.newest(id).Seq
	r.mesh.Isolate(owner.id, true)
	restore()
	for n := 0; owner.newest(id).Seq < lost+2; n++ {
		before := owner.newest(id).Seq
		owner.write("after", fmt.Sprint(n))
		r.await("a head", func() bool { return owner.newest(id).Seq > before })
	}
	after := owner.files()["after"]
	r.mesh.Isolate(owner.id, false)
	r.awaitAll(map[string]string{"file": "2", "mine": "an acknowledged write", "after": after}, owner, b)
}

// TestAnOwnerFromABackupWritesTheSame as it lost: the members go on with what it writes besides.
func TestAnOwnerFromABackupWritesTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "1")
	want := map[string]string{"file": "1"}
	r.awaitAll(want, b)
	restore := owner.backup()
	owner.write("again", "2")
	want["again"] = "2"
	r.awaitAll(want, b)
	r.mesh.Isolate(owner.id, true)
	restore()
	owner.write("again", "2")
	owner.write("more", "3")
	want["more"] = "3"
	r.await("a head of it", func() bool {
		_, err := tree.Lookup(t.Context(), owner.blocks, owner.newest(id).Root, "more")
		return err == nil
	})
	r.mesh.Isolate(owner.id, false)
	r.awaitAll(want, owner, b)
}

// lossy is a folder of an owner and two members, which all have as want says. Restore puts a backup of the owner's in its place, which
// lacks "two".
func lossy(t *testing.T) (r *rig, id ledger.ID, want map[string]string, restore func()) {
	t.Helper()
	r = newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id = r.share(ledger.Writer, ledger.Reader)
	want = map[string]string{"one": "1"}
	owner.write("one", "1")
	r.awaitAll(want, b, c)
	restore = owner.backup()
	owner.write("two", "2")
	want["two"] = "2"
	r.awaitAll(want, b, c)
	return r, id, want, restore
}

// TestAnOwnerFromABackupMeetsOneAfterTheOther: the hive it meets first has not all that it lost. What the next has besides comes back too, and
// that one goes on.
func TestAnOwnerFromABackupMeetsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	r, id, want, restore := lossy(t)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.mesh.Isolate(c.id, true)
	owner.write("three", "3")
	want["three"] = "3"
	r.awaitAll(want, b)
	lost := owner.newest(id).Seq
	r.mesh.Isolate(owner.id, true)
	restore()
	r.mesh.Partition(owner.id, c.id, false)
	r.await("a head leaves the number out that the other has", func() bool { return owner.newest(id).Seq == lost+1 && c.newest(id).Seq == lost+1 })
	r.mesh.Partition(owner.id, b.id, false)
	r.awaitAll(want, owner, b)
	r.mesh.Partition(b.id, c.id, false)
	owner.write("four", "4")
	want["four"] = "4"
	r.awaitAll(want, owner, b, c)
}

// TestWhatWasTakenBackComesOnce: a member that was away brings it again, when the hive of the owner has started anew and it is deleted.
func TestWhatWasTakenBackComesOnce(t *testing.T) {
	t.Parallel()
	r, id, want, restore := lossy(t)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.mesh.Isolate(owner.id, true)
	r.mesh.Isolate(c.id, true)
	restore()
	owner.write("after", "the restore")
	want["after"] = "the restore"
	r.await("a head has the number of the lost one", func() bool { return owner.newest(id).Seq == c.newest(id).Seq })
	r.mesh.Partition(owner.id, b.id, false)
	r.awaitAll(want, owner, b)
	owner.remove("two")
	delete(want, "two")
	r.awaitAll(want, owner, b)
	owner.restart()
	r.mesh.Partition(owner.id, c.id, false)
	r.awaitAll(want, c)
	r.await("the owner's hive heard of all", func() bool { return c.outbox(id) == 0 })
	owner.write("at last", "all goes on")
	want["at last"] = "all goes on"
	r.awaitAll(want, owner, b, c)
}
