package files

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// stream sends changes as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) until ctx
// ends. On each beat it shows that it lives, and makes sure that the token still does.
func (h changes) stream(ctx context.Context, c *gin.Context, tree *catalog.Tree, after int64) error {
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // nginx would hold events back
	for next := time.Now(); ; {
		var err error
		left := time.Until(next)
		if left > 0 {
			err = await(ctx, tree, after, left)
		} else {
			err = h.pulse(ctx, c)
			next = time.Now().Add(h.beat)
		}
		if err == nil {
			after, err = send(ctx, c, tree, after)
		}
		if err != nil {
			return err
		}
	}
}

// lastEvent gives where a stream begins: at its Last-Event-ID, if the client has been here before.
func lastEvent(c *gin.Context, after int64) (number int64, again bool, err error) {
	id := c.GetHeader("Last-Event-ID")
	if id == "" {
		return after, false, nil
	}
	n, err := strconv.ParseUint(id, 10, 63)
	if err != nil {
		return 0, false, edge.Invalid("header.Last-Event-ID", "expected the number of a change")
	}
	return int64(n), true, nil
}

// pulse sends a sign of life, if the token is still good for the stream.
func (h changes) pulse(ctx context.Context, c *gin.Context) error {
	if err := h.router.Recheck(ctx); err != nil {
		return err
	}
	_, err := c.Writer.WriteString(":\n\n")
	c.Writer.Flush()
	return err
}

// send sends the changes after number after and gives the number of the last one.
func send(ctx context.Context, c *gin.Context, tree *catalog.Tree, after int64) (int64, error) {
	found, err := tree.Changes(ctx, after, maxChanges)
	if err != nil || len(found) == 0 {
		return after, err
	}
	for _, change := range found {
		raw, err := json.Marshal(changeJSON(change))
		if err != nil {
			return after, fmt.Errorf("files: encode change: %w", err)
		}
		if _, err := fmt.Fprintf(c.Writer, "id: %d\ndata: %s\n\n", change.Seq, raw); err != nil {
			return after, err
		}
		after = change.Seq
	}
	c.Writer.Flush()
	return after, nil
}
