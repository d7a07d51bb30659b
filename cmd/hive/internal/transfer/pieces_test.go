package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/node"
)

// lines makes chunks of text, each of 10 bytes.
func lines(names ...string) (chunks []node.Chunk) {
	for i, name := range names {
		chunks = append(chunks, node.Chunk{Digest: sha256.Sum256([]byte(name)), Offset: int64(10 * i), Size: 10})
	}
	return chunks
}

func piecesOf(old, fresh []node.Chunk) (pieces []piece) {
	find := compare(old)
	for _, c := range fresh {
		pieces = append(pieces, find(c))
	}
	return pieces
}

func TestRunsOfPieces(t *testing.T) {
	old := lines("a", "b", "c", "b", "d")
	p := put{old: old, pieces: piecesOf(old, lines("c", "b", "d", "new", "a", "b", "c"))}
	chunk := client.Chunk{Digest: sha256.Sum256([]byte("new"))}.CID()
	want := []apitype.Piece{{Offset: 20, Length: 30}, {Chunk: chunk, Length: 10}, {Offset: 0, Length: 30}}
	if diff := cmp.Diff(want, p.runs()); diff != "" {
		t.Error(diff)
	}
}

func TestExtents(t *testing.T) {
	old := lines("a", "b", "c", "d", "e")
	for _, test := range []struct {
		name  string
		fresh []node.Chunk
		want  []client.Extent
	}{
		{"replaced", lines("a", "x", "c"), []client.Extent{{}, {Offset: 10, Length: 10}, {}}},
		{"several for one", lines("a", "x", "y", "c"), []client.Extent{{}, {Offset: 10, Length: 10}, {Offset: 10, Length: 10}, {}}},
		{"inserted", lines("a", "x", "b"), []client.Extent{{}, {}, {}}},
		{"at the front", lines("x", "c"), []client.Extent{{Offset: 0, Length: 20}, {}}},
		{"at the end", lines("c", "x"), []client.Extent{{}, {Offset: 30, Length: 20}}},
		{"appended", lines("e", "x"), []client.Extent{{}, {}}},
		{"all", lines("x"), []client.Extent{{Offset: 0, Length: 50}}},
		{"moved back", lines("d", "x", "a"), []client.Extent{{}, {}, {}}},
	} {
		if diff := cmp.Diff(test.want, extents(piecesOf(old, test.fresh), old)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	if got := extents(piecesOf(nil, lines("x")), nil); got[0] != (client.Extent{}) {
		t.Errorf("of nothing: %v", got)
	}
}

// TestWindows of a gap that is larger than an extent may be lie in it, and move with the piece.
func TestWindows(t *testing.T) {
	const from, to, size = 1 << 20, 100 << 20, 300 << 10
	last := int64(-1)
	for into := int64(0); into < 120<<20; into += 7 << 20 {
		x := window(from, to, into, size)
		if x.Length == 0 && into > to-from {
			continue
		}
		if x.Offset < from || x.Offset+x.Length > to || x.Length > maxExtent || x.Length == 0 || x.Offset < last {
			t.Errorf("%d into the gap: %+v", into, x)
		}
		last = x.Offset
	}
}

// content is large enough to go in pieces.
func content(t *testing.T) []byte {
	t.Helper()
	b := make([]byte, 5<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// chunkList is what a hive says of a content.
func chunkList(t *testing.T, content []byte) (list []byte) {
	t.Helper()
	for c, err := range node.Cut(bytes.NewReader(content)) {
		if err != nil {
			t.Fatal(err)
		}
		list = binary.BigEndian.AppendUint32(append(list, c.Digest[:]...), uint32(c.Size))
	}
	return list
}

// chunksOf is a hive that says of each file that it has these chunks.
func chunksOf(list []byte, root string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Hive-Root", root)
		_, _ = w.Write(list)
	}
}

// reachBoth is reach for files and chunks.
func reachBoth(t *testing.T, routes map[string]http.HandlerFunc) Options {
	t.Helper()
	c := hostileClient(t, routes)
	return Options{Remote: c.Files, Chunks: c.Chunks}
}

// TestPutAsAWhole: whatever goes wrong with pieces, the file arrives.
func TestPutAsAWhole(t *testing.T) {
	file := content(t)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	list := chunkList(t, file)
	for what, routes := range map[string]map[string]http.HandlerFunc{
		"old hive":         {"GET /api/v1/chunks/": problem(404, apitype.CodeNoRoute)},
		"nothing there":    {"GET /api/v1/chunks/": problem(404, apitype.CodeNotFound)},
		"half a list":      {"GET /api/v1/chunks/": chunksOf(list[:50], "")},
		"a mad list":       {"GET /api/v1/chunks/": chunksOf(bytes.Repeat([]byte{0xff}, 36), "")},
		"another content":  {"GET /api/v1/chunks/": chunksOf(bytes.Repeat([]byte{0}, 36), "")},
		"a refused list":   {"GET /api/v1/chunks/": chunksOf(list, ""), "PUT /api/v1/chunks/": problem(409, apitype.CodeChunksLacking)},
		"somebody faster":  {"GET /api/v1/chunks/": chunksOf(list, ""), "PUT /api/v1/chunks/": problem(412, apitype.CodePreconditionFailed)},
		"a refused chunk":  {"GET /api/v1/chunks/": chunksOf(list[36:], ""), "PUT /api/v1/chunk/": problem(507, apitype.CodeQuotaExceeded)},
		"refused question": {"GET /api/v1/chunks/": chunksOf(list[36:], ""), "POST /api/v1/lacking": problem(422, apitype.CodeInvalid)},
	} {
		var s shelf
		all := s.routes()
		all["POST /api/v1/lacking"] = answer(t, apitype.Lacking{Chunks: []string{client.Chunk{Digest: [32]byte(list[:32])}.CID()}})
		for pattern, handler := range routes {
			all[pattern] = handler
		}
		u := NewUpload(reachBoth(t, all))
		if err := u.File(t.Context(), name, "/file"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if s.files["/file"] != string(file) {
			t.Errorf("%s: %d bytes arrived", what, len(s.files["/file"]))
		}
		if got := u.Bytes.Load(); got != int64(len(file)) {
			t.Errorf("%s: %d bytes counted", what, got)
		}
	}
}

// TestGetAsAWhole: whatever a hive says of the chunks of a file, what arrives is the file.
func TestGetAsAWhole(t *testing.T) {
	file := content(t)
	root, err := node.Root(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	list := chunkList(t, file)
	changed := bytes.Clone(list)
	changed[0] ^= 1
	for what, routes := range map[string]map[string]http.HandlerFunc{
		"old hive":         {"GET /api/v1/chunks/": problem(404, apitype.CodeNoRoute)},
		"another root":     {"GET /api/v1/chunks/": chunksOf(list, strings.Repeat("x", len(root)))},
		"chunks that lie":  {"GET /api/v1/chunks/": chunksOf(changed, root)},
		"too few chunks":   {"GET /api/v1/chunks/": chunksOf(list[:len(list)-36], root)},
		"a mad list":       {"GET /api/v1/chunks/": chunksOf(bytes.Repeat([]byte{0xff}, 36), root)},
		"delta of nothing": {"GET /api/v1/chunks/": chunksOf(changed, root), "POST /api/v1/delta/": answer(t, "nonsense")},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "file")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		routes["GET /api/v1/files/"] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(file))
		}
		o := reachBoth(t, routes)
		o.Force = true
		d := NewDownload(o)
		if err := d.File(t.Context(), apitype.Entry{Path: "/file", Name: "file", Size: int64(len(file))}, name, 0); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, file) {
			t.Errorf("%s: %d bytes arrived, %v", what, len(got), err)
		}
		if got := everything(t, dir); len(got) != 1 {
			t.Errorf("%s: left behind %v", what, got)
		}
		if got := d.Bytes.Load(); got != int64(len(file)) {
			t.Errorf("%s: %d bytes counted", what, got)
		}
	}
}
