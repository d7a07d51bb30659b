package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// others are the hives that may have a share, the owner's first. Those that did not answer lately are left out.
func (e *Engine) others(ctx context.Context, share ledger.Share) ([]peer.ID, error) {
	members, err := e.Ledger.Members(ctx, share.ID)
	if err != nil {
		return nil, err
	}
	hives := []peer.ID{share.Owner}
	for _, m := range members {
		if m.Live(time.Now()) && m.State == ledger.Accepted && m.Hive != e.self && !slices.Contains(hives, m.Hive) {
			hives = append(hives, m.Hive)
		}
	}
	slices.SortStableFunc(hives, func(a, b peer.ID) int { return e.trouble(a) - e.trouble(b) })
	return hives, nil
}

// trouble is how often in a row a hive did not answer.
func (e *Engine) trouble(hive peer.ID) int {
	failures, _, _ := e.cfg.Breaker.State(hive)
	return failures
}

// dial opens a session with a hive that is worth asking.
func (e *Engine) dial(ctx context.Context, hive peer.ID) (*fetch.Session, error) {
	if !e.cfg.Breaker.Allow(hive) {
		_, _, err := e.cfg.Breaker.State(hive)
		return nil, fmt.Errorf("hive %s did not answer lately: %w", hive, err)
	}
	s, err := fetch.Dial(ctx, e.cfg.Network, hive)
	e.cfg.Breaker.Report(hive, err)
	return s, err
}

// nodeBatch is how many bytes of nodes are stored at once.
const nodeBatch = 1 << 20

