package content_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// question is a request as a test sees it.
type question = map[string]any

// behind has a hive whose requests are changed before a server gets them. Where change returns an answer, that is all there is.
func (r *revised) behind(n int, change func(q question) [][]byte) peer.ID {
	id := hivetest.IDOf(hivetest.Key(n))
	server := fetch.NewServer(r.heads, r.source, fetch.ServerConfig{})
	r.mesh.Join(id).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) {
		defer conn.Close()
		here, there := net.Pipe()
		defer here.Close()
		go server.Serve(r.t.Context(), hive, there)
		go func() { _, _ = io.Copy(conn, here) }() // ends with the pipe
		for in := bufio.NewReader(conn); ; {
			var q question
			if err := wire.Read(in, 1<<20, &q); err != nil {
				return
			}
			if answer := change(q); answer != nil {
				for _, part := range answer {
					_, _ = conn.Write(part)
				}
			} else if err := wire.Write(here, q); err != nil {
				return
			}
		}
	})
	return id
}

func frame(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := wire.Write(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAnOldHiveIsUnderstood fetches from a hive of before there were differences: it passes over the fields it does not know and
// refuses the kind.
func TestAnOldHiveIsUnderstood(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20_000, 3 << 20} {
		old := random(1, size)
		r := revise(t, old, append(random(2, 500), old...))
		updates := 0
		hive := r.behind(1, func(q question) [][]byte {
			if q["kind"] == "update" {
				updates++
				return [][]byte{frame(t, map[string]any{"refusal": wire.Refusal{Code: wire.Version}})}
			}
			for _, field := range []string{"since", "packs"} {
				delete(q, field)
			}
			for _, f := range q["files"].([]any) {
				for _, field := range []any{"skip", "was", "extents", "signature"} {
					delete(f.(map[any]any), field)
				}
			}
			return nil
		})
		passed := r.fetch(hive, 1)
		if updates != 1 {
			t.Errorf("asked for %d updates, want one", updates)
		}
		if passed > int64(size)/3+30_000 {
			t.Errorf("%d bytes passed for a file of %d: chunks that are here came again", passed, size)
		}
	}
}

// TestWrongDeltasDoNotCount: a hive whose deltas make something else is asked for the bytes themselves.
func TestWrongDeltasDoNotCount(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(base []byte, size int) []byte{
		"other bytes": func(base []byte, size int) []byte { d, _ := delta.Between(base, random(9, size), size+100); return d },
		"too short":   func(base []byte, size int) []byte { d, _ := delta.Between(base, random(9, size-1), size+100); return d },
		"too long":    func(base []byte, size int) []byte { d, _ := delta.Between(base, random(9, size+1), size+100); return d },
		"no delta":    func([]byte, int) []byte { return []byte("nothing of the kind") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := random(1, 20_000)
			r := revise(t, old, append(random(2, 500), old...))
			lies := 0
			hive := r.behind(1, func(q question) [][]byte {
				if q["kind"] != "update" {
					return nil
				}
				lies++
				d := lie(old, len(r.now))
				return [][]byte{frame(t, map[string]any{"delta": len(d)}), d, frame(t, map[string]any{"end": true})}
			})
			r.fetch(hive, 1)
			if lies != 1 {
				t.Errorf("asked for %d deltas, want one", lies)
			}
		})
	}
}

// TestABaseThatIsGone: the asker's own older content was collected in part, or all of it, after it was named.
func TestABaseThatIsGone(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20_000, 3 << 20} {
		old := random(1, size)
		r := revise(t, old, append(random(2, 500), old...))
		r.asker.blocks = blocktest.New(t)
		r.asker.fetcher = content.New(r.asker.blocks, content.Config{
			Network: r.mesh.Join(hivetest.IDOf(hivetest.Key(99))), Breaker: r.asker.breaker, Partials: &r.asker.notes,
			Arrived: r.asker.arrive,
		})
		if passed := r.fetch(r.hive, 1); passed < int64(size) {
			t.Errorf("%d bytes passed for %d that were not there", passed, size)
		}
	}
}
