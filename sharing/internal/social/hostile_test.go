package social_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// liar is a hive that says what it likes, one message at a time.
type liar struct {
	t      *testing.T
	id     peer.ID
	db     *hive
	answer map[string]chan *wire.Refusal
}

// lies starts a hive that others can meet and that sends by hand.
func lies(t *testing.T, network *nettest.Net, name string, users ...string) *liar {
	t.Helper()
	l := &liar{t: t, id: nettest.ID(name), answer: map[string]chan *wire.Refusal{}}
	l.db = open(t, network, name, social.Config{}, users...)
	for _, kind := range []string{"offer", "answer", "role", "revoked", "ended", "vouch", "reshare"} {
		heard := make(chan *wire.Refusal, 1)
		l.answer[kind] = heard
		l.db.post.Done(kind, func(_ context.Context, _ peer.ID, _ wire.Raw, refusal *wire.Refusal) error {
			heard <- refusal
			return nil
		})
	}
	return l
}

// tell sends a message and returns what it is answered, "" for taken.
func (l *liar) tell(to *hive, kind string, body any) wire.Code {
	l.t.Helper()
	err := l.db.db.Write(l.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return l.db.post.Put(ctx, tx, post.Message{To: to.id, Kind: kind, Body: body})
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.db.post.Wake()
	if refusal := <-l.answer[kind]; refusal != nil {
		return refusal.Code
	}
	return ""
}

func offerTo(user string, id ledger.ID) letter.Offer {
	return letter.Offer{Share: string(id), Name: "Gift", Secret: make([]byte, 32), User: user, Owner: "eve", Role: "writer", Version: 1, Offer: 1}
}

// besieged runs a test in a bubble: alice of a shares with bob of b, who accepted; eve, at a third hive, is a contact of
// amy and ben, but not of alice and bob.
func besieged(t *testing.T, test func(t *testing.T, a, b *hive, eve *liar, share social.Share)) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice", "amy")
		b := open(t, network, "b", social.Config{}, "bob", "ben")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, a, "alice", b, "bob")
		meet(t, a, "amy", eve.db, "eve")
		meet(t, b, "ben", eve.db, "eve")
		share := a.share("alice", reader("bob"), reader("amy"))
		quiet()
		b.accept("bob")
		quiet()
		test(t, a, b, eve, share)
	})
}

func TestOffersNobodyExpects(t *testing.T) {
	besieged(t, func(t *testing.T, a, b *hive, eve *liar, share social.Share) {
		for name, offer := range map[string]letter.Offer{
			"to one who does not know her": offerTo("bob", ledger.NewID()),
			"to nobody":                    offerTo("nobody", ledger.NewID()),
			"of a share of another hive":   offerTo("ben", share.ID),
		} {
			if got := eve.tell(b, letter.KindOffer, offer); got != wire.Unknown {
				t.Errorf("%s: %q, want unknown", name, got)
			}
		}
		if got := eve.tell(a, letter.KindOffer, offerTo("amy", share.ID)); got != wire.Unknown {
			t.Errorf("of a share of the hive itself: %q, want unknown", got)
		}
		b.offers("bob", 0)
		b.offers("ben", 0)
		if got := eve.tell(b, letter.KindOffer, offerTo("ben", ledger.NewID())); got != "" {
			t.Errorf("an honest offer: %q, want it taken", got)
		}
		b.offers("ben", 1)
	})
}

func TestOpenInboxTakesOffersFromStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice")
		b := open(t, network, "b", social.Config{OpenInbox: true}, "bob")
		quiet()
		share := a.share("alice", reader("bob@"+b.id.String()), reader("nobody@"+b.id.String()))
		quiet()
		b.accept("bob")
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Reader)
		a.wantMember("alice", share.ID, "nobody", ledger.Refused, ledger.Reader)
	})
}

// TestOnlyTheOwnersHiveRules sends what only the owner's hive may say, from another one.
func TestOnlyTheOwnersHiveRules(t *testing.T) {
	besieged(t, func(t *testing.T, a, b *hive, eve *liar, share social.Share) {
		id, none := string(share.ID), string(ledger.NewID())
		for _, h := range []*hive{a, b} {
			for _, s := range []string{id, none} {
				said := map[string]any{
					"role":    letter.Terms{Share: s, Name: "x", User: "bob", Role: "writer", Version: 99},
					"revoked": letter.Revoked{Share: s, User: "bob", Version: 99},
					"ended":   letter.Ended{Share: s},
				}
				for kind, body := range said {
					if got := eve.tell(h, kind, body); got != wire.Unknown {
						t.Errorf("%s: %q, want unknown", kind, got)
					}
				}
			}
		}
		quiet()
		b.wantMount("bob", share.ID, "reader", "/Photos")
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Reader)
	})
}

