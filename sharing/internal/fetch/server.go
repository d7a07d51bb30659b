package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// Source decides what another hive may read.
type Source interface {
	// Tree is the root of the state ref, if hive may read it. Errors are refusals; unknown and forbidden are the same.
	Tree(ctx context.Context, hive peer.ID, ref Ref) (cid.Cid, error)
	// Newer gives what is newer than what hive has, or what hive has newer, of shares that it may read: one at a time, as each is
	// sent before the next.
	Newer(ctx context.Context, hive peer.ID, known []Known) iter.Seq2[News, error]
	// Held tells which files of a state, by their identities and roots, this hive holds for the share.
	Held(ctx context.Context, ref Ref, files map[tree.UID]cid.Cid) (map[tree.UID]bool, error)
}

// News is what a hive hears of a share: a newer head, or that it has a newer one itself.
type News struct {
	Head   head.Signed
	Behind string // instead: the share
}

// Server answers other hives.
type Server struct {
	source Source
	blocks *blockstore.Store
	log    *slog.Logger
	sent   func(share string, bytes int64) // counts content

	mu    sync.Mutex
	conns map[peer.ID]map[net.Conn]struct{}
}

// NewServer returns a server of the shares of source, whose bytes are in blocks. Sent, which may be nil, is told what went out.
func NewServer(source Source, blocks *blockstore.Store, cfg ServerConfig) *Server {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Sent == nil {
		cfg.Sent = func(string, int64) {}
	}
	return &Server{source: source, blocks: blocks, log: cfg.Log, sent: cfg.Sent, conns: make(map[peer.ID]map[net.Conn]struct{})}
}

// ServerConfig of a Server.
type ServerConfig struct {
	Sent func(share string, bytes int64) // is told what content goes out; default nobody
	Log  *slog.Logger
}

// Serve answers the requests that come on conn, one after the other, and closes it.
func (s *Server) Serve(ctx context.Context, hive peer.ID, conn net.Conn) {
	if !s.enter(hive, conn) {
		reset(conn)
		return
	}
	defer s.leave(hive, conn)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { reset(conn) })()
	r := bufio.NewReaderSize(conn, buffered)
	w := bufio.NewWriterSize(&steady{conn}, buffered)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idle)); err != nil {
			break
		}
		var q request
		if err := wire.Read(r, maxRequest, &q); err != nil {
			if !errors.Is(err, io.EOF) {
				reset(conn)
			}
			break
		}
		if err := attend(ctx, conn, r, func(ctx context.Context) error { return s.answer(ctx, hive, q, w) }); err != nil {
			s.log.Debug("conversation with a hive ended", "peer", hive.String(), "share", q.Ref.Share, "err", err)
			reset(conn)
			break
		}
	}
	conn.Close()
}

// attend has an answer made and waits for the next request. The context of the answer ends when the other hive resets the conn; one
// that says that nothing more comes may still wait for it.
func attend(ctx context.Context, conn net.Conn, r *bufio.Reader, answer func(context.Context) error) error {
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan error, 1)
	go func() {
		_, err := r.Peek(1)
		if errors.Is(err, io.EOF) {
			err = nil // the read of the request tells
		}
		if err != nil {
			cancel()
		}
		next <- err
	}()
	err := answer(ctx)
	if err == nil {
		err = conn.SetReadDeadline(time.Now().Add(idle))
	}
	if err != nil {
		reset(conn)
	}
	if late := <-next; err == nil {
		err = late
	}
	return err
}

// enter admits a conn, unless its hive has too many.
func (s *Server) enter(hive peer.ID, conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns[hive]) >= streams {
		return false
	}
	if s.conns[hive] == nil {
		s.conns[hive] = make(map[net.Conn]struct{})
	}
	s.conns[hive][conn] = struct{}{}
	return true
}

func (s *Server) leave(hive peer.ID, conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.conns[hive], conn); len(s.conns[hive]) == 0 {
		delete(s.conns, hive)
	}
}

// Cut ends what is being sent to a hive.
func (s *Server) Cut(hive peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns[hive] {
		reset(conn)
	}
}

