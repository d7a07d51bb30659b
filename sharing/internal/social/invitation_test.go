package social_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
	"github.com/melissiproject/hive/sharing/internal/social/code"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

func TestInvitationMakesContacts(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{Note: "for bob"}))(t)
		contact, offer, err := b.Invitations().Accept(t.Context(), b.users["bob"], strings.ToUpper(inv.Code), "Alice B")
		if err != nil || offer != nil || contact.Name != "Alice B" || contact.Hive != a.id || contact.Remote != "alice" || contact.ID == 0 {
			t.Fatalf("Accept = %+v, %+v, %v", contact, offer, err)
		}
		contacts := must(a.Contacts().List(t.Context(), a.users["alice"]))(t)
		if len(contacts) != 1 || contacts[0].Hive != b.id || contacts[0].Remote != "bob" || contacts[0].Name != "bob" {
			t.Errorf("contacts of alice = %+v", contacts)
		}
		if others := must(a.Contacts().List(t.Context(), a.users["amy"]))(t); len(others) != 0 {
			t.Errorf("contacts of amy = %+v", others)
		}
		list := must(a.Invitations().List(t.Context(), a.users["alice"]))(t)
		if len(list) != 1 || list[0].Used == nil || list[0].UsedUser != "bob" || list[0].UsedHive != b.id || list[0].Code != "" || list[0].Note != "for bob" {
			t.Errorf("invitations = %+v", list)
		}
		// Who lost the answer asks again; nobody else can.
		if again, _, err := b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, ""); err != nil || again.Name != "Alice B" {
			t.Errorf("again = %+v, %v", again, err)
		}
		_, _, err = b.Invitations().Accept(t.Context(), b.users["ben"], inv.Code, "")
		b.wantErr(err, social.ErrInvitation)
	})
}

func TestInvitationWithShare(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		share := a.share("alice")
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{Share: &share.ID, Role: ledger.Writer}))(t)
		_, offer, err := b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, "")
		if err != nil || offer == nil || offer.Share != share.ID || offer.Role != ledger.Writer {
			t.Fatalf("Accept = %+v, %v", offer, err)
		}
		must(b.Shares().Accept(t.Context(), b.users["bob"], offer.ID, social.Accept{}))(t)
		pass(time.Minute) // the offer comes twice: with the invitation, and by post
		a.wantMember("alice", share.ID, "bob", ledger.Accepted, ledger.Writer)
		b.offers("bob", 0)
		if items := must(a.post.Items(t.Context(), ""))(t); len(items) != 0 {
			t.Errorf("messages wait: %+v", items)
		}
		_, err = a.Invitations().Create(t.Context(), a.users["amy"], social.NewInvitation{Share: &share.ID})
		a.wantErr(err, social.ErrNotFound)
	})
}

func TestInvitationToAShareThatEnded(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		share := a.share("alice")
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{Share: &share.ID}))(t)
		if err := a.Shares().End(t.Context(), a.users["alice"], share.ID); err != nil {
			t.Fatal(err)
		}
		contact, offer, err := b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, "")
		if err != nil || offer != nil || contact.Remote != "alice" {
			t.Errorf("Accept = %+v, %+v, %v; want a contact and no offer", contact, offer, err)
		}
	})
}

// TestOneAnswerToAllThatIsWrong compares what a stranger hears, byte by byte.
func TestOneAnswerToAllThatIsWrong(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		create := func(user string, n social.NewInvitation) social.Invitation {
			return must(a.Invitations().Create(t.Context(), a.users[user], n))(t)
		}
		soon := time.Now().Add(time.Minute)
		used, expired, deleted, orphan := create("alice", social.NewInvitation{}), create("alice", social.NewInvitation{Expires: &soon}),
			create("alice", social.NewInvitation{}), create("amy", social.NewInvitation{})
		must2(b.Invitations().Accept(t.Context(), b.users["bob"], used.Code, ""))(t)
		if err := a.Invitations().Delete(t.Context(), a.users["alice"], deleted.ID); err != nil {
			t.Fatal(err)
		}
		yes := true
		must(a.accounts.Update(t.Context(), "amy", account.Change{Disabled: &yes}))(t)
		pass(2 * time.Minute)
		stranger := network.Join(nettest.ID("stranger"))
		answers := map[string]string{}
		for name, text := range map[string]string{
			"unknown": code.New(a.id, nil).String(), "used": used.Code, "expired": expired.Code, "deleted": deleted.Code, "of a disabled user": orphan.Code,
		} {
			c := must(code.Parse(text))(t)
			conn := must(stranger.Dial(t.Context(), a.id, social.InviteProtocol))(t)
			if err := wire.Write(conn, letter.Request{Secret: c.Secret[:], User: "eve"}); err != nil {
				t.Fatal(err)
			}
			answers[string(must(wire.ReadFrame(bufio.NewReader(conn), 4<<10))(t))] += name + " "
			conn.Close()
			_, _, err := b.Invitations().Accept(t.Context(), b.users["ben"], text, "")
			b.wantErr(err, social.ErrInvitation)
		}
		if len(answers) != 1 {
			t.Errorf("answers differ: %q", answers)
		}
		if contacts := must(a.Contacts().List(t.Context(), a.users["alice"]))(t); len(contacts) != 1 {
			t.Errorf("contacts = %+v", contacts)
		}
	})
}

