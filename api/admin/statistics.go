package admin

import (
	"context"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/statistics"
)

// numbers is the route of /statistics.
type numbers struct{ *statistics.Store }

func (h numbers) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /statistics", "get-statistics", "How the hive was over time", edge.Admin), h.get)
}

// common are the series that are given where none are named.
var common = []string{
	"users", "entries", "blocks", "bytes.logical", "bytes.stored", "bytes.free", "saved.dedup", "saved.delta", "traffic.in", "traffic.out", "requests", "errors",
}

type statisticsInput struct {
	Names  []string  `query:"names" maxItems:"64" doc:"Series; one that ends in / stands for all that begin so, as traffic.in/ for traffic by hive. Default: all but those by hive"`
	From   time.Time `query:"from" doc:"Default: a day before to"`
	To     time.Time `query:"to" doc:"Default: now"`
	Points int       `query:"points" minimum:"1" maximum:"2000" default:"300" doc:"At most so many of each series"`
}

func (h numbers) get(ctx context.Context, in *statisticsInput) (*edge.Body[apitype.Statistics], error) {
	q := statistics.Query{Names: in.Names, From: in.From, To: in.To, Points: in.Points}
	if len(q.Names) == 0 {
		q.Names = common
	}
	if q.To.IsZero() {
		q.To = time.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-24 * time.Hour)
	}
	list, err := h.Read(ctx, q)
	if err != nil {
		return nil, edge.Explained(err, statistics.ErrInvalid)
	}
	out := apitype.Statistics{From: q.From.UTC(), To: q.To.UTC(), Series: []apitype.Series{}}
	for _, one := range list {
		series := apitype.Series{Name: one.Name, Sums: statistics.Sums(one.Name), Points: []apitype.Point{}}
		for _, p := range one.Points {
			series.Points = append(series.Points, apitype.Point{At: p.At, Value: p.Value})
		}
		out.Series = append(out.Series, series)
	}
	return edge.Answer(out, nil)
}
