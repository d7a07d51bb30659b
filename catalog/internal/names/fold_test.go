package names

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"Straße", "STRASSE", "strasse"}, {"Ünï", "ÜNÏ", "u\u0308nï"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}, {"a.TXT", "A.txt"},
	} {
		for _, other := range same[1:] {
			if Fold(same[0]) != Fold(other) {
				t.Errorf("%q folds to %q, %q to %q", same[0], Fold(same[0]), other, Fold(other))
			}
		}
	}
}

// FuzzFold holds the room that the schema gives folded names, and what search relies on.
func FuzzFold(f *testing.F) {
	f.Add(strings.Repeat("\u0390", 127)) // grows most: two bytes to six
	f.Add("ﬃİ")
	f.Fuzz(func(t *testing.T, text string) {
		name, err := parseName(text)
		if err != nil {
			return
		}
		folded := Fold(name)
		if len(folded) > 1024 || !utf8.ValidString(folded) || folded == "" {
			t.Fatalf("%q folds to %q, %d bytes", name, folded, len(folded))
		}
		if Fold(folded) != folded {
			t.Fatalf("%q folds to %q, and that to %q", name, folded, Fold(folded))
		}
	})
}
