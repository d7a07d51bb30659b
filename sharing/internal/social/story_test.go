package social_test

import (
	"context"
	"errors"
	"hash/crc32"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social"
)

// names is a catalog with nothing but mounts and replicas.
type names struct {
	mu       sync.Mutex
	mounts   []catalog.Mount
	replicas map[int64]int64 // quota by space
	last     int64
	fail     error
}

func (n *names) Folder(_ context.Context, user int64, path catalog.Path) (space, folder int64, err error) {
	if path.Name() == "missing" {
		return 0, 0, catalog.ErrNotFound
	}
	return user, int64(crc32.ChecksumIEEE([]byte(path.String()))), nil
}

func (n *names) MountIn(_ context.Context, _ bun.Tx, actor catalog.Actor, path catalog.Path, m catalog.Mount) (catalog.Entry, func(), error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return catalog.Entry{}, nil, n.fail
	}
	m.User, m.Path = actor.User, path.String()
	n.mounts = append(n.mounts, m)
	return catalog.Entry{Path: m.Path}, func() {}, nil
}

func (n *names) UnmountIn(_ context.Context, _ bun.Tx, ref string, user int64) (func(), error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mounts = slices.DeleteFunc(n.mounts, func(m catalog.Mount) bool { return m.Ref == ref && m.User == user })
	return func() {}, n.fail
}

func (n *names) Mounts(_ context.Context, ref string) ([]catalog.Mount, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.mounts), func(m catalog.Mount) bool { return m.Ref != ref }), nil
}

func (n *names) SetMountRole(_ context.Context, ref string, user int64, role catalog.Role) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, m := range n.mounts {
		if m.Ref == ref && m.User == user {
			n.mounts[i].Role = role
		}
	}
	return nil
}

func (n *names) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.replicas)
}

func (n *names) NewReplica(_ context.Context, _ string, _, quota int64) (space, root int64, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	n.replicas[n.last] = quota
	return n.last, 1, nil
}

func (n *names) SetReplica(_ context.Context, space, _, quota int64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.replicas[space] = quota
	return nil
}

func (n *names) DropReplica(_ context.Context, space int64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.replicas, space)
	return nil
}

// engine notes what it is told.
type engine struct {
	mu      sync.Mutex
	touched map[ledger.ID]int
	cut     []peer.ID
	dropped []ledger.ID
	fail    error
}

func (e *engine) Touch(share ledger.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.touched[share]++
}

func (e *engine) Cut(_ ledger.ID, hive peer.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cut = append(e.cut, hive)
}

func (e *engine) Drop(_ context.Context, _ bun.Tx, share ledger.ID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail == nil {
		e.dropped = append(e.dropped, share)
	}
	return e.fail
}

// fails has Drop fail, or work for nil, and forgets what was dropped.
func (e *engine) fails(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail, e.dropped = err, nil
}

// hive is all of a hive that social needs, with a real database.
type hive struct {
	*social.Social
	t        *testing.T
	id       peer.ID
	network  *nettest.Net
	node     *nettest.Node
	db       *database.DB
	ledger   *ledger.Ledger
	post     *post.Post
	accounts *account.Accounts
	names    *names
	engine   *engine
	users    map[string]int64
	cancel   context.CancelFunc
	ended    sync.WaitGroup
}

// open starts a hive with users.
func open(t *testing.T, network *nettest.Net, name string, cfg social.Config, users ...string) *hive {
	t.Helper()
	return start(t, databasetest.New(t), network, name, cfg, users...)
}

