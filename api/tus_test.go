package api_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the protocol's
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// tus asks as a client of the protocol.
func (h *hive) tus(method, path string, body io.Reader, headers ...string) answer {
	h.t.Helper()
	headers = append([]string{"Tus-Resumable", "1.0.0"}, headers...)
	if method == http.MethodPatch {
		headers = append([]string{"Content-Type", "application/offset+octet-stream"}, headers...)
	}
	a := h.ask(method, path, body, headers...)
	if a.Header.Get("Tus-Resumable") != "1.0.0" {
		h.t.Errorf("%s %s: no Tus-Resumable in %v", method, path, a.Header)
	}
	return a
}

// meta is an Upload-Metadata.
func meta(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(out, ",")
}

// begin makes an upload and returns where it is.
func (h *hive) begin(path string, length int64) string {
	h.t.Helper()
	a := h.tus(http.MethodPost, "/api/v1/tus", nil, "Upload-Length", strconv.FormatInt(length, 10), "Upload-Metadata", meta("path", path))
	if a.StatusCode != http.StatusCreated || a.Header.Get("Upload-Expires") == "" {
		h.t.Fatalf("%d %s %v", a.StatusCode, a.body, a.Header)
	}
	return a.Header.Get("Location")
}

// offset asks how far an upload is.
func (h *hive) offset(at string) int64 {
	h.t.Helper()
	a := h.tus(http.MethodHead, at, nil)
	n, err := strconv.ParseInt(a.Header.Get("Upload-Offset"), 10, 64)
	if a.StatusCode != http.StatusOK || err != nil || a.Header.Get("Cache-Control") != "no-store" {
		h.t.Fatalf("HEAD %s: %d %v", at, a.StatusCode, a.Header)
	}
	return n
}

// TestTusOverBrokenConnections sends a file over connections that are cut anywhere.
func TestTusOverBrokenConnections(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	data := random(5<<20, 3)
	at := h.begin("/file", int64(len(data)))
	for offset := int64(0); offset < int64(len(data)); offset = h.offset(at) {
		rest := data[offset:]
		n := 1 + rand.IntN(1<<20)
		if n >= len(rest) {
			a := h.tus(http.MethodPatch, at, bytes.NewReader(rest), "Upload-Offset", strconv.FormatInt(offset, 10))
			if a.StatusCode != http.StatusNoContent || a.Header.Get("ETag") == "" || a.Header.Get("Hive-Entry") == "" {
				t.Fatalf("%d %s %v", a.StatusCode, a.body, a.Header)
			}
			continue
		}
		conn, _ := h.dial()
		fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: %d\r\n"+
			"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n", at, h.token, offset, len(rest))
		if _, err := conn.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		h.must(conn.(*net.TCPConn).CloseWrite())
		_, _ = io.Copy(io.Discard, conn) // the answer: all that came has been taken in
		h.must(conn.Close())
		if got := h.offset(at); got != offset+int64(n) {
			t.Fatalf("%d bytes are safe, %d were sent", got, offset+int64(n))
		}
	}
	if got := read(t, h.client(h.token), "/file"); !bytes.Equal(got, data) {
		t.Error("content differs")
	}
}

