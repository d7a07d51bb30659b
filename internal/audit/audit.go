// Package audit is the record of who did what to a hive: sign-ins, what admins do, credentials, shares, blocks.
//
// It owns the table of 0009_audit.sql. Whoever does a thing says so in the transaction of the thing (Note, or Write for what
// Doing announced), so that neither is there without the other. It does not own what the actions are, nor who may read them.
// Details never hold a secret.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// System is the actor of what the owner of the machine does in the data folder itself. No user can have this name.
const System = "system"

// Outcomes of an event.
const (
	OK     = "ok"
	Failed = "failed"
)

// Limits of a record, in bytes.
const (
	maxName    = 255
	maxTarget  = 1024
	maxDetails = 8 << 10
)

// Origin is who does something, and from where.
type Origin struct {
	User    int64  // 0: nobody who is signed in
	Name    string // of the user then
	Address string // of the client
}

// Event is what is done.
type Event struct {
	Action  string // stable words with dots between: user.create
	Target  string // what it is done to: a name, an id, a path
	Outcome string // default OK
	Details map[string]any
}

// Key is where a context keeps its Origin.
type Key struct{}

// By has what is done under the context done by o.
func By(ctx context.Context, o Origin) context.Context { return context.WithValue(ctx, Key{}, o) }

// OriginOf is who acts under a context.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(Key{}).(Origin)
	return o
}

type row struct {
	bun.BaseModel `bun:"table:audit,alias:a"`

	ID      int64         `bun:"id,pk,autoincrement"`
	At      database.Time `bun:"at"`
	ActorID int64         `bun:"actor_id"`
	Actor   string        `bun:"actor"`
	Address string        `bun:"address"`
	Action  string        `bun:"action"`
	Target  string        `bun:"target"`
	Outcome string        `bun:"outcome"`
	Details string        `bun:"details"`
}

// Note writes an event of the Origin of ctx in a transaction of the caller.
func Note(ctx context.Context, tx bun.IDB, e Event) error {
	details, err := details(e.Details)
	if err != nil {
		return err
	}
	o := OriginOf(ctx)
	r := row{
		At: database.Now(), ActorID: o.User, Actor: clip(o.Name, maxName), Address: clip(o.Address, maxName),
		Action: e.Action, Target: clip(e.Target, maxTarget), Outcome: e.Outcome, Details: details,
	}
	if r.Outcome == "" {
		r.Outcome = OK
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return fmt.Errorf("audit: %s: %w", e.Action, err)
	}
	return nil
}

// details is a JSON object. One that is too long is left out, for the rest says enough.
func details(d map[string]any) (string, error) {
	if len(d) == 0 {
		return "{}", nil
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("audit: details: %w", err)
	}
	if len(raw) > maxDetails {
		return fmt.Sprintf(`{"left_out":%d}`, len(raw)), nil
	}
	return string(raw), nil
}

func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// deed is an event that has been announced.
type deed struct {
	Event
	settled atomic.Bool
}

type deedKey struct{}

// Doing announces that e is about to be done under the context that it returns: the first transaction of Write there notes it.
func Doing(ctx context.Context, e Event) context.Context {
	return context.WithValue(ctx, deedKey{}, &deed{Event: e})
}

// About says more of what Doing announced, once it is known: what is empty stays as it is.
func About(ctx context.Context, target string, details map[string]any) {
	d, ok := ctx.Value(deedKey{}).(*deed)
	if !ok {
		return
	}
	if target != "" {
		d.Target = target
	}
	if details != nil {
		d.Details = details
	}
}

// Write is db.Write of fn together with what Doing announced.
func Write(ctx context.Context, db *database.DB, fn func(ctx context.Context, tx bun.Tx) error) error {
	d, ok := ctx.Value(deedKey{}).(*deed)
	if !ok || d.settled.Load() {
		return db.Write(ctx, fn)
	}
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return Note(ctx, tx, d.Event)
	})
	if err == nil {
		d.settled.Store(true)
	}
	return err
}
