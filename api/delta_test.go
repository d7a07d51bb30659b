package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/delta"
)

// random gives n bytes that are the same for the same seed.
func random(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// edits are what people do to files.
func edits(old []byte) map[string][]byte {
	n := len(old)
	inPlace := bytes.Clone(old)
	for i := 0; i < n; i += n/20 + 1 {
		inPlace[i] ^= 0xff
	}
	return map[string][]byte{
		"in place":   inPlace,
		"insertion":  join(old[:n/3], []byte("inserted"), old[n/3:]),
		"truncation": old[:n-n/3],
		"reordering": join(old[n/2:], old[:n/2]),
	}
}

func reprDigest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// patch sends a delta as alice.
func (h *hive) patch(path string, d, want []byte, etag string, headers ...string) answer {
	h.t.Helper()
	headers = append([]string{"Content-Type", "application/vnd.librsync-delta", "Repr-Digest", reprDigest(want), "If-Match", etag}, headers...)
	return h.ask(http.MethodPatch, "/api/v1/files"+path, bytes.NewReader(d), headers...)
}

// rdiffKinds are the kinds of signatures, as queries and as arguments of rdiff.
var rdiffKinds = []struct {
	query string
	args  []string
}{
	{"", nil},
	{"kind=blake2&rolling=classic", []string{"-R", "rollsum"}},
	{"kind=md4&rolling=rabinkarp&block=1000&sum=12", []string{"-H", "md4", "-b", "1000", "-S", "12"}},
	{"kind=md4&rolling=classic", []string{"-H", "md4", "-R", "rollsum"}},
}

// desk is a folder in which rdiff works on a file that the hive has too.
type desk struct {
	*hive
	dir string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	if _, err := exec.LookPath("rdiff"); err != nil {
		t.Skip("rdiff is not installed")
	}
	return &desk{newHive(t), t.TempDir()}
}

func (d *desk) file(name string, content []byte) string {
	d.t.Helper()
	name = filepath.Join(d.dir, name)
	d.must(os.WriteFile(name, content, 0o600))
	return name
}

// run calls a program and returns what it wrote to the last of its arguments.
func (d *desk) run(program string, args ...string) []byte {
	d.t.Helper()
	if text, err := exec.CommandContext(d.t.Context(), program, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s %v: %v\n%s", program, args, err, text)
	}
	b, err := os.ReadFile(args[len(args)-1])
	d.must(err)
	return b
}

func (d *desk) rdiff(args ...string) []byte {
	d.t.Helper()
	return d.run("rdiff", append(append([]string{"-f"}, args...), filepath.Join(d.dir, "out"))...)
}

// round lets rdiff bring old to want in the hive, and from there to a client that has old.
func (d *desk) round(query string, args []string, old, want []byte) {
	d.t.Helper()
	entry := d.put("/file", string(old))
	sig := d.ask(http.MethodGet, "/api/v1/signature/file?"+query, nil, "If-Match", entry.ETag)
	if sig.StatusCode != http.StatusOK || sig.err != nil || sig.Header.Get("ETag") != entry.ETag || sig.ContentLength != int64(len(sig.body)) {
		d.t.Fatalf("signature: %d, %v, %v", sig.StatusCode, sig.err, sig.Header)
	}
	base := d.file("base", old)
	if theirs := d.rdiff(append(args, "signature", base)...); !bytes.Equal(sig.body, theirs) {
		d.t.Errorf("%q: not rdiff's signature", query)
	}
	change := d.rdiff("delta", d.file("signature", sig.body), d.file("want", want))
	a := d.patch("/file", change, want, entry.ETag)
	if a.StatusCode != http.StatusOK {
		d.t.Fatalf("patch: %d %s", a.StatusCode, a.body)
	}
	if e := decode[apitype.Entry](d.t, a); e.Size != int64(len(want)) || a.Header.Get("ETag") != e.ETag || e.ETag == entry.ETag && !bytes.Equal(old, want) {
		d.t.Errorf("patched: %+v", e)
	}
	if got := d.ask(http.MethodGet, "/api/v1/files/file", nil); !bytes.Equal(got.body, want) {
		d.t.Errorf("the hive has %d other bytes than the %d wanted", len(got.body), len(want))
	}
	back := d.ask(http.MethodPost, "/api/v1/delta/file", bytes.NewReader(sig.body), "Content-Type", "application/vnd.librsync-signature")
	if back.StatusCode != http.StatusOK || back.err != nil {
		d.t.Fatalf("delta: %d %s, %v", back.StatusCode, back.body, back.err)
	}
	if got := d.rdiff("patch", base, d.file("delta", back.body)); !bytes.Equal(got, want) {
		d.t.Errorf("rdiff patch makes something else")
	}
}

func TestRdiffIsAClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, k := range rdiffKinds {
		for _, size := range []int{0, 1, 1_000_000} {
			old := random(size, 1)
			for _, want := range edits(old) {
				d.round(k.query, k.args, old, want)
			}
		}
		d.round(k.query, k.args, nil, random(300_000, 2))
		d.round(k.query, k.args, random(300_000, 2), nil)
	}
}

