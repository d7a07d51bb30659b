package names

import (
	"fmt"
	"path"
	"strings"
)

// maxExtension is the longest end of a name, in bytes, that stays where a name gets a suffix.
const maxExtension = 32

// Like is the n-th name like name, which is number 0: "name (why).ext", then "name (why 2).ext", or without a reason "name
// (2).ext" and so on. Folders have no extension. It is cut where it would be too long.
func Like(name string, folder bool, why string, n int) string {
	if n == 0 {
		return name
	}
	extension := path.Ext(name)
	if folder || extension == name || len(extension) > maxExtension {
		extension = ""
	}
	stem, mark := strings.TrimSuffix(name, extension), " ("+why+")"+extension
	switch {
	case why == "":
		mark = fmt.Sprintf(" (%d)%s", n+1, extension)
	case n > 1:
		mark = fmt.Sprintf(" (%s %d)%s", why, n, extension)
	}
	if room := MaxName - len(mark); len(stem) > room {
		stem = strings.ToValidUTF8(stem[:room], "")
	}
	return stem + mark
}
