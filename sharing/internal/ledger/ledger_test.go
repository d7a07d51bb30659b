package ledger_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multihash"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// hive is the id of a hive of that name.
func hive(t testing.TB, name string) peer.ID {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	// A peer ID is the identity multihash of the public key in the protobuf of libp2p.
	sum, err := multihash.Sum(append([]byte{8, 1, 18, 32}, key...), multihash.IDENTITY, -1)
	if err != nil {
		t.Fatal(err)
	}
	return peer.ID(sum)
}

type fixture struct {
	*ledger.Ledger
	t          *testing.T
	alice, bob int64
}

func open(t *testing.T, db *database.DB) fixture {
	t.Helper()
	l, err := ledger.New(t.Context(), db, ledger.Config{Self: hive(t, "self")})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(db, account.Config{Argon: account.Argon{Memory: 8, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{Ledger: l, t: t}
	for name, id := range map[string]*int64{"alice": &f.alice, "bob": &f.bob} {
		user, err := accounts.Create(t.Context(), account.NewUser{Name: name, Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		*id = user.ID
	}
	return f
}

// each runs a test on a ledger in every kind of database.
func each(t *testing.T, test func(t *testing.T, f fixture)) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(t, open(t, db)) })
}

// write runs fn in a transaction that must succeed.
func (f fixture) write(fn func(ctx context.Context, tx *ledger.Tx) error) {
	f.t.Helper()
	if err := f.Write(f.t.Context(), fn); err != nil {
		f.t.Fatal(err)
	}
}

// own adds a share of alice.
func (f fixture) own() ledger.Share {
	f.t.Helper()
	s := ledger.Share{
		ID: ledger.NewID(), Own: true, Owner: f.Self(), OwnerUser: "alice", Name: "Photos", Space: 1, Folder: 2,
		Secret: [32]byte{1, 2, 3}, Mode: ledger.Full, Quota: ledger.Unlimited, State: ledger.Active, User: f.alice,
		Created: database.Now().Time,
	}
	f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, s) })
	return s
}

// join adds a member.
func (f fixture) join(m ledger.Member) ledger.Member {
	f.t.Helper()
	m.Created = database.Now().Time
	f.write(func(ctx context.Context, tx *ledger.Tx) (err error) {
		put := m
		put, err = tx.PutMember(ctx, put)
		if err == nil {
			m.ID = put.ID
		}
		return err
	})
	return m
}

func TestNewNeedsTheIDOfTheHive(t *testing.T) {
	if _, err := ledger.New(t.Context(), databasetest.New(t), ledger.Config{}); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("New = %v, want ErrInvalid", err)
	}
}

func TestWatchHearsOfCommitsOnly(t *testing.T) {
	f := open(t, databasetest.New(t))
	news := f.Watch()
	failed := errors.New("failed")
	err := f.Write(t.Context(), func(context.Context, *ledger.Tx) error { return failed })
	if !errors.Is(err, failed) {
		t.Fatalf("Write = %v, want %v", err, failed)
	}
	select {
	case <-news:
		t.Error("a write that failed was announced")
	default:
	}
	f.own()
	select {
	case <-news:
	default:
		t.Error("a write was not announced")
	}
}

func TestTransactionOfTheCaller(t *testing.T) {
	db := databasetest.New(t)
	f := open(t, db)
	s := f.own()
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		found, err := f.In(tx).Share(ctx, s.ID)
		if err != nil {
			return err
		}
		found.Name = "Pictures"
		return f.In(tx).PutShare(ctx, found)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Share(t.Context(), s.ID); err != nil || got.Name != "Pictures" || got.Version != 1 {
		t.Errorf("Share = %+v, %v; want the new name and version 1", got, err)
	}
}

func TestIDs(t *testing.T) {
	id := ledger.NewID()
	if got, err := ledger.ParseID(string(id)); err != nil || got != id || len(id) != 26 {
		t.Errorf("ParseID(%q) = %q, %v", id, got, err)
	}
	for _, bad := range []string{"", "a", string(id) + "a", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "aaaaaaaaaaaaaaaaaaaaaaaaab", "11111111111111111111111111", "\naaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if _, err := ledger.ParseID(bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("ParseID(%q) = %v, want ErrInvalid", bad, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("aaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ledger.ParseID(s); err == nil && string(id) != s {
			t.Errorf("ParseID(%q) = %q", s, id)
		}
	})
}

func TestLive(t *testing.T) {
	now := time.Now()
	past, future := now.Add(-time.Second), now.Add(time.Second)
	shares := map[bool][]ledger.Share{
		true:  {{State: ledger.Active}, {State: ledger.Active, Expires: &future}},
		false: {{State: ledger.Ended}, {State: ledger.Active, Expires: &past}, {State: ledger.Active, Expires: &now}},
	}
	for want, list := range shares {
		for _, s := range list {
			if got := s.Live(now); got != want {
				t.Errorf("%+v is live: %t", s, got)
			}
		}
	}
	members := map[bool][]ledger.Member{
		true:  {{State: ledger.Offered}, {State: ledger.Accepted, Expires: &future}},
		false: {{State: ledger.Revoked}, {State: ledger.Left}, {State: ledger.Declined}, {State: ledger.Accepted, Expires: &past}},
	}
	for want, list := range members {
		for _, m := range list {
			if got := m.Live(now); got != want {
				t.Errorf("%+v is live: %t", m, got)
			}
		}
	}
}
