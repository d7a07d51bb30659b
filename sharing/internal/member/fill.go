package member

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// Fill brings the content of a received share that is not held. While its names are written for the first time, it brings
// what they name so far.
func (m *Member) Fill(ctx context.Context, id ledger.ID) error {
	share, err := m.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) || share.Space == 0 || share.Mode != ledger.Full {
		return err
	}
	r, err := m.States.Replica(ctx, id)
	if err != nil {
		return err
	}
	l := &lacking{member: m, share: share, seq: r.Seq, root: r.Root}
	if r.Seq == 0 {
		begun, ok := m.begun.Load(id)
		if !ok {
			return nil
		}
		l.follow(begun.(*beginning))
		defer l.cancel()
	}
	since, bases, err := m.bases(ctx, id, r)
	if err != nil {
		return err
	}
	l.bases = bases
	if l.room, err = m.Catalog.ReplicaRoom(ctx, share.Space); err != nil {
		return err
	}
	hives, err := m.Others(ctx, share)
	if err != nil {
		return err
	}
	fetcher := m.Fetcher(id, m.States.Partials(id, ""), content.Config{
		Here: func(ctx context.Context, w content.Want) (bool, error) {
			rest, err := adopt(ctx, m, share, []content.Want{w})
			return len(rest) == 0, err
		},
		Arrived: func(ctx context.Context, files []content.Want) error { return m.arrived(ctx, share, files) },
	})
	of := fetch.Of{Ref: fetch.Ref{Share: string(id), Head: l.seq}, Since: since}
	var faults []error
	for !l.over {
		if err := fetcher.FetchAll(ctx, hives, of, l.pages); err != nil {
			if ctx.Err() != nil || !errors.Is(err, content.ErrUnavailable) {
				return err
			}
			faults = append(faults, err)
		}
	}
	if l.full {
		faults = append(faults, catalog.ErrQuota)
	}
	if r.Seq == 0 { // Fill comes again when the names are there
		return errors.Join(faults...)
	}
	return errors.Join(append(faults, filled(ctx, m, id, r, len(faults) == 0))...)
}

// lacking are the files of a replica whose content is not held.
type lacking struct {
	member *Member
	share  ledger.Share
	seq    uint64 // of the head that asks for them
	root   cid.Cid
	bases  courier.Bases
	room   int64
	begun  *beginning // nil: all names are there
	wake   <-chan struct{}
	cancel func()

	after int64 // the last entry that was looked at
	over  bool  // all were
	full  bool  // some do not fit

	folder string // that was looked into last, and what it has
	files  map[string]cid.Cid
	moved  moves // nil before something was looked for in vain
}

// follow makes them those that are named by and by.
func (l *lacking) follow(b *beginning) {
	l.seq, l.root, l.begun = b.seq, b.root, b
	l.wake, _, l.cancel = l.member.Catalog.Subscribe()
}

// pages looks some of them up, from where the last call ended.
func (l *lacking) pages(ctx context.Context) iter.Seq2[[]content.Want, error] {
	return func(yield func([]content.Want, error) bool) {
		for seen := 0; seen < fillMost; {
			named := l.begun == nil || l.begun.ended()
			page, err := l.member.Catalog.Absent(ctx, l.share.Space, l.after, fillPage)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 {
				if l.over = named; l.over || !l.await(ctx) {
					return
				}
				continue
			}
			seen += len(page)
			l.after = page[len(page)-1].Entry
			if wants, err := l.wanted(ctx, page); !yield(wants, err) || err != nil {
				return
			}
		}
	}
}

// await waits for more names, or for the last.
func (l *lacking) await(ctx context.Context) bool {
	select {
	case <-l.wake:
	case <-l.begun.end:
	case <-ctx.Done():
		return false
	}
	return true
}

// wanted are the files of a page that are to be brought now, with what they can be a difference to.
func (l *lacking) wanted(ctx context.Context, page []catalog.Content) ([]content.Want, error) {
	wants, err := l.named(ctx, page)
	if err != nil {
		return nil, err
	}
	if l.room != catalog.Unlimited {
		all := len(wants)
		wants, l.room = fitting(wants, l.room)
		l.full = l.full || len(wants) < all
	}
	var large []content.Want
	wants = slices.DeleteFunc(wants, func(w content.Want) bool {
		if w.Size < catalog.LeastFound {
			return false
		}
		large = append(large, w)
		return true
	})
	if large, err = adopt(ctx, l.member, l.share, large); err != nil {
		return nil, err
	}
	if wants = append(wants, large...); len(wants) == 0 {
		return nil, nil
	}
	return wants, l.member.Find(ctx, l.share.Space, l.bases, wants)
}

