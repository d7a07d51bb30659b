// Package admin holds the routes for who runs a hive: the record of who did what, and settings.
//
// It parses, asks, and renders. Users and registration codes are in package people, other hives in package peers.
package admin

import (
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/settings"
)

// Parts are what the routes ask. There are no routes for what is nil.
type Parts struct {
	Audit    *audit.Log
	Settings *settings.Settings
}

// Register adds the routes to r.
func Register(r *edge.Router, p Parts) {
	if p.Audit != nil {
		record{p.Audit}.routes(r)
	}
	if p.Settings != nil {
		rules{p.Settings}.routes(r)
	}
}
