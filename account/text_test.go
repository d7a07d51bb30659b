package account

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a": "a", "Alice": "alice", "0day": "0day", "a.b_c-d": "a.b_c-d", strings.Repeat("x", 64): strings.Repeat("x", 64),
	} {
		if got, err := parseName(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", ".a", "-a", "_a", "a b", "a/b", "a@b", "ä", "\u212a", "a\x00", "a\n", strings.Repeat("x", 65), "me", "Hive", "..",
	} {
		if got, err := parseName(in); !errors.Is(err, ErrName) || got != "" {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
}

func TestParsePassword(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"0123456789", "🐝🐝🐝🐝🐝🐝🐝🐝🐝🐝", strings.Repeat("x", 1024)} {
		if _, err := parsePassword(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
	for _, in := range []string{"", "012345678", "🐝🐝🐝🐝🐝🐝🐝🐝🐝", strings.Repeat("x", 1025), "0123456789\xff"} {
		if _, err := parsePassword(in); !errors.Is(err, ErrPassword) || err.Error() != ErrPassword.Error() {
			t.Errorf("%q: got %v, which may show the password", in, err)
		}
	}
}

func TestCleanLabel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " laptop\n": "laptop", "a\x00b": "a b", "a\xffb": "ab", "🐝": "🐝",
		strings.Repeat("x", 300): strings.Repeat("x", 200), strings.Repeat("🐝", 100): strings.Repeat("🐝", 50),
		"x" + strings.Repeat("🐝", 100): "x" + strings.Repeat("🐝", 49),
	} {
		if got := cleanLabel(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("alice")
	f.Add("x\xf0\x9f\x90\n" + strings.Repeat("é", 200))
	f.Fuzz(func(t *testing.T, s string) {
		label := cleanLabel(s)
		if !utf8.ValidString(label) || len(label) > labelBytes {
			t.Errorf("%q", label)
		}
		if got, err := parseLabel(label); label != "" && (err != nil || got != label) {
			t.Errorf("%q: got %q, %v", label, got, err)
		}
		if name, err := parseName(s); err == nil {
			if again, err := parseName(name); err != nil || again != name {
				t.Errorf("%q: got %q, %v", name, again, err)
			}
		}
	})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	secret := newSecret()
	if _, ok := secretHash(secret); !ok || secret == newSecret() || len(secret) != 48 {
		t.Errorf("got %q", secret)
	}
	for _, bad := range []string{"", secret[5:], secret + "x", secret[:47], "HIVE_" + secret[5:]} {
		if _, ok := secretHash(bad); ok {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "admin": "admin", " files:write  files:read admin files:read ": "files:read files:write admin",
	} {
		if got, err := ParseScopes(in); err != nil || got.String() != want {
			t.Errorf("%q: got %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"root", "files", "admin,account", "Admin"} {
		if got, err := ParseScopes(in); !errors.Is(err, ErrInvalid) || got != nil {
			t.Errorf("%q: got %s, %v", in, got, err)
		}
	}
	some := Scopes{ScopeRead, ScopeAccount}
	if !some.Has(ScopeRead) || some.Has(ScopeWrite) || !some.Covers(nil) || !some.Covers(Scopes{ScopeAccount}) || some.Covers(AllScopes()) {
		t.Error("sets are wrong")
	}
}