// TestOnlyMembersAnswer has a hive answer for members of others, and ask for members.
func TestOnlyMembersAnswer(t *testing.T) {
	besieged(t, func(t *testing.T, a, b *hive, eve *liar, share social.Share) {
		eveHive := []byte(eve.id)
		for _, id := range []string{string(share.ID), string(ledger.NewID())} {
			for _, user := range []string{"bob", "amy", "eve"} {
				if got := eve.tell(a, letter.KindAnswer, letter.Answer{Share: id, User: user, Offer: 1, State: "left"}); got != wire.Unknown {
					t.Errorf("answer: %q, want unknown", got)
				}
				if got := eve.tell(a, letter.KindReshare, letter.Reshare{Share: id, By: user, Hive: eveHive, User: "eve", Role: "reader"}); got != wire.Unknown {
					t.Errorf("reshare: %q, want unknown", got)
				}
			}
			// To the hive of a member, which is not the owner's.
			if got := eve.tell(b, letter.KindAnswer, letter.Answer{Share: id, User: "bob", Offer: 1, State: "left"}); got != wire.Unknown {
				t.Errorf("answer: %q, want unknown", got)
			}
			if got := eve.tell(b, letter.KindReshare, letter.Reshare{Share: id, By: "bob", Hive: eveHive, User: "eve", Role: "reader"}); got != wire.Unknown {
				t.Errorf("reshare: %q, want unknown", got)
			}
		}
		for _, user := range []string{"bob", "nobody"} {
			if got := eve.tell(b, letter.KindVouch, letter.Vouch{Share: string(share.ID), Owner: eveHive, User: user, By: "eve", Role: "reader"}); got != wire.Unknown {
				t.Errorf("vouch to %s: %q, want unknown", user, got)
			}
		}
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Reader)
		if members := must(a.ledger.Members(t.Context(), share.ID))(t); len(members) != 2 {
			t.Errorf("members = %+v", members)
		}
	})
}

// TestMembersDoNotOverreach has a member's hive ask for more than the member may.
func TestMembersDoNotOverreach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, a, "alice", eve.db, "eve")
		share := a.share("alice", reader("eve"))
		quiet()
		eve.db.accept("eve")
		quiet()
		ask := letter.Reshare{Share: string(share.ID), By: "eve", Hive: []byte(eve.id), User: "friend", Role: "reader"}
		if got := eve.tell(a, letter.KindReshare, ask); got != wire.Unknown {
			t.Errorf("re-share that is not allowed: %q", got)
		}
		yes := true
		must(a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Reshare: &yes}))(t)
		ask.Role = "writer"
		if got := eve.tell(a, letter.KindReshare, ask); got != wire.Unknown {
			t.Errorf("a reader makes a writer: %q", got)
		}
		// Whether there is such a user is not to be learned by asking.
		for _, user := range []string{"alice", "nobody"} {
			ask := letter.Reshare{Share: string(share.ID), By: "eve", Hive: []byte(a.id), User: user, Role: "reader"}
			if got := eve.tell(a, letter.KindReshare, ask); got != "" {
				t.Errorf("re-share to %s of the owner's hive: %q, want no answer that tells", user, got)
			}
		}
		if members := must(a.ledger.Members(t.Context(), share.ID))(t); len(members) != 1 {
			t.Errorf("members = %+v", members)
		}
		// After the revocation, nothing.
		m := a.wantMember("alice", share.ID, "eve", ledger.Accepted, ledger.Reader)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		for _, state := range []string{"accepted", "left", "declined"} {
			eve.tell(a, letter.KindAnswer, letter.Answer{Share: string(share.ID), User: "eve", Offer: 1, State: state})
		}
		a.wantMember("alice", share.ID, "eve", ledger.Revoked, ledger.Reader)
		ask.Role = "reader"
		if got := eve.tell(a, letter.KindReshare, ask); got != wire.Unknown {
			t.Errorf("a revoked member asks: %q", got)
		}
	})
}

