package fetch_test

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"net"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// headOf is a head as far as Compare looks at it.
func headOf(t *testing.T, share string, more int) head.Signed {
	t.Helper()
	body, err := wire.Marshal(map[string]any{"share": share, "more": make([]byte, more)})
	if err != nil {
		t.Fatal(err)
	}
	return head.Signed{Body: body, Signature: make([]byte, 64)}
}

// compare asks about the shares a and b, and is answered with frames.
func compare(t *testing.T, frames ...map[string]any) (heads []head.Signed, behind []string, err error) {
	t.Helper()
	var said []byte
	for _, f := range append(frames, map[string]any{"end": true}) {
		said = append(said, frame(t, f)...)
	}
	err = ask(t, said, func(s *fetch.Session) error {
		heads, behind, err = s.Compare([]fetch.Known{{Share: "a"}, {Share: "b"}})
		return err
	})
	return heads, behind, err
}

func TestCompareTakesOnlyWhatItAskedAbout(t *testing.T) {
	t.Parallel()
	of := func(h ...head.Signed) map[string]any { return map[string]any{"heads": h} }
	a, b, late := headOf(t, "a", 0), headOf(t, "b", 0), map[string]any{"behind": []string{"b"}}
	long := a
	long.Signature = make([]byte, 65)
	for name, frames := range map[string][]map[string]any{
		"another share":        {of(headOf(t, "c", 0))},
		"no share":             {of(head.Signed{Body: []byte{0xff}})},
		"one share twice":      {of(a), of(a)},
		"twice in a frame":     {of(b, b)},
		"larger than heads":    {of(headOf(t, "a", head.MaxBytes))},
		"a long signature":     {of(long)},
		"behind with another":  {{"behind": []string{"a", "c"}}},
		"behind with it twice": {late, late},
		"newer and behind":     {of(b), late},
	} {
		if heads, behind, err := compare(t, frames...); !errors.Is(err, fetch.ErrProtocol) {
			t.Errorf("%s: %d heads, behind with %d, %v; want ErrProtocol", name, len(heads), len(behind), err)
		}
	}
	heads, behind, err := compare(t, of(a), late)
	if err != nil || len(heads) != 1 || len(behind) != 1 {
		t.Errorf("%d heads, behind with %v, %v; want one and one", len(heads), behind, err)
	}
}

// teller has news of every share, and waits after each until it is heard.
type teller struct {
	open
	heard <-chan struct{}
}

func (s teller) Newer(ctx context.Context, _ peer.ID, known []fetch.Known) iter.Seq2[fetch.News, error] {
	return func(yield func(fetch.News, error) bool) {
		for range known {
			if !yield(fetch.News{Head: head.Signed{Body: make([]byte, 100<<10)}}, nil) {
				return
			}
			select {
			case <-s.heard:
			case <-ctx.Done():
				return
			}
		}
	}
}

func serve(t *testing.T, source fetch.Source) net.Conn {
	t.Helper()
	server := fetch.NewServer(source, blocktest.New(t), fetch.ServerConfig{})
	mesh := hivetest.NewMesh(nil)
	id := hivetest.IDOf(hivetest.Key(1))
	mesh.Join(id).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) { server.Serve(t.Context(), hive, conn) })
	conn, err := mesh.Join(hivetest.IDOf(hivetest.Key(2))).Dial(t.Context(), id, fetch.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestHeadsAreSentAsTheyAreFound: a server has one of them in memory at a time.
func TestHeadsAreSentAsTheyAreFound(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	conn := serve(t, teller{heard: heard})
	r := bufio.NewReader(conn)
	if err := wire.Write(conn, map[string]any{"kind": "compare", "known": []fetch.Known{{Share: "a"}, {Share: "b"}}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if data, err := wire.ReadFrame(r, wire.MaxFrame); err != nil || len(data) < 100<<10 {
			t.Fatalf("a frame of %d bytes, %v", len(data), err)
		}
		heard <- struct{}{}
	}
}

func TestShareTwiceIsRefused(t *testing.T) {
	t.Parallel()
	conn := serve(t, open{})
	if err := wire.Write(conn, map[string]any{"kind": "compare", "known": []fetch.Known{{Share: "a"}, {Share: "b"}, {Share: "a", Seq: 1}}}); err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Refusal *wire.Refusal `cbor:"refusal"`
	}
	err := wire.Read(bufio.NewReader(conn), wire.MaxFrame, &answer)
	if err != nil || !errors.Is(answer.Refusal, &wire.Refusal{Code: wire.Malformed}) {
		t.Errorf("answered with %v, %v; want a refusal", answer.Refusal, err)
	}
}
