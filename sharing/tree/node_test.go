package tree

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// samples are nodes of all kinds.
func samples(t testing.TB) [][]byte {
	t.Helper()
	s := newStore()
	inner := mustBuild(t, s, []Entry{file("a", 1), {UID: uid(2), Name: "b", Root: content(1), MTime: -1 << 63, Exec: true}})
	mustBuild(t, s, []Entry{inner.Entry(uid(3), "folder")})
	mustBuild(t, s, nil)
	mustBuild(t, s, files(random(1), 300))
	var list [][]byte
	for _, data := range s.blocks {
		list = append(list, data)
	}
	return list
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, data := range samples(t) {
		n, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := n.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("got %x, %v from %x", again, err, data)
		}
		if err := dagcbor.Decode(basicnode.Prototype.Any.NewBuilder(), bytes.NewReader(data)); err != nil {
			t.Errorf("IPLD does not read %x: %v", data, err)
		}
		for i := range data { // every cut and every extra byte is refused
			if _, err := Decode(data[:i]); !errors.Is(err, ErrFormat) {
				t.Errorf("got error %v for %d bytes of %d", err, i, len(data))
			}
		}
		if _, err := Decode(append(bytes.Clone(data), 0)); !errors.Is(err, ErrFormat) {
			t.Errorf("got error %v for a byte more", err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Decode(make([]byte, MaxNode+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("got error %v for a large node, want ErrLimit", err)
	}
	good := Node{Entries: []Entry{{UID: uid(1), Name: "a", Root: content(1), Size: 5, MTime: 1}}}
	data, err := good.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to string }{
		"version":      {"830100", "830200"},
		"level":        {"830100", "830109"},
		"long number":  {"830100", "83180100"},
		"long array":   {"81876161", "9801876161"},
		"long text":    {"876161", "87780161"},
		"indefinite":   {"83010081", "8301009f"},
		"map":          {"876161", "a7616100"},
		"kind":         {"61610058", "61610258"},
		"float":        {"0501f4", "05f90000f4"},
		"huge mtime":   {"0501f4", "051bfffffffffffffffff4"},
		"null":         {"0501f4", "0501f6"},
		"short UID":    {"f450", "f44f"},
		"zero UID":     {uid(1).String(), UID{}.String()},
		"link as root": {"582401551220", "d82a582401551220"},
		"other codec":  {"01551220", "01711220"},
		"other hash":   {"01551220", "01551120"},
	} {
		bad := []byte(nil)
		_, err := fmt.Sscanf(string(bytes.Replace([]byte(fmt.Sprintf("%x", data)), []byte(c.from), []byte(c.to), 1)), "%x", &bad)
		if err != nil || bytes.Equal(bad, data) {
			t.Fatalf("%s: nothing replaced (%v) in %x", name, err, data)
		}
		if n, err := Decode(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, %v, want ErrFormat", name, n, err)
		}
	}
	for name, n := range map[string]Node{
		"empty index":   {Level: 1},
		"mixed":         {Level: 1, Entries: good.Entries, Subs: []Sub{{Last: "a", Node: emptyRoot, Entries: 1}}},
		"empty below":   {Level: 1, Subs: []Sub{{Last: "a", Node: emptyRoot, Entries: 0}}},
		"file below":    {Level: 1, Subs: []Sub{{Last: "a", Node: content(1), Entries: 1}}},
		"deep":          {Level: MaxLevel + 1, Subs: []Sub{{Last: "a", Node: emptyRoot, Entries: 1}}},
		"too many":      {Level: 1, Subs: []Sub{{Last: "a", Node: emptyRoot, Entries: MaxEntries}, {Last: "b", Node: emptyRoot, Entries: 1}}},
		"after its end": {Entries: []Entry{file(closing(), 1), file("zz", 2)}},
		"large":         {Entries: make([]Entry, MaxItems+1)},
	} {
		if _, err := n.Encode(); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

// closing is a name that ends its node.
func closing() string {
	for i := 0; ; i++ {
		if name := fmt.Sprint(i); node.Closes(0, name) {
			return name
		}
	}
}

// forge stores a node without the checks of Encode that a stranger would leave out.
func forge(t *testing.T, s *store, n Node) cid.Cid {
	t.Helper()
	data, err := n.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c := node.Sum(data)
	s.blocks[c] = data
	return c
}

// TestReadersRefuse shows readers trees of sound nodes that Build would not have put together so.
func TestReadersRefuse(t *testing.T) {
	t.Parallel()
	s := newStore()
	one := forge(t, s, Node{Entries: []Entry{file("a", 1)}})
	two := forge(t, s, Node{Entries: []Entry{file("b", 2)}})
	sub := forge(t, s, Node{Level: 1, Subs: []Sub{{Last: "a", Node: one, Entries: 1}}})
	loose := mustBuild(t, s, []Entry{file("x", 9)})
	for name, n := range map[string]Node{
		"one below":      {Level: 1, Subs: []Sub{{Last: "a", Node: one, Entries: 1}}},
		"ends early":     {Level: 1, Subs: []Sub{{Last: "a", Node: one, Entries: 1}, {Last: "b", Node: two, Entries: 1}}},
		"wrong last":     {Level: 1, Subs: []Sub{{Last: "c", Node: one, Entries: 1}, {Last: "d", Node: two, Entries: 1}}},
		"wrong number":   {Level: 1, Subs: []Sub{{Last: "a", Node: one, Entries: 7}, {Last: "b", Node: two, Entries: 1}}},
		"wrong level":    {Level: 1, Subs: []Sub{{Last: "a", Node: sub, Entries: 1}, {Last: "b", Node: two, Entries: 1}}},
		"folder's count": {Entries: []Entry{Folder{loose.Root, 5}.Entry(uid(8), "f")}},
		"UID twice":      {Entries: []Entry{file("a", 1), file("b", 1)}},
	} {
		root := forge(t, s, n)
		if _, err := Diff(t.Context(), s, cid.Undef, root); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got error %v, want ErrFormat", name, err)
		}
	}
	deep := Folder{Root: emptyRoot}
	for i := range MaxDepth + 1 {
		deep = mustBuild(t, s, []Entry{deep.Entry(uid(uint64(i)+100), "d")})
	}
	if _, err := Diff(t.Context(), s, cid.Undef, deep.Root); !errors.Is(err, ErrLimit) {
		t.Errorf("got error %v for a deep tree, want ErrLimit", err)
	}
	if _, err := Stat(t.Context(), s, content(1)); !errors.Is(err, ErrFormat) {
		t.Errorf("got error %v for a file as tree, want ErrFormat", err)
	}
}

// FuzzDecode holds that what Decode takes, Encode gives back, and that it is dag-cbor.
func FuzzDecode(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrLimit) {
				t.Fatalf("got error %v", err)
			}
			return
		}
		again, err := n.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x became %x, %v", data, again, err)
		}
		if err := dagcbor.Decode(basicnode.Prototype.Any.NewBuilder(), bytes.NewReader(data)); err != nil {
			t.Fatalf("IPLD does not read %x: %v", data, err)
		}
	})
}
