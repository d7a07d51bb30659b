package fetch_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"math"
	"net"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// tape is a conn that plays what the other side says, and takes all that is said to it.
type tape struct {
	in   io.Reader
	said int
}

func (c *tape) Read(p []byte) (int, error) { return c.in.Read(p) }

func (c *tape) Write(p []byte) (int, error) {
	c.said += len(p)
	return len(p), nil
}

func (*tape) Close() error                     { return nil }
func (*tape) LocalAddr() net.Addr              { return nil }
func (*tape) RemoteAddr() net.Addr             { return nil }
func (*tape) SetDeadline(time.Time) error      { return nil }
func (*tape) SetReadDeadline(time.Time) error  { return nil }
func (*tape) SetWriteDeadline(time.Time) error { return nil }

// open lets everybody read a tree, and another one at head 1.
type open struct{ root, before cid.Cid }

func (o open) Tree(_ context.Context, _ peer.ID, ref fetch.Ref) (cid.Cid, error) {
	if ref.Head == 1 {
		return o.before, nil
	}
	return o.root, nil
}

func (open) Newer(_ context.Context, _ peer.ID, known []fetch.Known) iter.Seq2[fetch.News, error] {
	return func(yield func(fetch.News, error) bool) {
		for i, k := range known[:min(len(known), 3)] {
			news := fetch.News{}
			if i == 1 {
				news.Behind = k.Share
			}
			if !yield(news, nil) {
				return
			}
		}
	}
}

func (open) Held(_ context.Context, _ fetch.Ref, files map[tree.UID]cid.Cid) (map[tree.UID]bool, error) {
	held := make(map[tree.UID]bool)
	for uid := range files {
		held[uid] = true
	}
	return held, nil
}

// small is a tree of one file of a few bytes.
func small(tb testing.TB) (*blockstore.Store, cid.Cid, blockstore.File) {
	tb.Helper()
	blocks := blocktest.New(tb)
	root, file := folder(tb, blocks, []byte("content"))
	return blocks, root, file
}

