package social_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
)

func TestShareFromOfferToLeave(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", writer("bob"))
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Writer)
		offer := b.offers("bob", 1)[0]
		if offer.Name != "Photos" || offer.From != "alice" || offer.Role != ledger.Writer || offer.Share != share.ID {
			t.Errorf("offer = %+v", offer)
		}
		if _, err := b.Shares().Accept(t.Context(), b.users["ben"], offer.ID, social.Accept{}); !errors.Is(err, social.ErrNotFound) {
			t.Errorf("another user accepts: %v, want ErrNotFound", err)
		}
		quota := int64(1 << 30)
		got := must(b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, social.Accept{Path: "/From alice", Mode: ledger.OnDemand, Quota: &quota}))(t)
		if got.Path != "/From alice" || got.Mode != ledger.OnDemand || got.Quota != quota || got.Space == 0 || got.Role != ledger.Writer || got.Secret != [32]byte{} {
			t.Errorf("accepted = %+v", got)
		}
		b.wantMount("bob", share.ID, catalog.Role("writer"), "/From alice")
		b.offers("bob", 0)
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		if a.engine.touched[share.ID] == 0 || b.engine.touched[share.ID] == 0 {
			t.Error("the engines heard nothing")
		}
		for _, h := range []*hive{a, b} {
			secret := must(h.ledger.Share(t.Context(), share.ID))(t).Secret
			if secret == [32]byte{} || secret != must(a.ledger.Share(t.Context(), share.ID))(t).Secret {
				t.Error("the secret did not arrive")
			}
		}

		if err := b.Shares().Leave(t.Context(), b.users["bob"], share.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Left, ledger.Writer)
		a.wantMayRead(share.ID, b.id, false)
		b.wantMount("bob", share.ID, "", "")
		if len(b.names.replicas) != 0 || !slices.Contains(b.engine.dropped, share.ID) || !slices.Contains(a.engine.cut, b.id) {
			t.Errorf("replicas %v, dropped %v, cut %v", b.names.replicas, b.engine.dropped, a.engine.cut)
		}
		if list := must(b.Shares().List(t.Context(), b.users["bob"]))(t); len(list) != 0 {
			t.Errorf("bob still sees %+v", list)
		}
		b.wantErr(b.Shares().Leave(t.Context(), b.users["bob"], share.ID), social.ErrNotFound)

		// And once more.
		must(a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("bob")))(t)
		quiet()
		b.accept("bob")
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Reader)
		b.wantMount("bob", share.ID, "reader", "/Photos")
	})
}

func TestDecline(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		offer := b.offers("bob", 1)[0]
		b.wantErr(b.Shares().Decline(t.Context(), b.users["ben"], offer.ID), social.ErrNotFound)
		if err := b.Shares().Decline(t.Context(), b.users["bob"], offer.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		b.offers("bob", 0)
		a.wantMember("alice", share.ID, "bob", ledger.Declined, ledger.Reader)
		a.wantMayRead(share.ID, b.id, false)
		_, err := b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, social.Accept{})
		b.wantErr(err, social.ErrNotFound)
	})
}

func TestRoles(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"), reader("amy"))
		quiet()
		b.accept("bob")
		a.accept("amy")
		quiet()
		network.Cut(a.id, b.id, true)
		for _, role := range []ledger.Role{ledger.Writer, ledger.Reader, ledger.Writer} {
			for _, user := range []string{"bob", "amy"} {
				m := a.wantMember("alice", share.ID, user, ledger.Accepted, map[ledger.Role]ledger.Role{ledger.Writer: ledger.Reader, ledger.Reader: ledger.Writer}[role])
				must(a.Shares().SetMember(t.Context(), a.users["alice"], share.ID, m.ID, social.ChangeMember{Role: &role}))(t)
				if user == "amy" {
					a.wantMount("amy", share.ID, catalog.Role(role), "/Photos")
				}
			}
		}
		if items := must(a.post.Items(t.Context(), share.ID))(t); len(items) != 1 {
			t.Errorf("%d messages wait, want the last word only", len(items))
		}
		network.Cut(a.id, b.id, false)
		pass(time.Minute)
		b.wantMount("bob", share.ID, "writer", "/Photos")
		bad := ledger.Role("owner")
		m := a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		_, err := a.Shares().SetMember(t.Context(), a.users["alice"], share.ID, m.ID, social.ChangeMember{Role: &bad})
		a.wantErr(err, social.ErrInvalid)
		_, err = a.Shares().SetMember(t.Context(), a.users["amy"], share.ID, m.ID, social.ChangeMember{Role: &m.Role})
		a.wantErr(err, social.ErrNotFound)
	})
}

