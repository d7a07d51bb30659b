package fetch_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
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

// open lets everybody read one tree.
type open struct{ root cid.Cid }

func (o open) Tree(context.Context, peer.ID, fetch.Ref) (cid.Cid, error) { return o.root, nil }

func (open) Newer(_ context.Context, _ peer.ID, known []fetch.Known) ([]head.Signed, []string, error) {
	return make([]head.Signed, min(len(known), 3)), nil, nil
}

// small is a tree of one file of a few bytes.
func small(tb testing.TB) (*blockstore.Store, cid.Cid, blockstore.File) {
	tb.Helper()
	blocks := blocktest.New(tb)
	w := blocks.Writer()
	defer w.Close()
	file, err := w.Import(tb.Context(), bytes.NewReader([]byte("content")))
	if err != nil {
		tb.Fatal(err)
	}
	folder, err := tree.Build(tb.Context(), w, func(yield func(tree.Entry, error) bool) {
		yield(tree.Entry{UID: tree.UID{1}, Name: "file", Root: file.Root, Size: file.Size}, nil)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return blocks, folder.Root, file
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
	server := fetch.NewServer(open{root}, blocks, fetch.ServerConfig{})
	files := []fetch.File{{Path: []string{"file"}, Root: file.Root.Bytes()}}
	for _, q := range []map[string]any{
		{"kind": "compare", "known": []fetch.Known{{Share: "a", Seq: 1}}},
		{"kind": "tree", "ref": fetch.Ref{Share: "a", Head: 1}, "from": root.Bytes()},
		{"kind": "list", "files": files},
		{"kind": "content", "files": files},
		{"kind": "content", "files": []fetch.File{{Path: []string{"file"}, Root: file.Root.Bytes(), Offset: -1, Length: 1 << 62}}},
		{"kind": "other"},
	} {
		f.Add(frame(f, q))
	}
	f.Add(bytes.Repeat([]byte{0xff}, 20))
	f.Fuzz(func(t *testing.T, said []byte) {
		conn := &tape{in: bytes.NewReader(said)}
		server.Serve(t.Context(), peer.ID("somebody"), conn)
		if conn.said > 1<<20 {
			t.Errorf("%d bytes said about a tree of one file", conn.said)
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
	f.Fuzz(func(t *testing.T, said []byte) {
		ask := func(fn func(s *fetch.Session) error) {
			s, err := fetch.Dial(t.Context(), dialer{said}, peer.ID("somebody"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_ = fn(s)
		}
		ask(func(s *fetch.Session) error { _, _, err := s.Compare(nil); return err })
		ask(func(s *fetch.Session) error {
			return s.Tree(fetch.Of{}, cid.Undef, func([]byte) error { return nil }, nil)
		})
		ask(func(s *fetch.Session) error {
			return s.List(fetch.Of{}, fetch.File{}, func(fetch.Leaf) error { return nil }, nil)
		})
		ask(func(s *fetch.Session) error {
			return s.Content(fetch.Of{}, make([]fetch.File, 2), func(p fetch.Part) error {
				if len(p.Data) > len(said) {
					t.Errorf("%d bytes of content out of %d", len(p.Data), len(said))
				}
				return nil
			})
		})
	})
}
