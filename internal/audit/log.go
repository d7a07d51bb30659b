package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Record is one event as it was noted.
type Record struct {
	ID      int64
	At      time.Time
	ActorID int64 // 0: nobody who was signed in
	Actor   string
	Address string
	Action  string
	Target  string
	Outcome string
	Details json.RawMessage // an object
}

// Query says which records are wanted. What is zero does not narrow.
type Query struct {
	Actor  string
	Action string // one that ends in "." stands for all that begin so
	Target string
	Since  time.Time // not before
	Until  time.Time // before
	Before int64     // number of a record: older ones only
	Limit  int       // default 100
}

// Log reads and prunes the record. It is safe for concurrent use.
type Log struct {
	db *database.DB
}

// New uses the table of db, which is migrated.
func New(db *database.DB) *Log { return &Log{db} }

// Note writes an event for which there is no other transaction.
func (l *Log) Note(ctx context.Context, e Event) error {
	return l.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return Note(ctx, tx, e) })
}

// Finish notes what Doing announced and no transaction of Write has noted.
func (l *Log) Finish(ctx context.Context) error {
	if d, ok := ctx.Value(deedKey{}).(*deed); ok && !d.settled.Load() {
		return Write(ctx, l.db, func(context.Context, bun.Tx) error { return nil })
	}
	return nil
}

// Has says whether an action was ever done, as far as it is still known.
func (l *Log) Has(ctx context.Context, action string) (bool, error) {
	found, err := l.List(ctx, Query{Action: action, Limit: 1})
	return len(found) > 0, err
}

// List gives records, newest first.
func (l *Log) List(ctx context.Context, q Query) ([]Record, error) {
	var rows []row
	query := l.db.Read().NewSelect().Model(&rows).Order("id DESC")
	if q.Actor != "" {
		query = query.Where("actor = ?", q.Actor)
	}
	if q.Target != "" {
		query = query.Where("target = ?", q.Target)
	}
	if group, ok := strings.CutSuffix(q.Action, "."); ok {
		query = query.Where("action >= ? AND action < ?", q.Action, group+"/") // "/" is next to "."
	} else if q.Action != "" {
		query = query.Where("action = ?", q.Action)
	}
	if !q.Since.IsZero() {
		query = query.Where("at >= ?", database.At(q.Since))
	}
	if !q.Until.IsZero() {
		query = query.Where("at < ?", database.At(q.Until))
	}
	if q.Before != 0 {
		query = query.Where("id < ?", q.Before)
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if err := query.Limit(int64(q.Limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	records := make([]Record, len(rows))
	for i, r := range rows {
		records[i] = Record{r.ID, r.At.Time, r.ActorID, r.Actor, r.Address, r.Action, r.Target, r.Outcome, json.RawMessage(r.Details)}
	}
	return records, nil
}

// pruneBatch is how many records go in one transaction, so that nobody waits long for the next.
const pruneBatch = 1000

// Prune deletes the records from before a time and tells how many those were.
func (l *Log) Prune(ctx context.Context, before time.Time) (pruned int, err error) {
	for {
		var ids []int64
		query := l.db.Read().NewSelect().Table("audit").Column("id").Where("at < ?", database.At(before)).Order("at").Limit(pruneBatch)
		if err := query.Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return pruned, err
		}
		err := l.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDelete().Table("audit").Where("id IN (?)", bun.List(ids)).Exec(ctx)
			return err
		})
		if err != nil {
			return pruned, fmt.Errorf("audit: prune: %w", err)
		}
		pruned += len(ids)
	}
}
