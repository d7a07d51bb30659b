package social_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
)

const sweep = 7 * time.Hour // one comes in this time

// TestMountThatIsGone takes a mount away behind social's back.
func TestMountThatIsGone(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		b.accept("bob")
		quiet()
		if _, err := b.names.UnmountIn(t.Context(), bun.Tx{}, string(share.ID), b.users["bob"]); err != nil {
			t.Fatal(err)
		}
		pass(sweep)
		a.wantMember("alice", share.ID, "bob", ledger.Left, ledger.Reader)
		if len(b.names.replicas) != 0 {
			t.Error("the replica is still there")
		}
	})
}

// TestFolderThatIsGone ends the share; what did not arrive is kept at the members before their replicas go.
func TestFolderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		var gone atomic.Bool
		var replicas atomic.Pointer[names]
		var kept []ledger.ID
		a := open(t, network, "a", social.Config{Gone: func(context.Context, ledger.Share) (bool, error) { return gone.Load(), nil }}, "alice")
		b := open(t, network, "b", social.Config{Keep: func(_ context.Context, share ledger.Share, _ func(context.Context, int64) (bool, error)) error {
			if replicas.Load().count() == 0 {
				t.Error("the replica went before")
			}
			kept = append(kept, share.ID)
			return nil
		}}, "bob")
		replicas.Store(b.names)
		quiet()
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		b.accept("bob")
		pass(sweep)
		b.wantMount("bob", share.ID, "reader", "/Photos")
		gone.Store(true)
		pass(sweep)
		b.wantMount("bob", share.ID, "", "")
		if !slices.Equal(kept, []ledger.ID{share.ID}) || len(b.names.replicas) != 0 {
			t.Errorf("kept %v, want %s once", kept, share.ID)
		}
	})
}

func TestRoleOfAMountIsPutRight(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, _ *hive) {
		share := a.share("alice", reader("amy"))
		a.accept("amy")
		if err := a.names.SetMountRole(t.Context(), string(share.ID), a.users["amy"], "writer"); err != nil {
			t.Fatal(err)
		}
		pass(sweep)
		a.wantMount("amy", share.ID, "reader", "/Photos")
	})
}

// TestUsersWhoAreDeleted ends their shares and their memberships.
func TestUsersWhoAreDeleted(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", b, "ben")
		meet(t, a, "amy", b, "ben")
		hers := must(a.Shares().Create(t.Context(), a.users["amy"], path(t, "/Music"), social.NewShare{Members: []social.Invite{reader("ben")}}))(t)
		share := a.share("alice", reader("bob"), reader("ben"))
		quiet()
		for _, offer := range b.offers("ben", 2) {
			must(b.Shares().Accept(t.Context(), b.users["ben"], offer.ID, social.Accept{}))(t)
		}
		for user, h := range map[string]*hive{"amy": a, "bob": b} {
			if err := h.accounts.Delete(t.Context(), user); err != nil {
				t.Fatal(err)
			}
		}
		pass(sweep)
		b.wantMount("ben", hers.ID, "", "")
		b.wantMount("ben", share.ID, "reader", "/Photos")
		a.wantMember("alice", share.ID, "bob", ledger.Declined, ledger.Reader)
		if _, err := b.Shares().Get(t.Context(), b.users["bob"], share.ID); !errors.Is(err, social.ErrNotFound) {
			t.Errorf("Get = %v, want ErrNotFound", err)
		}
	})
}

// TestReplicaThatACrashLeft finds a replica without users at the start.
func TestReplicaThatACrashLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		db := databasetest.New(t)
		b := start(t, db, network, "b", social.Config{}, "bob")
		id := ledger.NewID()
		b.names.replicas[77] = 0
		b.stop()
		err := b.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
			return tx.AddShare(ctx, ledger.Share{ID: id, Owner: nettest.ID("a"), Name: "x", Space: 77, Folder: 1, State: ledger.Active, Mode: ledger.Full, Created: time.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.run()
		quiet()
		if share := must(b.ledger.Share(t.Context(), id))(t); share.Space != 0 || share.State != ledger.Left || len(b.names.replicas) != 0 {
			t.Errorf("%+v with replicas %v", share, b.names.replicas)
		}
	})
}

// TestStateGoesWithItsReplica: a share stays that of its replica until the engine has forgotten how far that was, and begins
// with nothing known.
func TestStateGoesWithItsReplica(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		broken := errors.New("no disk")
		b.engine.fails(broken)
		offer := b.offers("bob", 1)[0]
		_, err := b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, social.Accept{})
		b.wantErr(err, broken)
		if len(b.names.replicas) != 0 {
			t.Error("a replica of which something else may be known")
		}
		b.engine.fails(nil)
		b.accept("bob")
		if !slices.Contains(b.engine.dropped, share.ID) {
			t.Error("accepted on top of what was known before")
		}
		b.engine.fails(broken)
		if err := b.Shares().Leave(t.Context(), b.users["bob"], share.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		if left := must(b.ledger.Share(t.Context(), share.ID))(t); left.Space == 0 {
			t.Error("the replica is off the share, and what is known of it stays")
		}
		b.engine.fails(nil)
		pass(2 * time.Minute)
		if left := must(b.ledger.Share(t.Context(), share.ID))(t); left.Space != 0 || !slices.Contains(b.engine.dropped, share.ID) {
			t.Errorf("nobody tried again: %+v, dropped %v", left, b.engine.dropped)
		}
	})
}

func TestOldInvitationsGo(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, _ *hive) {
		must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{}))(t)
		count := func(want int) {
			t.Helper()
			if list := must(a.Invitations().List(t.Context(), a.users["alice"]))(t); len(list) != want {
				t.Errorf("%d invitations, want %d", len(list), want)
			}
		}
		pass(36 * 24 * time.Hour)
		count(1)
		pass(2 * 24 * time.Hour)
		count(0)
	})
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := social.New(social.Parts{}, social.Config{}); err == nil {
		t.Error("New without parts works")
	}
}
