package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

func TestShareIsStored(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		want := f.own()
		got, err := f.Share(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Share: %s", diff)
		}
		if _, err := f.Share(t.Context(), ledger.NewID()); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("Share of an unknown id = %v, want ErrNotFound", err)
		}
		err = f.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, want) })
		if !errors.Is(err, ledger.ErrExists) {
			t.Errorf("AddShare again = %v, want ErrExists", err)
		}
		missing := want
		missing.ID = ledger.NewID()
		err = f.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error { return tx.PutShare(ctx, missing) })
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("PutShare of an unknown id = %v, want ErrNotFound", err)
		}
	})
}

func TestSharesAreFiltered(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		other := hive(t, "other")
		own := f.own()
		past := time.Now().Add(-time.Minute)
		expired := f.own()
		received := own
		received.ID, received.Own, received.Owner, received.User = ledger.NewID(), false, other, 0
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			expired.Expires = &past
			if err := tx.PutShare(ctx, expired); err != nil {
				return err
			}
			return tx.AddShare(ctx, received)
		})
		f.join(ledger.Member{Share: received.ID, Hive: f.Self(), User: "bob", LocalUser: f.bob, Role: ledger.Reader, State: ledger.Offered})
		tests := []struct {
			name   string
			filter ledger.Filter
			want   []ledger.ID
		}{
			{"all", ledger.Filter{}, []ledger.ID{own.ID, expired.ID, received.ID}},
			{"own", ledger.Filter{Own: true}, []ledger.ID{own.ID, expired.ID}},
			{"active", ledger.Filter{Active: true}, []ledger.ID{own.ID, received.ID}},
			{"received", ledger.Filter{Received: true}, []ledger.ID{received.ID}},
			{"owner", ledger.Filter{Owner: other}, []ledger.ID{received.ID}},
			{"alice", ledger.Filter{User: f.alice}, []ledger.ID{own.ID, expired.ID}},
			{"bob", ledger.Filter{User: f.bob, Active: true}, []ledger.ID{received.ID}},
			{"nobody", ledger.Filter{User: 999}, nil},
		}
		for _, test := range tests {
			shares, err := f.Shares(t.Context(), test.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []ledger.ID
			for _, s := range shares {
				got = append(got, s.ID)
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: %s", test.name, diff)
			}
		}
	})
}

func TestMembers(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.own()
		other := hive(t, "other")
		expires := database.At(time.Now().Add(time.Hour)).Time
		want := f.join(ledger.Member{
			Share: s.ID, Hive: other, User: "carol", Role: ledger.Reader, State: ledger.Offered, Expires: &expires,
			InvitedBy: "x@y", Version: 3, Offer: 2,
		})
		local := f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: "bob", LocalUser: f.bob, Role: ledger.Writer, State: ledger.Offered})
		members, err := f.Members(t.Context(), s.ID)
		if err != nil || len(members) != 2 {
			t.Fatalf("Members = %v, %v; want two", members, err)
		}
		if diff := cmp.Diff(want, members[0]); diff != "" {
			t.Errorf("Members: %s", diff)
		}
		if got, err := f.Share(t.Context(), s.ID); err != nil || got.Version != 2 {
			t.Errorf("version of the share = %d, %v; want 2", got.Version, err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			m, err := tx.Member(ctx, s.ID, other, "carol")
			if err != nil {
				return err
			}
			m.Role, m.State, m.Version = ledger.Writer, ledger.Accepted, 4
			if _, err = tx.PutMember(ctx, m); err != nil {
				return err
			}
			return tx.Mounted(ctx, local.ID, "/Photos (2)")
		})
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			m, err := tx.MemberByID(ctx, want.ID)
			if err != nil || m.Role != ledger.Writer || m.State != ledger.Accepted || m.Version != 4 {
				t.Errorf("MemberByID = %+v, %v", m, err)
			}
			m, err = tx.LocalMember(ctx, s.ID, f.bob)
			if err != nil || !m.Mounted || m.Path != "/Photos (2)" {
				t.Errorf("LocalMember = %+v, %v", m, err)
			}
			_, err = tx.LocalMember(ctx, s.ID, f.alice)
			if !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("LocalMember of another = %v, want ErrNotFound", err)
			}
			return nil
		})
		err = f.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
			_, err := tx.PutMember(ctx, ledger.Member{Share: s.ID, Hive: other, User: "carol", Role: ledger.Reader, State: ledger.Offered, Created: time.Now()})
			return err
		})
		if !errors.Is(err, ledger.ErrExists) {
			t.Errorf("PutMember of a member again = %v, want ErrExists", err)
		}
	})
}

