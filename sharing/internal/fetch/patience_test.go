package fetch_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/klauspost/compress/zstd"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// asks are a request of each kind.
func asks() map[string]func(s *fetch.Session) error {
	return map[string]func(s *fetch.Session) error{
		"compare": func(s *fetch.Session) error {
			_, _, err := s.Compare([]fetch.Known{{Share: "a"}, {Share: "b"}})
			return err
		},
		"tree": func(s *fetch.Session) error {
			return s.Tree(fetch.Of{Since: &fetch.Since{}}, cid.Undef, func([]byte) error { return nil }, func(graft.Edit) error { return nil })
		},
		"list": func(s *fetch.Session) error {
			of := fetch.Of{Since: &fetch.Since{}}
			return s.List(of, fetch.File{}, func(fetch.Leaf) error { return nil }, func(int, int) error { return nil })
		},
		"content": func(s *fetch.Session) error {
			return s.Content(fetch.Of{}, make([]fetch.File, 2), func(fetch.Part) error { return nil })
		},
	}
}

// ask asks a hive that answers anything with said.
func ask(t *testing.T, said []byte, fn func(s *fetch.Session) error) error {
	t.Helper()
	s, err := fetch.Dial(t.Context(), dialer{said}, peer.ID("somebody"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return fn(s)
}

// packed is frames in a pack.
func packed(t *testing.T, frames []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	data := w.EncodeAll(frames, nil)
	return append(frame(t, map[string]any{"pack": len(data), "full": len(frames)}), data...)
}

func TestFramesThatBringNothingEnd(t *testing.T) {
	t.Parallel()
	end := frame(t, map[string]any{"end": true})
	nothing := map[string][]byte{
		"empty":       frame(t, map[string]any{}),
		"empty lists": frame(t, map[string]any{"heads": []head.Signed{}, "nodes": [][]byte{}, "leaves": []fetch.Leaf{}, "edits": []graft.Edit{}}),
		"empty runs":  frame(t, map[string]any{"runs": make([]fetch.Run, 4000)}),
		"unknown":     frame(t, map[string]any{"of another version": 1}),
	}
	for kind, fn := range asks() {
		for what, said := range nothing {
			if err := ask(t, append(bytes.Repeat(said, 1000), end...), fn); !errors.Is(err, fetch.ErrProtocol) {
				t.Errorf("%s, 1,000 frames of kind %q: %v, want ErrProtocol", kind, what, err)
			}
			if err := ask(t, packed(t, append(bytes.Repeat(said, 100), end...)), fn); !errors.Is(err, fetch.ErrProtocol) {
				t.Errorf("%s, 100 frames of kind %q in a pack: %v, want ErrProtocol", kind, what, err)
			}
		}
		if err := ask(t, append(frame(t, map[string]any{}), end...), fn); err != nil {
			t.Errorf("%s, one empty frame, as older hives send: %v", kind, err)
		}
	}
}

func TestPackInAPackIsRefused(t *testing.T) {
	t.Parallel()
	end := frame(t, map[string]any{"end": true})
	for kind, fn := range asks() {
		for what, said := range map[string][]byte{
			"whole":     packed(t, packed(t, end)),
			"its frame": append(packed(t, frame(t, map[string]any{"pack": len(packed(t, end)), "full": len(end)})), packed(t, end)...),
		} {
			if err := ask(t, said, fn); !errors.Is(err, fetch.ErrProtocol) {
				t.Errorf("%s, %s: %v, want ErrProtocol", kind, what, err)
			}
		}
	}
}

func TestListHasNoMoreChunksThanAFile(t *testing.T) {
	t.Parallel()
	for _, runs := range [][]fetch.Run{{{Count: 1 << 23}, {Count: 1 << 23}, {Count: 1}}, {{Count: -1}}, {{Count: 1 << 62}, {Count: 1 << 62}}} {
		said := append(frame(t, map[string]any{"runs": runs}), frame(t, map[string]any{"end": true})...)
		if err := ask(t, said, asks()["list"]); !errors.Is(err, fetch.ErrProtocol) {
			t.Errorf("a list of %v: %v, want ErrProtocol", runs, err)
		}
	}
}

// askSlow asks a hive that serves a request in its own way, under virtual time, and tells how long that took.
func askSlow(t *testing.T, serve func(conn net.Conn) error, fn func(s *fetch.Session) error) (took time.Duration, err error) {
	t.Helper()
	mesh := hivetest.NewMesh(nil)
	id := hivetest.IDOf(hivetest.Key(1))
	served := make(chan struct{})
	mesh.Join(id).Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		defer close(served)
		defer conn.Close()
		if _, err := wire.ReadFrame(bufio.NewReader(conn), 1<<20); err == nil {
			_ = serve(conn) // until the asker has enough
		}
	})
	began := time.Now()
	s, err := fetch.Dial(t.Context(), mesh.Join(hivetest.IDOf(hivetest.Key(2))), id)
	if err == nil {
		err = fn(s)
		took = time.Since(began)
		s.Close()
		<-served
	}
	return took, err
}

