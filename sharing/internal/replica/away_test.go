package replica_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// TestTheOwnerIsAway: members that have a head give it to each other, edit on, and the owner has all of it when it is back.
func TestTheOwnerIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	r.await("hive 2 knows the members", func() bool {
		status, err := c.engine.Status(t.Context(), id)
		c.check(err)
		return status.Applied > 0
	})
	away := func(on bool) {
		r.mesh.Partition(a.id, c.id, on)
		r.mesh.Partition(b.id, c.id, on)
	}
	away(true)
	want := make(map[string]string)
	a.mkdir("many")
	want["many/"] = ""
	for i := range 50 {
		name := fmt.Sprintf("many/%02d", i)
		a.write(name, name)
		want[name] = name
	}
	a.write("large", strings.Repeat("large", 1<<20))
	want["large"] = "5242880 bytes, 6c617267656c6172"
	r.awaitAll(want, b)
	a.halt()
	away(false)
	c.session(b).Close() // as the network does with hives that share something
	r.awaitAll(want, c)
	b.write("many/00", "edited")
	b.write("new", "by b")
	if got := b.files(); got["new"] != "by b" || len(got) != len(want)+1 {
		t.Errorf("hive 1 has %d entries", len(got))
	}
	a.open()
	a.start()
	want["many/00"], want["new"] = "edited", "by b"
	r.awaitAll(want, a, b, c)
}

// TestRestartsInTheMiddle ends hives while they are at it.
func TestRestartsInTheMiddle(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	r.share(ledger.Writer)
	want := make(map[string]string)
	for i := range 12 {
		name := fmt.Sprint("a", i)
		a.write(name, name)
		want[name] = name
		switch i % 4 {
		case 1:
			b.restart()
		case 3:
			a.restart()
		}
		name = fmt.Sprint("b", i)
		b.write(name, name)
		want[name] = name
	}
	r.awaitAll(want, a, b)
}

// TestManyDeletesWait holds back what deletes most of a share, on both sides, until somebody says yes. That is for once.
func TestManyDeletesWait(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	guarded := func(h *hive) bool {
		status, err := h.engine.Status(t.Context(), id)
		h.check(err)
		return status.Guarded == 901
	}
	for range 2 {
		a.mkdirs("many", 900)
		r.await("hive 1 has 901 entries", func() bool { return len(b.files()) == 901 })
		a.remove("many")
		r.await("the owner holds its deletes back", func() bool { return guarded(a) })
		if n := len(b.files()); n != 901 {
			t.Errorf("hive 1 has %d entries before the yes", n)
		}
		a.check(a.engine.Decide(t.Context(), id, true))
		r.await("the member holds them back too", func() bool { return guarded(b) })
		b.check(b.engine.Decide(t.Context(), id, true))
		r.awaitAll(map[string]string{}, a, b)
	}
}

// mkdirs makes a folder with many in it.
func (h *hive) mkdirs(name string, n int) {
	h.t.Helper()
	h.mkdir(name)
	h.apply(func(ctx context.Context, s *catalog.Snapshot) (ops []catalog.Op) {
		folder, _, _ := h.entry(ctx, s, name)
		for i := range n {
			ops = append(ops, catalog.Op{Kind: catalog.OpMkdir, UID: uid(), Parent: folder.UID, Name: fmt.Sprint(i)})
		}
		return ops
	})
}

func TestOnDemandBringsWhatIsRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	b.setMode(id, ledger.OnDemand)
	text := strings.Repeat("on demand ", 1<<19)
	a.write("file", text)
	a.write("small", "small")
	r.await("names", func() bool { return len(b.files()) == 2 })
	if got := b.files(); !maps.Equal(got, map[string]string{"file": "not held", "small": "not held"}) {
		t.Errorf("hive 1 has %v", got)
	}
	read := func(name string) (string, error) { return b.read(name, math.MaxInt64) }
	for name, want := range map[string]string{"file": text, "small": "small"} {
		if got, err := read(name); err != nil || got != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if n := b.absent(); n != 0 {
		t.Errorf("%d files absent after they were read", n)
	}
	if freed, err := b.engine.MakeRoom(t.Context(), 1); err != nil || freed == 0 || b.absent() == 0 {
		t.Errorf("MakeRoom = %d, %v; %d files absent", freed, err, b.absent())
	}
	for name, want := range map[string]string{"file": text, "small": "small"} {
		if got, err := read(name); err != nil || got != want {
			t.Errorf("%s, given up and read again: %d bytes, %v", name, len(got), err)
		}
	}
	a.write("late", "late")
	r.await("the name", func() bool { _, ok := b.files()["late"]; return ok })
	r.mesh.Isolate(a.id, true)
	if _, err := read("late"); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read with nobody there: %v", err)
	}
}

// setMode is what a change of how a share is kept does, but for the news of it.
func (h *hive) setMode(id ledger.ID, mode ledger.Mode) {
	h.t.Helper()
	h.check(h.ledger.Write(h.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		s, err := tx.Share(ctx, id)
		if err != nil {
			return err
		}
		s.Mode = mode
		return tx.PutShare(ctx, s)
	}))
	h.restart()
}

// read reads some bytes of a file of the share, which may have to come.
func (h *hive) read(name string, n int64) (string, error) {
	h.t.Helper()
	reader, err := h.openFile(name)
	if err != nil {
		return "", err
	}
	defer reader.Close()
	data, err := io.ReadAll(io.LimitReader(reader, n))
	return string(data), err
}