func TestLocalAndExpiredMembers(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.own()
		past := time.Now().Add(-time.Hour)
		f.join(ledger.Member{Share: s.ID, Hive: hive(t, "other"), User: "dora", Role: ledger.Reader, State: ledger.Accepted, Expires: &past})
		f.join(ledger.Member{Share: s.ID, Hive: hive(t, "other"), User: "emil", Role: ledger.Reader, State: ledger.Left, Expires: &past})
		f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: "bob", LocalUser: f.bob, Role: ledger.Reader, State: ledger.Offered})
		expired, err := f.ExpiredMembers(t.Context())
		if err != nil || len(expired) != 1 || expired[0].User != "dora" {
			t.Errorf("ExpiredMembers = %v, %v; want dora", expired, err)
		}
		for user, want := range map[int64]int{0: 1, f.bob: 1, f.alice: 0} {
			if got, err := f.LocalMembers(t.Context(), user, ledger.Offered, ledger.Accepted); err != nil || len(got) != want {
				t.Errorf("LocalMembers(%d) = %v, %v; want %d", user, got, err, want)
			}
		}
		if got, err := f.LocalMembers(t.Context(), 0, ledger.Accepted); err != nil || len(got) != 0 {
			t.Errorf("LocalMembers that accepted = %v, %v; want none", got, err)
		}
	})
}

func TestMayRead(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s, ended := f.own(), f.own()
		past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		states := []struct {
			name    string
			state   ledger.State
			role    ledger.Role
			expires *time.Time
			want    bool
		}{
			{"accepted", ledger.Accepted, ledger.Writer, nil, true},
			{"offered", ledger.Offered, ledger.Reader, &future, true},
			{"expired", ledger.Accepted, ledger.Reader, &past, false},
			{"revoked", ledger.Revoked, ledger.Writer, nil, false},
			{"left", ledger.Left, ledger.Writer, nil, false},
			{"declined", ledger.Declined, ledger.Writer, nil, false},
			{"refused", ledger.Refused, ledger.Writer, nil, false},
		}
		for _, state := range states {
			for _, id := range []ledger.ID{s.ID, ended.ID} {
				f.join(ledger.Member{Share: id, Hive: hive(t, state.name), User: "u", Role: state.role, State: state.state, Expires: state.expires})
			}
			role, ok, err := f.MayRead(t.Context(), s.ID, hive(t, state.name))
			if err != nil || ok != state.want || ok && role != state.role {
				t.Errorf("MayRead(%s) = %s, %t, %v; want %t", state.name, role, ok, err, state.want)
			}
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			found, err := tx.Share(ctx, ended.ID)
			if err != nil {
				return err
			}
			found.State = ledger.Ended
			return tx.PutShare(ctx, found)
		})
		may := func(id ledger.ID, name string, want bool) {
			t.Helper()
			if role, ok, err := f.MayRead(t.Context(), id, hive(t, name)); err != nil || ok != want {
				t.Errorf("MayRead(%s) = %s, %t, %v; want %t", name, role, ok, err, want)
			}
		}
		may(ended.ID, "accepted", false)
		may(s.ID, "stranger", false)
		may(ledger.NewID(), "accepted", false)
		may(s.ID, "self", true)

		// The best role of a hive counts, and a block ends all.
		f.join(ledger.Member{Share: s.ID, Hive: hive(t, "offered"), User: "v", Role: ledger.Writer, State: ledger.Accepted})
		if role, ok, err := f.MayRead(t.Context(), s.ID, hive(t, "offered")); err != nil || !ok || role != ledger.Writer {
			t.Errorf("MayRead = %s, %t, %v; want writer", role, ok, err)
		}
		if err := f.Book().Block(t.Context(), hive(t, "accepted"), true); err != nil {
			t.Fatal(err)
		}
		may(s.ID, "accepted", false)
	})
}

// TestSetNamedOfMany takes few statements: the hive of an owner may name others in every head.
func TestSetNamedOfMany(t *testing.T) {
	t.Parallel()
	const most = 4096
	statements := 0
	f := open(t, databasetest.Telling(t, func(string) { statements++ }))
	s := ledger.Share{ID: ledger.NewID(), Owner: hive(t, "owner"), OwnerUser: "o", Name: "n", Mode: ledger.Full, State: ledger.Active, Created: database.Now().Time}
	f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, s) })
	for _, change := range []struct {
		prefix string
		role   ledger.Role
	}{{"a", ledger.Reader}, {"a", ledger.Writer}, {"b", ledger.Writer}} {
		named := make([]ledger.Named, most)
		for i := range named {
			named[i] = ledger.Named{Hive: hive(t, "b"), User: fmt.Sprint(change.prefix, i), Role: change.role}
		}
		statements = 0
		f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.SetNamed(ctx, s.ID, named) })
		if statements == 0 || statements > 50 {
			t.Errorf("%+v: %d statements", change, statements)
		}
		members, err := f.Members(t.Context(), s.ID)
		if err != nil || len(members) != most || members[most-1].User != fmt.Sprint(change.prefix, most-1) || members[0].Role != change.role {
			t.Errorf("%+v: %d members, %v", change, len(members), err)
		}
	}
}