// folder is a tree of one file in a store.
func folder(tb testing.TB, blocks *blockstore.Store, content []byte) (cid.Cid, blockstore.File) {
	tb.Helper()
	w := blocks.Writer()
	defer w.Close()
	file, err := w.Import(tb.Context(), bytes.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	folder, err := tree.Build(tb.Context(), w, func(yield func(tree.Entry, error) bool) {
		yield(tree.Entry{UID: tree.UID{1}, Name: "file", Root: file.Root, Size: file.Size}, nil)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return folder.Root, file
}

func frame(tb testing.TB, v any) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := wire.Write(&out, v); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// FuzzServe says anything to a server that would give all it has: it answers, or ends.
func FuzzServe(f *testing.F) {
	blocks, root, file := small(f)
	before, _ := folder(f, blocks, bytes.Repeat([]byte("what it was "), 20_000))
	server := fetch.NewServer(open{root, before}, blocks, fetch.ServerConfig{})
	since := &fetch.Since{Head: 1}
	signature, err := delta.Sign(make([]byte, 500), delta.Extent(500))
	if err != nil {
		f.Fatal(err)
	}
	files := []fetch.File{{Path: []string{"file"}, Root: file.Root.Bytes()}}
	for _, q := range []map[string]any{
		{"kind": "compare", "known": []fetch.Known{{Share: "a", Seq: 1}}},
		{"kind": "compare", "known": []fetch.Known{{Share: "a", Seq: 1}, {Share: "b"}, {Share: "a"}}},
		{"kind": "tree", "ref": fetch.Ref{Share: "a", Head: 1}, "from": root.Bytes()},
		{"kind": "list", "files": files},
		{"kind": "content", "files": files},
		{"kind": "content", "files": []fetch.File{{Path: []string{"file"}, Root: file.Root.Bytes(), Offset: -1, Length: 1 << 62}}},
		{"kind": "other"},
		{"kind": "tree", "since": since, "packs": true},
		{"kind": "list", "since": since, "files": files},
		{"kind": "list", "ref": fetch.Ref{Head: 1}, "since": &fetch.Since{}, "files": []fetch.File{{Path: []string{"file"}, Root: before.Bytes()}}},
		{"kind": "update", "since": since, "packs": true, "files": []fetch.File{{Path: []string{"file"}}, {Skip: 3}}},
		{"kind": "update", "since": since, "files": []fetch.File{{Path: []string{"file"}, Extents: []fetch.Extent{{Offset: 1 << 40, Length: 1 << 20}}}}},
		{"kind": "update", "since": since, "files": []fetch.File{{Path: []string{"file"}, Extents: []fetch.Extent{{Offset: -1, Length: 1 << 62}}}}},
		{"kind": "update", "files": []fetch.File{{Path: []string{"file"}, Was: []string{"file"}, Signature: signature}}},
		{"kind": "update", "ref": fetch.Ref{Head: 1}, "since": since, "files": []fetch.File{{Path: []string{"file"}, Length: 1 << 62, Signature: []byte("rs\x01\x47")}}},
	} {
		f.Add(frame(f, q))
	}
	f.Add(bytes.Repeat([]byte{0xff}, 20))
	f.Fuzz(func(t *testing.T, said []byte) {
		conn := &tape{in: bytes.NewReader(said)}
		server.Serve(t.Context(), peer.ID("somebody"), conn)
		if conn.said > 8<<20 {
			t.Errorf("%d bytes said about a file of 240,000 bytes", conn.said)
		}
	})
}

// dialer gives every call the same tape.
type dialer struct{ said []byte }

func (d dialer) Dial(context.Context, peer.ID, protocol.ID) (net.Conn, error) {
	return &tape{in: bytes.NewReader(d.said)}, nil
}

func (dialer) Handle(protocol.ID, func(peer.ID, net.Conn)) {}
func (dialer) Notify(func(peer.ID, bool))                  {}

// FuzzSession answers every question of a client with anything.
func FuzzSession(f *testing.F) {
	f.Add(frame(f, map[string]any{"nodes": [][]byte{{0x83, 1, 0, 0x80}}}))
	f.Add(append(frame(f, map[string]any{"file": 0, "size": 3}), "abc"...))
	f.Add(frame(f, map[string]any{"leaves": []fetch.Leaf{{CID: []byte{1}, Size: -1}}}))
	f.Add(frame(f, map[string]any{"size": int64(1) << 60}))
	f.Add(frame(f, map[string]any{"refusal": wire.Refusal{Code: wire.Unknown}}))
	f.Add(frame(f, map[string]any{"heads": []head.Signed{{}}, "behind": []string{"x"}}))
	f.Add(frame(f, map[string]any{"runs": []fetch.Run{{First: 1 << 60, Count: 1 << 60}, {First: -1, Count: 2}}}))
	f.Add(frame(f, map[string]any{"edits": []graft.Edit{{Path: []string{"x"}}}}))
	f.Add(append(frame(f, map[string]any{"delta": 3}), "abc"...))
	f.Add(append(frame(f, map[string]any{"size": 3, "skip": 1 << 62}), "abc"...))
	f.Add(frame(f, map[string]any{"size": int64(math.MaxInt64), "skip": 1}))
	f.Add(append(frame(f, map[string]any{"pack": 3, "full": 1 << 40}), "abc"...))
	f.Add(frame(f, map[string]any{"unbased": true}))
	f.Fuzz(func(t *testing.T, said []byte) {
		ask := func(fn func(s *fetch.Session) error) {
			s, err := fetch.Dial(t.Context(), dialer{said}, peer.ID("somebody"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_ = fn(s)
		}
		ask(func(s *fetch.Session) error { _, _, err := s.Compare([]fetch.Known{{Share: "x"}, {}}); return err })
		ask(func(s *fetch.Session) error {
			return s.Tree(fetch.Of{}, cid.Undef, func([]byte) error { return nil }, nil)
		})
		ask(func(s *fetch.Session) error {
			return s.List(fetch.Of{}, fetch.File{}, func(fetch.Leaf) error { return nil }, nil)
		})
		ask(func(s *fetch.Session) error {
			return s.Content(fetch.Of{}, make([]fetch.File, 2), func(p fetch.Part) error {
				if len(p.Data) > len(said)+4<<20 { // a pack of zeros
					t.Errorf("%d bytes of content out of %d", len(p.Data), len(said))
				}
				return nil
			})
		})
		of := fetch.Of{Since: &fetch.Since{Head: 1}}
		ask(func(s *fetch.Session) error {
			return s.Tree(of, cid.Undef, func([]byte) error { return nil }, func(graft.Edit) error { return nil })
		})
		ask(func(s *fetch.Session) error {
			return s.List(of, fetch.File{}, func(fetch.Leaf) error { return nil }, func(int, int) error { return nil })
		})
		ask(func(s *fetch.Session) error {
			return s.Content(of, make([]fetch.File, 2), func(p fetch.Part) error {
				if len(p.Data)+len(p.Delta) > len(said)+4<<20 {
					t.Errorf("%d bytes of content out of %d", len(p.Data)+len(p.Delta), len(said))
				}
				return nil
			})
		})
	})
}