// TestTusIsTheProtocol goes through what a client meets.
func TestTusIsTheProtocol(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	a := h.ask(http.MethodOptions, "/api/v1/tus", nil, "Authorization", "")
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Tus-Version") != "1.0.0" || !strings.Contains(a.Header.Get("Tus-Extension"), "creation-with-upload") {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	wantProblem(t, h.ask(http.MethodPost, "/api/v1/tus", nil, "Upload-Length", "1"), 412, "tus_version")

	at := h.begin("/file", 10)
	patch := func(offset, body string, headers ...string) answer {
		return h.tus(http.MethodPatch, at, strings.NewReader(body), append([]string{"Upload-Offset", offset}, headers...)...)
	}
	wantProblem(t, patch("1", "x"), 409, "offset_mismatch")
	wantProblem(t, patch("", "x"), 422, "invalid")
	wantProblem(t, patch("-1", "x"), 422, "invalid")
	wantProblem(t, patch("0", "x", "Content-Type", "text/plain"), 415, "unsupported_media_type")
	wantProblem(t, patch("0", "01234567890"), 413, "too_large")
	wantProblem(t, patch("0", "01234", "Upload-Checksum", "sha256 "+sum64("01235")), 460, "digest_mismatch")
	wantProblem(t, patch("0", "01234", "Upload-Checksum", "crc32 "+sum64("01234")), 422, "invalid")
	wantProblem(t, patch("0", "01234", "Upload-Checksum", "sha256 !"), 422, "invalid")
	if got := h.offset(at); got != 0 {
		t.Errorf("%d bytes are there", got)
	}
	if a := patch("0", "01234", "Upload-Checksum", "sha256 "+sum64("01234")); a.StatusCode != 204 || a.Header.Get("Upload-Offset") != "5" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	list := decode[apitype.Page[apitype.Upload]](t, h.ask(http.MethodGet, "/api/v1/tus", nil))
	if len(list.Items) != 1 || list.Items[0].URL != at || list.Items[0].Offset != 5 || list.Items[0].Path != "/file" {
		t.Errorf("got %+v", list)
	}
	sum := sha1.Sum([]byte("56789")) //nolint:gosec // the protocol's
	if a := patch("5", "56789", "Upload-Checksum", "sha1 "+base64.StdEncoding.EncodeToString(sum[:])); a.StatusCode != 204 || a.Header.Get("ETag") == "" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := h.tus(http.MethodHead, at, nil); a.Header.Get("Upload-Offset") != "10" || a.Header.Get("Hive-Entry") == "" || a.Header.Get("Upload-Metadata") != meta("path", "/file") {
		t.Errorf("%v", a.Header)
	}
	if a := h.tus(http.MethodDelete, at, nil); a.StatusCode != 204 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := h.tus(http.MethodHead, at, nil); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
	if got := string(read(t, h.client(h.token), "/file")); got != "0123456789" {
		t.Errorf("got %q", got)
	}
}

func sum64(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// TestTusCreation: sizes, first bytes, metadata, and what cannot be.
func TestTusCreation(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/there", "x")
	create := func(length, metadata, body string, headers ...string) answer {
		headers = append([]string{"Upload-Length", length, "Upload-Metadata", metadata}, headers...)
		if body != "" {
			headers = append(headers, "Content-Type", "application/offset+octet-stream")
		}
		return h.tus(http.MethodPost, "/api/v1/tus", strings.NewReader(body), headers...)
	}
	for length, code := range map[string]int{"3000000000": 201, "9223372036854775807": 507, "9223372036854775808": 422, "-1": 422, "": 422, "1e3": 422} {
		if a := create(length, meta("path", "/large"), ""); a.StatusCode != code {
			t.Errorf("length %q: %d %s", length, a.StatusCode, a.body)
		}
	}
	for metadata, want := range map[string]string{
		"": "invalid", "path": "invalid_path", "path !": "invalid", meta("path", "relative/../x"): "invalid_path", meta("path", "/a", "path", "/b"): "invalid",
		meta("path", "/a", "mtime", "yesterday"): "invalid", meta("path", "/a", "parents", "perhaps"): "invalid", meta("path", "/none/a"): "not_found",
		meta("path", "/there", "ifNoneMatch", "*"): "precondition_failed", meta("path", "/there/x"): "not_folder", meta("path", "/a", "ifMatch", strings.Repeat("x", 300)): "invalid",
		meta("path", "/a", "x", strings.Repeat("y", 20<<10)): "invalid",
	} {
		a := create("1", metadata, "")
		if p := decode[apitype.Problem](t, a); p.Code != want {
			t.Errorf("%.100s: got %s, want %s", metadata, p.Code, want)
		}
	}
	a := create("5", meta("path", "/new/file", "mtime", "2020-01-02T03:04:05Z", "exec", "true", "filename", "ü")+",parents", "hello")
	if a.StatusCode != 201 || a.Header.Get("ETag") == "" || a.Header.Get("Upload-Offset") != "5" {
		t.Errorf("%d %s %v", a.StatusCode, a.body, a.Header)
	}
	e, err := h.client(h.token).Files.Stat(t.Context(), "/new/file")
	if err != nil || !e.Exec || e.MTime.Year() != 2020 || strconv.FormatInt(e.ID, 10) != a.Header.Get("Hive-Entry") {
		t.Errorf("%+v, %v", e, err)
	}
	if a := create("0", meta("path", "/empty"), ""); a.StatusCode != 201 || a.Header.Get("Hive-Entry") == "" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := create("5", meta("path", "/part"), "he"); a.StatusCode != 201 || a.Header.Get("Upload-Offset") != "2" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a = create("5", meta("path", "/part"), "", "Content-Type", "application/json")
	if a.StatusCode != 201 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, h.tus(http.MethodPost, "/api/v1/tus", strings.NewReader("{}"), "Upload-Length", "5", "Upload-Metadata", meta("path", "/x"), "Content-Type", "application/json"), 415, "unsupported_media_type")
}

