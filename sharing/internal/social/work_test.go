package social_test

import (
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

var values = regexp.MustCompile(`'[^']*'|\b[0-9]+\b`)

// TestUnknownAndForbiddenCostTheSame: a hive that is known here learns neither from an answer nor from the work for it which
// users and shares there are that do not know it.
func TestUnknownAndForbiddenCostTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var steps []string
		note := func(statement string) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, values.ReplaceAllString(statement, "?"))
		}
		network := nettest.New()
		a := start(t, databasetest.Telling(t, note), network, "a", social.Config{}, "alice", "amy")
		b := open(t, network, "b", social.Config{}, "bob")
		eve := lies(t, network, "evil", "eve")
		quiet()
		meet(t, a, "alice", b, "bob")
		meet(t, a, "amy", eve.db, "eve")
		share := a.share("alice", reader("bob"))
		quiet()
		b.accept("bob")
		quiet()
		work := func(kind string, body any) []string {
			quiet()
			mu.Lock()
			steps = nil
			mu.Unlock()
			if got := eve.tell(a, kind, body); kind != letter.KindReshare && got != "unknown" {
				t.Errorf("%s: %q, want unknown", kind, got)
			}
			quiet()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(steps)
		}
		none, id := string(ledger.NewID()), string(share.ID)
		owner := []byte(b.id)
		for name, said := range map[string]struct {
			kind               string
			unknown, forbidden any
		}{
			"a user":             {letter.KindOffer, offerTo("nobody", ledger.NewID()), offerTo("alice", ledger.NewID())},
			"a user vouched for": {letter.KindVouch, letter.Vouch{Share: none, Owner: owner, User: "nobody", By: "eve", Role: "reader"}, letter.Vouch{Share: none, Owner: owner, User: "alice", By: "eve", Role: "reader"}},
			"an answer":          {letter.KindAnswer, letter.Answer{Share: none, User: "bob", Offer: 1, State: "left"}, letter.Answer{Share: id, User: "bob", Offer: 1, State: "left"}},
			"terms":              {letter.KindTerms, letter.Terms{Share: none, Name: "x", User: "alice", Role: "writer", Version: 99}, letter.Terms{Share: id, Name: "x", User: "alice", Role: "writer", Version: 99}},
			"a revocation":       {letter.KindRevoked, letter.Revoked{Share: none, User: "alice", Version: 99}, letter.Revoked{Share: id, User: "alice", Version: 99}},
			"an end":             {letter.KindEnded, letter.Ended{Share: none}, letter.Ended{Share: id}},
			"a member more":      {letter.KindReshare, letter.Reshare{Share: none, By: "bob", Hive: owner, User: "x", Role: "reader"}, letter.Reshare{Share: id, By: "bob", Hive: owner, User: "x", Role: "reader"}},
			"a member here":      {letter.KindReshare, letter.Reshare{Share: none, By: "bob", Hive: []byte(a.id), User: "nobody", Role: "reader"}, letter.Reshare{Share: id, By: "bob", Hive: []byte(a.id), User: "alice", Role: "reader"}},
		} {
			want, got := work(said.kind, said.unknown), work(said.kind, said.forbidden)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%s: the work is\n%q\nand for what is unknown\n%q", name, got, want)
			}
		}
	})
}