// must2 is must for a call with two values.
func must2[A, B any](_ A, _ B, err error) func(t *testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestInvitationsRefuse(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		past, far := time.Now().Add(-time.Second), time.Now().AddDate(2, 0, 0)
		role, id := ledger.Role("owner"), ledger.NewID()
		share := a.share("alice")
		for _, n := range []social.NewInvitation{
			{Expires: &past}, {Expires: &far}, {Note: strings.Repeat("x", 501)}, {Share: &share.ID, Role: role},
		} {
			_, err := a.Invitations().Create(t.Context(), a.users["alice"], n)
			a.wantErr(err, social.ErrInvalid)
		}
		_, err := a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{Share: &id})
		a.wantErr(err, social.ErrNotFound)

		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{}))(t)
		a.wantErr(a.Invitations().Delete(t.Context(), a.users["amy"], inv.ID), social.ErrNotFound)
		_, _, err = a.Invitations().Accept(t.Context(), a.users["amy"], inv.Code, "")
		a.wantErr(err, social.ErrInvalid)
		_, _, err = b.Invitations().Accept(t.Context(), b.users["bob"], "hive1nonsense", "")
		b.wantErr(err, social.ErrInvitation)
		_, _, err = b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, "a@b")
		b.wantErr(err, social.ErrInvalid)
		network.Hang(a.id, b.id, true)
		_, _, err = b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, "")
		b.wantErr(err, social.ErrUnreachable)
	})
}

func TestBlockedHiveTakesNothingUp(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{}))(t)
		if err := a.ledger.Book().Block(t.Context(), b.id, true); err != nil {
			t.Fatal(err)
		}
		_, _, err := b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, "")
		b.wantErr(err, social.ErrInvitation)
	})
}

// TestStrangersAreThrottled has one hive ask more than its share, and send what makes no sense.
func TestStrangersAreThrottled(t *testing.T) {
	story(t, func(t *testing.T, network *nettest.Net, a, b *hive) {
		stranger := network.Join(nettest.ID("stranger"))
		answered := 0
		for range 30 {
			conn := must(stranger.Dial(t.Context(), a.id, social.InviteProtocol))(t)
			if wire.Write(conn, letter.Request{Secret: make([]byte, 16), User: "eve"}) == nil {
				if _, err := wire.ReadFrame(bufio.NewReader(conn), 4<<10); err == nil {
					answered++
				}
			}
			conn.Close()
		}
		if answered != 10 {
			t.Errorf("%d requests of one hive answered in a minute, want 10", answered)
		}
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{}))(t)
		must2(b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, ""))(t)
		pass(time.Minute)
		for name, sent := range map[string][]byte{"nothing": nil, "garbage": {3, 255, 255, 255}, "huge": {255, 255, 255, 255, 15}, "empty map": {1, 0xa0}} {
			conn := must(stranger.Dial(t.Context(), a.id, social.InviteProtocol))(t)
			began := time.Now()
			go conn.Write(sent)
			if _, err := wire.ReadFrame(bufio.NewReader(conn), 4<<10); err == nil || time.Since(began) > 10*time.Second {
				t.Errorf("%s: %v after %s, want an end without an answer", name, err, time.Since(began))
			}
			conn.Close()
		}
	})
}

