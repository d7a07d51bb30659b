// Package people holds the routes about people: sign-in, registration, the own account, users and registration codes.
//
// It parses, asks account, and renders. Who may use a route is said where it is registered and held by package edge.
package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

type handlers struct {
	accounts *account.Accounts
	catalog  *catalog.Catalog
	quit     func(ctx context.Context, user int64) error
}

// Register adds the routes to r. Quit ends what a user shares with others, before the user goes.
func Register(r *edge.Router, accounts *account.Accounts, names *catalog.Catalog, quit func(ctx context.Context, user int64) error) {
	h := &handlers{accounts, names, quit}
	h.sessionRoutes(r)
	h.accountRoutes(r)
	h.userRoutes(r)
	h.codeRoutes(r)
}