// TestTusTakesTurns: a second request is refused while one sends; who asks how far it came ends it.
func TestTusTakesTurns(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	at := h.begin("/file", 10)
	conn, _ := h.dial()
	defer conn.Close()
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"+
		"Content-Type: application/offset+octet-stream\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n", at, h.token)
	if _, err := conn.Read(make([]byte, 100)); err != nil { // 100: the turn is taken, and the body wanted
		t.Fatal(err)
	}
	fmt.Fprint(conn, "01234")
	active := func() bool {
		return decode[apitype.Page[apitype.Upload]](t, h.ask(http.MethodGet, "/api/v1/tus", nil)).Items[0].Active
	}
	if !active() {
		t.Error("it is not active")
	}
	wantProblem(t, h.tus(http.MethodPatch, at, strings.NewReader("x"), "Upload-Offset", "0"), 423, "upload_busy")
	offset := h.offset(at)
	if offset != 0 && offset != 5 { // the bytes may still be on their way
		t.Errorf("%d bytes", offset)
	}
	if active() {
		t.Error("it is active still")
	}
	a := h.tus(http.MethodPatch, at, strings.NewReader("0123456789"[offset:]), "Upload-Offset", strconv.FormatInt(offset, 10))
	if a.StatusCode != 204 || a.Header.Get("Hive-Entry") == "" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// TestTusIsOnesOwn: nobody learns of the uploads of others, and a token that may only read cannot send.
func TestTusIsOnesOwn(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	at := h.begin("/file", 10)
	for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodDelete} {
		a := h.tus(method, at, strings.NewReader(""), "Authorization", "Bearer "+h.admin, "Upload-Offset", "0")
		if a.StatusCode != 404 {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
	if list := decode[apitype.Page[apitype.Upload]](t, h.ask(http.MethodGet, "/api/v1/tus", nil, "Authorization", "Bearer "+h.admin)); len(list.Items) != 0 {
		t.Errorf("got %v", list)
	}
	reader, err := h.client(h.token).Account.CreateToken(t.Context(), apitype.NewToken{Name: "reader", Scopes: []string{"files:read"}})
	h.must(err)
	for _, method := range []string{http.MethodPost, http.MethodHead, http.MethodPatch, http.MethodDelete} {
		to := at
		if method == http.MethodPost {
			to = "/api/v1/tus"
		}
		a := h.ask(method, to, strings.NewReader(""), "Tus-Resumable", "1.0.0", "Authorization", "Bearer "+reader.Secret, "Upload-Offset", "0", "Upload-Length", "10")
		if a.StatusCode != 403 {
			t.Errorf("%s by who may only read: %d", method, a.StatusCode)
		}
	}
}

// TestUploadsOfClient is the way of the Go client.
func TestUploadsOfClient(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	up := h.client(h.token).Uploads
	yes := true
	p, err := up.Begin(t.Context(), "/a b/ü", client.PutOptions{Length: 10, Parents: true, Exec: &yes})
	h.must(err)
	p, err = up.Append(t.Context(), p.ID, 0, strings.NewReader("01234"))
	if err != nil || p.Offset != 5 || p.Entry != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = up.Progress(t.Context(), p.ID); err != nil || p.Offset != 5 || p.Length != 10 {
		t.Errorf("%+v, %v", p, err)
	}
	for u, err := range up.List(t.Context()) {
		if err != nil || u.ID != p.ID {
			t.Errorf("%+v, %v", u, err)
		}
	}
	if p, err = up.Append(t.Context(), p.ID, 5, strings.NewReader("56789")); err != nil || p.Entry == 0 || p.ETag == "" {
		t.Errorf("%+v, %v", p, err)
	}
	h.must(up.Drop(t.Context(), p.ID))
	if e, err := h.client(h.token).Files.Stat(t.Context(), "/a b/ü"); err != nil || e.ETag != p.ETag || !e.Exec {
		t.Errorf("%+v, %v", e, err)
	}
}

// BenchmarkTus is BenchmarkUpload in one part.
func BenchmarkTus(b *testing.B) {
	h := newHive(b, quiet)
	up := h.client(h.token).Uploads
	upload(b, func(path string, content io.Reader) error {
		p, err := up.Begin(b.Context(), path, client.PutOptions{Length: 256 << 20})
		if err == nil {
			_, err = up.Append(b.Context(), p.ID, 0, content)
		}
		return err
	})
}