// answer sends the answer to one request. An error ends the conn.
func (s *Server) answer(ctx context.Context, hive peer.ID, q request, to *bufio.Writer) error {
	w := &packer{to: to, on: q.Packs}
	var err error
	if q.Kind == kindCompare {
		err = s.compare(ctx, hive, q, w)
	} else {
		err = s.read(ctx, hive, q, w)
	}
	var refusal *wire.Refusal
	switch {
	case err == nil:
		err = w.write(answer{End: true}, nil)
	case errors.As(err, &refusal):
		err = w.write(answer{Refusal: refusal}, nil)
	default:
		return err
	}
	return errors.Join(err, w.flush(), to.Flush())
}

func (s *Server) compare(ctx context.Context, hive peer.ID, q request, w *packer) error {
	if len(q.Known) > maxKnown {
		return &wire.Refusal{Code: wire.Malformed, Text: "too many shares at once"}
	}
	named := make(map[string]bool, len(q.Known))
	for _, k := range q.Known {
		if named[k.Share] {
			return &wire.Refusal{Code: wire.Malformed, Text: "a share twice"}
		}
		named[k.Share] = true
	}
	var behind []string
	for news, err := range s.source.Newer(ctx, hive, q.Known) {
		switch {
		case err != nil:
			return err
		case news.Behind != "":
			behind = append(behind, news.Behind)
			continue
		}
		if err := w.write(answer{Heads: []head.Signed{news.Head}}, nil); err != nil {
			return err
		}
	}
	if len(behind) == 0 {
		return nil
	}
	return w.write(answer{Behind: behind}, nil)
}

// read answers a request about the tree of a share.
func (s *Server) read(ctx context.Context, hive peer.ID, q request, w *packer) error {
	if len(q.Files) > MaxFiles {
		return &wire.Refusal{Code: wire.Malformed, Text: "too many files at once"}
	}
	root, err := s.source.Tree(ctx, hive, q.Ref)
	if err != nil {
		return err
	}
	then, err := s.since(ctx, hive, q)
	if err != nil {
		return err
	}
	switch q.Kind {
	case kindTree:
		return s.sendTree(ctx, root, then, w)
	case kindUpdate:
		inherit(q.Files)
	case kindList, kindContent:
	default:
		return &wire.Refusal{Code: wire.Version, Text: "unknown kind of request"}
	}
	for _, file := range q.Files {
		if err := file.check(q.Kind); err != nil {
			return err
		}
	}
	now, err := s.find(ctx, q.Ref, root, q.Files, func(f File) []string { return f.Path })
	if err != nil {
		return err
	}
	old, err := s.find(ctx, Ref{Share: q.Ref.Share}, then, q.Files, File.was)
	if err != nil {
		return err
	}
	switch q.Kind {
	case kindList:
		return s.sendLists(ctx, q, now, old, w)
	case kindContent:
		return s.sendContent(ctx, q, now, nil, w)
	}
	bases := &bases{reader: BaseReader{Blocks: s.blocks}, spots: old, left: maxBases}
	defer bases.reader.Close()
	return s.sendContent(ctx, q, now, bases, w)
}

// since is the tree of the older state that a request names, undefined where this hive does not have it or the other may not
// read it: the two are never told apart.
func (s *Server) since(ctx context.Context, hive peer.ID, q request) (cid.Cid, error) {
	if q.Since == nil {
		return cid.Undef, nil
	}
	ref := Ref{Share: q.Ref.Share, Head: q.Since.Head}
	if q.Since.Head == 0 {
		ref.Proposal, ref.Base = q.Ref.Proposal, true
	}
	root, err := s.source.Tree(ctx, hive, ref)
	if _, refused := errors.AsType[*wire.Refusal](err); refused {
		return cid.Undef, nil
	}
	return root, err
}

// steady is a conn on which every write must get on, however long all of it takes.
type steady struct{ net.Conn }

// portion is how many bytes have to go within progress: a line may be as slow as the asker bears.
const portion = 32 << 10

func (c *steady) Write(p []byte) (n int, err error) {
	for first := true; err == nil && (first || n < len(p)); first = false {
		if err = c.SetWriteDeadline(time.Now().Add(progress)); err != nil {
			break
		}
		var now int
		now, err = c.Conn.Write(p[n:min(n+portion, len(p))])
		n += now
	}
	return n, err
}

// reset ends a conn without letting the other side take it for a proper end.
func reset(conn net.Conn) {
	if r, ok := conn.(interface{ Reset() error }); ok {
		r.Reset() //nolint:errcheck // it is gone either way
		return
	}
	conn.Close()
}
