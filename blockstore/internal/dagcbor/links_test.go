package dagcbor

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/fluent/qp"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	mh "github.com/multiformats/go-multihash"
)

func link(t testing.TB, s string) cid.Cid {
	t.Helper()
	c, err := cid.V1Builder{Codec: cid.DagCBOR, MhType: mh.SHA2_256}.Sum([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sample is a block with links among all kinds of items.
func sample(t testing.TB) (data []byte, want []cid.Cid) {
	t.Helper()
	want = []cid.Cid{link(t, "a"), link(t, "b"), link(t, "c")}
	n, err := qp.BuildMap(basicnode.Prototype.Any, -1, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "one", qp.Link(cidlink.Link{Cid: want[0]}))
		qp.MapEntry(m, "two", qp.List(-1, func(l datamodel.ListAssembler) {
			qp.ListEntry(l, qp.Int(-5000000000))
			qp.ListEntry(l, qp.Float(1.5))
			qp.ListEntry(l, qp.Bool(true))
			qp.ListEntry(l, qp.Null())
			qp.ListEntry(l, qp.Bytes(want[2].Bytes())) // bytes are not a link
			qp.ListEntry(l, qp.Link(cidlink.Link{Cid: want[1]}))
		}))
		qp.MapEntry(m, "zeros", qp.Link(cidlink.Link{Cid: want[2]}))
	})
	if err != nil {
		t.Fatal(err)
	}
	var buf writer
	if err := dagcbor.Encode(n, &buf); err != nil {
		t.Fatal(err)
	}
	return buf, want
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

func TestLinks(t *testing.T) {
	t.Parallel()
	data, want := sample(t)
	got, err := Links(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(want), keys(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func keys(list []cid.Cid) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.String())
	}
	return out
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	deep := ""
	for range maxDepth + 2 {
		deep += "81"
	}
	for name, in := range map[string]string{
		"nothing":           "",
		"two items":         "0000",
		"indefinite array":  "9fff",
		"short string":      "6361",
		"short array":       "8300",
		"huge array":        "9bffffffffffffffff",
		"huge map":          "bbffffffffffffffff",
		"huge bytes":        "5bffffffffffffffff00",
		"another tag":       "c100",
		"link to text":      "d82a6161",
		"link without zero": "d82a4101",
		"empty link":        "d82a40",
		"no CID":            "d82a420001",
		"too deep":          deep + "00",
		"reserved length":   "1c",
	} {
		data, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Links(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got error %v, want ErrMalformed", name, err)
		}
	}
}

// FuzzLinks holds that what IPLD's own decoder takes is read, with as many links.
func FuzzLinks(f *testing.F) {
	data, _ := sample(f)
	f.Add(data)
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Links(data)
		nb := basicnode.Prototype.Any.NewBuilder()
		if (dagcbor.DecodeOptions{AllowLinks: true}).Decode(nb, &reader{data}) != nil {
			return
		}
		if err != nil {
			if len(data) < maxDepth {
				t.Fatalf("IPLD reads %x, Links says %v", data, err)
			}
			return
		}
		if want := count(t, nb.Build()); len(got) != want {
			t.Fatalf("got %d links in %x, want %d", len(got), data, want)
		}
	})
}

func count(t *testing.T, n datamodel.Node) int {
	total := 0
	switch n.Kind() {
	case datamodel.Kind_Link:
		return 1
	case datamodel.Kind_List:
		for i := n.ListIterator(); !i.Done(); {
			_, v, err := i.Next()
			if err != nil {
				t.Fatal(err)
			}
			total += count(t, v)
		}
	case datamodel.Kind_Map:
		for i := n.MapIterator(); !i.Done(); {
			_, v, err := i.Next()
			if err != nil {
				t.Fatal(err)
			}
			total += count(t, v)
		}
	}
	return total
}

type reader struct{ data []byte }

func (r *reader) Read(p []byte) (int, error) {
	n := copy(p, r.data)
	r.data = r.data[n:]
	if n == 0 {
		return 0, errEnd
	}
	return n, nil
}

var errEnd = errors.New("end")
