package letter_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

var (
	share  = string(ledger.NewID())
	secret = bytes.Repeat([]byte{7}, 32)
	hive   = []byte(nettest.ID("hive"))

	offer   = letter.Offer{Share: share, Name: "Photos", Secret: secret, User: "bob", Owner: "alice", By: "b@x", Role: "reader", Expires: 5, Ends: 6, Reshare: true, Version: 2, Offer: 1}
	answer  = letter.Answer{Share: share, User: "bob", Offer: 1, State: "left"}
	terms   = letter.Terms{Share: share, Name: "Photos", User: "bob", Role: "writer", Version: 3}
	revoked = letter.Revoked{Share: share, User: "bob", Version: 4}
	ended   = letter.Ended{Share: share}
	vouch   = letter.Vouch{Share: share, Owner: hive, User: "bob", By: "carol", Role: "reader"}
	reshare = letter.Reshare{Share: share, By: "bob", Hive: hive, User: "carol", Role: "reader"}
	request = letter.Request{Secret: secret[:16], User: "bob"}
	welcome = letter.Welcome{User: "alice", Offer: &offer}
)

func encode(t testing.TB, v any) wire.Raw {
	t.Helper()
	data, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadReadsWhatIsSent(t *testing.T) {
	same(t, offer)
	same(t, answer)
	same(t, terms)
	same(t, revoked)
	same(t, ended)
	same(t, vouch)
	same(t, reshare)
	same(t, request)
	same(t, welcome)
	same(t, letter.Welcome{Code: wire.Unknown})
}

func same[L letter.Letter](t *testing.T, want L) {
	t.Helper()
	got, err := letter.Read[L](encode(t, want))
	if err != nil {
		t.Errorf("%T: %v", want, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%T: %s", want, diff)
	}
	if err := letter.Check(want); err != nil {
		t.Error(err)
	}
}

// bad changes a good letter in one place and wants it refused.
func bad[L letter.Letter](t *testing.T, l L, name string, change func(*L)) {
	t.Helper()
	change(&l)
	if _, err := letter.Read[L](encode(t, l)); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("%T with %s: %v, want ErrMalformed", l, name, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, s := range map[string]string{"no share": "", "another share": "../x", "long share": share + "a"} {
		bad(t, offer, name, func(o *letter.Offer) { o.Share = s })
		bad(t, answer, name, func(a *letter.Answer) { a.Share = s })
		bad(t, terms, name, func(x *letter.Terms) { x.Share = s })
		bad(t, revoked, name, func(r *letter.Revoked) { r.Share = s })
		bad(t, ended, name, func(e *letter.Ended) { e.Share = s })
		bad(t, vouch, name, func(v *letter.Vouch) { v.Share = s })
		bad(t, reshare, name, func(r *letter.Reshare) { r.Share = s })
	}
	for _, user := range []string{"", "Bob", "a b", "-x", "a@b", "\x00", strings.Repeat("x", 65), "bob\n"} {
		bad(t, offer, "user", func(o *letter.Offer) { o.User = user })
		bad(t, offer, "owner", func(o *letter.Offer) { o.Owner = user })
		bad(t, answer, "user", func(a *letter.Answer) { a.User = user })
		bad(t, terms, "user", func(x *letter.Terms) { x.User = user })
		bad(t, revoked, "user", func(r *letter.Revoked) { r.User = user })
		bad(t, vouch, "by", func(v *letter.Vouch) { v.By = user })
		bad(t, reshare, "by", func(r *letter.Reshare) { r.By = user })
		bad(t, request, "user", func(r *letter.Request) { r.User = user })
		bad(t, welcome, "user", func(w *letter.Welcome) { w.User = user })
	}
	for _, name := range []string{"", "a/b", "..", ".", "/", "a/", "a\x00", "\u202e\n", strings.Repeat("x", 256)} {
		bad(t, offer, "name "+name, func(o *letter.Offer) { o.Name = name })
		bad(t, terms, "name "+name, func(x *letter.Terms) { x.Name = name })
	}
	for _, role := range []string{"", "owner", "READER"} {
		bad(t, offer, "role", func(o *letter.Offer) { o.Role = role })
		bad(t, terms, "role", func(x *letter.Terms) { x.Role = role })
		bad(t, vouch, "role", func(v *letter.Vouch) { v.Role = role })
		bad(t, reshare, "role", func(r *letter.Reshare) { r.Role = role })
	}
	for _, id := range [][]byte{nil, {1}, hive[:10], slices.Concat(hive, []byte{1}), make([]byte, 100)} {
		bad(t, vouch, "owner", func(v *letter.Vouch) { v.Owner = id })
		bad(t, reshare, "hive", func(r *letter.Reshare) { r.Hive = id })
	}
	bad(t, offer, "short secret", func(o *letter.Offer) { o.Secret = secret[:31] })
	bad(t, request, "long secret", func(r *letter.Request) { r.Secret = secret })
	bad(t, offer, "no version", func(o *letter.Offer) { o.Version, o.Offer = 0, 0 })
	bad(t, offer, "offer after its version", func(o *letter.Offer) { o.Offer = 3 })
	bad(t, offer, "huge version", func(o *letter.Offer) { o.Version = 1 << 60 })
	bad(t, offer, "time before 1970", func(o *letter.Offer) { o.Expires = -1 })
	bad(t, offer, "time without end", func(o *letter.Offer) { o.Ends = 1 << 62 })
	bad(t, offer, "long by", func(o *letter.Offer) { o.By = strings.Repeat("x", 201) })
	bad(t, offer, "by with a line", func(o *letter.Offer) { o.By = "a\nb" })
	bad(t, answer, "state", func(a *letter.Answer) { a.State = "revoked" })
	bad(t, answer, "offer", func(a *letter.Answer) { a.Offer = -1 })
	bad(t, welcome, "offer", func(w *letter.Welcome) {
		o := offer
		o.Name = ""
		w.Offer = &o
	})
}

func TestTimes(t *testing.T) {
	if letter.Time(letter.Seconds(nil)) != nil {
		t.Error("never became a time")
	}
	at := time.Unix(1_700_000_000, 0)
	if got := letter.Time(letter.Seconds(&at)); got == nil || !got.Equal(at) {
		t.Errorf("%v became %v", at, got)
	}
	old := time.Unix(-5, 0)
	if letter.Seconds(&old) == 0 {
		t.Error("a time long past became never")
	}
}

// fuzz gives random bytes to a kind of letter: what is taken is what is sent again.
func fuzz[L letter.Letter](f *testing.F, good L) {
	f.Add([]byte(encode(f, good)))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := letter.Read[L](data)
		if err != nil {
			return
		}
		again, err := letter.Read[L](encode(t, l))
		if err != nil || !cmp.Equal(l, again) {
			t.Errorf("%+v became %+v, %v", l, again, err)
		}
	})
}

func FuzzOffer(f *testing.F)   { fuzz(f, offer) }
func FuzzAnswer(f *testing.F)  { fuzz(f, answer) }
func FuzzTerms(f *testing.F)   { fuzz(f, terms) }
func FuzzRevoked(f *testing.F) { fuzz(f, revoked) }
func FuzzEnded(f *testing.F)   { fuzz(f, ended) }
func FuzzVouch(f *testing.F)   { fuzz(f, vouch) }
func FuzzReshare(f *testing.F) { fuzz(f, reshare) }
func FuzzRequest(f *testing.F) { fuzz(f, request) }
func FuzzWelcome(f *testing.F) { fuzz(f, welcome) }
