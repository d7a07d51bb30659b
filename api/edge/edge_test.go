package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
)

func TestPathsOfTheDocument(t *testing.T) {
	for document, router := range map[string]string{
		"/api/v1/files/{path}":         "/api/v1/files/*path",
		"/api/v1/trash/{id}/restore":   "/api/v1/trash/:id/restore",
		"/api/v1/users/{name}":         "/api/v1/users/:name",
		"/healthz":                     "/healthz",
		"/api/v1/users/{name}/{other}": "/api/v1/users/:name/:other",
	} {
		if got := ginPath(document); got != router {
			t.Errorf("%s: got %s, want %s", document, got, router)
		}
		if got := documentPath(router); got != document {
			t.Errorf("%s: got %s, want %s", router, got, document)
		}
	}
}

func TestParams(t *testing.T) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	read := func(query string) *Params {
		c.Request = httptest.NewRequest(http.MethodGet, "/?"+query, nil)
		return ParamsOf(c)
	}
	q := read("b=true&n=7&t=2020-05-17T12:30:00.5Z&d=30s&e=false")
	if !q.Bool("b") || q.Number("n") != 7 || q.NumberUpTo("n", 7) != 7 || q.Wait("d") != 30*time.Second ||
		!q.Time("t").Equal(time.Date(2020, 5, 17, 12, 30, 0, 5e8, time.UTC)) || *q.BoolIfGiven("e") || q.BoolIfGiven("none") != nil || q.Err != nil {
		t.Errorf("%+v", q)
	}
	none := read("")
	if none.Bool("b") || none.Number("n") != 0 || !none.Time("t").IsZero() || none.Wait("d") != 0 || none.Err != nil {
		t.Errorf("%+v", none)
	}
	for query, ask := range map[string]func(*Params){
		"b=perhaps":             func(p *Params) { p.Bool("b") },
		"n=-1":                  func(p *Params) { p.Number("n") },
		"n=9223372036854775808": func(p *Params) { p.Number("n") },
		"n=8":                   func(p *Params) { p.NumberUpTo("n", 7) },
		"t=yesterday":           func(p *Params) { p.Time("t") },
		"d=long":                func(p *Params) { p.Wait("d") },
		"x=%zz":                 func(*Params) {},
	} {
		q := read(query)
		if ask(q); q.Err == nil || lookup(q.Err).status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %v", query, q.Err)
		}
	}
	q = read("n=x&b=y")
	q.Number("n")
	q.Bool("b")
	if !strings.Contains(q.Err.Error(), "query.n") {
		t.Errorf("got %v, want the first fault", q.Err)
	}
}

func TestCredential(t *testing.T) {
	for _, test := range []struct {
		header, cookie string
		want           credential
		fails          bool
	}{
		{header: "Bearer secret", want: credential{secret: "secret"}},
		{header: "bearer  secret ", want: credential{secret: "secret"}},
		{cookie: "hive_session=secret", want: credential{secret: "secret"}},
		{header: "Bearer one", cookie: "hive_session=two", want: credential{secret: "one"}},
		{header: "Basic YTpi", cookie: "hive_session=two", want: credential{"a", "b"}},
		{header: "Basic OmI=", cookie: "hive_session=two", fails: true},
		{header: "Basic nonsense", cookie: "hive_session=two", fails: true},
		{header: "Digest x", cookie: "hive_session=two", fails: true},
		{cookie: "other=secret", fails: true},
		{fails: true},
	} {
		req := httptest.NewRequest(http.MethodGet, "/?token=query", nil)
		req.Header.Set("Authorization", test.header)
		req.Header.Set("Cookie", test.cookie)
		got, err := credentialOf(req)
		if got != test.want || errors.Is(err, account.ErrTokenInvalid) != test.fails {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
}

func TestStreamsEndTogether(t *testing.T) {
	var s streams
	one, done := s.context(t.Context())
	defer done()
	two, doneTwo := s.context(t.Context())
	doneTwo()
	s.close()
	s.close()
	if context.Cause(one) != errStopping || context.Cause(two) != context.Canceled {
		t.Errorf("got %v and %v", context.Cause(one), context.Cause(two))
	}
	late, doneLate := s.context(t.Context())
	defer doneLate()
	if context.Cause(late) != errStopping {
		t.Errorf("got %v", context.Cause(late))
	}
}

// TestDeadlineMoves checks, in virtual time, that a transfer may take for ever but not stand still.
func TestDeadlineMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at time.Time
		sets := 0
		d := deadline{set: func(when time.Time) error { at = when; sets++; return nil }, stall: 2 * time.Minute}
		for range 10_000 {
			d.extend()
			if left := time.Until(at); left < 110*time.Second {
				t.Fatalf("only %s left", left)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if sets > 200 {
			t.Errorf("set %d times in 10,000 reads", sets)
		}
	})
}

// broken is a body that fails.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestBodyErrorsAreTheClients(t *testing.T) {
	for _, test := range []struct {
		err, want error
	}{
		{io.EOF, io.EOF},
		{io.ErrUnexpectedEOF, errBody},
		{errors.New("malformed chunk"), errBody},
		{os.ErrDeadlineExceeded, errStalled},
	} {
		cleared := false
		body := watchedBody{ReadCloser: io.NopCloser(broken{test.err}), until: deadline{set: func(at time.Time) error { cleared = at.IsZero(); return nil }, stall: time.Minute}}
		body.right = newRight(func() error { return nil })
		_, err := body.Read(make([]byte, 10))
		if !errors.Is(err, test.want) || (test.want == io.EOF) != (err == io.EOF) {
			t.Errorf("%v: got %v", test.err, err)
		}
		// After an error the deadline stays: it bounds what the server reads of the rest.
		if cleared != (test.err == io.EOF) {
			t.Errorf("%v: deadline cleared is %v", test.err, cleared)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	ctx := context.WithValue(t.Context(), requestKey{}, &Request{secure: true})
	want := "hive_session=s; Path=/; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; SameSite=Strict"
	if got := SessionCookie(ctx, "s", &expires); got != want {
		t.Errorf("got %s", got)
	}
	want = "hive_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
	if got := SessionCookie(t.Context(), "", nil); got != want {
		t.Errorf("got %s", got)
	}
}
