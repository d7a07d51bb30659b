package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// dial opens a connection of its own.
func (h *hive) dial() (net.Conn, *bufio.Reader) {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	h.must(err)
	h.t.Cleanup(func() { conn.Close() })
	h.must(conn.SetDeadline(time.Now().Add(20 * time.Second)))
	return conn, bufio.NewReader(conn)
}

func TestExpectContinue(t *testing.T) {
	h := newHive(t)
	h.put("/keep.txt", "kept")

	// What is refused is refused before the body.
	for line, code := range map[string]string{
		"PUT /api/v1/files/missing/x":  "not_found",
		"PUT /api/v1/files/keep.txt/x": "not_folder",
		"PUT /api/v1/files/a/../b":     "invalid_path",
	} {
		conn, r := h.dial()
		_, err := io.WriteString(conn, h.request(line, "Content-Length: 1000000", "Expect: 100-continue"))
		h.must(err)
		a := h.readAnswer(r, http.MethodPut)
		if got := decode[apitype.Problem](t, a).Code; got != code {
			t.Errorf("%s: got %d %s, want %s", line, a.StatusCode, got, code)
		}
	}

	// What is not refused is asked for.
	conn, r := h.dial()
	_, err := io.WriteString(conn, h.request("PUT /api/v1/files/x", "Content-Length: 7", "Expect: 100-continue"))
	h.must(err)
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v", line, err)
	}
	_, err = r.ReadString('\n')
	h.must(err)
	_, err = io.WriteString(conn, "content")
	h.must(err)
	if a := h.readAnswer(r, http.MethodPut); a.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestStalledUploadIsCut(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Stall = 50 * time.Millisecond })
	h.put("/keep.txt", "kept")
	conn, r := h.dial()
	_, err := io.WriteString(conn, h.request("PUT /api/v1/files/keep.txt", "Content-Length: 100")+"some bytes and then no more")
	h.must(err)
	wantProblem(t, h.readAnswer(r, http.MethodPut), 408, "body_stalled")
	if a := h.ask(http.MethodGet, "/api/v1/files/keep.txt", nil); string(a.body) != "kept" {
		t.Errorf("now %q", a.body)
	}
}

func TestStalledJSONIsCut(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Stall = 50 * time.Millisecond })
	for _, part := range []string{"", `{"from":`} {
		conn, r := h.dial()
		_, err := io.WriteString(conn, h.request("POST /api/v1/move", "Content-Type: application/json", "Content-Length: 100")+part)
		h.must(err)
		wantProblem(t, h.readAnswer(r, http.MethodPost), 408, "body_stalled")
	}
}

func TestStalledDownloadIsCut(t *testing.T) {
	h := newHive(t, func(s *setup) { s.api.Stall = 50 * time.Millisecond })
	const size = 24 << 20 // more than the sockets hold
	h.put("/big", string(make([]byte, size)))
	conn, r := h.dial()
	_, err := io.WriteString(conn, h.request("GET /api/v1/files/big"))
	h.must(err)
	resp, err := http.ReadResponse(r, nil)
	h.must(err)
	// The answer ends in the log when the server has cut it; until then nothing is read.
	h.log.wait(t, "path=/api/v1/files/big status=200")
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("got all of %d bytes", n)
	}
}

func TestKeepsTheConnectionAfterARefusal(t *testing.T) {
	h := newHive(t)
	conn, r := h.dial()
	for range 3 {
		_, err := io.WriteString(conn, h.request("PUT /api/v1/files/missing/x", "Content-Length: 7")+"content")
		h.must(err)
		wantProblem(t, h.readAnswer(r, http.MethodPut), 404, "not_found")
	}
}