// TestMessagesInAnyOrder says all that an owner ever said of a member, shuffled and doubled; the newest word is what holds.
func TestMessagesInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, b, "bob", eve.db, "eve")
		for round := range 30 {
			random := rand.New(rand.NewPCG(1, uint64(round)))
			id := ledger.NewID()
			offer := offerTo("bob", id)
			offer.Expires = 0
			type said struct {
				kind string
				body any
			}
			last := said{"role", letter.Terms{Share: string(id), Name: "Last", User: "bob", Role: "reader", Version: 5}}
			again := offer
			again.Version, again.Offer = 4, 4
			words := []said{
				{"offer", offer},
				{"role", letter.Terms{Share: string(id), Name: "Gift", User: "bob", Role: "writer", Version: 2}},
				{"revoked", letter.Revoked{Share: string(id), User: "bob", Version: 3}},
				{"offer", again},
				last,
			}
			words = append(words, words...)
			random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			for _, w := range append(words, said{"offer", again}, last) {
				eve.tell(b, w.kind, w.body)
			}
			m := must(b.ledger.LocalMembers(t.Context(), b.users["bob"], ledger.Offered))(t)
			m0 := m[len(m)-1]
			share := must(b.ledger.Share(t.Context(), id))(t)
			if m0.Share != id || m0.Version != 5 || m0.Role != ledger.Reader || share.Name != "Last" || share.State != ledger.Active {
				t.Fatalf("round %d: %+v of %+v", round, m0, share)
			}
		}
	})
}

// TestReplays repeats old messages to both sides after all is over.
func TestReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, b, "bob", eve.db, "eve")
		id := ledger.NewID()
		eve.tell(b, "offer", offerTo("bob", id))
		b.accept("bob")
		if got := eve.tell(b, "offer", offerTo("bob", id)); got != "" {
			t.Errorf("the offer again: %q, want it taken", got)
		}
		b.wantMount("bob", id, "writer", "/Gift")
		eve.tell(b, "revoked", letter.Revoked{Share: string(id), User: "bob", Version: 2})
		eve.tell(b, "offer", offerTo("bob", id))
		eve.tell(b, "role", letter.Terms{Share: string(id), Name: "Gift", User: "bob", Role: "writer", Version: 1})
		b.wantMount("bob", id, "", "")
		b.offers("bob", 0)
		eve.tell(b, "ended", letter.Ended{Share: string(id)})
		newer := offerTo("bob", id)
		newer.Version, newer.Offer = 9, 9
		if got := eve.tell(b, "offer", newer); got != wire.Unknown {
			t.Errorf("an offer of what ended: %q, want unknown", got)
		}
	})
}

// TestOffersThatAreTakenBack leave nothing, though the answer to one that was declined has not arrived.
func TestOffersThatAreTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, b, "bob", eve.db, "eve")
		for range 3 {
			id := ledger.NewID()
			eve.tell(b, letter.KindOffer, offerTo("bob", id))
			eve.tell(b, letter.KindRevoked, letter.Revoked{Share: string(id), User: "bob", Version: 2})
		}
		eve.tell(b, letter.KindOffer, offerTo("bob", ledger.NewID()))
		kept := offerTo("bob", ledger.NewID())
		eve.tell(b, letter.KindOffer, kept)
		network.Cut(b.id, eve.id, true)
		if err := b.Shares().Decline(t.Context(), b.users["bob"], b.offers("bob", 2)[0].ID); err != nil {
			t.Fatal(err)
		}
		pass(sweep)
		shares := must(b.ledger.Shares(t.Context(), ledger.Filter{}))(t)
		if len(shares) != 2 || shares[0].ID != ledger.ID(kept.Share) && shares[1].ID != ledger.ID(kept.Share) {
			t.Errorf("%d shares, want the one that is offered and the one whose owner has yet to hear: %+v", len(shares), shares)
		}
	})
}

// TestOneHiveHasNoMoreShares than there is room for, whoever they were offered to.
func TestOneHiveHasNoMoreShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, b, "bob", eve.db, "eve")
		err := b.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) (err error) {
			for n := 0; n < 5000 && err == nil; n++ {
				err = tx.AddShare(ctx, ledger.Share{ID: ledger.NewID(), Owner: eve.id, State: ledger.Active, Mode: ledger.Full, Created: time.Now()})
			}
			if err == nil { // ben sees what was revoked
				_, err = tx.ExecContext(ctx, `INSERT INTO members (share_id, hive, user_name, role, state, invited_by, local_user, version, offer, path, mounted, created)
					SELECT id, ?, 'ben', 'reader', 'revoked', '', 99, 1, 1, '', 0, created FROM shares`, b.id.String())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		eve.wantBusy(b, offerTo("bob", ledger.NewID()))
	})
}
