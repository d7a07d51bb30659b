package social_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
)

// refused has alice share /Photos once more, which is refused for that share.
func (h *hive) refused(share ledger.ID, to social.Invite, words string) {
	h.t.Helper()
	_, err := h.Shares().Create(h.t.Context(), h.users["alice"], path(h.t, "/Photos"), social.NewShare{Members: []social.Invite{to}})
	if !errors.Is(err, social.ErrShared) || !strings.Contains(err.Error(), "share "+string(share)) || !strings.HasSuffix(err.Error(), words) {
		h.t.Errorf("shared with %s once more: %v, want ErrShared that names %s and ends with %q", to.To, err, share, words)
	}
}

func TestSameFolderTwice(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		first := a.share("alice", reader("bob"), writer("amy"))
		again := func(words string) {
			t.Helper()
			a.refused(first.ID, writer("bob"), "hive share set "+string(first.ID)+" bob:"+words)
			a.refused(first.ID, reader("bob@"+b.id.String()), ":"+words)
			a.refused(first.ID, reader("amy"), "amy:reader")
		}
		again("writer") // nobody has answered
		quiet()
		b.accept("bob")
		a.accept("amy")
		quiet()
		again("writer")
		role := ledger.Writer
		must(a.Shares().SetMember(t.Context(), a.users["alice"], first.ID, a.wantMember("alice", first.ID, "bob", ledger.Accepted, ledger.Reader).ID, social.ChangeMember{Role: &role}))(t)
		again("reader")

		_, err := a.Shares().AddMember(t.Context(), a.users["alice"], first.ID, reader("amy"))
		a.wantErr(err, social.ErrShared)
		other := a.shareOf("alice", "/Films", reader("bob")) // another folder
		second := a.share("alice")                           // nobody in common
		_, err = a.Shares().AddMember(t.Context(), a.users["alice"], second.ID, reader("bob"))
		a.wantErr(err, social.ErrShared)
		quiet()
		if offers := b.offers("bob", 1); offers[0].Share != other.ID {
			t.Errorf("bob was offered %+v", offers)
		}
		inv := must(a.Invitations().Create(t.Context(), a.users["alice"], social.NewInvitation{Share: &second.ID}))(t)
		if _, offer, err := b.Invitations().Accept(t.Context(), b.users["bob"], inv.Code, ""); err != nil || offer != nil {
			t.Errorf("an invitation to a folder that bob has: %+v, %v", offer, err)
		}
	})
}

// TestSameFolderAnew has bob lose the folder in every way there is, and get it by another share.
func TestSameFolderAnew(t *testing.T) {
	story(t, func(t *testing.T, _ *nettest.Net, a, b *hive) {
		meet(t, a, "alice", b, "bob")
		share := a.share("alice", reader("bob"))
		for _, lose := range []struct {
			how string
			do  func() error
		}{
			{"he declines", func() error { return b.Shares().Decline(t.Context(), b.users["bob"], b.offers("bob", 1)[0].ID) }},
			{"he leaves", func() error { return b.Shares().Leave(t.Context(), b.users["bob"], b.accept("bob").ID) }},
			{"she revokes", func() error {
				m := a.wantMember("alice", share.ID, "bob", ledger.Offered, ledger.Reader)
				b.accept("bob")
				return a.Shares().RemoveMember(t.Context(), a.users["alice"], share.ID, m.ID)
			}},
			{"she ends it", func() error { return a.Shares().End(t.Context(), a.users["alice"], share.ID) }},
			{"it expires", func() error {
				soon := time.Now().Add(time.Hour)
				_, err := a.Shares().Set(t.Context(), a.users["alice"], share.ID, social.Change{Expires: &social.Expiry{At: &soon}})
				pass(2 * time.Hour)
				return err
			}},
		} {
			quiet()
			a.refused(share.ID, reader("bob"), "bob:writer")
			if err := lose.do(); err != nil {
				t.Fatalf("%s: %v", lose.how, err)
			}
			quiet()
			share = a.share("alice", reader("bob"))
		}
	})
}

// TestSameFolderAtOnce: of two who share at once one gets through, though they add to two shares.
func TestSameFolderAtOnce(t *testing.T) { databasetest.Each(t, sameFolderAtOnce) }

func sameFolderAtOnce(t *testing.T, db *database.DB) {
	h := start(t, db, nettest.New(), "a", social.Config{}, "alice", "amy")
	shares := []social.Share{h.share("alice"), h.share("alice")}
	var mu sync.Mutex
	var made []ledger.ID
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			var share social.Share
			var err error
			if i%3 == 2 {
				share, err = h.Shares().Create(t.Context(), h.users["alice"], path(t, "/Photos"), social.NewShare{Members: []social.Invite{reader("amy")}})
			} else {
				share, err = h.Shares().AddMember(t.Context(), h.users["alice"], shares[i%3].ID, reader("amy"))
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made = append(made, share.ID)
			case !errors.Is(err, social.ErrShared):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if offers := h.offers("amy", 1); len(made) != 1 || offers[0].Share != made[0] {
		t.Errorf("%v went through, amy was offered %+v", made, offers)
	}
}

// TestMembersHearNothingOfOtherShares: who passes a share on is told that somebody has the folder, not by what.
func TestMembersHearNothingOfOtherShares(t *testing.T) {
	h := open(t, nettest.New(), "a", social.Config{}, "alice", "amy", "bob")
	first := h.share("alice", writer("bob"))
	second := must(h.Shares().Create(t.Context(), h.users["alice"], path(t, "/Photos"), social.NewShare{Members: []social.Invite{writer("amy")}, Reshare: true}))(t)
	h.accept("amy")
	_, err := h.Shares().AddMember(t.Context(), h.users["amy"], second.ID, reader("bob"))
	if !errors.Is(err, social.ErrShared) || strings.Contains(err.Error(), string(first.ID)) {
		t.Errorf("got %v", err)
	}
}
