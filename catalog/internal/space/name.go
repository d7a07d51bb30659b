package space

import (
	"context"
	"errors"

	"github.com/melissiproject/hive/catalog/internal/names"
)

// FreeName returns the path of a name in folder that nothing has, like the one of the entry: "name (why).ext", then
// "name (why 2).ext". Without a reason it begins with "name (2).ext".
func FreeName(ctx context.Context, e *Edit, folder Entry, above Path, entry Entry, why string) (Path, error) {
	for n := 0; ; n++ {
		name := names.Like(entry.Name, entry.Kind == KindFolder, why, n)
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
