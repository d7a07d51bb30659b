package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

func free(string) (bool, error) { return false, nil }

func (f fixture) contact(user int64, at peer.ID, remote, name string) ledger.Contact {
	f.t.Helper()
	var got ledger.Contact
	f.write(func(ctx context.Context, tx *ledger.Tx) (err error) {
		got, err = tx.AddContact(ctx, ledger.Contact{User: user, Hive: at, Remote: remote, Name: name, Created: database.Now().Time}, free)
		return err
	})
	return got
}

func TestContacts(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		b, c := hive(t, "b"), hive(t, "c")
		first := f.contact(f.alice, b, "bob", "bob")
		second := f.contact(f.alice, c, "bob", "bob")
		if second.Name != "bob-2" {
			t.Errorf("second bob is called %s", second.Name)
		}
		if again := f.contact(f.alice, b, "bob", "robert"); again.ID != first.ID || again.Name != "bob" {
			t.Errorf("a contact again = %+v, want %+v", again, first)
		}
		f.contact(f.bob, b, "bob", "bob")
		got, err := f.Contacts(t.Context(), f.alice)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]ledger.Contact{first, second}, got); diff != "" {
			t.Errorf("Contacts: %s", diff)
		}
		if got, err := f.ContactNamed(t.Context(), f.alice, "bob-2"); err != nil || got.ID != second.ID {
			t.Errorf("ContactNamed = %+v, %v", got, err)
		}
		if _, err := f.ContactNamed(t.Context(), f.bob, "bob-2"); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("ContactNamed of another = %v, want ErrNotFound", err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			if ok, err := tx.Knows(ctx, f.alice, c); err != nil || !ok {
				t.Errorf("alice knows c: %t, %v", ok, err)
			}
			if ok, err := tx.Knows(ctx, f.bob, c); err != nil || ok {
				t.Errorf("bob knows c: %t, %v", ok, err)
			}
			renamed, err := tx.RenameContact(ctx, f.alice, second.ID, "Robert")
			if err != nil || renamed.Name != "Robert" {
				t.Errorf("RenameContact = %+v, %v", renamed, err)
			}
			if err := tx.DeleteContact(ctx, f.bob, first.ID); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("DeleteContact of another = %v, want ErrNotFound", err)
			}
			return tx.DeleteContact(ctx, f.alice, first.ID)
		})
		if got, err := f.Contacts(t.Context(), f.alice); err != nil || len(got) != 1 || got[0].Name != "Robert" {
			t.Errorf("Contacts = %+v, %v", got, err)
		}
	})
}

// TestOneHiveVouchesSoOften and no more; others still do.
func TestOneHiveVouchesSoOften(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			vouch := func(user int64, by string) error {
				return tx.PutVoucher(ctx, ledger.Voucher{Hive: hive(t, "owner"), User: user, Share: ledger.NewID(), By: by, Expires: time.Now().Add(time.Hour)})
			}
			for n := range 200 {
				if err := vouch(f.alice, fmt.Sprintf("u%d@b", n)); err != nil {
					return err
				}
			}
			if err := vouch(f.alice, "eve@b"); !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("one more: %v, want ErrInvalid", err)
			}
			return errors.Join(vouch(f.alice, "carol@c"), vouch(f.bob, "eve@b"))
		})
	})
}

func TestVouchers(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		v := ledger.Voucher{Hive: hive(t, "owner"), User: f.alice, Share: ledger.NewID(), By: "bob@b", Expires: time.Now().Add(time.Hour)}
		old := v
		old.Share, old.Expires = ledger.NewID(), time.Now().Add(-time.Hour)
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			for _, put := range []ledger.Voucher{v, old, v} {
				if err := tx.PutVoucher(ctx, put); err != nil {
					return err
				}
			}
			if by, err := tx.Vouched(ctx, v); err != nil || by != v.By {
				t.Errorf("Vouched = %q, %v", by, err)
			}
			other := v
			other.User = f.bob
			for _, none := range []ledger.Voucher{old, other} {
				if _, err := tx.Vouched(ctx, none); !errors.Is(err, ledger.ErrNotFound) {
					t.Errorf("Vouched = %v, want ErrNotFound", err)
				}
			}
			return nil
		})
		known := func(want bool) {
			t.Helper()
			if got, err := f.Known(t.Context(), v.Hive); err != nil || got != want {
				t.Errorf("Known = %t, %v; want %t", got, err, want)
			}
		}
		known(true)
		f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.DeleteVoucher(ctx, v) })
		known(false) // the other has expired
	})
}

