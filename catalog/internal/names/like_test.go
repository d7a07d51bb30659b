package names

import (
	"strings"
	"testing"
)

func TestLike(t *testing.T) {
	for _, c := range []struct {
		name   string
		folder bool
		why    string
		n      int
		want   string
	}{
		{"a.txt", false, "", 0, "a.txt"},
		{"a.txt", false, "", 1, "a (2).txt"},
		{"a.txt", true, "", 2, "a.txt (3)"},
		{".profile", false, "restored", 1, ".profile (restored)"},
		{"a.tar.gz", false, "restored", 2, "a.tar (restored 2).gz"},
		{"a." + strings.Repeat("x", 40), false, "", 1, "a." + strings.Repeat("x", 40) + " (2)"},
		{strings.Repeat("ü", 127) + ".t", false, "", 1, strings.Repeat("ü", 124) + " (2).t"},
	} {
		if got := Like(c.name, c.folder, c.why, c.n); got != c.want || len(got) > MaxName {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
