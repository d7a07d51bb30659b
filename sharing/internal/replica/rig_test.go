package replica_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/replica"
)

// rig is some hives on a network in memory, with engines but nobody who uses them.
type rig struct {
	t     *testing.T
	mesh  *hivetest.Mesh
	hives []*hive
	log   *slog.Logger
}

type hive struct {
	t      *testing.T
	n      int
	key    ed25519.PrivateKey
	id     peer.ID
	db     *database.DB
	blocks *blockstore.Store
	names  *catalog.Catalog
	ledger *ledger.Ledger
	post   *post.Post
	engine *replica.Engine
	node   *hivetest.Node
	work   *work
	raw    blockstore.Engine
	rig    *rig
	stop   func()
	crash  func() // ends what the hive does, and does not wait

	space, folder int64        // of the share
	quota         atomic.Int64 // of its users; 0: none
	user          int64        // who does what is done
}

func newRig(t *testing.T, n int) *rig {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})) // shown when the test fails
	r := &rig{t: t, mesh: hivetest.NewMesh(log), log: log}
	for i := range n {
		key := hivetest.Key(i)
		h := &hive{t: t, n: i, key: key, id: hivetest.IDOf(key), work: new(work), rig: r, user: 1}
		h.db, h.raw = databasetest.Telling(t, h.work.note), watched(t, h.work)
		h.blocks = blocktest.On(t, h.raw)
		r.hives = append(r.hives, h)
		h.open()
		h.start()
		t.Cleanup(h.halt)
	}
	return r
}

// open makes the parts of the hive on its stores.
func (h *hive) open() {
	h.t.Helper()
	ctx, log := h.t.Context(), h.rig.log.With("hive", h.n)
	h.node = h.rig.mesh.Join(h.id)
	var err error
	h.names, err = catalog.New(h.db, h.blocks, catalog.Config{
		Hive: [8]byte{byte(h.n + 1)},
		Quota: func(context.Context, bun.IDB, int64) (int64, error) {
			if quota := h.quota.Load(); quota > 0 {
				return quota, nil
			}
			return catalog.Unlimited, nil
		},
		Fetch: func(ctx context.Context, r catalog.FetchRequest) (func(context.Context, cid.Cid) error, error) {
			return h.engine.Fetch(ctx, r)
		},
	})
	h.check(err)
	h.ledger, err = ledger.New(ctx, h.db, ledger.Config{Self: h.id, Log: log})
	h.check(err)
	h.post, err = post.New(h.ledger, h.node, post.Config{ID: h.id, Log: log})
	h.check(err)
	h.engine, err = replica.New(replica.Stores{DB: h.db, Blocks: h.blocks, Catalog: h.names, Ledger: h.ledger, Post: h.post}, replica.Config{
		Key: h.key, Network: h.node, Breaker: h.post.Breaker(), Log: log,
	})
	h.check(err)
}

// start has the hive work until halt.
func (h *hive) start() {
	ctx, cancel := context.WithCancel(context.Background())
	h.crash = cancel
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.post.Run(ctx) })
	g.Go(func() error { return h.engine.Run(ctx) })
	h.stop = func() {
		cancel()
		if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			h.t.Errorf("hive %d: %v", h.n, err)
		}
		h.check(h.node.Close())
	}
}

func (h *hive) halt() {
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// restart ends the hive and opens it again on its stores.
func (h *hive) restart() {
	h.t.Helper()
	h.halt()
	h.open()
	h.start()
}

func (h *hive) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("hive %d: %v", h.n, err)
	}
}

// share shares a folder of hive 0 with the others, in these roles; "" leaves one out.
func (r *rig) share(roles ...ledger.Role) ledger.ID { return r.shareFolder("/shared", roles...) }

