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

const waitHelp = "It waits as long as it takes,\nand says what is in the way."

// await waits until all of a share is here. It gives the share as it was last.
func await(ctx context.Context, a *command.App, c *client.Client, s apitype.Share) (apitype.Share, error) {
	var at atomic.Pointer[terminal.Progress]
	at.Store(&terminal.Progress{Total: -1})
	stop := a.Watch("receive", func() terminal.Progress { return *at.Load() })
	defer stop()
	var most int64
	told := ""
	for latest, err := range c.Shares.Follow(ctx, s.ID, turn) {
		if err != nil {
			return s, err
		}
		s = latest
		if s.State != "active" {
			return s, fmt.Errorf("the share is %s", s.State)
		}
		st := s.Status
		if st == nil {
			continue
		}
		if s.Mode == apitype.ModeFull {
			most = max(most, st.Bytes)
			at.Store(&terminal.Progress{Done: most - st.Bytes, Total: most})
		}
		if told != st.Problem && st.Problem != "" && !a.JSON {
			a.Note("Waiting: %s", terminal.Safe(st.Problem))
		}
		told = st.Problem
	}
	return s, nil
}
