// Package mount is the entries of homes that show a folder of another space.
//
// It owns their rows, how they come and go, and the relay that carries the changes of a mounted folder into the logs of
// those who see it. It does not own how a path goes through a mount: that is package catalog's.
package mount

import "github.com/melissiproject/hive/catalog/internal/space"

// Mount is an entry of a home that shows a folder of another space.
type Mount struct {
	Entry int64 // in the home; set by the catalog
	User  int64 // whose home it is
	Space int64 // that is shown
	Root  int64 // the folder in it
	Role  space.Role
	Ref   string // the share
	Path  string // in the home, "" while it lies in the trash
}