// bringTree fetches the nodes of the tree root that the tree have does not have, and goes through them: nodes that nobody
// sent do not count, though they may be here for others.
func (e *Engine) bringTree(ctx context.Context, s *fetch.Session, w *blockstore.Writer, ref fetch.Ref, have, root cid.Cid) error {
	came := make(map[cid.Cid]bool)
	var batch []blockstore.Received
	size := 0
	flush := func() error {
		err := w.Receive(ctx, batch)
		batch, size = batch[:0], 0
		return err
	}
	err := s.Tree(ref, have, func(node []byte) error {
		c, err := cid.V1Builder{Codec: cid.DagCBOR, MhType: mh.SHA2_256}.Sum(node)
		if err != nil {
			return err
		}
		came[c] = true
		batch = append(batch, blockstore.Received{CID: c, Data: node})
		if size += len(node); size < nodeBatch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	for node, err := range tree.Walk(ctx, e.Blocks, have, root) {
		if errors.Is(err, blockstore.ErrNotFound) {
			return fmt.Errorf("%w: a node of the tree did not come", fetch.ErrProtocol)
		}
		if err != nil {
			return err
		}
		if !came[node.CID] {
			return fmt.Errorf("%w: node %s did not come", fetch.ErrProtocol, node.CID)
		}
	}
	return nil
}

// fetcher brings content of a share.
func (e *Engine) fetcher(id ledger.ID, arrived func(context.Context, []content.Want) error, partials content.Partials) *content.Fetcher {
	return content.New(e.Blocks, content.Config{
		Network: e.cfg.Network, Breaker: e.cfg.Breaker, Partials: partials, Arrived: arrived,
		Received: func(bytes int64) { e.counts.received(string(id), bytes) }, Log: e.log,
	})
}

// fill brings the content of a received share that is not held.
func (e *Engine) fill(ctx context.Context, id ledger.ID) error {
	share, err := e.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) || share.Space == 0 || share.Mode != ledger.Full {
		return err
	}
	r, err := e.states.Replica(ctx, id)
	if err != nil || r.Seq == 0 {
		return err
	}
	room, err := e.Catalog.ReplicaRoom(ctx, share.Space)
	if err != nil {
		return err
	}
	hives, err := e.others(ctx, share)
	if err != nil {
		return err
	}
	fetcher := e.fetcher(id, func(ctx context.Context, files []content.Want) error { return e.arrived(ctx, share, files) }, partials{e})
	var faults []error
	full := false
	for after := int64(0); ; {
		page, err := e.Catalog.Absent(ctx, share.Space, after, fillPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Entry
		wants := e.wanted(ctx, r.Root, page)
		if room != catalog.Unlimited {
			if wants, room = fitting(wants, room); len(wants) < len(page) {
				full = true
			}
		}
		if err := fetcher.Fetch(ctx, hives, fetch.Ref{Share: string(id), Head: r.Seq}, wants); err != nil {
			if ctx.Err() != nil || !errors.Is(err, content.ErrUnavailable) {
				return err
			}
			faults = append(faults, err)
		}
	}
	if full {
		faults = append(faults, catalog.ErrQuota)
	}
	return errors.Join(faults...)
}

// fillPage is how many files are asked for before it is looked at again what is wanted.
const fillPage = 2000

// wanted are the files of a page that the tree root has under the same path: others are on their way here or there.
func (e *Engine) wanted(ctx context.Context, root cid.Cid, page []catalog.Content) []content.Want {
	wants := make([]content.Want, 0, len(page))
	folders := make(map[string]map[string]cid.Cid)
	for _, c := range page {
		path := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
		last := len(path) - 1
		folder := strings.Join(path[:last], "/")
		if folders[folder] == nil {
			folders[folder] = e.filesIn(ctx, root, path[:last])
		}
		if folders[folder][path[last]].Equals(c.Root) {
			wants = append(wants, content.Want{Entry: c.Entry, Number: c.Number, Path: path, Root: c.Root, Size: c.Size})
		}
	}
	return wants
}

// filesIn are the roots of the files in a folder of a tree; none where there is no such folder.
func (e *Engine) filesIn(ctx context.Context, root cid.Cid, path []string) map[string]cid.Cid {
	files := make(map[string]cid.Cid)
	if len(path) > 0 {
		folder, err := tree.At(ctx, e.Blocks, root, path)
		if err != nil || !folder.Folder {
			return files
		}
		root = folder.Root
	}
	for entry, err := range tree.List(ctx, e.Blocks, root) {
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
func (e *Engine) arrived(ctx context.Context, share ledger.Share, files []content.Want) error {
	contents := make([]catalog.Content, len(files))
	for i, f := range files {
		contents[i] = catalog.Content{Entry: f.Entry, Number: f.Number, Root: f.Root, Size: f.Size}
	}
	if err := e.Catalog.SetHeld(ctx, share.Space, contents); err != nil {
		return err
	}
	for _, f := range files {
		if f.Root.Type() != cid.Raw {
			if err := e.states.NoteChunks(ctx, f.Entry, f.Number, f.Root, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// partials keeps in the database which chunks have arrived.
type partials struct{ *Engine }

func (p partials) Chunks(ctx context.Context, w content.Want) ([]byte, error) {
	return p.states.Chunks(ctx, w.Entry, w.Number, w.Root)
}

func (p partials) Note(ctx context.Context, w content.Want, chunks []byte) error {
	return p.states.NoteChunks(ctx, w.Entry, w.Number, w.Root, chunks)
}

// noPartials forgets them: what a proposal needs has no entry yet.
type noPartials struct{}

func (noPartials) Chunks(context.Context, content.Want) ([]byte, error) { return nil, nil }
func (noPartials) Note(context.Context, content.Want, []byte) error     { return nil }

// counters add up traffic in memory, so that not every chunk is a transaction.
type counters struct {
	mu    sync.Mutex
	bytes map[string]*[2]int64 // received, sent
}

func newCounters() *counters { return &counters{bytes: make(map[string]*[2]int64)} }

func (c *counters) received(share string, n int64) { c.add(share, 0, n) }
func (c *counters) sent(share string, n int64)     { c.add(share, 1, n) }

func (c *counters) add(share string, which int, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes[share] == nil {
		c.bytes[share] = new([2]int64)
	}
	c.bytes[share][which] += n
}

// take gives what was added since the last time.
func (c *counters) take() map[string]*[2]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes := c.bytes
	c.bytes = make(map[string]*[2]int64)
	return bytes
}

// peek is what was added for a share since the last take.
func (c *counters) peek(share string) (received, sent int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.bytes[share]; b != nil {
		return b[0], b[1]
	}
	return 0, 0
}

// countEvery is how often counters go to the database.
const countEvery = 30 * time.Second

// keepCounts writes the counters until ctx ends.
func (e *Engine) keepCounts(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		done := false
		select {
		case <-ctx.Done():
			done = true
		case <-tick.C:
		}
		for id, b := range e.counts.take() {
			if err := e.states.Count(context.WithoutCancel(ctx), ledger.ID(id), b[0], b[1]); err != nil {
				e.log.Warn("traffic not counted", "share", id, "err", err)
			}
		}
		if done {
			return nil
		}
	}
}
