package post_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// caller is a hive that speaks the protocol by hand.
type caller struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

type answer struct {
	ID   []byte    `cbor:"id"`
	Code wire.Code `cbor:"code"`
}

func call(t *testing.T, node *nettest.Node, to *office) caller {
	t.Helper()
	conn, err := node.Dial(t.Context(), to.id, post.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return caller{t, conn, bufio.NewReader(conn)}
}

// hear reads a greeting or receipt.
func (c caller) hear() (a answer, err error) {
	err = wire.Read(c.in, 1<<10, &a)
	return a, err
}

func (c caller) welcome() caller {
	c.t.Helper()
	if a, err := c.hear(); err != nil || a.Code != "" {
		c.t.Fatalf("greeting = %+v, %v; want a welcome", a, err)
	}
	return c
}

// hostile runs a test in a bubble with a hive b that listens to whoever speaks for a.
func hostile(t *testing.T, test func(t *testing.T, a *nettest.Node, b *office)) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", post.Config{})
		b.knows(nettest.ID("a"))
		quiet()
		test(t, network.Join(nettest.ID("a")), b)
	})
}

func TestStrangersAreNotListenedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		b := open(t, network, "b", post.Config{})
		quiet()
		c := call(t, network.Join(nettest.ID("stranger")), b)
		if a, err := c.hear(); err != nil || a.Code != wire.Unknown {
			t.Errorf("greeting = %+v, %v; want unknown", a, err)
		}
		if _, err := c.conn.Write([]byte{1}); err == nil {
			t.Error("a byte of a stranger was read")
		}
	})
}

func TestMalformedMessagesEndTheStream(t *testing.T) {
	frame := func(v any) []byte {
		var b bytes.Buffer
		if err := wire.Write(&b, v); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	id := bytes.Repeat([]byte{7}, 16)
	long := string(bytes.Repeat([]byte{'k'}, 65))
	tests := map[string][]byte{
		"empty frame":  {0},
		"not CBOR":     {3, 0xff, 0xff, 0xff},
		"huge frame":   binary.AppendUvarint(nil, 1<<40),
		"no id":        frame(map[string]any{"kind": "note", "body": "x"}),
		"short id":     frame(map[string]any{"id": id[:15], "kind": "note", "body": "x"}),
		"no kind":      frame(map[string]any{"id": id, "body": "x"}),
		"long kind":    frame(map[string]any{"id": id, "kind": long, "body": "x"}),
		"no body":      frame(map[string]any{"id": id, "kind": "note"}),
		"another type": frame([]string{"note"}),
	}
	for name, sent := range tests {
		t.Run(name, func(t *testing.T) {
			hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
				c := call(t, a, b).welcome()
				go c.conn.Write(sent)
				if answer, err := c.hear(); err == nil {
					t.Errorf("answer %+v, want none", answer)
				}
				if got := b.received(); len(got) != 0 {
					t.Errorf("received %q", got)
				}
			})
		})
	}
}

func TestBodyOfAnotherTypeIsRefused(t *testing.T) {
	hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
		c := call(t, a, b).welcome()
		for range 3 {
			if err := wire.Write(c.conn, map[string]any{"id": make([]byte, 16), "kind": "note", "body": 7}); err != nil {
				t.Fatal(err)
			}
			if got, err := c.hear(); err != nil || got.Code != wire.Malformed {
				t.Errorf("answer = %+v, %v; want malformed", got, err)
			}
		}
	})
}

func TestSilenceIsNotWaitedFor(t *testing.T) {
	hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
		c := call(t, a, b).welcome()
		began := time.Now()
		if _, err := c.hear(); err == nil {
			t.Error("an answer to nothing")
		}
		if took := time.Since(began); took > post.Deadline {
			t.Errorf("listened for %s, want at most %s", took, post.Deadline)
		}
	})
}

func TestManyStreamsOfOneHive(t *testing.T) {
	hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
		for range 4 {
			call(t, a, b).welcome()
		}
		if got, err := call(t, a, b).hear(); err != nil || got.Code != wire.Busy {
			t.Errorf("greeting = %+v, %v; want busy", got, err)
		}
		pass(time.Minute)
		call(t, a, b).welcome()
	})
}

func TestEndlessStreamEnds(t *testing.T) {
	hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
		c := call(t, a, b).welcome()
		sent := 0
		for ; sent < 1000; sent++ {
			if wire.Write(c.conn, map[string]any{"id": make([]byte, 16), "kind": "note", "body": "x"}) != nil {
				break
			}
			if _, err := c.hear(); err != nil {
				break
			}
		}
		if sent != 256 {
			t.Errorf("%d messages in one stream, want 256", sent)
		}
	})
}

// TestHostileReceivers answer what they must not; the message stays, and the hive that sends lives on.
func TestHostileReceivers(t *testing.T) {
	welcome := func(c net.Conn) bool { return wire.Write(c, map[string]any{}) == nil }
	tests := map[string]func(c net.Conn){
		"nothing":       func(net.Conn) {},
		"garbage":       func(c net.Conn) { _, _ = c.Write([]byte{3, 0xff, 0xff, 0xff}) },
		"huge greeting": func(c net.Conn) { _, _ = c.Write(binary.AppendUvarint(nil, 1<<30)) },
		"other receipt": func(c net.Conn) {
			if welcome(c) {
				_, _ = wire.ReadFrame(bufio.NewReader(c), wire.MaxFrame)
				_ = wire.Write(c, map[string]any{"id": make([]byte, 16)})
			}
		},
		"hangs up": func(c net.Conn) {
			if welcome(c) {
				_, _ = wire.ReadFrame(bufio.NewReader(c), wire.MaxFrame)
			}
		},
		"does not answer": func(c net.Conn) {
			if welcome(c) {
				_, _ = wire.ReadFrame(bufio.NewReader(c), wire.MaxFrame)
				_, _ = c.Read(make([]byte, 1))
			}
		},
	}
	for name, serve := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := nettest.New()
				a := open(t, network, "a", post.Config{})
				evil := nettest.ID("evil")
				network.Join(evil).Handle(post.Protocol, func(_ peer.ID, conn net.Conn) {
					defer conn.Close()
					serve(conn)
				})
				a.send(post.Message{To: evil, Body: "one"})
				pass(time.Hour)
				items := a.waiting()
				if len(items) != 1 || items[0].Code != post.CodeBroken && items[0].Code != post.CodeUnreachable || items[0].Attempts < 5 {
					t.Errorf("waiting = %+v, want one after some attempts", items)
				}
			})
		})
	}
}

func TestRunEndsWhileOthersTalk(t *testing.T) {
	hostile(t, func(t *testing.T, a *nettest.Node, b *office) {
		c := call(t, a, b).welcome()
		b.stop()
		if _, err := c.hear(); err == nil {
			t.Error("an answer after the end")
		}
		if err := b.Run(cancelled(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
