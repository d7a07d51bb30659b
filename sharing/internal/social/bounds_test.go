package social_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// wantBusy makes an offer for which there is no room.
func (l *liar) wantBusy(to *hive, offer letter.Offer) {
	l.t.Helper()
	err := l.db.db.Write(l.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return l.db.post.Put(ctx, tx, post.Message{To: to.id, Kind: letter.KindOffer, Body: offer})
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.db.post.Wake()
	quiet()
	if items := must(l.db.post.Items(l.t.Context(), ""))(l.t); len(items) != 1 || items[0].Code != string(wire.Busy) {
		l.t.Errorf("waiting = %+v, want one for which there is no room", items)
	}
}

// flood has 1,000 offers of eve wait for bob, until a time.
func flood(t *testing.T, b *hive, eve *liar, expires *time.Time) {
	t.Helper()
	err := b.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		for i := range 1000 {
			id := ledger.NewID()
			if err := tx.AddShare(ctx, ledger.Share{ID: id, Owner: eve.id, Name: fmt.Sprint(i), State: ledger.Active, Mode: ledger.Full, Created: time.Now()}); err != nil {
				return err
			}
			_, err := tx.PutMember(ctx, ledger.Member{
				Share: id, Hive: b.id, User: "bob", LocalUser: b.users["bob"], Role: ledger.Reader, State: ledger.Offered, Expires: expires, Created: time.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFloodOfOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, b, "bob", eve.db, "eve")
		back := offerTo("bob", ledger.NewID())
		eve.tell(b, letter.KindOffer, back)
		eve.tell(b, letter.KindRevoked, letter.Revoked{Share: back.Share, User: "bob", Version: 2})
		day := time.Now().Add(24 * time.Hour)
		flood(t, b, eve, &day)
		before := len(must(b.ledger.Shares(t.Context(), ledger.Filter{Owner: eve.id}))(t))
		eve.wantBusy(b, offerTo("bob", ledger.NewID()))
		if after := len(must(b.ledger.Shares(t.Context(), ledger.Filter{Owner: eve.id}))(t)); after != before {
			t.Errorf("%d shares, want none that was not offered to anybody", after-before)
		}
		b.offers("bob", 1000)
		pass(27 * time.Hour) // what waits has found room at the next try, for what expired takes none
		if items := must(eve.db.post.Items(t.Context(), ""))(t); len(items) != 0 {
			t.Errorf("waiting = %+v", items)
		}
		b.offers("bob", 1)
		flood(t, b, eve, nil)
		back.Version, back.Offer = 3, 3
		eve.wantBusy(b, back)
	})
}

// TestAnOfferExpires while its owner is out of reach: the hive is at rest then, and the owner may still prolong it.
func TestAnOfferExpires(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		day, week := time.Now().Add(24*time.Hour), time.Now().Add(7*24*time.Hour)
		share := a.share("alice", social.Invite{To: "bob", Role: ledger.Writer, Expires: &day})
		quiet()
		network.Cut(a.id, b.id, true)
		m := a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Writer)
		must(a.Shares().SetMember(t.Context(), a.users["alice"], share.ID, m.ID, social.ChangeMember{Expires: &social.Expiry{At: &week}}))(t)
		pass(25 * time.Hour)
		b.offers("bob", 0)
		network.Cut(a.id, b.id, false)
		quiet()
		b.accept("bob")
		b.wantMount("bob", share.ID, "writer", "/Photos")
	})
}

// TestReshareHereEndsWithTheMember who asked, however long that one wants it to be.
func TestReshareHereEndsWithTheMember(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		meet(t, a, "amy", b, "bob")
		meet(t, a, "amy", c, "chris")
		day, week := time.Now().Add(24*time.Hour), time.Now().Add(7*24*time.Hour)
		share := must(a.Shares().Create(t.Context(), a.users["alice"], path(t, "/Photos"), social.NewShare{
			Reshare: true, Members: []social.Invite{{To: "amy", Role: ledger.Writer, Expires: &day}},
		}))(t)
		a.accept("amy")
		for who, until := range map[string]*time.Time{"bob": nil, "chris": &week} {
			must(a.Shares().AddMember(t.Context(), a.users["amy"], share.ID, social.Invite{To: who, Role: ledger.Reader, Expires: until}))(t)
			m := a.wantMember("alice", share.ID, who, ledger.Offered, ledger.Reader)
			if m.Expires == nil || m.Expires.Sub(day).Abs() > time.Second {
				t.Errorf("%s expires %v, want %v", who, m.Expires, day)
			}
		}
	})
}

