package replica_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// work is what a hive does to answer: the statements to its database and what is asked of its blocks.
type work struct {
	mu    sync.Mutex
	steps []string
	hold  func(step string) // is called before a step, if not nil
}

var values = regexp.MustCompile(`'[^']*'|\b[0-9]+\b`)

func (w *work) note(step string) {
	w.mu.Lock()
	w.steps = append(w.steps, values.ReplaceAllString(step, "?"))
	hold := w.hold
	w.mu.Unlock()
	if hold != nil {
		hold(step)
	}
}

// before has hold called before each step.
func (w *work) before(hold func(step string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hold = hold
}

// of is the work for what do asks.
func (w *work) of(do func()) []string {
	w.mu.Lock()
	w.steps = nil
	w.mu.Unlock()
	do()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.steps)
}

// least is the work for two requests. A hive has work of its own in between: of five times the least counts, and of more where a
// busy machine had it in all of them.
func (w *work) least(unknown, forbidden func()) (forUnknown, forForbidden []string) {
	try := func(n int, do func(), least *[]string) {
		if steps := w.of(do); n == 0 || len(steps) < len(*least) {
			*least = steps
		}
	}
	for n := 0; n < 5 || n < 50 && !slices.Equal(forUnknown, forForbidden); n++ {
		try(n, unknown, &forUnknown)
		try(n, forbidden, &forForbidden)
	}
	return forUnknown, forForbidden
}

// engine is an engine whose reads and writes are noted.
type engine struct {
	blockstore.Engine
	work *work
}

func watched(t *testing.T, w *work) blockstore.Engine {
	t.Helper()
	e, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return engine{e, w}
}

func (e engine) Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error) {
	e.work.note("get a block")
	return e.Engine.Get(ctx, key, dst)
}

func (e engine) Has(ctx context.Context, key mh.Multihash) (bool, error) {
	e.work.note("look for a block")
	return e.Engine.Has(ctx, key)
}

func (e engine) Put(ctx context.Context, blocks []blockstore.Block) error {
	e.work.note("put blocks")
	return e.Engine.Put(ctx, blocks)
}

// tapped is a hive's end of the network that keeps what came in answer.
type tapped struct {
	*hivetest.Node
	heard bytes.Buffer
}

func (n *tapped) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	conn, err := n.Node.Dial(ctx, hive, proto)
	return tap{conn, n}, err
}

type tap struct {
	net.Conn
	node *tapped
}

func (c tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.node.heard.Write(p[:n])
	return n, err
}

// request is one request of a hostile hive.
type request func(s *fetch.Session) error

// reads are all requests there are for a file of a state.
func reads(ref fetch.Ref, file fetch.File) map[string]request {
	return map[string]request{
		"tree": func(s *fetch.Session) error {
			return s.Tree(fetch.Of{Ref: ref}, cid.Undef, func([]byte) error { return nil }, nil)
		},
		"list": func(s *fetch.Session) error {
			return s.List(fetch.Of{Ref: ref}, file, func(fetch.Leaf) error { return nil }, func(int, int) error { return nil })
		},
		"content": func(s *fetch.Session) error {
			return s.Content(fetch.Of{Ref: ref}, []fetch.File{file}, func(p fetch.Part) error { return p.Gap })
		},
		"compare": func(s *fetch.Session) error { _, _, err := s.Compare([]fetch.Known{{Share: ref.Share}}); return err },
		"compare, newer": func(s *fetch.Session) error {
			_, _, err := s.Compare([]fetch.Known{{Share: ref.Share, Seq: 99}})
			return err
		},
	}
}

// costs wants two requests to be answered with the same bytes after the same work.
func costs(t *testing.T, what string, asker, asked *hive, unknown, forbidden request) {
	t.Helper()
	ask := func(q request, answer *[]byte) func() {
		return func() {
			node := &tapped{Node: asker.node}
			s, err := fetch.Dial(t.Context(), node, asked.id)
			asker.check(err)
			defer s.Close()
			_ = q(s) // the bytes tell
			*answer = node.heard.Bytes()
		}
	}
	var wantBytes, gotBytes []byte
	wantWork, gotWork := asked.work.least(ask(unknown, &wantBytes), ask(forbidden, &gotBytes))
	if len(wantBytes) == 0 || len(wantWork) == 0 {
		t.Fatalf("%s: %d bytes and %d steps for what is unknown", what, len(wantBytes), len(wantWork))
	}
	if !bytes.Equal(gotBytes, wantBytes) {
		t.Errorf("%s: answered with %q, unknown with %q", what, gotBytes, wantBytes)
	}
	if !slices.Equal(gotWork, wantWork) {
		t.Errorf("%s: the work is\n%q\nand for what is unknown\n%q", what, gotWork, wantWork)
	}
}

