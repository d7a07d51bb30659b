package account

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nameBytes  = 64
	labelBytes = 200
)

// reserved names would read as something else in an address, a path or a log.
var reserved = []string{"anonymous", "everyone", "hive", "me", "nobody", "system"}

// parseName folds the name of a user to lower case: ErrName.
func parseName(s string) (string, error) {
	if s == "" || len(s) > nameBytes {
		return "", ErrName
	}
	name := strings.ToLower(s)
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '.' || c == '_' || c == '-') {
			continue
		}
		return "", fmt.Errorf("%w: %q", ErrName, s)
	}
	if slices.Contains(reserved, name) {
		return "", fmt.Errorf("%w: %q is reserved", ErrName, name)
	}
	return name, nil
}

// parseLabel checks the name of a token, which people read: ErrInvalid.
func parseLabel(s string) (string, error) {
	label := strings.TrimSpace(s)
	if label == "" || len(label) > labelBytes || !utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl) {
		return "", fmt.Errorf("%w: a name is 1 to %d bytes of text", ErrInvalid, labelBytes)
	}
	return label, nil
}

// cleanLabel makes a name for a device of whatever the client says.
func cleanLabel(s string) string {
	label := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(label) > labelBytes {
		label = strings.ToValidUTF8(label[:labelBytes], "")
	}
	return strings.TrimSpace(label)
}
