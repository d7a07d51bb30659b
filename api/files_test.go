package api_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// noise is n bytes that do not compress, the same each time.
func noise(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(out)
	return out
}

func TestFileGoesInAndOut(t *testing.T) {
	h := newHive(t)
	deep := strings.Repeat("/folder", 40) + "/file"
	for _, path := range []string{
		"/plain.txt", "/with space.txt", `/"quotes" & 'more'.txt`, "/📷 ümläut e\u0301.jpg", "/per%20cent 100%", "/#hash?query=1;a+b",
		"/back\\slash", deep, "/" + strings.Repeat("n", 255),
	} {
		for _, size := range []int{0, 1, 100, 300 << 10, 3 << 20} {
			content := noise(size)
			escaped := (&url.URL{Path: path}).EscapedPath()
			a := h.ask(http.MethodPut, "/api/v1/files"+escaped+"?parents=true", bytes.NewReader(content))
			if a.StatusCode/100 != 2 {
				t.Fatalf("PUT %s: %d %s", path, a.StatusCode, a.body)
			}
			entry := decode[apitype.Entry](t, a)
			if entry.Size != int64(size) || a.Header.Get("ETag") != entry.ETag {
				t.Errorf("%s: %+v, ETag %s", path, entry, a.Header.Get("ETag"))
			}
			a = h.ask(http.MethodGet, "/api/v1/files"+escaped, nil)
			if a.StatusCode != http.StatusOK || !bytes.Equal(a.body, content) || a.ContentLength != int64(size) {
				t.Errorf("GET %s: %d, %d bytes, want %d", path, a.StatusCode, len(a.body), size)
			}
		}
	}
}

func TestEscapedSlashSeparates(t *testing.T) {
	h := newHive(t)
	h.put("/a/b.txt", "content")
	// What programs made from the OpenAPI document send for a {path}.
	if a := h.ask(http.MethodGet, "/api/v1/files/a%2Fb.txt", nil); string(a.body) != "content" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	// Decoded once only.
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/files/a%252Fb.txt", nil), 404, "not_found")
}

func TestNamesAreNormalised(t *testing.T) {
	h := newHive(t)
	h.put("/e\u0301", "combining")
	if a := h.ask(http.MethodGet, "/api/v1/files/%C3%A9", nil); string(a.body) != "combining" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestRanges(t *testing.T) {
	h := newHive(t)
	content := noise(2<<20 + 12345)
	h.put("/f", string(content))
	size := len(content)
	for _, test := range []struct {
		header     string
		start, end int // end is past the last byte
	}{
		{"bytes=0-0", 0, 1},
		{"bytes=0-", 0, size},
		{"bytes=1-", 1, size},
		{"bytes=-1", size - 1, size},
		{"bytes=-500000", size - 500000, size},
		{"bytes=1000000-1500000", 1000000, 1500001},
		{fmt.Sprintf("bytes=%d-", size-1), size - 1, size},
		{"bytes=5-99999999", 5, size},
		{"bytes=-99999999", 0, size},
		{"bytes=0-99999999999999999999", 0, size},
		{"bytes=-99999999999999999999", 0, size},
		{"Bytes=0-0", 0, 1},
		{"bytes=-0,1-2", 1, 3},
	} {
		a := h.ask(http.MethodGet, "/api/v1/files/f", nil, "Range", test.header)
		wantRange := fmt.Sprintf("bytes %d-%d/%d", test.start, test.end-1, size)
		if a.StatusCode != http.StatusPartialContent || a.Header.Get("Content-Range") != wantRange || !bytes.Equal(a.body, content[test.start:test.end]) {
			t.Errorf("%s: %d, %s, %d bytes", test.header, a.StatusCode, a.Header.Get("Content-Range"), len(a.body))
		}
		head := h.ask(http.MethodHead, "/api/v1/files/f", nil, "Range", test.header)
		if head.StatusCode != http.StatusPartialContent || head.ContentLength != int64(test.end-test.start) || len(head.body) != 0 {
			t.Errorf("HEAD %s: %d, length %d", test.header, head.StatusCode, head.ContentLength)
		}
	}
}

func TestRangesOfUnknownUnitsDoNotCount(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/f", "content")
	if a := h.ask(http.MethodGet, "/api/v1/files/f", nil, "Range", "lines=1-2"); a.StatusCode != http.StatusOK || string(a.body) != "content" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a := h.ask(http.MethodGet, "/api/v1/files/f", nil, "Range", "bytes=99999999999999999999-")
	wantProblem(t, a, 416, "range_not_satisfiable")
}

func TestSeveralRanges(t *testing.T) {
	h := newHive(t)
	content := noise(1 << 20)
	h.put("/f", string(content))
	a := h.ask(http.MethodGet, "/api/v1/files/f", nil, "Range", "bytes=0-9,500000-599999,-10")
	kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || a.StatusCode != http.StatusPartialContent || kind != "multipart/byteranges" {
		t.Fatalf("%d %q %v", a.StatusCode, kind, err)
	}
	parts := multipart.NewReader(bytes.NewReader(a.body), params["boundary"])
	for _, want := range [][]byte{content[:10], content[500000:600000], content[1<<20-10:]} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(part); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", part.Header.Get("Content-Range"), len(got), err)
		}
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("got %v, want the end", err)
	}
}

