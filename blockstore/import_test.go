package blockstore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc"
	"github.com/google/go-cmp/cmp"
	mdtest "github.com/ipfs/boxo/ipld/merkledag/test"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

var update = flag.Bool("update", false, "write golden files")

// sizesOfInterest are around every edge of the format.
var sizesOfInterest = []int{
	0, 1, 1000, blockstore.MinChunk - 1, blockstore.MinChunk, blockstore.MinChunk + 1,
	blockstore.AvgChunk, blockstore.MaxChunk, blockstore.MaxChunk + 1, 3 << 20, 120 << 20,
}

func importBytes(t testing.TB, s *blockstore.Store, data []byte) blockstore.File {
	t.Helper()
	w := s.Writer()
	defer w.Close()
	file, err := w.Import(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return file
}

func readAll(t testing.TB, s *blockstore.Store, root cid.Cid) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestImportThenRead(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	for _, n := range sizesOfInterest {
		data := random(1, n)
		file := importBytes(t, s, data)
		if file.Size != int64(n) {
			t.Errorf("got size %d, want %d", file.Size, n)
		}
		if !bytes.Equal(readAll(t, s, file.Root), data) {
			t.Errorf("%d bytes came out changed", n)
		}
	}
}

// TestGoldenRoots holds the format: a changed root means that two versions of
// Hive no longer agree on the name of a file.
func TestGoldenRoots(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	got := make(map[string]string)
	for _, n := range sizesOfInterest {
		got[fmt.Sprintf("chacha8 seed 1, %d bytes", n)] = importBytes(t, s, random(1, n)).Root.String()
	}
	got["5 MiB of zeros"] = importBytes(t, s, make([]byte, 5<<20)).Root.String()
	const name = "testdata/roots.json"
	if *update {
		data, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSameTreeAsKubo builds the same chunks into a tree with the code of Kubo.
func TestSameTreeAsKubo(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	for _, n := range sizesOfInterest {
		data := random(2, n)
		params := helpers.DagBuilderParams{
			Maxlinks: 174, RawLeaves: true, Dagserv: mdtest.Mock(),
			CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: 0x12},
		}
		builder, err := params.New(&splitter{t: t, data: data})
		if err != nil {
			t.Fatal(err)
		}
		want, err := balanced.Layout(builder)
		if err != nil {
			t.Fatal(err)
		}
		if got := importBytes(t, s, data).Root; got != want.Cid() {
			t.Errorf("%d bytes: got root %s, want %s", n, got, want.Cid())
		}
	}
}

// splitter is FastCDC for boxo's builder.
type splitter struct {
	t       *testing.T
	data    []byte
	chunker *chunkers.Chunker
}

func (s *splitter) Reader() io.Reader { return bytes.NewReader(s.data) }

func (s *splitter) NextBytes() ([]byte, error) {
	if s.chunker == nil {
		c, err := chunkers.NewChunker("fastcdc-v1.0.0", s.Reader(), &chunkers.ChunkerOpts{
			MinSize: blockstore.MinChunk, NormalSize: blockstore.AvgChunk, MaxSize: blockstore.MaxChunk,
		})
		if err != nil {
			s.t.Fatal(err)
		}
		s.chunker = c
	}
	chunk, err := s.chunker.Next()
	if len(chunk) > 0 {
		return bytes.Clone(chunk), nil
	}
	return nil, err
}

func TestRootDependsOnBytesAlone(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	data := random(3, 3<<20)
	want := importBytes(t, s, data).Root
	for name, r := range map[string]io.Reader{
		"byte by byte":      iotest.OneByteReader(bytes.NewReader(data)),
		"halves":            iotest.HalfReader(bytes.NewReader(data)),
		"error with data":   iotest.DataErrReader(bytes.NewReader(data)),
		"empty reads first": io.MultiReader(emptyReads(50), bytes.NewReader(data)),
	} {
		w := s.Writer()
		got, err := w.Import(t.Context(), r)
		w.Close()
		if err != nil || got.Root != want {
			t.Errorf("%s: got root %s, %v, want %s", name, got.Root, err, want)
		}
	}
}

// emptyReads returns (0, nil) some times before io.EOF.
func emptyReads(n int) io.Reader {
	return readerFunc(func([]byte) (int, error) {
		if n--; n < 0 {
			return 0, io.EOF
		}
		return 0, nil
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestImportHandsReadErrorsThrough(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	broken := errors.New("broken pipe")
	for _, after := range []int{0, 10, blockstore.MinChunk, 5 << 20} {
		for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
			w := s.Writer()
			_, err := w.Import(t.Context(), io.MultiReader(bytes.NewReader(random(4, after)), iotest.ErrReader(cause)))
			w.Close()
			if !errors.Is(err, cause) {
				t.Errorf("after %d bytes: got error %v, want %v", after, err, cause)
			}
		}
	}
	w := s.Writer()
	defer w.Close()
	if _, err := w.Import(t.Context(), emptyReads(1000)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got error %v from a reader that gives nothing, want ErrNoProgress", err)
	}
}

func TestImportFailsWithTheEngine(t *testing.T) {
	t.Parallel()
	s, engine := faulty(t)
	full := errors.New("disk on fire")
	engine.FailPut(func([]blockstore.Block) error { return full })
	for range 5 { // a leak of the shared memory would block a later round
		w := s.Writer()
		if _, err := w.Import(t.Context(), bytes.NewReader(random(5, 40<<20))); !errors.Is(err, full) {
			t.Fatalf("got error %v, want %v", err, full)
		}
		w.Close()
	}
	engine.FailPut(nil)
	engine.FailSync(func() error { return full })
	w := s.Writer()
	defer w.Close()
	if _, err := w.Import(t.Context(), strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); !errors.Is(err, full) {
		t.Fatalf("got error %v from Commit, want %v", err, full)
	}
}

func TestImportStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	data := bytes.NewReader(random(6, 64<<20))
	read := 0
	w := s.Writer()
	defer w.Close()
	_, err := w.Import(ctx, readerFunc(func(p []byte) (int, error) {
		if read += len(p); read > 8<<20 {
			cancel()
		}
		return data.Read(p)
	}))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want context.Canceled", err)
	}
}

func TestIdenticalImportsStoreOnce(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	data := random(7, 10<<20)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { importBytes(t, s, data) })
	}
	wg.Wait()
	first, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	importBytes(t, s, data)
	second, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Blocks != second.Blocks || first.Bytes != second.Bytes {
		t.Errorf("an equal upload grew the store from %+v to %+v", first, second)
	}
	if overhead := first.Bytes - int64(len(data)); overhead < 0 || overhead > 64<<10 {
		t.Errorf("%d bytes became %d", len(data), first.Bytes)
	}
}

// TestSmallEditMakesFewChunks shows that chunks resynchronise after an insertion.
func TestSmallEditMakesFewChunks(t *testing.T) {
	t.Parallel()
	blocktest.Bulk(t)
	s := blocktest.New(t)
	data := random(8, 64<<20)
	importBytes(t, s, data)
	before, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	importBytes(t, s, append([]byte("a few bytes at the front"), data...))
	after, err := s.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if grown := after.Bytes - before.Bytes; grown > 3<<20 {
		t.Errorf("an insertion of 24 bytes made %d bytes of new blocks", grown)
	}
}
