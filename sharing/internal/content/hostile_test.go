package content_test

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// TestCrumbsAreNoFile: a file of tiny chunks has more nodes than a quota counts bytes for.
func TestCrumbsAreNoFile(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	blocks := blocktest.New(t)
	w := blocks.Writer()
	defer w.Close()
	var leaves []blockstore.Leaf
	for i := range 1000 {
		file, err := w.Import(t.Context(), strings.NewReader(fmt.Sprintf("crumb %d", i)))
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, blockstore.Leaf{CID: file.Root, Size: file.Size})
	}
	file, err := w.Assemble(t.Context(), func(yield func(blockstore.Leaf, error) bool) {
		for _, l := range leaves {
			if !yield(l, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
		yield(tree.Entry{UID: tree.UID{1}, Name: "file", Root: file.Root, Size: file.Size}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{blocks: blocks, root: root.Root}
	a := ask(t, mesh)
	wants := []content.Want{{Entry: 1, Number: 1, Path: []string{"file"}, Root: file.Root, Size: file.Size}}
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{p.serve(t, mesh, 1)}, ref, wants); !errors.Is(err, content.ErrUnavailable) {
		t.Errorf("Fetch = %v, want ErrUnavailable", err)
	}
}

// TestLongPathsCome: many small files under long names are more than one request may name.
func TestLongPathsCome(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, sizes(300)...)
	w := p.blocks.Writer()
	defer w.Close()
	var path []string
	root := p.root
	for range 40 {
		path = append(path, strings.Repeat("n", tree.MaxName))
		above, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
			yield(tree.Folder{Root: root, Entries: int64(2*len(p.wants) + len(path) - 1)}.Entry(tree.UID{3, byte(len(path))}, path[0]), nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		root = above.Root
	}
	p.root = root
	for i := range p.wants {
		p.wants[i].Path = append(append([]string(nil), path...), p.wants[i].Path...)
	}
	a := ask(t, mesh)
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{p.serve(t, mesh, 1)}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
}

// TestAScrapThatIsJunk: a hive begins a chunk with a byte that is not its own. Another, which goes on from there, is not blamed, and
// nothing else of what it gives comes twice.
func TestAScrapThatIsJunk(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 500, 600, 700)
	a := ask(t, mesh)
	first, err := p.blocks.Open(t.Context(), p.wants[0].Root)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	junk := make([]byte, 1)
	if _, err := first.Read(junk); err != nil {
		t.Fatal(err)
	}
	junk[0]++
	liar := hivetest.IDOf(hivetest.Key(6))
	mesh.Join(liar).Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		defer conn.Close()
		if _, err := wire.ReadFrame(bufio.NewReader(conn), 1<<20); err == nil {
			_ = wire.Write(conn, map[string]any{"size": 500})
			_, _ = conn.Write(junk)
		}
	})
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{liar}, ref, p.wants); !errors.Is(err, content.ErrUnavailable) {
		t.Fatalf("Fetch = %v, want ErrUnavailable", err)
	}
	before := a.received
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{p.serve(t, mesh, 7)}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
	if came, want := a.received-before, int64(499+500+600+700); before == 0 || came != want {
		t.Errorf("%d bytes of junk, then %d came, want %d: only what was begun comes anew", before, came, want)
	}
}