// TestManyRanges: each range costs the reading of a block, and 64 KiB of header have room for thousands.
func TestManyRanges(t *testing.T) {
	h := newHive(t)
	content := noise(1 << 20)
	h.put("/f", string(content))
	for ranges, want := range map[int]int{16: http.StatusPartialContent, 17: http.StatusOK, 10000: http.StatusOK} {
		a := h.ask(http.MethodGet, "/api/v1/files/f", nil, "Range", "bytes="+strings.TrimSuffix(strings.Repeat("9-9, ", ranges), ", "))
		if a.StatusCode != want || (want == http.StatusOK && !bytes.Equal(a.body, content)) {
			t.Errorf("%d ranges: %d, %d bytes", ranges, a.StatusCode, len(a.body))
		}
	}
}

func TestConditionalReads(t *testing.T) {
	h := newHive(t)
	mtime := time.Date(2020, 5, 17, 12, 30, 0, 123456789, time.UTC)
	a := h.ask(http.MethodPut, "/api/v1/files/f?exec=true&mtime="+mtime.Format(time.RFC3339Nano), strings.NewReader("content"))
	etag := a.Header.Get("ETag")
	old, new := mtime.Add(-time.Hour).Format(http.TimeFormat), mtime.Add(time.Hour).Format(http.TimeFormat)
	for _, test := range []struct {
		name    string
		headers []string
		status  int
		body    string
	}{
		{"none", nil, 200, "content"},
		{"same ETag", []string{"If-None-Match", etag}, 304, ""},
		{"one of them", []string{"If-None-Match", `"x", ` + etag}, 304, ""},
		{"other ETag", []string{"If-None-Match", `"x"`}, 200, "content"},
		{"not since its time", []string{"If-Modified-Since", new}, 200, "content"},
		{"since", []string{"If-Modified-Since", old}, 200, "content"},
		{"If-Match", []string{"If-Match", etag}, 200, "content"},
		{"If-Range by ETag", []string{"If-Range", etag, "Range", "bytes=0-2"}, 206, "con"},
		{"If-Range of old ETag", []string{"If-Range", `"x"`, "Range", "bytes=0-2"}, 200, "content"},
		{"If-Range by time", []string{"If-Range", mtime.Format(http.TimeFormat), "Range", "bytes=0-2"}, 200, "content"},
		{"If-Range of old time", []string{"If-Range", old, "Range", "bytes=0-2"}, 200, "content"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := h.ask(http.MethodGet, "/api/v1/files/f", nil, test.headers...)
			if a.StatusCode != test.status || string(a.body) != test.body {
				t.Errorf("got %d %q, want %d %q", a.StatusCode, a.body, test.status, test.body)
			}
			if a.Header.Get("ETag") != etag {
				t.Errorf("ETag %q", a.Header.Get("ETag"))
			}
		})
	}
	a = h.ask(http.MethodHead, "/api/v1/files/f", nil)
	if a.StatusCode != 200 || a.ContentLength != 7 || a.Header.Get("Last-Modified") != mtime.Format(http.TimeFormat) ||
		a.Header.Get("Accept-Ranges") != "bytes" || a.Header.Get("Hive-MTime") != mtime.Format(time.RFC3339Nano) ||
		a.Header.Get("Hive-Exec") != "true" || a.Header.Get("Hive-Revision") != "1" || a.Header.Get("Hive-Root") == "" {
		t.Errorf("HEAD: %d %v", a.StatusCode, a.Header)
	}
}