// TestHostileInviters answer an invitation with what they must not.
func TestHostileInviters(t *testing.T) {
	share := ledger.NewID()
	offer := letter.Offer{Share: string(share), Name: "x", Secret: make([]byte, 32), User: "bob", Owner: "eve", Role: "reader", Version: 1, Offer: 1}
	other, bad := offer, offer
	other.User, bad.Name = "ben", "../x"
	tests := map[string]struct {
		welcome any
		want    error
	}{
		"refusal":                {letter.Welcome{Code: wire.Unknown}, social.ErrInvitation},
		"failure":                {letter.Welcome{Code: wire.Failed}, social.ErrUnreachable},
		"name that is none":      {letter.Welcome{User: "Eve <script>"}, social.ErrUnreachable},
		"no name":                {letter.Welcome{}, social.ErrUnreachable},
		"offer that is none":     {letter.Welcome{User: "eve", Offer: &bad}, social.ErrUnreachable},
		"another type":           {[]int{1}, social.ErrUnreachable},
		"too much":               {letter.Welcome{User: strings.Repeat("x", 5000)}, social.ErrUnreachable},
		"offer to somebody else": {letter.Welcome{User: "eve", Offer: &other}, nil},
		"offer":                  {letter.Welcome{User: "eve", Offer: &offer}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := nettest.New()
				b := open(t, network, "b", social.Config{}, "bob", "ben")
				evil := nettest.ID("evil")
				network.Join(evil).Handle(social.InviteProtocol, func(_ peer.ID, conn net.Conn) {
					defer conn.Close()
					_, _ = wire.ReadFrame(bufio.NewReader(conn), 1<<10)
					_ = wire.Write(conn, test.welcome)
				})
				_, got, err := b.Invitations().Accept(t.Context(), b.users["bob"], code.New(evil, nil).String(), "")
				if !errors.Is(err, test.want) || (got != nil) != (name == "offer") {
					t.Errorf("Accept = %+v, %v; want %v", got, err, test.want)
				}
				b.offers("ben", 0)
			})
		})
	}
}

func TestContacts(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", b, "ben")
		contacts := must(a.Contacts().List(t.Context(), a.users["alice"]))(t)
		ben, bob := contacts[0], contacts[1]
		for _, bad := range []string{"", " x", "a@b", "a:b", "a/b", "a,b", strings.Repeat("x", 101), "a\x00b", "a\u202eb", "\xff"} {
			_, err := a.Contacts().Rename(t.Context(), a.users["alice"], bob.ID, bad)
			if !errors.Is(err, social.ErrInvalid) {
				t.Errorf("rename to %q: %v, want ErrInvalid", bad, err)
			}
		}
		_, err := a.Contacts().Rename(t.Context(), a.users["alice"], bob.ID, "ben")
		a.wantErr(err, social.ErrExists)
		_, err = a.Contacts().Rename(t.Context(), a.users["amy"], bob.ID, "mine")
		a.wantErr(err, social.ErrNotFound)
		if got := must(a.Contacts().Rename(t.Context(), a.users["alice"], bob.ID, "Bobby Söderström"))(t); got.Name != "Bobby Söderström" {
			t.Errorf("Rename = %+v", got)
		}
		tests := map[string]person{
			"Bobby Söderström": {b.id, "bob"}, "ben": {b.id, "ben"}, "amy": {a.id, "amy"}, "AMY": {a.id, "amy"},
			"carol@" + b.id.String(): {b.id, "carol"}, "amy@" + a.id.String(): {a.id, "amy"},
		}
		for who, want := range tests {
			hive, user, err := a.Contacts().Resolve(t.Context(), a.users["alice"], who)
			if err != nil || hive != want.hive || user != want.user {
				t.Errorf("Resolve(%q) = %s, %s, %v", who, hive, user, err)
			}
		}
		for _, who := range []string{"bob", "", "nobody", "nobody@" + a.id.String()} {
			if _, _, err := a.Contacts().Resolve(t.Context(), a.users["alice"], who); !errors.Is(err, social.ErrNotFound) {
				t.Errorf("Resolve(%q) = %v, want ErrNotFound", who, err)
			}
		}
		a.wantErr(a.Contacts().Delete(t.Context(), a.users["amy"], ben.ID), social.ErrNotFound)
		if err := a.Contacts().Delete(t.Context(), a.users["alice"], ben.ID); err != nil {
			t.Fatal(err)
		}
	})
}

type person struct {
	hive peer.ID
	user string
}

// TestContactNamesStayApart invites somebody who is called like a user of the hive and like a contact.
func TestContactNamesStayApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice", "bob")
		b, c := open(t, network, "b", social.Config{}, "bob"), open(t, network, "c", social.Config{}, "bob")
		quiet()
		meet(t, a, "alice", b, "bob")
		meet(t, a, "alice", c, "bob")
		contacts := must(a.Contacts().List(t.Context(), a.users["alice"]))(t)
		if len(contacts) != 2 || contacts[0].Name != "bob-2" || contacts[1].Name != "bob-3" {
			t.Errorf("contacts = %+v", contacts)
		}
	})
}