func TestRevoke(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", writer("bob"), writer("amy"))
		quiet()
		b.accept("bob")
		a.accept("amy")
		quiet()
		network.Cut(a.id, b.id, true)
		for _, user := range []string{"bob", "amy"} {
			m := a.wantMember("alice", share.ID, user, ledger.Accepted, ledger.Writer)
			a.wantErr(a.Shares().RemoveMember(t.Context(), a.users["amy"], share.ID, m.ID), social.ErrNotFound)
			if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
				t.Fatal(err)
			}
			a.wantErr(a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID), social.ErrNotFound)
		}
		a.wantMayRead(share.ID, b.id, false)
		a.wantMount("amy", share.ID, "", "")
		if !slices.Contains(a.engine.cut, b.id) {
			t.Error("what was being sent goes on")
		}
		pass(30 * 24 * time.Hour)
		b.wantMount("bob", share.ID, "writer", "/Photos")
		network.Cut(a.id, b.id, false)
		quiet()
		b.wantMount("bob", share.ID, "", "")
		if len(b.names.replicas) != 0 {
			t.Error("the replica is still there")
		}
		got := must(b.Shares().Get(t.Context(), b.users["bob"], share.ID))(t)
		if got.Standing != ledger.Revoked {
			t.Errorf("bob is %s, want revoked", got.Standing)
		}
		if err := b.Shares().Leave(t.Context(), b.users["bob"], share.ID); err != nil {
			t.Fatal(err)
		}
		if list := must(b.Shares().List(t.Context(), b.users["bob"]))(t); len(list) != 0 {
			t.Errorf("bob still sees %+v", list)
		}
	})
}

// TestRevokeOneOfTwo leaves the other user of the same hive what it is.
func TestRevokeOneOfTwo(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", b, "ben")
		share := a.share("alice", writer("bob"), reader("ben"))
		quiet()
		first := b.accept("bob")
		second := b.accept("ben")
		if first.Space != second.Space || len(b.names.replicas) != 1 {
			t.Errorf("two replicas: %d and %d", first.Space, second.Space)
		}
		quiet()
		m := a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		if err := a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		if role, may, err := a.ledger.MayRead(t.Context(), share.ID, b.id); err != nil || !may || role != ledger.Reader {
			t.Errorf("MayRead = %s, %t, %v; want reader", role, may, err)
		}
		b.wantMount("bob", share.ID, "", "")
		b.wantMount("ben", share.ID, "reader", "/Photos")
		if len(b.names.replicas) != 1 || slices.Contains(a.engine.cut, b.id) {
			t.Error("the other lost something too")
		}
	})
}

func TestEnd(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", b, "ben")
		share := a.share("alice", writer("bob"), reader("ben"), reader("amy"))
		quiet()
		b.accept("bob")
		a.accept("amy")
		a.wantErr(a.Shares().End(t.Context(), a.users["amy"], share.ID), social.ErrNotFound)
		if err := a.Shares().End(t.Context(), a.users["alice"], share.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		a.wantMayRead(share.ID, b.id, false)
		a.wantMount("amy", share.ID, "", "")
		b.wantMount("bob", share.ID, "", "")
		b.offers("ben", 0)
		if len(b.names.replicas) != 0 || !slices.Contains(a.engine.dropped, share.ID) {
			t.Error("something is left")
		}
		if list := must(a.Shares().List(t.Context(), a.users["alice"]))(t); len(list) != 0 {
			t.Errorf("alice still sees %+v", list)
		}
		_, err := a.Shares().AddMember(t.Context(), a.users["alice"], share.ID, reader("bob"))
		a.wantErr(err, social.ErrNotFound)
	})
}

func TestSharingInsideOneHive(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, _ *hive) {
		share := a.share("alice", writer("amy"))
		if offer := a.offers("amy", 1)[0]; offer.From != "alice" {
			t.Errorf("offer = %+v", offer)
		}
		got := a.accept("amy")
		if got.Space != share.Space || got.Folder != share.Folder || len(a.names.replicas) != 0 {
			t.Errorf("a copy was made: %+v", got)
		}
		a.wantMount("amy", share.ID, "writer", "/Photos")
		a.wantMember("alice", share.ID, "amy", ledger.Accepted, ledger.Writer)
		if items := must(a.post.Items(t.Context(), ""))(t); len(items) != 0 {
			t.Errorf("messages for others: %+v", items)
		}
		if err := a.Shares().Unmounted(t.Context(), a.users["amy"], string(share.ID)); err != nil {
			t.Fatal(err)
		}
		a.wantMember("alice", share.ID, "amy", ledger.Left, ledger.Writer)
	})
}

