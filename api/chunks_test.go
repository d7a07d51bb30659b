package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/delta"
)

// cut is a content in chunks.
func cut(t testing.TB, content []byte) (chunks []blockstore.Leaf) {
	t.Helper()
	for leaf, err := range blockstore.Cut(bytes.NewReader(content)) {
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, leaf)
	}
	return chunks
}

func chunkOf(content []byte) string {
	sum, err := mh.Sum(content, mh.SHA2_256, -1)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.Raw, sum).String()
}

// json sends v.
func (h *hive) json(method, path string, v any, headers ...string) answer {
	h.t.Helper()
	raw, err := json.Marshal(v)
	h.must(err)
	return h.ask(method, path, bytes.NewReader(raw), append([]string{"Content-Type", "application/json"}, headers...)...)
}

// lacking asks which chunks are to be sent.
func (h *hive) lacking(files []apitype.FileAt, chunks ...string) []string {
	h.t.Helper()
	if files == nil {
		files = []apitype.FileAt{}
	}
	a := h.json(http.MethodPost, "/api/v1/lacking", apitype.ChunkQuestion{Files: files, Chunks: chunks})
	if a.StatusCode != http.StatusOK {
		h.t.Fatalf("lacking: %d %s", a.StatusCode, a.body)
	}
	return decode[apitype.Lacking](h.t, a).Chunks
}

func (h *hive) sendChunk(content []byte) {
	h.t.Helper()
	a := h.ask(http.MethodPut, "/api/v1/chunk/"+chunkOf(content), bytes.NewReader(content))
	if a.StatusCode != http.StatusNoContent || len(a.body) > 0 {
		h.t.Fatalf("chunk: %d %s", a.StatusCode, a.body)
	}
}

// names are the CIDs of chunks.
func names(chunks []blockstore.Leaf) (all []string) {
	for _, c := range chunks {
		all = append(all, c.CID.String())
	}
	return all
}

// TestChunksOfFile is the whole way of a client that cuts: list, ask, send, commit.
func TestChunksOfFile(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	old := random(5<<20, 1)
	first := h.put("/file", string(old))
	a := h.ask(http.MethodGet, "/api/v1/chunks/file", nil)
	var want []byte
	for _, c := range cut(t, old) {
		want = binary.BigEndian.AppendUint32(append(want, c.CID.Hash()[2:]...), uint32(c.Size))
	}
	if !bytes.Equal(a.body, want) || a.Header.Get("ETag") != first.ETag || a.Header.Get("Hive-Root") != first.Root {
		t.Errorf("%d: %d bytes, want %d; %v", a.StatusCode, len(a.body), len(want), a.Header)
	}

	target := join(old[:3<<20], []byte("inserted"), old[3<<20:])
	files := []apitype.FileAt{{Path: "/file"}}
	chunks := cut(t, target)
	lacking := h.lacking(files, names(chunks)...)
	if len(lacking) == 0 || len(lacking) > 3 {
		t.Fatalf("%d of %d chunks are lacking for one insertion", len(lacking), len(chunks))
	}
	there := map[string]bool{}
	for _, c := range cut(t, old) {
		there[c.CID.String()] = true
	}
	list := apitype.ChunkList{Files: files}
	var at int64
	offsets := map[string]int64{}
	for _, c := range cut(t, old) {
		offsets[c.CID.String()] = c.Offset
	}
	for _, c := range chunks {
		if name := c.CID.String(); there[name] {
			list.Pieces = append(list.Pieces, apitype.Piece{Offset: offsets[name], Length: c.Size})
		} else {
			list.Pieces = append(list.Pieces, apitype.Piece{Chunk: name, Length: c.Size})
		}
		at += c.Size
	}
	wantProblem(t, h.json(http.MethodPut, "/api/v1/chunks/file", list, "If-Match", first.ETag), 409, "chunks_lacking")
	for _, c := range chunks {
		if !there[c.CID.String()] {
			h.sendChunk(target[c.Offset : c.Offset+c.Size])
		}
	}
	if again := h.lacking(files, names(chunks)...); len(again) > 0 {
		t.Errorf("asked again for %v", again)
	}
	wantProblem(t, h.json(http.MethodPut, "/api/v1/chunks/file", list, "If-Match", `"stale"`), 412, "precondition_failed")
	done := h.json(http.MethodPut, "/api/v1/chunks/file", list, "If-Match", first.ETag)
	e := decode[apitype.Entry](t, done)
	if done.StatusCode != http.StatusOK || e.Revision != 2 || e.Size != at {
		t.Fatalf("%d %s", done.StatusCode, done.body)
	}
	if whole := h.put("/whole", string(target)); whole.Root != e.Root {
		t.Errorf("root %s in pieces, %s as a whole", e.Root, whole.Root)
	}
	if got := h.ask(http.MethodGet, "/api/v1/files/file", nil); !bytes.Equal(got.body, target) {
		t.Error("another content")
	}
}

