package courier_test

import (
	"context"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// TestTellNeverTakesANewerHeadBack: a hive that asks while a head is made is told of that head in the end, not of the one before.
func TestTellNeverTakesANewerHeadBack(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, key, other := t.Context(), hivetest.Key(0), hivetest.IDOf(hivetest.Key(1))
		self, root := hivetest.IDOf(key), cid.MustParse("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua")
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		book, err := ledger.New(ctx, db, ledger.Config{Self: self})
		check(err)
		node := hivetest.NewMesh(nil).Join(self)
		office, err := post.New(book, node, post.Config{ID: self})
		check(err)
		c := courier.Courier{Stores: courier.Stores{DB: db, Ledger: book, Post: office}, Self: self, States: state.New(db)}
		id := ledger.NewID()
		check(book.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
			share := ledger.Share{
				ID: id, Own: true, Owner: self, OwnerUser: "a", Name: "shared", Space: 1, Folder: 1, User: 1, Mode: ledger.Full,
				Quota: ledger.Unlimited, State: ledger.Active, Created: time.Now(),
			}
			if err := tx.AddShare(ctx, share); err != nil {
				return err
			}
			m := ledger.Member{Share: id, Hive: other, User: "b", Role: ledger.Reader, State: ledger.Accepted, Created: time.Now()}
			_, err := tx.PutMember(ctx, m)
			return err
		}))
		publish := func(seq uint64) error {
			signed, err := head.Head{Share: string(id), Seq: seq, Root: root.Bytes(), Prev: make([]byte, 32)}.Sign(key)
			if err != nil {
				return err
			}
			return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
				if err := c.States.AddHead(ctx, tx, id, state.Head{Seq: seq, Root: root, Signed: signed, Created: time.Now()}); err != nil {
					return err
				}
				if err := c.States.Change(ctx, tx, id, func(*state.Replica) {}); err != nil {
					return err
				}
				return office.Put(ctx, tx, courier.HeadMessage(id, other, signed))
			})
		}
		for seq := uint64(2); seq < 60; seq++ {
			var g errgroup.Group
			g.Go(func() error { return c.Tell(ctx, id, other) })
			g.Go(func() error { return publish(seq) })
			check(g.Wait())
			waiting, err := book.Outgoing(ctx, other, 0, 10)
			check(err)
			if len(waiting) != 1 {
				t.Fatalf("%d messages wait", len(waiting))
			}
			var signed head.Signed
			check(wire.Unmarshal(waiting[0].Body, &signed))
			if h, err := head.Open(signed, self); err != nil || h.Seq != seq {
				t.Fatalf("head %d is told after %d was made, %v", h.Seq, seq, err)
			}
		}
	})
}