func TestInvitations(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		now := database.Now().Time
		share := ledger.NewID()
		var first, second ledger.Invitation
		f.write(func(ctx context.Context, tx *ledger.Tx) (err error) {
			first, err = tx.AddInvitation(ctx, ledger.Invitation{User: f.alice, Note: "für Bob", Role: ledger.Writer, Share: share, Created: now, Expires: now.Add(time.Hour)}, []byte("one"))
			if err == nil {
				second, err = tx.AddInvitation(ctx, ledger.Invitation{User: f.alice, Role: ledger.Reader, Created: now, Expires: now.Add(2 * time.Hour)}, []byte("two"))
			}
			return err
		})
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			got, err := tx.Invitation(ctx, []byte("one"))
			if diff := cmp.Diff(first, got); err != nil || diff != "" {
				t.Errorf("Invitation: %v, %s", err, diff)
			}
			if _, err := tx.Invitation(ctx, []byte("three")); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("Invitation that is not there = %v", err)
			}
			if err := tx.UseInvitation(ctx, first.ID, hive(t, "b"), "bob"); err != nil {
				return err
			}
			if err := tx.UseInvitation(ctx, first.ID, hive(t, "c"), "carol"); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("used twice: %v, want ErrNotFound", err)
			}
			return nil
		})
		list, err := f.Invitations(t.Context(), f.alice)
		if err != nil || len(list) != 2 || list[0].ID != second.ID || list[1].UsedUser != "bob" || list[1].UsedHive != hive(t, "b") || list[1].Used == nil || list[1].Share != share {
			t.Errorf("Invitations = %+v, %v", list, err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			if err := tx.DeleteInvitation(ctx, f.bob, second.ID); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("DeleteInvitation of another = %v", err)
			}
			return tx.Tidy(ctx, now.Add(90*time.Minute))
		})
		if list, err := f.Invitations(t.Context(), f.alice); err != nil || len(list) != 1 || list[0].ID != second.ID {
			t.Errorf("after Tidy: %+v, %v", list, err)
		}
	})
}

func TestBook(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		addr := func(s string) multiaddr.Multiaddr {
			a, err := multiaddr.NewMultiaddr(s)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		book, b, c := f.Book(), hive(t, "b"), hive(t, "c")
		save := func(id peer.ID, addrs ...multiaddr.Multiaddr) {
			t.Helper()
			if err := book.Save(t.Context(), peer.AddrInfo{ID: id, Addrs: addrs}); err != nil {
				t.Fatal(err)
			}
		}
		save(b, addr("/ip4/192.0.2.1/tcp/1"))
		save(b, addr("/ip4/192.0.2.2/udp/4484/quic-v1"), addr("/ip6/2001:db8::1/tcp/2"))
		save(b)
		var many []multiaddr.Multiaddr
		for range 100 {
			many = append(many, addr("/dns4/hive.example.org/tcp/443/tls/ws"))
		}
		save(c, many...)
		infos, err := book.Load(t.Context())
		if err != nil || len(infos) != 2 || infos[0].ID != c || len(infos[0].Addrs) != 32 || infos[1].ID != b || len(infos[1].Addrs) != 2 {
			t.Fatalf("Load = %+v, %v", infos, err)
		}
		if err := book.Save(t.Context(), peer.AddrInfo{ID: f.Self(), Addrs: many}); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("Save of this hive = %v, want ErrInvalid", err)
		}
		d := hive(t, "d")
		for _, id := range []peer.ID{c, d} {
			if err := book.Block(t.Context(), id, true); err != nil {
				t.Fatal(err)
			}
		}
		if blocked, err := book.Blocked(t.Context()); err != nil || len(blocked) != 2 {
			t.Errorf("Blocked = %v, %v", blocked, err)
		}
		if infos, err := book.Load(t.Context()); err != nil || len(infos) != 1 {
			t.Errorf("Load with a block = %+v, %v", infos, err)
		}
		f.contact(f.alice, d, "dora", "dora")
		if known, err := f.Known(t.Context(), d); err != nil || known {
			t.Errorf("a blocked contact is known: %t, %v", known, err)
		}
		if err := book.Block(t.Context(), d, false); err != nil {
			t.Fatal(err)
		}
		if known, err := f.Known(t.Context(), d); err != nil || !known {
			t.Errorf("a contact is known: %t, %v", known, err)
		}
		if err := book.Forget(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if on, err := f.Blocked(t.Context(), c); err != nil || on {
			t.Errorf("a forgotten hive is blocked: %t, %v", on, err)
		}
	})
}

