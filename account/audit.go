package account

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
)

// details are what the record of an event says beside who, what and when.
type details = map[string]any

// note records an event in the transaction of what it is about.
func note(ctx context.Context, tx bun.Tx, action, target string, d details) error {
	return audit.Note(ctx, tx, audit.Event{Action: action, Target: target, Details: d})
}

// as is ctx for what a user does who is not signed in yet.
func as(ctx context.Context, u userRow, address string) context.Context {
	return audit.By(ctx, audit.Origin{User: u.ID, Name: u.Name, Address: address})
}

// maxRefused is how many failed sign-ins are recorded in an hour, so that who guesses cannot fill the disk.
const maxRefused = 1000

// refused records failed sign-ins, and counts those sign-ins of the present hour.
type refused struct {
	db  *database.DB
	log *slog.Logger

	mu   sync.Mutex
	hour time.Time
	n    int
	left int // out, since the last that was recorded
}

// next says whether one more is recorded, and how many before it were not.
func (r *refused) next(now time.Time) (left int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if hour := now.Truncate(time.Hour); !hour.Equal(r.hour) {
		r.hour, r.n = hour, 0
	}
	if r.n >= maxRefused {
		r.left++
		return 0, false
	}
	r.n++
	left, r.left = r.left, 0
	return left, true
}

// note records a sign-in, or what else asks for a password, that failed. A name that nobody has stays out, for it may be a
// password in the wrong field. It must not change the answer: on a full disk too a wrong password is a wrong password.
func (r *refused) note(ctx context.Context, action string, found userRow, l Login, why error) {
	left, ok := r.next(time.Now())
	if !ok {
		return
	}
	d := details{"reason": strings.TrimPrefix(why.Error(), "account: ")}
	if device := cleanLabel(l.Device); device != "" {
		d["device"] = device
	}
	if left > 0 {
		d["not_recorded_before"] = left
	}
	origin := audit.OriginOf(ctx)
	origin.Address = l.Address
	ctx = audit.By(ctx, origin)
	err := r.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return audit.Note(ctx, tx, audit.Event{Action: action, Target: found.Name, Outcome: audit.Failed, Details: d})
	})
	if err != nil && ctx.Err() == nil {
		r.log.WarnContext(ctx, "cannot record a failed sign-in", "err", err)
	}
}
