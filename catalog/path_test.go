package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/melissiproject/hive/catalog"
)

func TestParsePath(t *testing.T) {
	long := strings.Repeat("n", 255)
	for _, test := range []struct{ text, want string }{
		{"/", "/"},
		{"/a", "/a"},
		{"/a/b/", "/a/b"},
		{"/A b/'q\"/..c/.d", "/A b/'q\"/..c/.d"},
		{"/back\\slash/100%/a?b*c", "/back\\slash/100%/a?b*c"},
		{"/e\u0301", "/\u00e9"}, // NFC
		{"/👩‍👩‍👧", "/👩‍👩‍👧"},
		{"/" + long, "/" + long},
		{"/" + strings.Repeat("e\u0301", 127), "/" + strings.Repeat("\u00e9", 127)}, // 381 bytes before NFC
		{strings.Repeat("/d", 255), strings.Repeat("/d", 255)},
	} {
		got, err := catalog.ParsePath(test.text)
		if err != nil || got.String() != test.want {
			t.Errorf("%.40q: got %q, %v, want %q", test.text, got, err, test.want)
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"": catalog.ErrPath, "a": catalog.ErrPath, "a/b": catalog.ErrPath, "//": catalog.ErrPath, "//a": catalog.ErrPath,
		"/a//b": catalog.ErrPath, "/a//": catalog.ErrPath, "/.": catalog.ErrPath, "/..": catalog.ErrPath,
		"/a/../b": catalog.ErrPath, "/a/./b": catalog.ErrPath, "/../etc/passwd": catalog.ErrPath,
		"/a\x00b": catalog.ErrPath, "/a\nb": catalog.ErrPath, "/a\x7f": catalog.ErrPath, "/\u0085": catalog.ErrPath,
		"/\xff": catalog.ErrPath, "/a\xc3": catalog.ErrPath, "/\xed\xa0\x80": catalog.ErrPath,
		strings.Repeat("/d", 256):            catalog.ErrPath,
		"/" + strings.Repeat("n", 256):       catalog.ErrNameTooLong,
		"/" + strings.Repeat("ü", 128):       catalog.ErrNameTooLong,
		"/a/" + strings.Repeat("n", 1<<20):   catalog.ErrNameTooLong,
		"/\u0344" + strings.Repeat("x", 252): catalog.ErrNameTooLong, // 254 bytes that NFC makes 256
	} {
		if got, err := catalog.ParsePath(text); !errors.Is(err, want) {
			t.Errorf("%.40q: got %q, %v, want %v", text, got, err, want)
		}
	}
}

func TestPathParts(t *testing.T) {
	p := path(t, "/a/b")
	if p.Name() != "b" || p.Parent().String() != "/a" || !p.Parent().Parent().IsRoot() || p.IsRoot() {
		t.Errorf("got name %q, parent %s", p.Name(), p.Parent())
	}
	root := catalog.Path{}
	if root.Name() != "" || !root.Parent().IsRoot() || root.String() != "/" {
		t.Errorf("root: got name %q, parent %s, text %s", root.Name(), root.Parent(), root)
	}
	// Two children of one parent must not share memory.
	one, two := must(p.Join("one"))(t), must(p.Join("two"))(t)
	if one.String() != "/a/b/one" || two.String() != "/a/b/two" {
		t.Errorf("got %s and %s", one, two)
	}
	for _, name := range []string{"", ".", "..", "x/y", "\x00"} {
		if got, err := p.Join(name); !errors.Is(err, catalog.ErrPath) {
			t.Errorf("join %q: got %s, %v", name, got, err)
		}
	}
	deepest := path(t, strings.Repeat("/d", 255))
	if got, err := deepest.Join("x"); !errors.Is(err, catalog.ErrPath) {
		t.Errorf("name 256: got %.20s, %v", got, err)
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/e\u0301", "/..", "/a//b", "/\xff", "/\u2126\u0344", "/ﬃ/İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := catalog.ParsePath(text)
		if err != nil {
			if !errors.Is(err, catalog.ErrPath) && !errors.Is(err, catalog.ErrNameTooLong) {
				t.Fatalf("unknown error %v", err)
			}
			return
		}
		again, err := catalog.ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q parses to %q, and that to %q, %v", text, p, again, err)
		}
		for q := p; !q.IsRoot(); q = q.Parent() {
			checkName(t, q.Name())
		}
	})
}

func checkName(t *testing.T, name string) {
	t.Helper()
	switch {
	case name == "" || name == "." || name == "..", len(name) > 255, !utf8.ValidString(name), !norm.NFC.IsNormalString(name),
		strings.ContainsRune(name, '/'), strings.ContainsFunc(name, unicode.IsControl):
		t.Fatalf("accepted the name %q", name)
	}
}