// TestOnlyTheOwnerBringsBack whom the owner took out, whatever members ask for.
func TestOnlyTheOwnerBringsBack(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		meet(t, a, "amy", b, "bob")
		meet(t, a, "amy", c, "carol")
		share := reshared(t, a, b, ledger.Writer)
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, writer("amy")))(t)
		a.accept("amy")
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("carol")))(t)
		pass(time.Minute)
		c.accept("carol")
		pass(time.Minute)
		m := a.wantMember("alice", share.ID, "carol", ledger.Accepted, ledger.Reader)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("carol")))(t)
		pass(time.Minute)
		_, err := a.Shares().AddMember(t.Context(), a.users["amy"], share.ID, reader("carol"))
		a.wantErr(err, social.ErrNotAllowed)
		a.wantMember("alice", share.ID, "carol", ledger.Revoked, ledger.Reader)
		a.wantMayRead(share.ID, c.id, false)
		c.offers("carol", 0)
		if items := must(b.post.Items(t.Context(), ""))(t); len(items) != 0 {
			t.Errorf("bob's hive goes on asking: %+v", items)
		}
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("carol@"+c.id.String())))(t)
		quiet()
		c.offers("carol", 1)
	})
}

// TestMembersLeaveRoom for those that the owner adds.
func TestMembersLeaveRoom(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		meet(t, a, "amy", b, "bob")
		meet(t, a, "amy", c, "chris")
		share := must(a.Shares().Create(t.Context(), a.users["alice"], path(t, "/Photos"), social.NewShare{
			Reshare: true, Members: []social.Invite{writer("amy")},
		}))(t)
		a.accept("amy")
		err := a.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) (err error) {
			for n := 0; n < 2000 && err == nil; n++ {
				_, err = tx.PutMember(ctx, ledger.Member{
					Share: share.ID, Hive: nettest.ID("far"), User: fmt.Sprint("u", n), Role: ledger.Reader, State: ledger.Revoked,
					InvitedBy: "amy@" + a.id.String(), Created: time.Now(),
				})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Shares().AddMember(t.Context(), a.users["amy"], share.ID, reader("chris"))
		a.wantErr(err, social.ErrInvalid)
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("bob")))(t)
		quiet()
		b.offers("bob", 1)
	})
}

// TestRefusedOffersCanBeTakenBack, and then a late word of the other hive changes nothing.
func TestRefusedOffersCanBeTakenBack(t *testing.T) {
	besieged(t, func(t *testing.T, a, _ *hive, eve *liar, _ social.Share) {
		share := a.shareOf("alice", "/Films", reader("nobody@"+eve.id.String()))
		quiet()
		m := a.wantMember("alice", share.ID, "nobody", ledger.Refused, ledger.Reader)
		role := ledger.Writer
		_, err := a.Shares().SetMember(t.Context(), a.users["alice"], share.ID, m.ID, social.ChangeMember{Role: &role})
		a.wantErr(err, social.ErrNotFound)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		eve.tell(a, letter.KindAnswer, letter.Answer{Share: string(share.ID), User: "nobody", Offer: 1, State: string(ledger.Accepted)})
		a.wantMember("alice", share.ID, "nobody", ledger.Revoked, ledger.Reader)
		a.wantMayRead(share.ID, eve.id, false)
	})
}

// TestIDsAreTheirOwners: a member of a share who offers it as its own keeps nobody from the offer of the owner.
func TestIDsAreTheirOwners(t *testing.T) {
	besieged(t, func(t *testing.T, a, b *hive, eve *liar, _ social.Share) {
		share := a.shareOf("alice", "/Films", reader("amy"))
		if got := eve.tell(b, letter.KindOffer, offerTo("ben", share.ID)); got != "" {
			t.Errorf("the first offer of an id: %q, want it taken", got)
		}
		b.offers("ben", 1)
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("bob")))(t)
		quiet()
		b.offers("ben", 0)
		if got := eve.tell(b, letter.KindOffer, offerTo("ben", share.ID)); got != wire.Unknown {
			t.Errorf("once the owner's is here: %q, want unknown", got)
		}
		must(b.Shares().Accept(t.Context(), b.users["bob"], b.offers("bob", 1)[0].ID, social.Accept{}))(t)
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Reader)
		// What somebody uses is not taken away from them.
		second := a.shareOf("alice", "/Music", reader("amy"))
		eve.tell(b, letter.KindOffer, offerTo("ben", second.ID))
		b.accept("ben")
		must(a.Shares().AddMember(t.Context(), a.users["alice"], second.ID, reader("bob")))(t)
		quiet()
		a.wantMember("alice", second.ID, "bob", ledger.Refused, ledger.Reader)
		b.wantMount("ben", second.ID, "writer", "/Gift")
	})
}
