package admin

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// health is the route of /health.
type health func(context.Context) apitype.Health

func (h health) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /health", "get-health-report", "How the hive is, part by part, in words", edge.Admin), h.get)
}

func (h health) get(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Health], error) {
	return edge.Answer(h(ctx), nil)
}
