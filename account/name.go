package account

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/melissiproject/hive/internal/audit"
)

// labelBytes is the longest name of a token or device.
const labelBytes = 200

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// reserved names would read as something else in an address, a path or a log.
var reserved = []string{"anonymous", "everyone", "hive", "me", "nobody", audit.System}

// parseName folds the name of a user to lower case: ErrName.
func parseName(s string) (string, error) {
	if !namePattern.MatchString(s) {
		return "", ErrName
	}
	name := strings.ToLower(s)
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