func TestPartners(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s, over := f.own(), f.own()
		b, c, d, o := hive(t, "b"), hive(t, "c"), hive(t, "d"), hive(t, "o")
		f.join(ledger.Member{Share: s.ID, Hive: b, User: "x", Role: ledger.Reader, State: ledger.Accepted})
		f.join(ledger.Member{Share: s.ID, Hive: b, User: "y", Role: ledger.Reader, State: ledger.Offered})
		f.join(ledger.Member{Share: s.ID, Hive: c, User: "x", Role: ledger.Reader, State: ledger.Revoked})
		f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: "bob", LocalUser: f.bob, Role: ledger.Reader, State: ledger.Accepted})
		f.join(ledger.Member{Share: over.ID, Hive: d, User: "x", Role: ledger.Reader, State: ledger.Accepted})
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			over.State = ledger.Ended
			if err := tx.PutShare(ctx, over); err != nil {
				return err
			}
			return tx.AddShare(ctx, ledger.Share{ID: ledger.NewID(), Owner: o, Mode: ledger.Full, State: ledger.Active, Space: 3, Created: time.Now()})
		})
		got, err := f.Partners(t.Context())
		if err != nil || len(got) != 2 || (got[0] != b && got[1] != b) || (got[0] != o && got[1] != o) {
			t.Errorf("Partners = %v, %v; want b and o", got, err)
		}
		if vacant, err := f.Vacant(t.Context()); err != nil || len(vacant) != 1 {
			t.Errorf("Vacant = %v, %v; want one", vacant, err)
		}
	})
}

func TestNextExpiry(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		now := time.Now()
		if _, ok, err := f.NextExpiry(t.Context(), now); err != nil || ok {
			t.Fatalf("NextExpiry of nothing = %t, %v", ok, err)
		}
		s := f.own()
		at := func(d time.Duration) *time.Time { return new(now.Add(d)) }
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			s.Expires = at(3 * time.Hour)
			return tx.PutShare(ctx, s)
		})
		for n, m := range []ledger.Member{
			{Expires: at(-time.Hour), State: ledger.Accepted}, {Expires: at(time.Hour), State: ledger.Revoked}, {Expires: at(2 * time.Hour), State: ledger.Offered},
		} {
			m.Share, m.Hive, m.User, m.Role = s.ID, hive(t, "b"), string(rune('a'+n)), ledger.Reader
			f.join(m)
		}
		for after, want := range map[time.Duration]time.Duration{0: 2 * time.Hour, 150 * time.Minute: 3 * time.Hour} {
			if next, ok, err := f.NextExpiry(t.Context(), now.Add(after)); err != nil || !ok || !next.Equal(now.Add(want)) {
				t.Errorf("NextExpiry after %s = %s, %t, %v; want in %s", after, next, ok, err, want)
			}
		}
	})
}
