package shares

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// turn is how long one request waits, so that a person sees how far it is.
const turn = 2 * time.Second

// complete tells whether all of a share is here.
func complete(s apitype.Share) bool {
	st := s.Status
	return s.Mode == "" || st != nil && st.Applied > 0 && st.Applied == st.Seq && (st.Missing == 0 || s.Mode == apitype.ModeOnDemand)
}

// await waits until all of a share is here, and tells what keeps it.
func await(ctx context.Context, a *command.App, c *client.Client, s apitype.Share) (apitype.Share, error) {
	var missing, most atomic.Int64
	stop := a.Watch("receive", func() terminal.Progress {
		return terminal.Progress{Done: most.Load() - missing.Load(), Total: most.Load()}
	})
	defer stop()
	for told := ""; ; {
		switch {
		case s.State != "active":
			return s, fmt.Errorf("the share is %s", s.State)
		case complete(s):
			return s, nil
		}
		if st := s.Status; st != nil {
			missing.Store(st.Bytes)
			most.Store(max(most.Load(), st.Bytes))
			if told != st.Problem && st.Problem != "" {
				a.Note("Waiting: %s", terminal.Safe(st.Problem))
			}
			told = st.Problem
		}
		var err error
		if s, err = c.Shares.Await(ctx, s.ID, turn); err != nil {
			return s, err
		}
	}
}
