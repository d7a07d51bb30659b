// Package admin holds the routes for who runs a hive: the record of who did what, settings, numbers over time, and
// health in words.
//
// It parses, asks, and renders. Users and registration codes are in package people, other hives in package peers.
package admin

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/internal/statistics"
)

// Parts are what the routes ask. There are no routes for what is nil.
type Parts struct {
	Audit      *audit.Log
	Health     func(context.Context) apitype.Health
	Settings   *settings.Settings
	Statistics *statistics.Store
}

// Register adds the routes to r.
func Register(r *edge.Router, p Parts) {
	if p.Audit != nil {
		record{p.Audit}.routes(r)
	}
	if p.Health != nil {
		health(p.Health).routes(r)
	}
	if p.Statistics != nil {
		numbers{p.Statistics}.routes(r)
	}
	if p.Settings != nil {
		rules{p.Settings}.routes(r)
	}
}