// TestChunkAsDelta sends a chunk as a difference to an extent of a file.
func TestChunkAsDelta(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	old := random(300_000, 1)
	h.put("/folder/file", string(old))
	chunk := join(old[1000:50_000], []byte("other"), old[51_000:90_000])
	d, _ := delta.Between(old[1000:100_000], chunk, 1000)
	route := "/api/v1/chunk/" + chunkOf(chunk) + "?path=/folder/file&offset=1000&length=99000"
	if a := h.ask(http.MethodPatch, route, bytes.NewReader(d), "Content-Type", "application/vnd.librsync-delta"); a.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if lacking := h.lacking(nil, chunkOf(chunk)); len(lacking) > 0 {
		t.Error("the chunk is lacking")
	}
	other := strings.Replace(route, "offset=1000", "offset=1001", 1)
	wantProblem(t, h.ask(http.MethodPatch, other, bytes.NewReader(d), "Content-Type", "application/vnd.librsync-delta"), 422, "digest_mismatch")
}

// TestChunksOfOthers: what bob keeps shows in no answer to alice, whether she asks, sends or commits.
func TestChunksOfOthers(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	_, err := h.accounts.Create(t.Context(), account.NewUser{Name: "bob", Password: password})
	h.must(err)
	secret, nowhere := random(60_000, 1), random(60_000, 2)
	alice := h.token
	h.token = h.signIn("bob")
	h.put("/secret", string(secret))
	h.sendChunk(random(50_000, 3))
	h.token = alice

	answers := func(content []byte) (all []answer) {
		name := chunkOf(content)
		list := apitype.ChunkList{Pieces: []apitype.Piece{{Chunk: name, Length: int64(len(content))}}}
		all = append(all, h.json(http.MethodPost, "/api/v1/lacking", apitype.ChunkQuestion{Files: []apitype.FileAt{{Path: "/secret"}}, Chunks: []string{name}}))
		all = append(all, h.json(http.MethodPut, "/api/v1/chunks/file", list))
		all = append(all, h.ask(http.MethodPut, "/api/v1/chunk/"+name, bytes.NewReader(content)))
		return append(all, h.json(http.MethodPut, "/api/v1/chunks/file", list))
	}
	for _, known := range [][]byte{secret, random(50_000, 3)} {
		a, b := answers(known), answers(nowhere)
		for i := range a {
			text := func(a answer, content []byte) string {
				body := strings.ReplaceAll(string(a.body), chunkOf(content), "CHUNK")
				return fmt.Sprint(a.StatusCode, strings.Split(body, "request_id")[0])
			}
			if got, want := text(a[i], known), text(b[i], nowhere); i < 3 && got != want {
				t.Errorf("answer %d: %q for what bob has, %q for what nobody has", i, got, want)
			}
			if i == 3 && a[i].StatusCode != http.StatusOK {
				t.Errorf("commit of what was sent: %d %s", a[i].StatusCode, a[i].body)
			}
		}
	}
}

