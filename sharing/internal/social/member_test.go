package social_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
)

// three runs a test in a bubble with alice at a, bob and ben at b and carol at c. Alice knows bob, bob knows carol.
func three(t *testing.T, test func(t *testing.T, network *nettest.Net, a, b, c *hive)) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice", "amy")
		b := open(t, network, "b", social.Config{}, "bob", "ben")
		c := open(t, network, "c", social.Config{}, "carol", "chris")
		quiet()
		meet(t, a, "alice", b, "bob")
		meet(t, b, "bob", c, "carol")
		test(t, network, a, b, c)
	})
}

// reshared is a share of alice that bob accepted and may pass on.
func reshared(t *testing.T, a, b *hive, role ledger.Role) social.Share {
	t.Helper()
	share := must(a.Shares().Create(t.Context(), a.users["alice"], path(t, "/Photos"), social.NewShare{
		Reshare: true, Members: []social.Invite{{To: "bob", Role: role}},
	}))(t)
	quiet()
	b.accept("bob")
	quiet()
	return share
}

func TestReshareToAThirdHive(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		share := reshared(t, a, b, ledger.Writer)
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, writer("carol")))(t)
		pass(time.Minute)
		offer := c.offers("carol", 1)[0]
		if offer.From != "alice@"+a.id.String() || offer.By != "bob@"+b.id.String() || offer.Role != ledger.Writer {
			t.Errorf("offer = %+v", offer)
		}
		must(c.Shares().Accept(t.Context(), c.users["carol"], offer.ID, social.Accept{}))(t)
		pass(time.Minute)
		m := a.wantMember("alice", share.ID, "carol", ledger.Accepted, ledger.Writer)
		if m.Who != "carol@"+c.id.String() {
			t.Errorf("alice calls her %s", m.Who)
		}
		// The voucher was for this one offer, and for carol.
		again := a.shareOf("alice", "/Films", reader("carol@"+c.id.String()), reader("chris@"+c.id.String()))
		quiet()
		a.wantMember("alice", again.ID, "carol", ledger.Refused, ledger.Reader)
		a.wantMember("alice", again.ID, "chris", ledger.Refused, ledger.Reader)
		// Even so, she hears when it ends.
		if err := a.Shares().End(t.Context(), a.users["alice"], share.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		c.wantMount("carol", share.ID, "", "")
	})
}

func TestReshareInsideHives(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		share := reshared(t, a, b, ledger.Writer)
		// To a user of the member's own hive.
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("ben")))(t)
		quiet()
		b.accept("ben")
		quiet()
		a.wantMember("alice", share.ID, "ben", ledger.Accepted, ledger.Reader)
		// To a user of the owner's hive, who has to know the one that asks.
		amy := "amy@" + a.id.String()
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader(amy)))(t)
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("nobody@"+a.id.String())))(t)
		quiet()
		a.offers("amy", 0)
		meet(t, a, "amy", b, "bob")
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader(amy)))(t)
		quiet()
		a.accept("amy")
		a.wantMember("alice", share.ID, "amy", ledger.Accepted, ledger.Reader)
		// And by a local member to a remote one.
		meet(t, a, "amy", c, "chris")
		must(a.Shares().AddMember(t.Context(), a.users["amy"], share.ID, reader("chris")))(t)
		pass(time.Minute)
		if offer := c.offers("chris", 1)[0]; offer.By != amy {
			t.Errorf("offer = %+v", offer)
		}
	})
}

func TestReshareNeedsTheRight(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		share := reshared(t, a, b, ledger.Reader)
		_, err := b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, writer("carol"))
		b.wantErr(err, social.ErrNotAllowed)
		_, err = b.Shares().AddMember(t.Context(), b.users["ben"], share.ID, reader("bob"))
		b.wantErr(err, social.ErrNotFound)
		_, err = b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("alice"))
		b.wantErr(err, social.ErrInvalid)
		soon := time.Now().Add(time.Hour)
		_, err = b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, social.Invite{To: "carol", Role: ledger.Reader, Expires: &soon})
		b.wantErr(err, social.ErrNotAllowed)
		no := false
		must(a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Reshare: &no}))(t)
		quiet()
		_, err = b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("carol"))
		b.wantErr(err, social.ErrNotAllowed)
		c.offers("carol", 0)
	})
}

// TestReshareToOneWhoDoesNotKnow has the third hive refuse to expect anything.
func TestReshareToOneWhoDoesNotKnow(t *testing.T) {
	three(t, func(t *testing.T, _ *nettest.Net, a, b, c *hive) {
		share := reshared(t, a, b, ledger.Writer)
		must(b.Shares().AddMember(t.Context(), b.users["bob"], share.ID, reader("chris@"+c.id.String())))(t)
		pass(time.Hour)
		c.offers("chris", 0)
		if members := must(a.Shares().Get(t.Context(), a.users["alice"], share.ID))(t).Members; len(members) != 1 {
			t.Errorf("members = %+v, want bob only", members)
		}
		for _, h := range []*hive{a, b, c} {
			if items := must(h.post.Items(t.Context(), ""))(t); len(items) != 0 {
				t.Errorf("messages wait: %+v", items)
			}
		}
	})
}

