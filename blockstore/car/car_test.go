package car_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	mdtest "github.com/ipfs/boxo/ipld/merkledag/test"
	unixfsio "github.com/ipfs/boxo/ipld/unixfs/io"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	gocar "github.com/ipld/go-car/v2"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/blockstore/car"
)

func random(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{9}).Read(data)
	return data
}

// exported returns a store with a folder of two files and its CAR.
func exported(t testing.TB, data []byte) (root cid.Cid, archive []byte) {
	t.Helper()
	s := blocktest.New(t)
	w := s.Writer()
	defer w.Close()
	file, err := w.Import(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := w.Folder(t.Context(), func(yield func(blockstore.FolderEntry, error) bool) {
		_ = yield(blockstore.FolderEntry{Name: "one", Root: file.Root}, nil) &&
			yield(blockstore.FolderEntry{Name: "two", Root: file.Root}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := car.Write(t.Context(), &buf, s, folder.Root); err != nil {
		t.Fatal(err)
	}
	return folder.Root, buf.Bytes()
}

func TestOtherToolsReadOurs(t *testing.T) {
	t.Parallel()
	data := random(60 << 20)
	root, archive := exported(t, data)
	if over := len(archive) - len(data); over < 0 || over > 200_000 {
		t.Errorf("%d bytes, twice in a folder, became a CAR of %d", len(data), len(archive))
	}
	in, err := gocar.NewBlockReader(bytes.NewReader(archive)) // verifies every block
	if err != nil {
		t.Fatal(err)
	}
	dag := mdtest.Mock()
	for {
		block, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := dag.Add(t.Context(), decode(t, block.Cid(), block.RawData())); err != nil {
			t.Fatal(err)
		}
	}
	node, err := dag.Get(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := unixfsio.NewDirectoryFromNode(dag, node)
	if err != nil {
		t.Fatal(err)
	}
	child, err := dir.Find(t.Context(), "two")
	if err != nil {
		t.Fatal(err)
	}
	r, err := unixfsio.NewDagReader(t.Context(), child, dag)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("boxo read %d bytes, %v, want %d equal ones", len(got), err, len(data))
	}
}

func decode(t *testing.T, c cid.Cid, data []byte) ipld.Node {
	t.Helper()
	if c.Type() == cid.Raw {
		node, err := merkledag.NewRawNodeWPrefix(data, cid.V1Builder{Codec: cid.Raw, MhType: 0x12})
		if err != nil {
			t.Fatal(err)
		}
		return node
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := node.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: 0x12}); err != nil {
		t.Fatal(err)
	}
	return node
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	data := random(5 << 20)
	root, archive := exported(t, data)
	s := blocktest.New(t)
	w := s.Writer()
	defer w.Close()
	roots, err := car.Read(t.Context(), bytes.NewReader(archive), w)
	if err != nil || len(roots) != 1 || roots[0] != root {
		t.Fatalf("got roots %v, %v, want %s", roots, err, root)
	}
	var again bytes.Buffer
	if err := car.Write(t.Context(), &again, s, root); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), archive) {
		t.Error("the CAR of the import differs from the import")
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	_, archive := exported(t, random(2<<20))
	flipped := bytes.Clone(archive)
	flipped[len(flipped)/2] ^= 1
	s := blocktest.New(t)
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":       {nil, car.ErrFormat},
		"text":          {[]byte("this is no CAR file at all, whatever its name says"), car.ErrFormat},
		"cut short":     {archive[:len(archive)-10], io.ErrUnexpectedEOF},
		"flipped bit":   {flipped, car.ErrFormat},
		"huge header":   {[]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, car.ErrFormat},
		"huge section":  {append(bytes.Clone(archive[:60]), 0xff, 0xff, 0xff, 0xff, 0x0f), car.ErrFormat},
		"header is odd": {[]byte{0x01, 0xa0}, car.ErrFormat},
	} {
		w := s.Writer()
		if _, err := car.Read(t.Context(), bytes.NewReader(test.data), w); !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
		w.Close()
	}
}

// TestReadNeedsAllBlocks names blocks that only the store has. Who knows a CID
// must not get at content by it.
func TestReadNeedsAllBlocks(t *testing.T) {
	t.Parallel()
	_, file := exported(t, random(2<<20))
	header := 1 + int(file[0])
	rest := header
	for range 2 { // sections: the root and its first chunk
		length, n := binary.Uvarint(file[rest:])
		rest += n + int(length)
	}
	s := blocktest.New(t)
	all := s.Writer()
	defer all.Close()
	if _, err := car.Read(t.Context(), bytes.NewReader(file), all); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"only a header": file[:header], "only a node": file[:rest]} {
		w := s.Writer()
		if roots, err := car.Read(t.Context(), bytes.NewReader(data), w); !errors.Is(err, car.ErrFormat) {
			t.Errorf("%s: got %v, %v, want ErrFormat", name, roots, err)
		}
		w.Close()
	}
}

func TestWriteFailsOnMissingBlocks(t *testing.T) {
	t.Parallel()
	root, _ := exported(t, random(1000))
	err := car.Write(t.Context(), io.Discard, blocktest.New(t), root)
	if !errors.Is(err, blockstore.ErrNotFound) {
		t.Errorf("got error %v, want ErrNotFound", err)
	}
}

func FuzzRead(f *testing.F) {
	_, archive := exported(f, []byte("some bytes"))
	f.Add(archive)
	f.Add(archive[:len(archive)/2])
	f.Add([]byte{0x0a, 0xa1, 0x67})
	s := blocktest.New(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		w := s.Writer()
		defer w.Close()
		roots, err := car.Read(context.Background(), bytes.NewReader(data), w)
		if err != nil {
			return
		}
		for _, root := range roots {
			for e, err := range s.ReadFolder(t.Context(), root) {
				if err == nil && e.Size < 0 {
					t.Errorf("entry of %d bytes", e.Size)
				}
			}
		}
	})
}