// TestChunksSurviveCollection: what was sent stays until the list comes, and what was committed stays.
func TestChunksSurviveCollection(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	content := random(3<<20, 1)
	chunks := cut(t, content)
	list := apitype.ChunkList{}
	for _, c := range chunks {
		h.sendChunk(content[c.Offset : c.Offset+c.Size])
		list.Pieces = append(list.Pieces, apitype.Piece{Chunk: c.CID.String(), Length: c.Size})
	}
	for range 2 {
		_, err := h.store.Collect(t.Context(), h.catalog.Roots(t.Context()))
		h.must(err)
		if a := h.json(http.MethodPut, "/api/v1/chunks/file", list, "If-None-Match", `"never"`); a.StatusCode == http.StatusOK {
			list.Files = []apitype.FileAt{{Path: "/file"}}
			list.Pieces = []apitype.Piece{{Length: int64(len(content))}}
		} else {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	if got := h.ask(http.MethodGet, "/api/v1/files/file", nil); !bytes.Equal(got.body, content) {
		t.Error("another content")
	}
	if lacking := h.lacking(nil, names(chunks)...); len(lacking) != len(chunks) {
		t.Errorf("%d of %d chunks still wait", len(chunks)-len(lacking), len(chunks))
	}
}

// TestQuotaOfChunks: chunks that wait count.
func TestQuotaOfChunks(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	quota := int64(1 << 20)
	_, err := h.accounts.Update(t.Context(), "alice", account.Change{Quota: &quota})
	h.must(err)
	before := h.everything()
	h.sendChunk(random(600_000, 1))
	h.sendChunk(random(600_000, 1)) // again costs nothing
	second := random(600_000, 2)
	wantProblem(t, h.ask(http.MethodPut, "/api/v1/chunk/"+chunkOf(second), bytes.NewReader(second)), 507, "quota_exceeded")
	many := apitype.ChunkList{}
	for range 3 {
		many.Pieces = append(many.Pieces, apitype.Piece{Chunk: chunkOf(random(600_000, 1)), Length: 600_000})
	}
	wantProblem(t, h.json(http.MethodPut, "/api/v1/chunks/file", many), 507, "quota_exceeded")
	if diff := cmp.Diff(before, h.everything()); diff != "" {
		t.Errorf("something was stored or lost:\n%s", diff)
	}
}

// chunkInputs are bad requests of this file's routes. /keep.txt has 4 bytes.
var chunkInputs = []badInput{
	{"chunk with a CID that is none", put("/api/v1/chunk/nonsense", "x"), 422, "invalid"},
	{"chunk with the CID of a node", put("/api/v1/chunk/"+asNode("x"), "x"), 422, "invalid"},
	{"chunk with another CID", put("/api/v1/chunk/"+chunkOf([]byte("y")), "x"), 422, "digest_mismatch"},
	{"chunk too large", put("/api/v1/chunk/"+chunkOf(nil), strings.Repeat("x", 1<<20+1)), 413, "too_large"},
	{"chunk as a delta of another type", method(http.MethodPatch, "/api/v1/chunk/"+chunkOf(nil)), 415, "unsupported_media_type"},
	{"chunk as a delta to a bad path", patchChunk("path=..%2fx"), 400, "invalid_path"},
	{"chunk as a delta to nothing", patchChunk("path=/nothing"), 404, "not_found"},
	{"chunk as a delta to an extent outside", patchChunk("path=/keep.txt&offset=2&length=3"), 416, "range_not_satisfiable"},
	{"chunk as a delta to an extent too long", patchChunk("path=/keep.txt&length=2097153"), 422, "invalid"},
	{"chunk as a delta that is none", patchChunk("path=/keep.txt"), 400, "invalid_delta"},
	{"chunks of a folder", get("/api/v1/chunks/folder"), 409, "is_folder"},
	{"chunks of a revision that is not", get("/api/v1/chunks/keep.txt?revision=9"), 404, "not_found"},
	{"question of a CID that is none", post("/api/v1/lacking", `{"files":[],"chunks":["x"]}`), 422, "invalid"},
	{"question of a bad path", post("/api/v1/lacking", `{"files":[{"path":"x"}],"chunks":[]}`), 400, "invalid_path"},
	{"list of nothing", putJSON(`{"pieces":[]}`), 422, "invalid"},
	{"list of a file that is not named", putJSON(`{"pieces":[{"length":4}]}`), 422, "invalid"},
	{"list of a file that is not there", putJSON(`{"files":[{"path":"/nothing"}],"pieces":[{"length":4}]}`), 404, "not_found"},
	{"list of a negative length", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"length":-4}]}`), 422, "invalid"},
	{"list of lengths that overflow", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"length":9223372036854775807},{"length":9223372036854775807}]}`), 422, "invalid_chunks"},
	{"list of half a chunk", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"length":3}]}`), 422, "invalid_chunks"},
	{"list from the middle of a chunk", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"offset":1,"length":3}]}`), 422, "invalid_chunks"},
	{"list past the end", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"length":5}]}`), 422, "invalid_chunks"},
	{"list cut otherwise", putJSON(`{"files":[{"path":"/keep.txt"}],"pieces":[{"length":4},{"length":4}]}`), 422, "invalid_chunks"},
	{"list of a chunk that was not sent", putJSON(`{"pieces":[{"chunk":"` + chunkOf([]byte("kept")) + `","length":4}]}`), 409, "chunks_lacking"},
	{"list with an unknown field", putJSON(`{"pieces":[{"length":4,"cid":"x"}]}`), 422, "invalid"},
}

func asNode(content string) string {
	return cid.NewCidV1(cid.DagProtobuf, cid.MustParse(chunkOf([]byte(content))).Hash()).String()
}

func patchChunk(query string) func(*hive) answer {
	return func(h *hive) answer {
		return h.ask(http.MethodPatch, "/api/v1/chunk/"+chunkOf(nil)+"?"+query, nil, "Content-Type", "application/vnd.librsync-delta")
	}
}

func putJSON(body string) func(*hive) answer {
	return put("/api/v1/chunks/new", body, "Content-Type", "application/json")
}

// TestClientOfChunks goes the ways of the client that the command line does not.
func TestClientOfChunks(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	c := h.client(h.token).Chunks
	old := random(200_000, 1)
	entry := h.put("/file", string(old))
	body, err := c.Signature(t.Context(), "/file", client.Extent{}, client.SignatureOptions{Kind: "md4", Rolling: "classic", Block: 500, Sum: 9}, client.Condition{})
	h.must(err)
	signature, err := io.ReadAll(body)
	h.must(err)
	h.must(body.Close())
	want := join(old[:1000], old[2000:])
	d, _, err := delta.Make(signature, want, len(want))
	h.must(err)
	exec := true
	patched, err := c.Patch(t.Context(), "/file", bytes.NewReader(d), client.PatchOptions{IfMatch: entry.ETag, SHA256: sha256.Sum256(want), Size: int64(len(want)), Exec: &exec})
	if err != nil || patched.Revision != 2 || !patched.Exec {
		t.Fatalf("%+v, %v", patched, err)
	}
	if _, err := c.Patch(t.Context(), "/file", bytes.NewReader(d), client.PatchOptions{IfMatch: entry.ETag}); !errors.Is(err, client.ErrPrecondition) {
		t.Errorf("got %v", err)
	}
	body, err = c.Delta(t.Context(), "/file", client.Extent{Revision: 2}, bytes.NewReader(signature), client.Condition{IfMatch: patched.ETag})
	h.must(err)
	back, err := io.ReadAll(body)
	h.must(errors.Join(err, body.Close()))
	got := make([]byte, len(want))
	if err := delta.Apply(got, old, back); err != nil || !bytes.Equal(got, want) {
		t.Errorf("another content: %v", err)
	}
	list, err := c.List(t.Context(), "/file", 1)
	if err != nil || list.ETag != entry.ETag || list.Root != entry.Root || len(list.Chunks) != len(cut(t, old)) || list.Exec || list.Revision != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestTrafficIsCounted at the socket, head and all.
func TestTrafficIsCounted(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	c := h.client(h.token)
	_, _, err := c.Files.Put(t.Context(), "/file", bytes.NewReader(make([]byte, 100_000)), client.PutOptions{})
	h.must(err)
	if sent, received := c.Traffic(); sent < 100_100 || sent > 102_000 || received < 200 || received > 3000 {
		t.Errorf("%d bytes sent, %d received", sent, received)
	}
}