// TestDripEnds: whoever sends a little from time to time keeps nobody busy.
func TestDripEnds(t *testing.T) {
	t.Parallel()
	first := map[string][]byte{
		"compare": {0x80, 0x08}, // the length of a frame
		"content": frame(t, map[string]any{"size": 1000}),
	}
	drops := map[string][]byte{
		"compare": make([]byte, 10),
		"tree":    frame(t, map[string]any{"nodes": [][]byte{{1}}}),
		"list":    frame(t, map[string]any{"leaves": make([]fetch.Leaf, 1), "junk": make([]byte, 64<<10)}),
		"content": make([]byte, 10),
	}
	for kind, fn := range asks() {
		synctest.Test(t, func(t *testing.T) {
			took, err := askSlow(t, func(conn net.Conn) error {
				if _, err := conn.Write(first[kind]); err != nil {
					return err
				}
				for range 100 {
					if _, err := conn.Write(drops[kind]); err != nil {
						return err
					}
					time.Sleep(20 * time.Second)
				}
				return wire.Write(conn, map[string]any{"end": true})
			}, fn)
			if !errors.Is(err, os.ErrDeadlineExceeded) || took > 3*time.Minute {
				t.Errorf("%s: %v after %v, want a timeout after a minute or two", kind, err, took)
			}
		})
	}
}

// TestSlowLinkPasses: content comes over any line that gets on, chunks also that take minutes.
func TestSlowLinkPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parts, size = 4, 2 << 20
		var came int
		took, err := askSlow(t, func(conn net.Conn) error {
			for range parts {
				if err := wire.Write(conn, map[string]any{"size": size}); err != nil {
					return err
				}
				for range size / (32 << 10) {
					time.Sleep(25 * time.Second)
					if _, err := conn.Write(make([]byte, 32<<10)); err != nil {
						return err
					}
				}
			}
			return wire.Write(conn, map[string]any{"end": true})
		}, func(s *fetch.Session) error {
			return s.Content(fetch.Of{}, make([]fetch.File, 1), func(p fetch.Part) error {
				came += len(p.Data)
				return nil
			})
		})
		if err != nil || came != parts*size {
			t.Errorf("%d of %d bytes in %v: %v", came, parts*size, took, err)
		}
	})
}

// TestOwnTimeIsNotTheirs: who takes long with what came does not blame the other hive for it.
func TestOwnTimeIsNotTheirs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err := askSlow(t, func(conn net.Conn) error {
			for range 10 {
				if err := wire.Write(conn, map[string]any{"nodes": [][]byte{{1}}}); err != nil {
					return err
				}
			}
			return wire.Write(conn, map[string]any{"end": true})
		}, func(s *fetch.Session) error {
			return s.Tree(fetch.Of{}, cid.Undef, func([]byte) error {
				time.Sleep(time.Minute)
				return nil
			}, nil)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestSlowLinkIsServed: a server bears what an asker does, one answer taking minutes.
func TestSlowLinkIsServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blocks := blocktest.New(t)
		w := blocks.Writer()
		defer w.Close()
		const size = 512 << 10
		file, err := w.Import(t.Context(), io.LimitReader(rand.NewChaCha8([32]byte{}), size))
		if err != nil {
			t.Fatal(err)
		}
		root, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
			yield(tree.Entry{UID: tree.UID{1}, Name: "file", Root: file.Root, Size: file.Size}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		asker, hive := net.Pipe()
		defer asker.Close()
		server := fetch.NewServer(open{before: root.Root}, blocks, fetch.ServerConfig{})
		go server.Serve(t.Context(), hivetest.IDOf(hivetest.Key(2)), hive)
		asked := []fetch.File{{Path: []string{"file"}, Root: file.Root.Bytes()}}
		if err := wire.Write(asker, map[string]any{"kind": "content", "ref": fetch.Ref{Share: "share", Head: 1}, "files": asked}); err != nil {
			t.Fatal(err)
		}
		for came, buf := 0, make([]byte, 16<<10); came < size; {
			time.Sleep(10 * time.Second)
			n, err := asker.Read(buf)
			if came += n; err != nil {
				t.Fatalf("%d of %d bytes: %v", came, size, err)
			}
		}
	})
}
