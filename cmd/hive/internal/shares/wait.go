package shares

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// turn is how long one request waits, so that a person sees how far it is.
const turn = 2 * time.Second

const waitHelp = "It waits as long as it takes,\nand says what is in the way. It gives up with 6 where the quota or the disk is full, and with 3 when the share ends."

// over means that a share ended while somebody waited for it, or that there was no room for all of it.
type over struct {
	text string
	kind error
}

func (e *over) Error() string { return e.text }

func (e *over) Unwrap() error { return e.kind }

// ended says how a share went that is not active.
func ended(state string) error {
	text := "the share is over"
	switch state {
	case "revoked":
		text = "the share was taken from you"
	case "left":
		text = "you left the share"
	case "ended":
		text = "the share has ended"
	}
	return &over{text + " before all of it was here", command.ErrNotFound}
}

// full says that the rest of a share finds no room.
func full(s apitype.Share) error {
	rest := "not all of it came"
	if st := s.Status; st.Missing > 0 {
		rest = terminal.Count(st.Missing, "file") + ", " + terminal.Size(st.Bytes) + ", did not come"
	}
	if s.Status.Code == apitype.CodeDiskReserve {
		return &over{"the disk of the hive is full; " + rest, client.ErrDiskReserve}
	}
	which := "your quota"
	if s.Quota >= 0 {
		which = "the quota of the share, or your own,"
	}
	return &over{which + " is used up; " + rest, client.ErrQuota}
}

// await waits until all of a share is here. It gives the share as it was last.
func await(ctx context.Context, a *command.App, c *client.Client, s apitype.Share) (apitype.Share, error) {
	var at atomic.Pointer[terminal.Progress]
	at.Store(&terminal.Progress{Total: -1})
	stop := a.Watch("receive", func() terminal.Progress { return *at.Load() })
	defer stop()
	var most int64
	var news told
	for latest, err := range c.Shares.Follow(ctx, s.ID, turn) {
		if errors.Is(err, client.ErrNotFound) {
			err = ended("")
		}
		if err != nil {
			return s, err
		}
		s = latest
		if s.State != "active" {
			return s, ended(s.State)
		}
		st := s.Status
		if st == nil {
			continue
		}
		if s.Mode == apitype.ModeFull {
			most = max(most, st.Bytes)
			at.Store(&terminal.Progress{Done: most - st.Bytes, Total: most})
		}
		if news.again(st) {
			return s, full(s)
		}
		if news.problem != st.Problem && st.Problem != "" && !a.JSON {
			a.Note("Waiting: %s", terminal.Safe(st.Problem))
		}
		news.problem = st.Problem
	}
	return s, nil
}

// told is what is known of what is in the way of a share.
type told struct {
	problem string
	next    time.Time // try, when it was first known that there is no room
}

// again tells whether there was no room, and none either when it was tried again: what was said at first may be from before
// somebody made some.
func (t *told) again(st *apitype.ShareStatus) bool {
	if st.Code != apitype.CodeQuotaExceeded && st.Code != apitype.CodeDiskReserve || st.Next == nil {
		t.next = time.Time{}
		return false
	}
	if t.next.IsZero() {
		t.next = *st.Next
	}
	return !t.next.Equal(*st.Next)
}
