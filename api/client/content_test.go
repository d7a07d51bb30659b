package client

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func attached(t *testing.T, b *content) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, "http://hive", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.attach(req)
	return req
}

func TestContentIsSentFromWhereItStands(t *testing.T) {
	r := strings.NewReader("skipped content")
	if _, err := r.Seek(8, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := newContent(r, -1)
	if err != nil || b.length != 7 {
		t.Fatalf("%+v %v", b, err)
	}
	for range 3 {
		req := attached(t, b)
		if raw, err := io.ReadAll(req.Body); err != nil || string(raw) != "content" || req.ContentLength != 7 {
			t.Errorf("%q of %d, %v", raw, req.ContentLength, err)
		}
		if !b.rewind() {
			t.Error("cannot be sent again")
		}
	}
}

func TestContentOfAnEarlierAttemptIsNotRead(t *testing.T) {
	b, err := newContent(strings.NewReader("content"), -1)
	if err != nil {
		t.Fatal(err)
	}
	first := attached(t, b)
	if _, err := io.ReadFull(first.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	b.rewind()
	second := attached(t, b)
	if n, err := first.Body.Read(make([]byte, 3)); n > 0 || !errors.Is(err, errDetached) {
		t.Errorf("the first attempt reads on: %d, %v", n, err)
	}
	if raw, _ := io.ReadAll(second.Body); string(raw) != "content" {
		t.Errorf("the second sends %q", raw)
	}
}

func TestContentThatCannotSeek(t *testing.T) {
	r, w, err := os.Pipe() // has Seek, which fails
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.Close()
	b, err := newContent(r, 42)
	if err != nil || b.length != 42 {
		t.Fatalf("%+v %v", b, err)
	}
	if attached(t, b).ContentLength != 42 || b.rewind() {
		t.Error("a pipe can be sent once")
	}
}

// TestContentThatChanges: what was measured is sent, and no more; where there is less, that is why it fails.
func TestContentThatChanges(t *testing.T) {
	for size, want := range map[int64]error{14: nil, 7: nil, 3: errChanged, 0: errChanged} {
		f, err := os.Create(filepath.Join(t.TempDir(), "f"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte("content"), 0); err != nil {
			t.Fatal(err)
		}
		b, err := newContent(f, -1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			raw, err := io.ReadAll(attached(t, b).Body)
			if int64(len(raw)) != min(size, 7) || !errors.Is(err, want) || !errors.Is(b.err(), want) {
				t.Errorf("of %d bytes: %q, %v, %v", size, raw, err, b.err())
			}
			b.rewind()
		}
	}
}

func TestContentOfNothing(t *testing.T) {
	empty, err := os.Create(filepath.Join(t.TempDir(), "empty"))
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	for _, r := range []io.Reader{nil, strings.NewReader(""), empty} {
		b, err := newContent(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		if req := attached(t, b); req.Body != http.NoBody || req.ContentLength != 0 || !b.rewind() || b.large() {
			t.Errorf("%T: length %d", r, req.ContentLength)
		}
	}
}

func TestContentOfABrokenFile(t *testing.T) {
	broken := errors.New("broken")
	if _, err := newContent(&noEnd{broken}, -1); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// noEnd can tell where it is, and no more.
type noEnd struct{ err error }

func (n *noEnd) Read([]byte) (int, error) { return 0, n.err }

func (n *noEnd) Seek(_ int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		return 0, nil
	}
	return 0, n.err
}

// FuzzEvents: whatever a server sends, the parser ends, and gives no line that was not there.
func FuzzEvents(f *testing.F) {
	f.Add("id: 1\ndata: {\"seq\":1}\n\n:\n\n")
	f.Add("data:\n\ndata: \r\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		for data, err := range events(strings.NewReader(stream)) {
			if err == nil && !strings.Contains(stream, data) {
				t.Errorf("made %q of %q", data, stream)
			}
		}
	})
}