// adopt takes for held what the replica has under other names, and gives the rest.
func adopt(ctx context.Context, m *Member, share ledger.Share, wants []content.Want) (rest []content.Want, err error) {
	roots := make([]cid.Cid, len(wants))
	for i, w := range wants {
		roots[i] = w.Root
	}
	held, err := catalog.Holds(ctx, m.Catalog, share.Space, roots)
	if err != nil || len(held) == 0 {
		return wants, err
	}
	w := m.Blocks.Writer()
	defer w.Close()
	maps.DeleteFunc(held, func(root cid.Cid, _ bool) bool { return w.Keep(ctx, root) != nil })
	var here []content.Want
	var saved int64
	for _, want := range wants {
		if held[want.Root] {
			here = append(here, want)
			saved += want.Size
		} else {
			rest = append(rest, want)
		}
	}
	m.Counts.Received(string(share.ID), 0, saved)
	return rest, m.arrived(ctx, share, here)
}

// How many files are looked up at once, and how many, about, before all hives are asked anew: one that failed then gets another
// try, and what nobody has takes no more memory.
const (
	fillPage = 1000
	fillMost = 20 * fillPage
)

// named are the files of a page that the head has, where they are or where they were before they were moved here: others are on
// their way.
func (l *lacking) named(ctx context.Context, page []catalog.Content) ([]content.Want, error) {
	wants := make([]content.Want, 0, len(page))
	for _, c := range page {
		path := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
		there := l.has(ctx, path, c.Root)
		if !there && l.begun == nil {
			if l.moved == nil {
				var err error
				if l.moved, err = movesSince(ctx, l.member, l.share, l.root); err != nil {
					return nil, err
				}
			}
			path = l.moved.before(path)
			there = l.has(ctx, path, c.Root)
		}
		if there {
			wants = append(wants, content.Want{Entry: c.Entry, Number: c.Number, Path: path, Root: c.Root, Size: c.Size})
		}
	}
	return wants, nil
}

// has tells whether the head has a content at a path.
func (l *lacking) has(ctx context.Context, path []string, root cid.Cid) bool {
	last := len(path) - 1
	if folder := strings.Join(path[:last], "/"); l.files == nil || folder != l.folder {
		l.folder, l.files = folder, filesIn(ctx, l.member.Blocks, l.root, path[:last])
	}
	return l.files[path[last]].Equals(root)
}

// filesIn are the roots of the files in a folder of a tree; none where there is no such folder.
func filesIn(ctx context.Context, blocks *blockstore.Store, root cid.Cid, path []string) map[string]cid.Cid {
	files := make(map[string]cid.Cid)
	if len(path) > 0 {
		folder, err := tree.At(ctx, blocks, root, path)
		if err != nil || !folder.Folder {
			return files
		}
		root = folder.Root
	}
	for entry, err := range tree.List(ctx, blocks, root) {
		if err != nil {
			break
		}
		if !entry.Folder {
			files[entry.Name] = entry.Root
		}
	}
	return files
}

// fitting are the wants there is room for.
func fitting(wants []content.Want, room int64) ([]content.Want, int64) {
	var fit []content.Want
	for _, w := range wants {
		if w.Size <= room {
			room -= w.Size
			fit = append(fit, w)
		}
	}
	return fit, room
}

// arrived notes that files are held.
func (m *Member) arrived(ctx context.Context, share ledger.Share, files []content.Want) error {
	contents := make([]catalog.Content, len(files))
	for i, f := range files {
		contents[i] = catalog.Content{Entry: f.Entry, Number: f.Number, Root: f.Root, Size: f.Size}
	}
	if err := m.Catalog.SetHeld(ctx, share.Space, contents); err != nil {
		return err
	}
	var large []cid.Cid // others come in one piece
	for _, f := range files {
		if f.Root.Type() != cid.Raw {
			large = append(large, f.Root)
		}
	}
	if len(large) == 0 {
		return nil
	}
	held, err := catalog.Holds(ctx, m.Catalog, share.Space, large)
	if err != nil {
		return err
	}
	partials := m.States.Partials(share.ID, "")
	superseded := slices.DeleteFunc(slices.Clone(large), func(root cid.Cid) bool { return held[root] })
	return errors.Join(partials.Forget(ctx, large), partials.NoteWhole(ctx, superseded)) // what is new may be made of them
}

// Tidy forgets what has arrived of contents that no file of a replica waits for any more.
func (m *Member) Tidy(ctx context.Context, share ledger.Share) error {
	partials := m.States.Partials(share.ID, "")
	begun, err := partials.All(ctx)
	if err != nil || len(begun) == 0 {
		return err
	}
	absent, err := m.absentRoots(ctx, share.Space, begun)
	if err != nil {
		return err
	}
	maps.DeleteFunc(begun, func(root cid.Cid, _ bool) bool { return absent[root] })
	return partials.Forget(ctx, slices.Collect(maps.Keys(begun)))
}
