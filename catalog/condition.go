package catalog

import (
	"fmt"
	"strings"
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

// expect checks the conditions of a write against an entry; there says whether there is one. Empty conditions hold.
func expect(e Entry, there bool, ifMatch, ifNoneMatch string) error {
	if ifMatch != "" && (!there || !matches(ifMatch, e.ETag())) {
		return fmt.Errorf("%w: it is not at %s", ErrPrecondition, ifMatch)
	}
	if ifNoneMatch != "" && there && matches(ifNoneMatch, e.ETag()) {
		return fmt.Errorf("%w: %s is there already", ErrPrecondition, e.Path)
	}
	return nil
}
