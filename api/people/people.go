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

// Hive is what the routes have to know of the hive beside its users.
type Hive struct {
	// Quit ends what a user shares with others, before the user goes.
	Quit func(ctx context.Context, user int64) error
	// Name of the hive, as people see it.
	Name func() string
}

// Register adds the routes to r.
func Register(r *edge.Router, accounts *account.Accounts, names *catalog.Catalog, hive Hive) {
	h := &handlers{accounts, names, hive.Quit}
	h.sessionRoutes(r)
	h.accountRoutes(r)
	factors{accounts, hive.Name}.routes(r)
	h.userRoutes(r)
	codes{accounts.Codes()}.routes(r)
	resets{accounts.Resets()}.routes(r)
}