// openFile opens a file of the share, which may have to come.
func (h *hive) openFile(name string) (*blockstore.Reader, error) {
	h.t.Helper()
	var e catalog.Entry
	h.check(h.names.Snapshot(h.t.Context(), h.space, func(ctx context.Context, s *catalog.Snapshot) error {
		e, _, _ = h.entry(ctx, s, name)
		return nil
	}))
	bring, err := h.engine.Fetch(h.t.Context(), catalog.FetchRequest{Space: h.space, Entry: e.ID, Number: e.Revision, Root: e.Root, Path: "/" + name})
	h.check(err)
	return h.blocks.OpenFetch(h.t.Context(), e.Root, bring)
}

// TestALongReadGoesOn: while a file is read, the head at which it was opened is forgotten.
func TestALongReadGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	b.setMode(id, ledger.OnDemand)
	text := noise(1, 12<<20)
	owner.write("large", text)
	r.await("the name", func() bool { return len(b.files()) == 1 })
	reader, err := b.openFile("large")
	b.check(err)
	defer reader.Close()
	got := make([]byte, len(text))
	_, err = io.ReadFull(reader, got[:1<<20])
	b.check(err)
	opened := b.status(id).Applied
	for last := owner.newest(id).Seq; last <= opened+state.KeepHeads; last = owner.newest(id).Seq {
		owner.write("other", fmt.Sprint(last))
		r.await("a head", func() bool { return owner.newest(id).Seq > last })
	}
	r.await("all heads", func() bool { return b.status(id).Applied == owner.newest(id).Seq })
	if _, err := io.ReadFull(reader, got[1<<20:]); err != nil || string(got) != text {
		t.Errorf("the rest: %v", err)
	}
}

// TestWhatWasMovedIsRead: a member moved what it does not hold, and the owner, who does not know of it yet, is away. Another member
// gives it.
func TestWhatWasMovedIsRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	b.setMode(id, ledger.OnDemand)
	owner.mkdir("folder")
	want := map[string]string{"folder/": "", "folder/one": "1", "folder/two": "2"}
	owner.write("folder/one", "1")
	owner.write("folder/two", "2")
	r.awaitAll(want, c)
	r.await("names", func() bool { return len(b.files()) == 3 && b.status(id).Applied == c.status(id).Applied })
	r.mesh.Isolate(owner.id, true)
	b.mkdir("other")
	b.rename("folder", "other/renamed")
	if got, err := b.read("other/renamed/one", 10); err != nil || got != "1" {
		t.Errorf("read %q, %v", got, err)
	}
	b.setMode(id, ledger.Full)
	r.await("the other comes too", func() bool { return b.absent() == 0 })
	r.mesh.Isolate(owner.id, false)
	r.awaitAll(map[string]string{"other/": "", "other/renamed/": "", "other/renamed/one": "1", "other/renamed/two": "2"}, owner, b, c)
}

// TestReadingWhileTheOwnerHangs: another member gives what is read, the first time after a while, then at once.
func TestReadingWhileTheOwnerHangs(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Reader, ledger.Reader)
	b.setMode(id, ledger.OnDemand)
	owner.write("one", "1")
	owner.write("two", "2")
	r.awaitAll(map[string]string{"one": "1", "two": "2"}, c)
	r.await("names", func() bool { return len(b.files()) == 2 && b.status(id).Applied == c.status(id).Applied })
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	owner.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) { <-end; conn.Close() })
	for name, want := range map[string]string{"one": "1", "two": "2"} {
		if got, err := b.read(name, 10); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestWhatWasReadDoesNotComeAgain: part of a large file is read twice, then all of the share is kept.
func TestWhatWasReadDoesNotComeAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	member.setMode(id, ledger.OnDemand)
	const size, part = 32 << 20, 12 << 20
	text := noise(1, size)
	owner.write("large", text)
	r.await("the name", func() bool { return len(member.files()) == 1 })
	passed := func(want int64) {
		t.Helper()
		if n := r.mesh.Bytes(owner.id, member.id); n > want+want/16 {
			t.Errorf("%d bytes came, want about %d", n, want)
		}
	}
	read := func() {
		t.Helper()
		if got, err := member.read("large", part); err != nil || got != text[:part] {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
	}
	const ahead = 5 << 20 // that come with what is read
	read()
	passed(part + ahead)
	read()
	passed(part + ahead)
	member.collect() // a part that is kept on demand takes no space
	read()
	passed(2 * (part + ahead))
	member.setMode(id, ledger.Full)
	r.awaitAll(map[string]string{"large": shown(text)}, member)
	passed(size + part + ahead)
}

func TestQuotaOfAReplica(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	b.check(b.names.SetReplica(t.Context(), b.space, 1, 1000))
	a.write("fits", strings.Repeat("x", 50))
	a.write("too large", strings.Repeat("x", 5000))
	r.await("what fits is held, the other named", func() bool {
		status, err := b.engine.Status(t.Context(), id)
		b.check(err)
		return status.Missing == 1 && errors.Is(status.Problem, catalog.ErrQuota) && len(b.files()) == 2
	})
	b.check(b.names.SetReplica(t.Context(), b.space, 1, catalog.Unlimited))
	b.engine.Touch(id)
	r.await("all is held", func() bool { return b.absent() == 0 })
}
