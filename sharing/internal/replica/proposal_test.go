package replica_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/member"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// garble has a hive send what is no tree, so that what it proposes is refused for good.
func (h *hive) garble() {
	h.serveTrees(func(send func(...[]byte) error) error { return send([]byte("no node")) })
}

// TestARefusedProposalIsNotUndone: the owner refuses what a writer proposes; heads come, and the word of it does not. What was written
// stays where it was written.
func TestARefusedProposalIsNotUndone(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	b.garble()
	deaf := make(chan struct{})
	b.node.Handle(post.Protocol, func(_ peer.ID, conn net.Conn) {
		<-deaf
		conn.Close()
	})
	t.Cleanup(func() { close(deaf) })
	b.write("mine", "an acknowledged write")
	r.await("it is refused", func() bool {
		proposals, err := state.New(owner.db).Proposals(t.Context(), id)
		owner.check(err)
		return len(proposals) == 1 && !proposals[0].Open()
	})
	owner.write("other", "2")
	newest := func() uint64 { return owner.newest(id).Seq }
	r.await("a head after it", func() bool { return owner.files()["other"] == "2" && newest() > 1 })
	r.mesh.Partition(owner.id, b.id, true)
	r.mesh.Partition(owner.id, b.id, false) // they compare
	r.await("the head is applied", func() bool { return b.status(id).Applied == newest() && b.files()["other"] == "2" })
	if got := b.files()["mine"]; got != "an acknowledged write" {
		t.Errorf("what was written is %q", got)
	}
}

// TestARefusedProposalIsNotMadeAgain: not before something changes, and the hive that made it says why.
func TestARefusedProposalIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b, c)
	b.garble()
	before := owner.newest(id).Seq
	b.write("mine", "x")
	r.await("b says that it is refused", func() bool { return errors.Is(b.status(id).Problem, member.ErrRefused) })
	for range 20 {
		b.engine.Touch(id)
		owner.engine.Touch(id)
	}
	if after := owner.newest(id).Seq; after != before {
		t.Errorf("%d heads of a proposal that is refused", after-before)
	}
	owner.write("file", "2")
	r.awaitAll(map[string]string{"file": "2"}, c)
	r.await("b goes on", func() bool { f := b.files(); return f["file"] == "2" && f["mine"] == "x" })
}

// TestAVerdictOfManyWords is none: what it says is kept, logged and shown.
func TestAVerdictOfManyWords(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	asked, _ := b.hang(owner)
	b.write("mine", "x")
	<-asked
	open, err := state.New(b.db).Replica(t.Context(), id)
	b.check(err)
	verdict := map[string]any{"share": string(id), "number": open.Proposal, "code": strings.Repeat("x", 1<<19)}
	if err := owner.send(b.id, "verdict", verdict); !errors.Is(err, &wire.Refusal{Code: wire.Malformed}) {
		t.Errorf("a verdict of half a megabyte: %v, want malformed", err)
	}
	if !b.status(id).Proposed {
		t.Error("it ended the proposal")
	}
}

// TestAWriterFromABackup: the hive of a writer counts its proposals from where its backup was made. What it writes then arrives.
func TestAWriterFromABackup(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]bool{"with nothing under way": false, "before it hears of a head": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 2)
			owner, b := r.hives[0], r.hives[1]
			id := r.share(ledger.Writer)
			owner.write("file", "1")
			r.awaitAll(map[string]string{"file": "1"}, b)
			states := state.New(b.db)
			backup, err := states.Replica(t.Context(), id)
			b.check(err)
			for range 3 {
				b.write("file", b.files()["file"]+"+")
				r.awaitEqual()
				r.await("it is merged", func() bool { now, err := states.Replica(t.Context(), id); b.check(err); return !now.Open() })
			}
			if open {
				r.mesh.Isolate(b.id, true)
				owner.write("other", "of the owner")
			}
			b.halt()
			b.check(b.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return states.Change(ctx, tx, id, func(now *state.Replica) { now.Proposal = backup.Proposal })
			}))
			b.open()
			b.start()
			b.write("late", "an acknowledged write")
			if open {
				r.await("it is proposed", func() bool { return b.status(id).Proposed })
				r.mesh.Isolate(b.id, false)
			}
			r.await("it arrives", func() bool { return owner.files()["late"] != "" })
			if all := r.awaitEqual(); all["late"] != "an acknowledged write" || all["file"] != "1+++" {
				t.Errorf("there is %v", all)
			}
		})
	}
}

