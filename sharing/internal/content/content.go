// Package content brings the bytes of files from other hives: many files at once, from all hives that have them at once.
//
// It owns what is asked of whom, what is asked again, and what has arrived of a file that is not whole yet. It believes
// nothing before it is hashed. It does not own which files are wanted, nor what it means that one is there: its caller
// brings the one (Want) and hears the other (Config.Arrived).
package content

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// What is asked for in one request, and how often that is made safe.
const (
	batchFiles  = 256
	batchBytes  = 4 << 20
	batchNames  = 256 << 10 // of the 1 MiB that a request may have, which names most extents too
	spanBytes   = 8 << 20
	settleFiles = 2000
	settleBytes = 128 << 20
	sessions    = 3 // with one hive at once
	mostHives   = 8 // asked at once: each session has memory for what one request brings
	failures    = 3 // of a hive, after which it is not asked again
)

// ErrUnavailable says that no hive gave some of the files.
var ErrUnavailable = errors.New("sharing: content not to be had now")

// Want is a file to bring.
type Want struct {
	Entry  int64 // of the catalog
	Number int64 // revision
	Path   []string
	Root   cid.Cid
	Size   int64
	Base   *Base // nil: none
}

// Base is an older content of a file, which this hive holds by the same right as it gets the new one.
type Base struct {
	Path []string // in the older state
	Root cid.Cid
}

// Breaker knows who is not worth asking.
type Breaker interface {
	Allow(hive peer.ID) bool
	Report(hive peer.ID, err error)
}

// Partials remember over a restart what has arrived of a file.
type Partials interface {
	// Chunks gives the bits that Note kept, or none.
	Chunks(ctx context.Context, root cid.Cid) ([]byte, error)
	Note(ctx context.Context, root cid.Cid, chunks []byte) error
	// Some gives contents of which bits are kept, or of which all came, with no bits then: not more than most.
	Some(ctx context.Context, most int) (map[cid.Cid][]byte, error)
}

// Config of a Fetcher.
type Config struct {
	Network  wire.Network
	Breaker  Breaker
	Partials Partials
	// Here tells whether a file came in another way since it was wanted; default: none does. It is asked of large ones.
	Here func(ctx context.Context, w Want) (bool, error)
	// Arrived is told which files are whole and safe. Until it returns they are kept from garbage collection.
	Arrived func(ctx context.Context, files []Want) error
	// Received counts bytes of content that came, and those that did not have to; may be nil.
	Received func(bytes, saved int64)
	Scraps   *Scraps // default: those of this Fetcher alone
	Log      *slog.Logger
}

// Fetcher brings files of one state of a share.
type Fetcher struct {
	blocks *blockstore.Store
	cfg    Config
}

// New returns a Fetcher that stores what it brings in blocks.
func New(blocks *blockstore.Store, cfg Config) *Fetcher {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Received == nil {
		cfg.Received = func(int64, int64) {}
	}
	if cfg.Here == nil {
		cfg.Here = func(context.Context, Want) (bool, error) { return false, nil }
	}
	cfg.Scraps = cmp.Or(cfg.Scraps, new(Scraps))
	return &Fetcher{blocks: blocks, cfg: cfg}
}

// Fetch brings files of a state from the hives, and returns when all are there or nobody can give more: ErrUnavailable then
// tells of the first reason. Of files with a Base comes what is new since the older state.
func (f *Fetcher) Fetch(ctx context.Context, hives []peer.ID, of fetch.Of, wants []Want) error {
	return f.FetchAll(ctx, hives, of, func(context.Context) iter.Seq2[[]Want, error] {
		return func(yield func([]Want, error) bool) { yield(wants, nil) }
	})
}

// FetchAll is Fetch for files that are looked up page by page while others come, on a goroutine of its own. The error of a page
// ends it. When nobody is left to ask, the context of the pages ends; one that was looked up may then be left out.
func (f *Fetcher) FetchAll(ctx context.Context, hives []peer.ID, of fetch.Of, pages func(ctx context.Context) iter.Seq2[[]Want, error]) error {
	if len(hives) == 0 {
		return unasked(pages(ctx))
	}
	w := f.blocks.Writer()
	defer w.Close()
	r := &run{fetcher: f, writer: w, of: of, queue: newQueue(scraps{f.cfg.Scraps, of.Share}), partial: make(map[*file]bool)}
	feeding, enough := context.WithCancel(ctx)
	defer enough()
	var asking, feeder errgroup.Group
	asking.SetLimit(mostHives)
	feeder.Go(func() error {
		return r.queue.feed(feeding, pages(feeding), func(here []Want) {
			r.arrived(here, nil, 0)
			r.settleSome(context.WithoutCancel(ctx))
		})
	})
	for _, hive := range hives {
		asking.Go(func() error { r.from(ctx, hive); return nil })
	}
	_ = asking.Wait() // they note their errors in r
	enough()
	fed := feeder.Wait()
	// What arrived before ctx ended is kept.
	r.settles.Lock()
	defer r.settles.Unlock()
	if err := r.settle(context.WithoutCancel(ctx), true); err != nil {
		return err
	}
	if err := r.verdict(fed); err == nil || ctx.Err() == nil {
		return err
	}
	return ctx.Err()
}

// unasked is what becomes of files when there is no hive to ask.
func unasked(pages iter.Seq2[[]Want, error]) error {
	for wants, err := range pages {
		if err != nil {
			return err
		}
		if len(wants) > 0 {
			return fmt.Errorf("%w: no hive to ask", ErrUnavailable)
		}
	}
	return nil
}