func TestCreateRefuses(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		past := time.Now().Add(-time.Hour)
		tests := []struct {
			name  string
			path  string
			share social.NewShare
			want  error
		}{
			{"nobody", "/Photos", social.NewShare{Members: []social.Invite{reader("nobody")}}, social.ErrNotFound},
			{"nobody here", "/Photos", social.NewShare{Members: []social.Invite{reader("nobody@" + a.id.String())}}, social.ErrNotFound},
			{"no hive", "/Photos", social.NewShare{Members: []social.Invite{reader("bob@nowhere")}}, social.ErrInvalid},
			{"no user", "/Photos", social.NewShare{Members: []social.Invite{reader("/@" + b.id.String())}}, social.ErrInvalid},
			{"the owner", "/Photos", social.NewShare{Members: []social.Invite{reader("alice")}}, social.ErrInvalid},
			{"twice", "/Photos", social.NewShare{Members: []social.Invite{reader("amy"), writer("amy")}}, social.ErrExists},
			{"no role", "/Photos", social.NewShare{Members: []social.Invite{{To: "amy"}}}, social.ErrInvalid},
			{"no name", "/", social.NewShare{}, social.ErrInvalid},
			{"bad name", "/Photos", social.NewShare{Name: "a/b"}, social.ErrInvalid},
			{"past", "/Photos", social.NewShare{Expires: &past}, social.ErrInvalid},
			{"past member", "/Photos", social.NewShare{Members: []social.Invite{{To: "amy", Role: ledger.Reader, Expires: &past}}}, social.ErrInvalid},
			{"no folder", "/missing", social.NewShare{}, catalog.ErrNotFound},
		}
		for _, test := range tests {
			if _, err := a.Shares().Create(t.Context(), a.users["alice"], path(t, test.path), test.share); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		}
		if list := must(a.Shares().List(t.Context(), a.users["alice"]))(t); len(list) != 0 {
			t.Errorf("a share was left behind: %+v", list)
		}
	})
}

func TestSet(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		b.accept("bob")
		name, yes, soon := "Pictures", true, time.Now().Add(time.Hour)
		mode, quota := ledger.OnDemand, int64(5)
		got := must(a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Name: &name, Reshare: &yes, Expires: &social.Expiry{At: &soon}}))(t)
		if got.Name != name || !got.Reshare || got.Expires == nil {
			t.Errorf("share = %+v", got)
		}
		quiet()
		got = must(b.Shares().Set(t.Context(), b.users["bob"], share.ID, social.Change{Mode: &mode, Quota: &quota}))(t)
		if got.Name != name || !got.Reshare || got.Expires == nil || got.Mode != mode || got.Quota != quota || b.names.replicas[got.Space] != quota {
			t.Errorf("bob sees %+v", got)
		}
		_, err := a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Mode: &mode})
		a.wantErr(err, social.ErrNotAllowed)
		_, err = b.Shares().Set(t.Context(), b.users["bob"], share.ID, social.Change{Name: &name})
		b.wantErr(err, social.ErrNotAllowed)
		_, err = b.Shares().Set(t.Context(), b.users["ben"], share.ID, social.Change{Mode: &mode})
		b.wantErr(err, social.ErrNotFound)
		bad, less := ledger.Mode("half"), int64(-2)
		for _, change := range []social.Change{{Mode: &bad}, {Quota: &less}} {
			_, err = b.Shares().Set(t.Context(), b.users["bob"], share.ID, change)
			b.wantErr(err, social.ErrInvalid)
		}
		got = must(a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Expires: &social.Expiry{}}))(t)
		if got.Expires != nil {
			t.Errorf("still expires: %v", got.Expires)
		}
	})
}

// TestAcceptThatFailsLeavesNothing has the catalog refuse the mount.
func TestAcceptThatFailsLeavesNothing(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		quiet()
		offer := b.offers("bob", 1)[0]
		b.names.fail = catalog.ErrQuota
		_, err := b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, social.Accept{})
		b.wantErr(err, catalog.ErrQuota)
		if len(b.names.replicas) != 0 {
			t.Error("a replica is left")
		}
		quiet()
		a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Reader)
		b.names.fail = nil
		b.accept("bob")
		for _, bad := range []social.Accept{{Path: "/"}, {Path: "../x"}, {Mode: "half"}} {
			if _, err := b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, bad); err == nil {
				t.Errorf("%+v was accepted", bad)
			}
		}
	})
}