// hang has a hive take requests of another and not answer. asked has a value for each, given one once the other gave up.
func (h *hive) hang(asker *hive) (asked, given chan struct{}) {
	asked, given = make(chan struct{}, 64), make(chan struct{}, 1)
	h.node.Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) {
		if hive != asker.id {
			conn.Close()
			return
		}
		asked <- struct{}{}
		_, _ = io.Copy(io.Discard, conn) // until the other gives up
		select {
		case given <- struct{}{}:
		default:
		}
	})
	return asked, given
}

// TestAWriterThatHangsHoldsNobodyUp: while the owner's hive waits for what one proposes, its own changes go out, and those of others
// come in.
func TestAWriterThatHangsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.share(ledger.Writer, ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b, c)
	asked, given := b.hang(owner)
	b.write("never", "asked for in vain")
	<-asked
	owner.write("file", "2")
	c.write("more", "3")
	r.awaitAll(map[string]string{"file": "2", "more": "3"}, owner, c)
	select {
	case <-given:
		t.Error("it waited for the hive that hangs")
	default:
	}
}

// TestAWriterThatFailsBesideOneThatHangs is tried again, though the merging of the other goes on.
func TestAWriterThatFailsBesideOneThatHangs(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.share(ledger.Writer, ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b, c)
	asked, given := c.hang(owner)
	c.write("never", "asked for in vain")
	<-asked
	failed := make(chan struct{}, 64)
	b.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		conn.Close()
		failed <- struct{}{}
	})
	b.write("more", "2")
	<-failed
	b.restart()
	r.awaitAll(map[string]string{"file": "1", "more": "2"}, owner, b)
	select {
	case <-given:
		t.Error("it waited for the hive that hangs")
	default:
	}
}

// TestAWriterWithManyProposalsHoldsNobodyUp: it makes one after the other, and never gives what they name.
func TestAWriterWithManyProposalsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Writer)
	owner.write("file", "1")
	want := map[string]string{"file": "1"}
	r.awaitAll(want, b, c)
	newest := owner.newest(id)
	asked, given := b.hang(owner)
	for n := range uint64(10) {
		signed, err := head.Proposal{
			Share: string(id), Number: n + 1, BaseSeq: newest.Seq, BaseRoot: newest.Root.Bytes(), Root: cidOf(cid.DagCBOR, []byte{byte(n)}).Bytes(), By: "user1",
		}.Sign(b.key)
		b.check(err)
		b.check(b.send(owner.id, "proposal", signed))
		if n == 0 {
			<-asked
		}
		name := fmt.Sprint("file ", n)
		c.write(name, "of another")
		want[name] = "of another"
		r.awaitAll(want, owner)
	}
	select {
	case <-given:
		t.Error("it waited for the hive that hangs")
	default:
	}
}

// TestWhatTheOwnerHasNoRoomFor does not hold up what else a writer changes, and arrives when there is room.
func TestWhatTheOwnerHasNoRoomFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	owner.quota.Store(100_000)
	b.write("large", noise(1, 200_000))
	r.await("b says that there is no room", func() bool {
		err := b.status(id).Problem
		return errors.Is(err, member.ErrRefused) && strings.Contains(err.Error(), "no_room")
	})
	b.remove("large")
	b.write("small", "x")
	r.awaitAll(map[string]string{"file": "1", "small": "x"}, owner, b)

	b.write("large", noise(2, 200_000))
	r.await("b says so again", func() bool { return b.status(id).Problem != nil })
	owner.quota.Store(0)
	owner.write("file", "2")
	if all := r.awaitEqual(); all["small"] != "x" || len(all) != 3 {
		t.Errorf("there is %v", slices.Collect(maps.Keys(all)))
	}
}