// run is one FetchAll.
type run struct {
	fetcher *Fetcher
	writer  *blockstore.Writer
	of      fetch.Of
	queue   *queue

	mu      sync.Mutex
	whole   []Want         // arrived, not settled
	partial map[*file]bool // with chunks since the last settling
	bytes   int64          // since the last settling
	fault   error          // the first reason why something did not arrive
	fatal   error          // of this hive: nobody else can help
	settles sync.Mutex     // held by who settles
}

// from works through the queue with one hive, on several sessions.
func (r *run) from(ctx context.Context, hive peer.ID) {
	var g errgroup.Group
	for range sessions {
		g.Go(func() error {
			r.session(ctx, hive)
			return nil
		})
	}
	_ = g.Wait() // they note their errors in r
}

// session does jobs until there are none, or the hive is no use.
func (r *run) session(ctx context.Context, hive peer.ID) {
	for failed, on := 0, true; on && failed < failures; {
		failed, on = r.line(ctx, hive, failed)
	}
}

// line does jobs on one conn until that ends. It tells how many failed in a row, and whether another conn is of use.
func (r *run) line(ctx context.Context, hive peer.ID, failed int) (int, bool) {
	open, cut := context.WithCancel(ctx)
	defer cut()
	var s *fetch.Session
	defer func() {
		if s != nil {
			s.Close()
		}
	}()
	for open.Err() == nil {
		j := r.queue.take(ctx, hive, cut)
		if j == nil {
			return failed, false
		}
		size := j.size()
		err := r.dial(open, hive, &s)
		if err == nil {
			err = r.do(ctx, hive, s, j)
		}
		if err == nil {
			failed = 0
			continue
		}
		if failed++; j.size() < size {
			failed = 0 // it goes on
		}
		if j.list == nil && len(j.units) == 0 { // all of it came before the error
			r.queue.done(j)
		} else {
			r.queue.giveBack(j) // from here on it is another session's
		}
		return failed, r.goesOn(ctx, hive, err)
	}
	return failed, ctx.Err() == nil
}

// goesOn notes why a job failed and tells whether it may be tried again here.
func (r *run) goesOn(ctx context.Context, hive peer.ID, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	r.note(fmt.Errorf("hive %s: %w", hive, err))
	if local, ok := errors.AsType[*localError](err); ok {
		r.fail(local.err)
		return false
	}
	var refusal *wire.Refusal
	r.fetcher.cfg.Log.Debug("fetch from a hive failed", "peer", hive.String(), "share", r.of.Share, "err", err)
	return !errors.As(err, &refusal)
}

func (r *run) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == nil {
		r.fault = err
	}
}

// localError is a fault of this hive, such as a full disk.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

func local(err error) error {
	if err == nil {
		return nil
	}
	return &localError{err}
}

// dial opens a session, if there is none.
func (r *run) dial(ctx context.Context, hive peer.ID, s **fetch.Session) (err error) {
	if *s != nil {
		return nil
	}
	cfg := r.fetcher.cfg
	if !cfg.Breaker.Allow(hive) {
		return &wire.Refusal{Code: wire.Busy, Text: "it did not answer lately"}
	}
	*s, err = fetch.Dial(ctx, cfg.Network, hive)
	cfg.Breaker.Report(hive, err)
	return err
}

// do does a job.
func (r *run) do(ctx context.Context, hive peer.ID, s *fetch.Session, j *job) error {
	if j.list != nil {
		return r.list(ctx, hive, s, j)
	}
	return r.content(ctx, hive, s, j)
}

// settleSome has what arrived made safe once that is much, while more comes. Only with twice as much it waits.
func (r *run) settleSome(ctx context.Context) {
	r.mu.Lock()
	files, bytes := len(r.whole), r.bytes
	r.mu.Unlock()
	switch {
	case files < settleFiles && bytes < settleBytes:
		return
	case files >= 2*settleFiles || bytes >= 2*settleBytes:
		r.settles.Lock()
	case !r.settles.TryLock():
		return
	}
	go func() {
		defer r.settles.Unlock()
		if err := r.settle(ctx, false); err != nil {
			r.fail(err)
		}
	}()
}

// settle makes what arrived safe and tells the caller.
func (r *run) settle(ctx context.Context, last bool) error {
	r.mu.Lock()
	whole, partial := r.whole, r.partial
	if !last && len(whole) < settleFiles && r.bytes < settleBytes {
		r.mu.Unlock()
		return nil
	}
	r.whole, r.partial, r.bytes = nil, make(map[*file]bool), 0
	r.mu.Unlock()
	if len(whole) == 0 && len(partial) == 0 {
		return nil
	}
	if err := r.writer.Commit(ctx); err != nil {
		return local(err)
	}
	for f := range partial {
		if bits := f.bits(); bits != nil {
			if err := r.fetcher.cfg.Partials.Note(ctx, f.want.Root, bits); err != nil {
				return local(err)
			}
		}
	}
	if len(whole) == 0 {
		return nil
	}
	return local(r.fetcher.cfg.Arrived(ctx, whole))
}

// verdict says whether all is there; fed, how the pages ended.
func (r *run) verdict(fed error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal != nil {
		return r.fatal
	}
	left, unfed := r.queue.left(), errors.Is(fed, errUnfed)
	switch {
	case fed != nil && !unfed:
		return fed
	case left == 0 && !unfed:
		return nil
	case r.fault == nil:
		r.fault = fetch.ErrNotHeld
	}
	return fmt.Errorf("%w: %d files: %w", ErrUnavailable, left, r.fault)
}

// fail ends the run for a fault of this hive: nobody else can help.
func (r *run) fail(err error) {
	r.queue.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fatal = err
}
