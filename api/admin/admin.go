// Package admin holds the routes for who runs a hive: the record of who did what.
//
// It parses, asks, and renders. Users and registration codes are in package people, other hives in package peers.
package admin

import (
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/audit"
)

// Parts are what the routes ask. There are no routes for what is nil.
type Parts struct {
	Audit *audit.Log
}

// Register adds the routes to r.
func Register(r *edge.Router, p Parts) {
	if p.Audit != nil {
		record{p.Audit}.routes(r)
	}
}
