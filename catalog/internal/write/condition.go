package write

import (
	"fmt"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/space"
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
