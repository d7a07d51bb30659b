package edge

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
)

// TestTableIsWhole checks that the table of errors and the codes of apitype are one list, and every row says something.
func TestTableIsWhole(t *testing.T) {
	given := map[string]bool{}
	for _, r := range append(slices.Clip(table), rowInvalid, rowInternal) {
		if r.code == "" || r.detail == "" || title(r.status) == "" && r.status != statusGone {
			t.Errorf("row is not whole: %+v", r)
		}
		given[r.code] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../apitype/problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		code, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if !given[code] {
			t.Errorf("%s is never given", spec.Names[0])
		}
		delete(given, code)
		return true
	})
	for code := range given {
		t.Errorf("%s is not in apitype", code)
	}
}

func TestLookup(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("put /x: %w", catalog.ErrQuota), 507, "quota_exceeded"},
		{fmt.Errorf("put: %w", fmt.Errorf("import: %w", blockstore.ErrNoSpace)), 507, "disk_reserve"},
		{fmt.Errorf("put: %w", fmt.Errorf("%w: %w", errBody, context.Canceled)), 400, "body_truncated"},
		{fmt.Errorf("write: %w", &fs.PathError{Err: syscall.ENOSPC}), 507, "disk_reserve"},
		{&account.TooManyAttempts{}, 429, "too_many_attempts"},
		{context.Canceled, 499, "stopping"},
		{Invalid("query.x", "is %s", "wrong"), 422, "invalid"},
		{errors.New("disk on fire"), 500, "internal"},
	} {
		if got := lookup(test.err); got.status != test.status || got.code != test.code {
			t.Errorf("%v: got %d %s, want %d %s", test.err, got.status, got.code, test.status, test.code)
		}
	}
}

func TestCode(t *testing.T) {
	for err, want := range map[error]string{
		errors.Join(errors.New("away"), catalog.ErrQuota): "quota_exceeded", blockstore.ErrNoSpace: "disk_reserve",
		errors.New("disk on fire"): "", context.Canceled: "", nil: "",
	} {
		if got := Code(err); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
}

func TestReasonIsInTheAnswer(t *testing.T) {
	r := newRouter(t, Config{})
	err := fmt.Errorf("find: %w", Because(ErrUnreachable, "connection refused"))
	p := r.problem(t.Context(), err)
	if want := "The other hive cannot be reached: connection refused."; p.Detail != want || p.Code != "hive_unreachable" || !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %+v", p)
	}
	err = Explained(fmt.Errorf("get: %w: /cat.jpg:\n%w", catalog.ErrAbsent, errors.New("the owner's hive does not answer")), catalog.ErrQuota, catalog.ErrAbsent)
	if p := r.problem(t.Context(), err); p.Detail != "The content is on another hive, and did not come: /cat.jpg: the owner's hive does not answer." || p.Code != "absent" {
		t.Errorf("got %+v", p)
	}
	for text, want := range map[string]string{
		"/a\nb":                        `The path is not valid: control character in name "a\nb".`,
		"/a/../b":                      `The path is not valid: ".." is no name.`,
		"a":                            `The path is not valid: "a" does not begin with a slash.`,
		strings.Repeat("/d", 256):      "The path is not valid: more than 255 names.",
		"/" + strings.Repeat("ü", 130): `A name has at most 255 bytes: "` + strings.Repeat("ü", 40) + `…" has 260 bytes.`,
	} {
		_, err := catalog.ParsePath(text)
		if p := r.problem(t.Context(), fmt.Errorf("put: %w", err)); p.Detail != want {
			t.Errorf("%.20s: got %s, want %s", text, p.Detail, want)
		}
	}
	if Explained(ErrRange, catalog.ErrAbsent) != ErrRange || Explained(nil) != nil {
		t.Error("another error was changed")
	}
	if Because(nil, "x") != nil || Because(ErrRange, "") != ErrRange {
		t.Error("a reason made an error")
	}
}

func TestRetryAfterIsWholeSeconds(t *testing.T) {
	r := newRouter(t, Config{})
	for wait, want := range map[time.Duration]string{time.Millisecond: "1", time.Second: "1", 1500 * time.Millisecond: "2"} {
		p := r.problem(t.Context(), fmt.Errorf("login: %w", &account.TooManyAttempts{RetryAfter: wait}))
		if got := p.header.Get("Retry-After"); got != want {
			t.Errorf("%s: got %s, want %s", wait, got, want)
		}
	}
}

// TestFailAfterTheFirstByte: it is too late for a problem, so the connection is cut.
func TestFailAfterTheFirstByte(t *testing.T) {
	r := newRouter(t, Config{})
	r.Raw(Root("/half", "half", "Half an answer"), func(c *gin.Context) error {
		_, _ = c.Writer.WriteString("half of")
		return errors.New("no more")
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("got %v, want http.ErrAbortHandler", v)
		}
	}()
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/half", nil))
	t.Error("the answer ended as if it were whole")
}

// TestFailDropsTheHeadersOfContent: an error must not look like the file it was to be.
func TestFailDropsTheHeadersOfContent(t *testing.T) {
	r := newRouter(t, Config{})
	r.Raw(Root("/file", "file", "A file"), func(c *gin.Context) error {
		for _, key := range contentHeaders {
			c.Header(key, "x")
		}
		return catalog.ErrNotFound
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/file", nil))
	for _, key := range contentHeaders {
		if got := w.Header().Get(key); got != "" {
			t.Errorf("%s is %q", key, got)
		}
	}
	if w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func newRouter(t *testing.T, cfg Config) *Router {
	t.Helper()
	r, err := New(nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTableKnowsEverySentinel: an error that a package below exports and the table does not know would become a 500.
func TestTableKnowsEverySentinel(t *testing.T) {
	known, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	sentinel := regexp.MustCompile(`(?m)^\s*(Err\w+)\s*=\s*errors\.New`)
	for _, pkg := range []string{"account", "catalog"} {
		sources, err := filepath.Glob("../../" + pkg + "/*.go")
		if err != nil || len(sources) == 0 {
			t.Fatal(sources, err)
		}
		for _, source := range sources {
			raw, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range sentinel.FindAllSubmatch(raw, -1) {
				if name := pkg + "." + string(match[1]); !strings.Contains(string(known), name+",") {
					t.Errorf("%s has no row", name)
				}
			}
		}
	}
}