// TestRdiffLargeFile is 100 MB through curl, once.
func TestRdiffLargeFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	const size = 100_000_000
	old := random(size, 3)
	entry := d.put("/file", string(old))
	want := join(old[:1000], []byte("inserted"), old[1000:size/2], old[size/2+1000:])
	name := func(name string) string { return filepath.Join(d.dir, name) }
	curl := func(out, route string, args ...string) []byte {
		args = append(args, "-sS", "--fail-with-body", "-H", "Authorization: Bearer "+d.token, d.url+"/api/v1"+route, "-o", name(out))
		return d.run("curl", args...)
	}
	curl("signature", "/signature/file")
	d.file("base", old)
	d.file("want", want)
	change := d.run("rdiff", "delta", name("signature"), name("want"), name("change"))
	if len(change) > 64<<10 {
		t.Errorf("delta of %d bytes", len(change))
	}
	curl("answer", "/files/file", "-X", "PATCH", "-H", "If-Match: "+entry.ETag, "-H", "Content-Type: application/vnd.librsync-delta",
		"-H", "Repr-Digest: "+reprDigest(want), "--data-binary", "@"+name("change"))
	back := curl("delta", "/delta/file", "-H", "Content-Type: application/vnd.librsync-signature", "--data-binary", "@"+name("signature"))
	if len(back) > 64<<10 {
		t.Errorf("delta back of %d bytes", len(back))
	}
	if got := d.run("rdiff", "patch", name("base"), name("delta"), name("got")); !bytes.Equal(got, want) {
		t.Error("another file came back")
	}
}

