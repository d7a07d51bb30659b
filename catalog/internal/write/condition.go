package write

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// matches tells whether the field value of an If-Match or If-None-Match header, a list of entity tags or "*", names tag.
// Weak tags never match: a write needs to know the very state it replaces.
func matches(field, tag string) bool {
	for one := range strings.SplitSeq(field, ",") {
		if one = strings.TrimSpace(one); one == "*" || one == tag {
			return true
		}
	}
	return false
}

// Expect checks the conditions of a write against an entry; there says whether there is one. Empty conditions hold.
func Expect(e space.Entry, there bool, ifMatch, ifNoneMatch string) error {
	if ifMatch != "" && (!there || !matches(ifMatch, e.ETag())) {
		return fmt.Errorf("%w: it is not at %s", space.ErrPrecondition, ifMatch)
	}
	if ifNoneMatch != "" && there && matches(ifNoneMatch, e.ETag()) {
		return fmt.Errorf("%w: %s is there already", space.ErrPrecondition, e.Path)
	}
	return nil
}

// Unchanged checks the condition of a change of an entry. The ETag of a mount is that which its user sees: it goes by what it shows.
func Unchanged(ctx context.Context, idb bun.IDB, e space.Entry, ifMatch string) error {
	if e.Target != 0 && ifMatch != "" {
		var changed database.Time
		err := idb.QueryRowContext(ctx, "SELECT changed FROM entries WHERE id = ?", e.Target).Scan(&changed)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("catalog: what is mounted: %w", err)
		}
		if err == nil {
			e.Changed = changed.Time
		}
	}
	return Expect(e, true, ifMatch, "")
}