func TestConditionalWrites(t *testing.T) {
	h := newHive(t)
	put := func(content string, headers ...string) answer {
		return h.ask(http.MethodPut, "/api/v1/files/f", strings.NewReader(content), headers...)
	}
	a := put("one", "If-None-Match", "*")
	if a.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	first := a.Header.Get("ETag")
	if a = put("two", "If-Match", first); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, put("three", "If-Match", first), 412, "precondition_failed")
	wantProblem(t, put("three", "If-None-Match", "*"), 412, "precondition_failed")
	if a := h.ask(http.MethodGet, "/api/v1/files/f", nil); string(a.body) != "two" {
		t.Errorf("now %q", a.body)
	}
	if a := h.ask(http.MethodGet, "/api/v1/files/f?revision=1", nil); string(a.body) != "one" {
		t.Errorf("revision 1 is %q", a.body)
	}
}

func TestContentCannotAct(t *testing.T) {
	h := newHive(t)
	for _, test := range []struct{ name, query, kind, disposition string }{
		{"page.html", "", "text/html; charset=utf-8", `attachment; filename=page.html`},
		{"page.html", "?inline=true", "text/html; charset=utf-8", `attachment; filename=page.html`},
		{"picture.svg", "?inline=true", "image/svg+xml", `attachment; filename=picture.svg`},
		{"picture.png", "?inline=true", "image/png", `inline; filename=picture.png`},
		{"notes.txt", "?inline=true", "text/plain; charset=utf-8", `inline; filename=notes.txt`},
		{"no-such-kind.zzz9", "", "application/octet-stream", `attachment; filename=no-such-kind.zzz9`},
		{`q"u o.txt`, "", "text/plain; charset=utf-8", `attachment; filename="q\"u o.txt"`},
		{"ü📷.txt", "", "text/plain; charset=utf-8", `attachment; filename*=utf-8''%C3%BC%F0%9F%93%B7.txt`},
	} {
		path := (&url.URL{Path: "/" + test.name}).EscapedPath()
		h.put(path, "<script>alert(1)</script>")
		a := h.ask(http.MethodGet, "/api/v1/files"+path+test.query, nil)
		if got := a.Header.Get("Content-Type"); got != test.kind {
			t.Errorf("%s: type %q, want %q", test.name, got, test.kind)
		}
		if got := a.Header.Get("Content-Disposition"); got != test.disposition {
			t.Errorf("%s: disposition %q, want %q", test.name, got, test.disposition)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Errorf("%s: %v", test.name, a.Header)
		}
	}
}

func TestSameBytesMakeNoRevision(t *testing.T) {
	h := newHive(t)
	first, second := h.put("/f", "content"), h.put("/f", "content")
	if first.Revision != second.Revision || first.Root != second.Root {
		t.Errorf("got %+v and %+v", first, second)
	}
}

func TestEntriesAndFolders(t *testing.T) {
	h := newHive(t)
	h.put("/b/file.txt", "x")
	h.put("/a.txt", "longer")
	h.put("/C.TXT", "xx")
	names := func(query string) string {
		a := h.ask(http.MethodGet, "/api/v1/folders/"+query, nil)
		var names []string
		for _, e := range decode[apitype.Page[apitype.Entry]](t, a).Items {
			names = append(names, e.Name)
		}
		return strings.Join(names, " ")
	}
	for query, want := range map[string]string{
		"": "b a.txt C.TXT", "?order=desc": "b C.TXT a.txt", "?sort=size": "b C.TXT a.txt", "?sort=size&order=desc": "b a.txt C.TXT", "?limit=1": "b",
	} {
		if got := names(query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	a := h.ask(http.MethodPatch, "/api/v1/entries/a.txt", strings.NewReader(`{"exec":true,"mtime":"2001-02-03T04:05:06.7Z"}`))
	e := decode[apitype.Entry](t, a)
	if a.StatusCode != 200 || !e.Exec || !e.MTime.Equal(time.Date(2001, 2, 3, 4, 5, 6, 7e8, time.UTC)) || e.Path != "/a.txt" || e.Kind != "file" {
		t.Errorf("%d %+v", a.StatusCode, e)
	}
	if a.Header.Get("ETag") != e.ETag {
		t.Errorf("ETag %q, want %q", a.Header.Get("ETag"), e.ETag)
	}
	if a := h.ask(http.MethodGet, "/api/v1/entries/", nil); decode[apitype.Entry](t, a).Kind != "folder" {
		t.Errorf("the home is %s", a.body)
	}
}
