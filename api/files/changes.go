package files

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// Bounds of asking for changes.
const (
	defaultChanges = 100
	maxChanges     = 1000
)

// changes are the routes of /changes.
type changes struct {
	home
	router *edge.Router
	beat   time.Duration
}

func (h changes) routes(r *edge.Router) {
	r.Raw(edge.Operation("GET /changes", "list-changes", "What changed, as JSON or, for Accept: text/event-stream, as it happens", edge.Read), h.get,
		edge.Query("after", "integer", "Number of the last change known; default 0, the start"),
		edge.Query("latest", "boolean", "Begin after the newest change there is, whatever after says"),
		edge.Query("limit", "integer", "Most changes to give, 1 to 1000; default 100"),
		edge.Query("wait", "string", "How long to wait for a change when there is none, such as 30s; at most 1m"),
		edge.Header("Last-Event-ID", "As after, for event streams; goes before it"),
		edge.GivesJSON[apitype.Changes](http.StatusOK, "Changes in their order; an event stream has one change per event, its number as id"))
}

func (h changes) get(c *gin.Context) error {
	q := edge.ParamsOf(c)
	after, limit, wait, latest := q.Number("after"), q.NumberUpTo("limit", maxChanges), q.Wait("wait"), q.Bool("latest")
	if q.Err != nil {
		return q.Err
	}
	if limit == 0 {
		limit = defaultChanges
	}
	stream := strings.Contains(c.GetHeader("Accept"), "text/event-stream")
	tree, err := h.tree(c.Request.Context())
	if err != nil {
		return err
	}
	if after, err = begin(c, tree, after, latest, stream); err != nil {
		return err
	}
	ctx, done := h.router.Stream(c.Request.Context())
	defer done()
	if stream {
		return edge.Ended(ctx, h.stream(ctx, c, tree, after))
	}
	found, err := h.list(ctx, tree, after, int(limit), wait)
	if err != nil {
		return edge.Ended(ctx, err)
	}
	return edge.JSON(c, http.StatusOK, changesJSON(found, after))
}

// begin gives the number after which changes are given. One that has not been yet is catalog.ErrCursor: it is from before a backup was
// restored, and the changes up to it would be missed.
func begin(c *gin.Context, tree *catalog.Tree, after int64, latest, stream bool) (_ int64, err error) {
	if stream {
		var again bool
		if after, again, err = lastEvent(c, after); err != nil {
			return 0, err
		}
		latest = latest && !again
	}
	if after == 0 && !latest {
		return 0, nil
	}
	newest, err := catalog.Newest(c.Request.Context(), tree)
	if err == nil && !latest && after > newest {
		err = fmt.Errorf("%w: change %d has not been yet, the newest is %d", catalog.ErrCursor, after, newest)
	}
	if latest {
		after = newest
	}
	return after, err
}

// list gives changes after number after. Where there is none it waits for one, but no longer than wait, and makes sure that the token
// is still good.
func (h changes) list(ctx context.Context, tree *catalog.Tree, after int64, limit int, wait time.Duration) ([]catalog.Change, error) {
	found, err := tree.Changes(ctx, after, limit)
	if err != nil || len(found) > 0 || wait <= 0 {
		return found, err
	}
	if err := await(ctx, tree, after, wait); err != nil {
		return nil, err
	}
	if err := h.router.Recheck(ctx); err != nil {
		return nil, err
	}
	return tree.Changes(ctx, after, limit)
}

// await waits for a change after number after, but no longer than d, which is no error.
func await(ctx context.Context, tree *catalog.Tree, after int64, d time.Duration) error {
	return edge.AtMost(ctx, d, func(ctx context.Context) error { return tree.Wait(ctx, after) })
}