// TestUnknownAndForbiddenCostTheSame: nobody learns from the answer, nor from how long it takes, whether there is what they
// may not have.
func TestUnknownAndForbiddenCostTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 4)
	owner, member, other := r.hives[0], r.hives[1], r.hives[3]
	private, _, err := owner.home().Put(t.Context(), path("/private"), strings.NewReader("of the owner alone"), catalog.PutOptions{})
	owner.check(err)
	theirs := r.shareFolder("/other", "", "", ledger.Writer)
	owner.write("own", "of the other share")
	r.awaitAll(map[string]string{"own": "of the other share"}, other)
	id := r.shareFolder("/shared", ledger.Writer, ledger.Reader)
	owner.write("secret", "of the members")
	r.awaitAll(map[string]string{"secret": "of the members"}, member, r.hives[2])
	newest := owner.newest(id)
	secret, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "secret")
	owner.check(err)
	file := fetch.File{Path: []string{"secret"}, Root: secret.Root.Bytes()}

	for name, ref := range map[string]fetch.Ref{
		"head": {Head: newest.Seq}, "no such head": {Head: newest.Seq + 9}, "no head": {}, "proposal": {Proposal: 1}, "base": {Proposal: 1, Base: true},
	} {
		unknown, forbidden := ref, ref
		unknown.Share, forbidden.Share = string(ledger.NewID()), string(id)
		for kind, q := range reads(forbidden, file) {
			costs(t, fmt.Sprintf("%s of a share of others, by %s", kind, name), other, owner, reads(unknown, file)[kind], q)
		}
	}

	ref := fetch.Ref{Share: string(id), Head: newest.Seq}
	nothing, err := cid.V1Builder{Codec: cid.Raw, MhType: mh.SHA2_256}.Sum([]byte("nobody has this"))
	owner.check(err)
	for name, pair := range map[string][2]fetch.File{
		"a file outside":             {{Path: []string{"nothing"}, Root: nothing.Bytes()}, {Path: []string{"private"}, Root: private.Root.Bytes()}},
		"the root of a file outside": {{Path: []string{"secret"}, Root: nothing.Bytes()}, {Path: []string{"secret"}, Root: private.Root.Bytes()}},
		"a way outside":              {{Path: []string{"x", "nothing"}, Root: nothing.Bytes()}, {Path: []string{"..", "private"}, Root: private.Root.Bytes()}},
		"a path in another share":    {{Path: []string{"nothing"}, Root: nothing.Bytes()}, {Path: []string{"own"}, Root: nothing.Bytes()}},
	} {
		for _, kind := range []string{"list", "content"} {
			costs(t, kind+" of "+name, member, owner, reads(ref, pair[0])[kind], reads(ref, pair[1])[kind])
		}
	}
	costs(t, "a head of another share", member, owner,
		reads(fetch.Ref{Share: string(ledger.NewID()), Head: 1}, file)["tree"], reads(fetch.Ref{Share: string(theirs), Head: 1}, file)["tree"])
}

// TestMessagesAboutSharesOfOthersCostTheSame is the same for what is sent by post.
func TestMessagesAboutSharesOfOthersCostTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, member, other := r.hives[0], r.hives[1], r.hives[2]
	r.shareFolder("/third", ledger.Reader, ledger.Reader) // by which all know each other
	owner.write("third", "of all")
	r.awaitAll(map[string]string{"third": "of all"}, member, other)
	id := r.shareFolder("/shared", ledger.Writer, "")
	owner.write("secret", "of the members")
	r.awaitAll(map[string]string{"secret": "of the members"}, member)
	root := owner.newest(id).Root
	bodies := map[string]func(share ledger.ID) any{
		"head": func(share ledger.ID) any {
			signed, err := head.Head{Share: string(share), Seq: 99, Root: root.Bytes(), Name: "x", Prev: make([]byte, 32)}.Sign(other.key)
			other.check(err)
			return signed
		},
		"proposal": func(share ledger.ID) any {
			signed, err := head.Proposal{Share: string(share), Number: 1, BaseSeq: 1, BaseRoot: root.Bytes(), Root: root.Bytes(), By: "user2"}.Sign(other.key)
			other.check(err)
			return signed
		},
		"verdict": func(share ledger.ID) any {
			return map[string]any{"share": string(share), "number": 1, "code": "stale"}
		},
	}
	for kind, body := range bodies {
		for _, asked := range []*hive{owner, member} {
			var answers [2]error
			post := func(to *error, share ledger.ID) func() {
				return func() { *to = other.send(asked.id, kind, body(share)) }
			}
			unknown, forbidden := asked.work.least(post(&answers[0], ledger.NewID()), post(&answers[1], id))
			if !isUnknown(answers[0]) || answers[1] == nil || answers[0].Error() != answers[1].Error() {
				t.Errorf("%s to hive %d: unknown gives %v, forbidden %v", kind, asked.n, answers[0], answers[1])
			}
			if len(unknown) == 0 || !slices.Equal(unknown, forbidden) {
				t.Errorf("%s to hive %d: the work is\n%q\nand for what is unknown\n%q", kind, asked.n, forbidden, unknown)
			}
		}
	}
}
