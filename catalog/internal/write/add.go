package write

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// numbered is how many names are tried in order. After them chance finds one, so that many files of one name do not cost more and more.
const numbered = 10

// Add names a file whose blocks are safe. It replaces nothing: where the name is taken, in any case, it takes another one like it.
func Add(ctx context.Context, e *space.Edit, path space.Path, file blockstore.File) (space.Entry, error) {
	for n := 0; ; n++ {
		name := names.Like(path.Name(), false, "", n)
		if n >= numbered {
			name = names.Like(path.Name(), false, rand.Text()[:10], 1)
		}
		target := path.Parent().Child(name)
		entry, _, err := Put(ctx, e, target, file, PutOptions{IfNoneMatch: "*"})
		taken := errors.Is(err, space.ErrPrecondition) || errors.Is(err, space.ErrCaseCollision) || errors.Is(err, space.ErrIsFolder) ||
			errors.Is(err, space.ErrNotFound) // a mount that does not show here
		if !taken || n > numbered+3 {
			return entry, err
		}
	}
}