func start(t *testing.T, db *database.DB, network *nettest.Net, name string, cfg social.Config, users ...string) *hive {
	t.Helper()
	h := &hive{
		t: t, id: nettest.ID(name), network: network, db: db, names: &names{replicas: map[int64]int64{}, last: 5000},
		engine: &engine{touched: map[ledger.ID]int{}}, users: map[string]int64{},
	}
	var err error
	if h.ledger, err = ledger.New(t.Context(), db, ledger.Config{Self: h.id}); err != nil {
		t.Fatal(err)
	}
	if h.accounts, err = account.New(db, account.Config{Argon: account.Argon{Memory: 8, Time: 1, Threads: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, user := range users {
		u, err := h.accounts.Create(t.Context(), account.NewUser{Name: user, Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		h.users[user] = u.ID
	}
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	h.node = network.Join(h.id)
	if h.post, err = post.New(h.ledger, h.node, post.Config{ID: h.id, OpenInbox: cfg.OpenInbox, Log: cfg.Log}); err != nil {
		t.Fatal(err)
	}
	h.Social, err = social.New(social.Parts{
		Ledger: h.ledger, Post: h.post, Network: h.node, People: h.accounts, Catalog: h.names, Engine: h.engine,
	}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	h.run()
	t.Cleanup(h.stop)
	return h
}

func (h *hive) run() {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	for _, run := range []func(context.Context) error{h.post.Run, h.Run} {
		h.ended.Go(func() {
			if err := run(ctx); !errors.Is(err, context.Canceled) {
				h.t.Errorf("Run = %v, want context.Canceled", err)
			}
		})
	}
}

func (h *hive) stop() {
	h.cancel()
	h.ended.Wait()
}

// story runs a test in a bubble with hives a and b, where alice and amy live at a, bob and ben at b.
func story(t *testing.T, test func(t *testing.T, network *nettest.Net, a, b *hive)) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a := open(t, network, "a", social.Config{}, "alice", "amy")
		b := open(t, network, "b", social.Config{}, "bob", "ben")
		quiet()
		test(t, network, a, b)
	})
}

// pass lets virtual time go by, and all that happens then come to rest, so that a test may look at it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// quiet waits until all that happens at once has happened.
func quiet() { pass(100 * time.Millisecond) }

// meet makes users of two hives contacts, the second by an invitation of the first.
func meet(t *testing.T, a *hive, alice string, b *hive, bob string) {
	t.Helper()
	inv := must(a.Invitations().Create(t.Context(), a.users[alice], social.NewInvitation{}))(t)
	if _, _, err := b.Invitations().Accept(t.Context(), b.users[bob], inv.Code, ""); err != nil {
		t.Fatal(err)
	}
}

// must is the value of a call that may not fail.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func path(t *testing.T, text string) catalog.Path {
	t.Helper()
	return must(catalog.ParsePath(text))(t)
}

// share has a user share /Photos.
func (h *hive) share(user string, to ...social.Invite) social.Share {
	h.t.Helper()
	return h.shareOf(user, "/Photos", to...)
}

func (h *hive) shareOf(user, folder string, to ...social.Invite) social.Share {
	h.t.Helper()
	return must(h.Shares().Create(h.t.Context(), h.users[user], path(h.t, folder), social.NewShare{Members: to}))(h.t)
}

func reader(who string) social.Invite { return social.Invite{To: who, Role: ledger.Reader} }
func writer(who string) social.Invite { return social.Invite{To: who, Role: ledger.Writer} }

// accept has a user accept the one offer there is.
func (h *hive) accept(user string) social.Share {
	h.t.Helper()
	offers := h.offers(user, 1)
	return must(h.Shares().Accept(h.t.Context(), h.users[user], offers[0].ID, social.Accept{}))(h.t)
}

func (h *hive) offers(user string, want int) []social.Offer {
	h.t.Helper()
	offers := must(h.Shares().Offers(h.t.Context(), h.users[user]))(h.t)
	if len(offers) != want {
		h.t.Fatalf("%d offers to %s, want %d: %+v", len(offers), user, want, offers)
	}
	return offers
}

// wantMember checks how the owner sees a member.
func (h *hive) wantMember(owner string, id ledger.ID, user string, state ledger.State, role ledger.Role) social.Member {
	h.t.Helper()
	share := must(h.Shares().Get(h.t.Context(), h.users[owner], id))(h.t)
	i := slices.IndexFunc(share.Members, func(m social.Member) bool { return m.User == user })
	if i < 0 {
		h.t.Fatalf("%s is no member: %+v", user, share.Members)
	}
	if m := share.Members[i]; m.State != state || m.Role != role {
		h.t.Errorf("%s is %s as %s, want %s as %s", user, m.State, m.Role, state, role)
	}
	return share.Members[i]
}

// wantMount checks the mount of a user, "" for none.
func (h *hive) wantMount(user string, id ledger.ID, role catalog.Role, where string) {
	h.t.Helper()
	mounts, _ := h.names.Mounts(h.t.Context(), string(id))
	for _, m := range mounts {
		if m.User == h.users[user] {
			if m.Path != where || m.Role != role {
				h.t.Errorf("%s has a mount at %s as %s, want %q as %s", user, m.Path, m.Role, where, role)
			}
			return
		}
	}
	if where != "" {
		h.t.Errorf("%s has no mount, want one at %s", user, where)
	}
}

// wantMayRead checks whether another hive may read a share of this one.
func (h *hive) wantMayRead(id ledger.ID, other peer.ID, want bool) {
	h.t.Helper()
	if _, may, err := h.ledger.MayRead(h.t.Context(), id, other); err != nil || may != want {
		h.t.Errorf("MayRead = %t, %v; want %t", may, err, want)
	}
}

func (h *hive) wantErr(err, want error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("got %v, want %v", err, want)
	}
}
