package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/audit"
)

// record is the route of /audit.
type record struct{ *audit.Log }

func (h record) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /audit", "list-audit", "Who did what, newest first", edge.Admin), h.list)
}

type auditInput struct {
	edge.Page
	Actor  string    `query:"actor" maxLength:"255" doc:"Name of who did it"`
	Action string    `query:"action" maxLength:"255" doc:"What was done; with a dot at its end all that begin so, such as user."`
	Target string    `query:"target" maxLength:"1024" doc:"What it was done to"`
	Since  time.Time `query:"since" doc:"Not before this time"`
	Until  time.Time `query:"until" doc:"Before this time"`
}

func (h record) list(ctx context.Context, in *auditInput) (*edge.Body[apitype.Page[apitype.AuditRecord]], error) {
	q := audit.Query{Actor: in.Actor, Action: in.Action, Target: in.Target, Since: in.Since, Until: in.Until, Limit: in.Limit}
	if in.After != "" {
		n, err := strconv.ParseInt(in.After, 10, 64)
		if err != nil || n < 1 {
			return nil, catalog.ErrCursor
		}
		q.Before = n
	}
	records, err := h.List(ctx, q)
	next := ""
	if len(records) == in.Limit {
		next = strconv.FormatInt(records[in.Limit-1].ID, 10)
	}
	return edge.PageOf(records, next, auditJSON), err
}

func auditJSON(r audit.Record) apitype.AuditRecord {
	return apitype.AuditRecord{
		ID: r.ID, At: r.At, Actor: r.Actor, Address: r.Address, Action: r.Action, Target: r.Target, Outcome: r.Outcome, Details: r.Details,
	}
}