func TestExpiry(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		day, week := time.Now().Add(24*time.Hour), time.Now().Add(7*24*time.Hour)
		share := must(a.Shares().Create(t.Context(), a.users["alice"], path(t, "/Photos"), social.NewShare{
			Expires: &week,
			Members: []social.Invite{{To: "bob", Role: ledger.Writer, Expires: &day}, {To: "amy", Role: ledger.Reader}},
		}))(t)
		quiet()
		if offer := b.offers("bob", 1)[0]; offer.Expires == nil || offer.Expires.Sub(day).Abs() > time.Second {
			t.Errorf("offer expires %v, want %v", offer.Expires, day)
		}
		b.accept("bob")
		a.accept("amy")
		quiet()
		network.Cut(a.id, b.id, true)
		pass(23 * time.Hour)
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		b.wantMount("bob", share.ID, "writer", "/Photos")
		pass(time.Hour + time.Minute)
		a.wantMember("alice", share.ID, "bob", ledger.Revoked, ledger.Writer)
		a.wantMayRead(share.ID, b.id, false)
		b.wantMount("bob", share.ID, "", "") // though the owner is out of reach
		a.wantMount("amy", share.ID, "reader", "/Photos")
		network.Cut(a.id, b.id, false)
		pass(7 * 24 * time.Hour)
		a.wantMount("amy", share.ID, "", "")
		if got := must(a.ledger.Share(t.Context(), share.ID))(t); got.State != ledger.Ended {
			t.Errorf("the share is %s, want ended", got.State)
		}
	})
}

// TestProlonging has a membership expire on the hive of the member while the owner, out of reach, had prolonged it.
func TestProlonging(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		day, week := time.Now().Add(24*time.Hour), time.Now().Add(7*24*time.Hour)
		share := a.share("alice", social.Invite{To: "bob", Role: ledger.Writer, Expires: &day})
		quiet()
		b.accept("bob")
		quiet()
		network.Cut(a.id, b.id, true)
		m := a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		must(a.Shares().SetMember(t.Context(), a.users["alice"], share.ID, m.ID, social.ChangeMember{Expires: &social.Expiry{At: &week}}))(t)
		pass(25 * time.Hour)
		b.wantMount("bob", share.ID, "", "")
		network.Cut(a.id, b.id, false)
		quiet()
		b.accept("bob")
		b.wantMount("bob", share.ID, "writer", "/Photos")
		a.wantMayRead(share.ID, b.id, true)
	})
}

// TestThirtyDaysApart has both sides act while they cannot hear each other.
func TestThirtyDaysApart(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", b, "ben")
		first := a.share("alice", writer("bob"), writer("ben"))
		quiet()
		network.Cut(a.id, b.id, true)
		b.accept("bob")
		if err := b.Shares().Decline(t.Context(), b.users["ben"], b.offers("ben", 1)[0].ID); err != nil {
			t.Fatal(err)
		}
		second := a.shareOf("alice", "/Films", reader("bob"))
		b.wantMount("bob", first.ID, "writer", "/Photos")
		pass(30 * 24 * time.Hour)
		network.Cut(a.id, b.id, false)
		quiet()
		a.wantMember("alice", first.ID, "bob", ledger.Accepted, ledger.Writer)
		a.wantMember("alice", first.ID, "ben", ledger.Declined, ledger.Writer)
		if offer := b.offers("bob", 1)[0]; offer.Share != second.ID {
			t.Errorf("offer = %+v", offer)
		}
	})
}

// TestRevokedWhileAcceptIsOnItsWay has the two cross each other.
func TestRevokedWhileAcceptIsOnItsWay(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", writer("bob"))
		quiet()
		network.Cut(a.id, b.id, true)
		b.accept("bob")
		m := a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Writer)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		network.Cut(a.id, b.id, false)
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Revoked, ledger.Writer)
		b.wantMount("bob", share.ID, "", "")
		// The late answer is not taken for one to the next offer.
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("bob")))(t)
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Reader)
		b.offers("bob", 1)
	})
}

// TestRevokedBeforeItWasOffered tells the member's hive nothing of it.
func TestRevokedBeforeItWasOffered(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		network.Cut(a.id, b.id, true)
		share := a.share("alice", writer("bob"))
		m := a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Writer)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		network.Cut(a.id, b.id, false)
		pass(time.Minute)
		b.offers("bob", 0)
		if items := must(a.post.Items(t.Context(), ""))(t); len(items) != 0 {
			t.Errorf("messages wait: %+v", items)
		}
		if list := must(b.Shares().List(t.Context(), b.users["bob"]))(t); len(list) != 0 {
			t.Errorf("bob sees %+v", list)
		}
	})
}