func TestSetNamed(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		owner, b, c := hive(t, "owner"), hive(t, "b"), hive(t, "c")
		s := ledger.Share{ID: ledger.NewID(), Owner: owner, OwnerUser: "o", Name: "n", Mode: ledger.Full, State: ledger.Active, Created: database.Now().Time}
		f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, s) })
		f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: "alice", LocalUser: f.alice, Role: ledger.Reader, State: ledger.Accepted})
		steps := [][]ledger.Named{
			{{Hive: b, User: "x", Role: ledger.Reader}, {Hive: f.Self(), User: "alice", Role: ledger.Writer}},
			{{Hive: b, User: "x", Role: ledger.Writer}, {Hive: c, User: "y", Role: ledger.Reader}},
			{{Hive: c, User: "y", Role: ledger.Reader}},
			{},
		}
		version := int64(0)
		for i, named := range steps {
			set := func() ledger.Share {
				f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.SetNamed(ctx, s.ID, named) })
				got, err := f.Share(t.Context(), s.ID)
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			if got := set(); got.Version <= version {
				t.Errorf("step %d: version %d did not rise", i, got.Version)
			} else {
				version = got.Version
			}
			if got := set(); got.Version != version {
				t.Errorf("step %d: version rose though nothing changed", i)
			}
			members, err := f.Members(t.Context(), s.ID)
			if err != nil {
				t.Fatal(err)
			}
			want := []ledger.Named{{Hive: f.Self(), User: "alice", Role: ledger.Reader}}
			for _, n := range named {
				if n.Hive != f.Self() {
					want = append(want, n)
				}
			}
			var got []ledger.Named
			for _, m := range members {
				got = append(got, ledger.Named{Hive: m.Hive, User: m.User, Role: m.Role, Expires: m.Expires})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("step %d: %s", i, diff)
			}
		}
		if role, ok, err := f.MayRead(t.Context(), s.ID, owner); err != nil || !ok || role != ledger.Writer {
			t.Errorf("MayRead(owner) = %s, %t, %v; want writer", role, ok, err)
		}
	})
}

func TestForget(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		other := hive(t, "other")
		received := func(space int64, states ...ledger.State) ledger.ID {
			s := ledger.Share{ID: ledger.NewID(), Owner: other, Space: space, Mode: ledger.Full, State: ledger.Active, Created: database.Now().Time}
			f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, s) })
			f.join(ledger.Member{Share: s.ID, Hive: other, User: "carol", Role: ledger.Reader, State: ledger.Accepted}) // as a head names them
			for i, state := range states {
				f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: string(state), LocalUser: int64(i + 1), Role: ledger.Reader, State: state})
			}
			return s.ID
		}
		left := received(0, ledger.Left, ledger.Declined)
		waits := received(0, ledger.Left)
		f.post(ledger.Outgoing{Hive: other, Kind: "answer", Share: waits})
		keep := []ledger.ID{
			f.own().ID, waits, received(7, ledger.Left), received(0, ledger.Left, ledger.Offered), received(0, ledger.Accepted), received(0, ledger.Revoked),
		}
		forget := func(owner peer.ID) {
			t.Helper()
			f.write(func(ctx context.Context, tx *ledger.Tx) error { return ledger.Forget(ctx, tx, owner) })
		}
		forget(hive(t, "third"))
		if _, err := f.Share(t.Context(), left); err != nil {
			t.Errorf("a share of another hive: %v", err)
		}
		forget(other)
		for _, id := range keep {
			if _, err := f.Share(t.Context(), id); err != nil {
				t.Errorf("share %d of those to keep: %v", slices.Index(keep, id), err)
			}
		}
		_, err := f.Share(t.Context(), left)
		if members, merr := f.Members(t.Context(), left); !errors.Is(err, ledger.ErrNotFound) || merr != nil || len(members) != 0 {
			t.Errorf("a share that was left: %v, with members %+v, %v", err, members, merr)
		}
	})
}

func TestReceive(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		const most = 5000
		other := hive(t, "other")
		share := func() ledger.Share {
			return ledger.Share{ID: ledger.NewID(), Owner: other, Mode: ledger.Full, State: ledger.Active, Created: database.Now().Time}
		}
		receive := func(s ledger.Share) (got ledger.Share, err error) {
			err = f.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
				got, err = ledger.Receive(ctx, tx, s)
				return err
			})
			return got, err
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) (err error) {
			for n := 1; n < most && err == nil; n++ {
				s := share()
				s.Space = 1
				err = tx.AddShare(ctx, s)
			}
			return err
		})
		last := share()
		last.Space = 1
		for range 2 { // the second finds it
			if got, err := receive(last); err != nil || got.ID != last.ID {
				t.Errorf("Receive = %+v, %v", got, err)
			}
		}
		if _, err := receive(share()); !errors.Is(err, ledger.ErrFull) {
			t.Errorf("Receive of one too many = %v, want ErrFull", err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE shares SET space_id = 0")
			return err
		})
		if _, err := receive(share()); err != nil {
			t.Errorf("Receive after all others are over = %v", err)
		}
		if shares, err := f.Shares(t.Context(), ledger.Filter{}); err != nil || len(shares) != 1 {
			t.Errorf("%d shares are left, %v; want one", len(shares), err)
		}
	})
}