func (r *rig) shareFolder(folder string, roles ...ledger.Role) ledger.ID {
	r.t.Helper()
	id, ctx := ledger.NewID(), r.t.Context()
	owner := r.hives[0]
	home := owner.home()
	e, err := home.Mkdir(ctx, path(folder), true)
	owner.check(err)
	owner.space, owner.folder = e.Space, e.ID
	for i, h := range r.hives {
		if i > len(roles) || i > 0 && roles[i-1] == "" {
			continue
		}
		if i > 0 {
			h.space, h.folder, err = h.names.NewReplica(ctx, "shared", 1, catalog.Unlimited)
			h.check(err)
		}
		h.check(h.ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
			s := ledger.Share{
				ID: id, Own: i == 0, Owner: owner.id, OwnerUser: "user0", Name: "shared", Space: h.space, Folder: h.folder, User: 1,
				Mode: ledger.Full, Quota: ledger.Unlimited, State: ledger.Active, Created: time.Now(),
			}
			if err := tx.AddShare(ctx, s); err != nil {
				return err
			}
			for j, role := range roles {
				if role == "" {
					continue
				}
				m := ledger.Member{Share: id, Hive: r.hives[j+1].id, User: fmt.Sprintf("user%d", j+1), Role: role, State: ledger.Accepted, Created: time.Now()}
				if j+1 == i {
					m.LocalUser = 1
				}
				if i > 0 && j+1 != i {
					continue // what a member knows of others comes with the head
				}
				if _, err := tx.PutMember(ctx, m); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return id
}

func path(s string) catalog.Path {
	p, err := catalog.ParsePath(s)
	if err != nil {
		panic(err)
	}
	return p
}

func (h *hive) home() *catalog.Tree {
	h.t.Helper()
	home, err := h.names.Home(h.t.Context(), catalog.Actor{User: h.user})
	h.check(err)
	return home
}

// entry finds an entry of the share.
func (h *hive) entry(ctx context.Context, s *catalog.Snapshot, name string) (e catalog.Entry, parent catalog.UID, ok bool) {
	e.ID = h.folder
	for i, part := range strings.Split(strings.Trim(name, "/"), "/") {
		if i > 0 {
			parent = e.UID
		}
		var err error
		if e, ok, err = s.Child(ctx, e.ID, part); err != nil || !ok {
			h.check(err)
			return e, parent, false
		}
	}
	return e, parent, true
}

func was(e catalog.Entry, parent catalog.UID) *catalog.Was {
	w := &catalog.Was{Parent: parent, Name: e.Name}
	if e.Kind == catalog.KindFile {
		w.Root, w.MTime, w.Exec = e.Root, e.MTime, e.Exec
	}
	return w
}

// plan makes the step that an edit needs, in the state of now.
func (h *hive) apply(plan func(ctx context.Context, s *catalog.Snapshot) []catalog.Op) {
	h.t.Helper()
	for {
		var ops []catalog.Op
		var seq int64
		h.check(h.names.Snapshot(h.t.Context(), h.space, func(ctx context.Context, s *catalog.Snapshot) error {
			ops, seq = plan(ctx, s), s.Seq
			return nil
		}))
		applied, err := h.names.Apply(h.t.Context(), catalog.Target{Space: h.space, Folder: h.folder, Actor: catalog.Actor{User: h.user}, After: seq}, ops, nil)
		h.check(err)
		if applied.Stale == 0 {
			return
		}
	}
}

// write puts a file into the share as its user would. Folders above must be there.
func (h *hive) write(name, text string) {
	h.t.Helper()
	w := h.blocks.Writer()
	defer w.Close()
	file, err := w.Import(h.t.Context(), strings.NewReader(text))
	h.check(err)
	h.check(w.Commit(h.t.Context()))
	h.apply(func(ctx context.Context, s *catalog.Snapshot) []catalog.Op {
		e, parent, ok := h.entry(ctx, s, name)
		op := catalog.Op{
			Kind: catalog.OpCreate, UID: uid(), Parent: parent, Name: name[strings.LastIndex(name, "/")+1:],
			Root: file.Root, Size: file.Size, MTime: time.Now(), Held: true,
		}
		if ok {
			op.Kind, op.UID, op.Was = catalog.OpUpdate, e.UID, was(e, parent)
		}
		return []catalog.Op{op}
	})
}

func uid() (u catalog.UID) {
	_, _ = rand.Read(u[:])
	return u
}

func (h *hive) mkdir(name string) {
	h.t.Helper()
	h.apply(func(ctx context.Context, s *catalog.Snapshot) []catalog.Op {
		_, parent, _ := h.entry(ctx, s, name)
		return []catalog.Op{{Kind: catalog.OpMkdir, UID: uid(), Parent: parent, Name: name[strings.LastIndex(name, "/")+1:]}}
	})
}

func (h *hive) remove(name string) {
	h.t.Helper()
	h.apply(func(ctx context.Context, s *catalog.Snapshot) []catalog.Op {
		e, parent, ok := h.entry(ctx, s, name)
		if !ok {
			h.t.Fatalf("hive %d has no %s", h.n, name)
		}
		return []catalog.Op{{Kind: catalog.OpDelete, UID: e.UID, Was: was(e, parent)}}
	})
}

func (h *hive) rename(name, to string) {
	h.t.Helper()
	h.apply(func(ctx context.Context, s *catalog.Snapshot) []catalog.Op {
		e, parent, ok := h.entry(ctx, s, name)
		if !ok {
			h.t.Fatalf("hive %d has no %s", h.n, name)
		}
		_, target, _ := h.entry(ctx, s, to)
		return []catalog.Op{{Kind: catalog.OpMove, UID: e.UID, Parent: target, Name: to[strings.LastIndex(to, "/")+1:], Was: was(e, parent)}}
	})
}

// files are all files of the share with their content, as far as it is held, and folders with "/".
func (h *hive) files() map[string]string {
	h.t.Helper()
	found := make(map[string]string)
	var walk func(ctx context.Context, s *catalog.Snapshot, folder int64, prefix string)
	walk = func(ctx context.Context, s *catalog.Snapshot, folder int64, prefix string) {
		for e, err := range s.Children(ctx, folder) {
			h.check(err)
			if e.Kind == catalog.KindFolder {
				found[prefix+e.Name+"/"] = ""
				walk(ctx, s, e.ID, prefix+e.Name+"/")
				continue
			}
			found[prefix+e.Name] = h.content(ctx, e.Root)
		}
	}
	h.check(h.names.Snapshot(h.t.Context(), h.space, func(ctx context.Context, s *catalog.Snapshot) error {
		clear(found)
		walk(ctx, s, h.folder, "")
		return nil
	}))
	return found
}

func (h *hive) content(ctx context.Context, root cid.Cid) string {
	r, err := h.blocks.Open(ctx, root)
	if errors.Is(err, blockstore.ErrNotFound) {
		return "not held"
	}
	h.check(err)
	defer r.Close()
	data, err := io.ReadAll(r)
	if errors.Is(err, blockstore.ErrNotFound) {
		return "not held"
	}
	h.check(err)
	return shown(string(data))
}

func (h *hive) status(id ledger.ID) replica.Status {
	h.t.Helper()
	status, err := h.engine.Status(h.t.Context(), id)
	h.check(err)
	return status
}

// await waits until cond holds, and says what is there when it does not within minutes: a busy machine under the race
// detector takes one at times.
func (r *rig) await(what string, cond func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			for _, h := range r.hives {
				r.t.Logf("hive %d has %.2000s", h.n, fmt.Sprint(h.files()))
			}
			r.t.Fatalf("never: %s", what)
		}
	}
}

// awaitAll waits until some hives have exactly these files, content and all.
func (r *rig) awaitAll(want map[string]string, hives ...*hive) {
	r.t.Helper()
	for _, h := range hives {
		r.await(fmt.Sprintf("hive %d has %v", h.n, want), func() bool {
			return maps.Equal(h.files(), want) && (h.n == 0 || h.absent() == 0)
		})
	}
}

// awaitEqual waits until all hives have the same, and returns it.
func (r *rig) awaitEqual() map[string]string {
	r.t.Helper()
	var all map[string]string
	r.await("all have the same", func() bool {
		all = r.hives[0].files()
		return !slices.ContainsFunc(r.hives[1:], func(h *hive) bool { return !maps.Equal(all, h.files()) || h.absent() > 0 })
	})
	return all
}