// TestDeltaOfRevision gives deltas to old revisions and of extents, and heeds conditions.
func TestDeltaOfRevision(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	old := random(500_000, 1)
	first := h.put("/file", string(old))
	second := h.put("/file", string(random(400_000, 2)))
	a := h.ask(http.MethodGet, "/api/v1/signature/file?revision=1&offset=1000&length=5000&block=512", nil, "If-Match", first.ETag)
	want, err := delta.Sign(old[1000:6000], delta.Options{Block: 512})
	h.must(err)
	if !bytes.Equal(a.body, want) || a.Header.Get("ETag") != first.ETag || a.Header.Get("Hive-Revision") != "1" {
		t.Errorf("%d, %d bytes, %v", a.StatusCode, len(a.body), a.Header)
	}
	d := h.ask(http.MethodPost, "/api/v1/delta/file?revision=1&offset=1000&length=4000", bytes.NewReader(want), "Content-Type", "application/vnd.librsync-signature")
	got := make([]byte, 4000)
	if err := delta.Apply(got, old[1000:6000], d.body); err != nil || !bytes.Equal(got, old[1000:5000]) {
		t.Errorf("%d: %v", d.StatusCode, err)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/signature/file", nil, "If-Match", first.ETag), 412, "precondition_failed")
	for _, tag := range []string{second.ETag, "W/" + second.ETag, first.ETag + ", " + second.ETag, "*"} {
		for _, route := range []string{"/api/v1/signature/file", "/api/v1/chunks/file"} {
			if a := h.ask(http.MethodGet, route, nil, "If-None-Match", tag); a.StatusCode != http.StatusNotModified || len(a.body) > 0 {
				t.Errorf("%s with If-None-Match %s: %d", route, tag, a.StatusCode)
			}
		}
	}
}

// TestDeltaBomb: a base copied over and over ends at what was declared, and where nothing was, at a bound.
func TestDeltaBomb(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	entry := h.put("/file", string(random(1<<20, 1)))
	bomb := append([]byte{0x72, 0x73, 0x02, 0x36}, bytes.Repeat([]byte{0x47, 0, 0, 0x10, 0, 0}, 1_000_000)...)
	before := h.everything()
	wantProblem(t, h.patch("/file?size=5000000", bomb, nil, entry.ETag), 413, "too_large")
	quota := int64(4 << 20)
	_, err := h.accounts.Update(t.Context(), "alice", account.Change{Quota: &quota})
	h.must(err)
	wantProblem(t, h.patch("/file", bomb, nil, entry.ETag), 507, "quota_exceeded")
	wantProblem(t, h.patch("/file?size=5000000", bomb, nil, entry.ETag), 507, "quota_exceeded")
	if diff := cmp.Diff(before, h.everything()); diff != "" {
		t.Errorf("something was stored or lost:\n%s", diff)
	}
}

// TestPatchOfAnotherState: between the look at a file and its delta somebody else may write.
func TestPatchOfAnotherState(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	content := random(1000, 1)
	old := h.put("/file", string(content))
	h.put("/file", string(random(1000, 2)))
	want := join(content, []byte("more"))
	d, _ := delta.Between(content, want, 100)
	wantProblem(t, h.patch("/file", d, want, old.ETag), 412, "precondition_failed")
	wantProblem(t, h.patch("/file", d, want, "*"), 422, "digest_mismatch")
}

// deltaInputs are bad requests of this file's routes. /keep.txt has 4 bytes.
var deltaInputs = []badInput{
	{"delta without If-Match", patchWith("If-Match", ""), 428, "precondition_required"},
	{"delta with stale If-Match", patchWith("If-Match", `"1-stale"`), 412, "precondition_failed"},
	{"delta without digest", patchWith("Repr-Digest", ""), 422, "invalid"},
	{"delta with another digest", patchWith("Repr-Digest", reprDigest([]byte("other"))), 422, "digest_mismatch"},
	{"delta with a digest of another kind", patchWith("Repr-Digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:"), 422, "invalid"},
	{"delta with half a digest", patchWith("Repr-Digest", "sha-256=:AAAA:"), 422, "invalid"},
	{"delta with a digest as text", patchWith("Repr-Digest", "sha-256="+strings.Repeat("a", 64)), 422, "invalid"},
	{"delta of another type", patchWith("Content-Type", "application/octet-stream"), 415, "unsupported_media_type"},
	{"delta that is encoded", patchWith("Content-Encoding", "gzip"), 415, "unsupported_media_type"},
	{"delta that is none", patchBody("nonsense"), 400, "invalid_delta"},
	{"delta that is empty", patchBody(""), 400, "invalid_delta"},
	{"delta without end", patchBody("rs\x026\x01a"), 400, "invalid_delta"},
	{"delta past the file", patchBody("rs\x026\x45\x00\x09\x00"), 400, "invalid_delta"},
	{"delta of nothing", patchAt("/nothing"), 404, "not_found"},
	{"delta of a folder", patchAt("/folder"), 409, "is_folder"},
	{"delta with a size that is none", patchAt("/keep.txt?size=-1"), 422, "invalid"},

	{"signature of a folder", get("/api/v1/signature/folder"), 409, "is_folder"},
	{"signature of a kind that is none", get("/api/v1/signature/keep.txt?kind=sha1"), 422, "invalid"},
	{"signature with blocks of 4 GiB", get("/api/v1/signature/keep.txt?block=4294967296"), 422, "invalid"},
	{"signature with blocks of a byte", get("/api/v1/signature/keep.txt?block=1"), 422, "invalid"},
	{"signature with sums of 33", get("/api/v1/signature/keep.txt?sum=33"), 422, "invalid"},
	{"signature of an extent outside", get("/api/v1/signature/keep.txt?offset=3&length=2"), 416, "range_not_satisfiable"},
	{"signature from outside", get("/api/v1/signature/keep.txt?offset=5"), 416, "range_not_satisfiable"},
	{"delta for a signature that is none", postSignature("/api/v1/delta/keep.txt", "nonsense"), 400, "invalid_delta"},
	{"delta for blocks of 4 GiB", postSignature("/api/v1/delta/keep.txt", "rs\x017\xff\xff\xff\xff\x00\x00\x00\x20"), 400, "invalid_delta"},
	{"delta for no blocks", postSignature("/api/v1/delta/keep.txt", "rs\x017\x00\x00\x00\x00\x00\x00\x00\x20"), 400, "invalid_delta"},
	{"delta for sums of 255", postSignature("/api/v1/delta/keep.txt", "rs\x017\x00\x00\x08\x00\x00\x00\x00\xff"), 400, "invalid_delta"},
	{"delta for a signature of another type", post("/api/v1/delta/keep.txt", "{}"), 415, "unsupported_media_type"},
}

func patchWith(key, value string) func(*hive) answer {
	return func(h *hive) answer {
		d, _ := delta.Between([]byte("kept"), []byte("lost"), 100)
		return h.patch("/keep.txt", d, []byte("lost"), "*", key, value)
	}
}

func patchBody(body string) func(*hive) answer {
	return func(h *hive) answer { return h.patch("/keep.txt", []byte(body), nil, "*") }
}

func patchAt(path string) func(*hive) answer {
	return func(h *hive) answer { return h.patch(path, nil, nil, "*") }
}

func postSignature(path, body string) func(*hive) answer {
	return func(h *hive) answer {
		return h.ask(http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/vnd.librsync-signature")
	}
}
