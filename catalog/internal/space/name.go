package space

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/names"
)

// maxExtension is the longest end of a name, in bytes, that stays where a name gets a suffix.
const maxExtension = 32

// FreeName returns the path of a name in folder that nothing has, like the one of the entry: "name (why).ext", then
// "name (why 2).ext". Without a reason it begins with "name (2).ext".
func FreeName(ctx context.Context, e *Edit, folder Entry, above Path, entry Entry, why string) (Path, error) {
	stem, extension := entry.Name, path.Ext(entry.Name)
	if entry.Kind == KindFolder || extension == stem || len(extension) > maxExtension {
		extension = ""
	}
	stem = strings.TrimSuffix(stem, extension)
	for n := 0; ; n++ {
		name := entry.Name
		if n > 0 {
			name = suffixed(stem, extension, why, n)
		}
		target := above.Child(name)
		f, err := e.Lookup(ctx, e.Tx, target)
		if err != nil {
			return Path{}, err
		}
		if f.Whole {
			continue
		}
		if err := e.Vacant(ctx, folder, name, entry.ID); !errors.Is(err, ErrCaseCollision) {
			return target, err
		}
	}
}

// suffixed is "stem (why 2).ext", the stem cut where that would be too long.
func suffixed(stem, extension, why string, n int) string {
	mark := " (" + why + ")" + extension
	switch {
	case why == "":
		mark = fmt.Sprintf(" (%d)%s", n+1, extension)
	case n > 1:
		mark = fmt.Sprintf(" (%s %d)%s", why, n, extension)
	}
	if room := names.MaxName - len(mark); len(stem) > room {
		stem = strings.ToValidUTF8(stem[:room], "")
	}
	return stem + mark
}
