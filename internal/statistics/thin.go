package statistics

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// thinPage is how many rows are looked at in one transaction, so that nobody waits long for the next.
const thinPage = 2000

// Thin makes hours of what is older than a day, days of what is older than a month, and forgets what is older than ten years.
func (s *Store) Thin(ctx context.Context, now time.Time) error {
	for _, step := range []struct {
		from, to time.Duration // span of the rows, and of those that take their place
		after    time.Duration
	}{{0, hour, asTaken}, {hour, day, hourly}} {
		for {
			more, err := s.merge(ctx, step.from, step.to, now.Add(-step.after).Truncate(step.to))
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM samples WHERE span = ? AND at < ?", secondsOf(day), database.At(now.Add(-daily)))
		return err
	})
}

func secondsOf(d time.Duration) int64 { return int64(d / time.Second) }

// merge puts rows of a span from before a time together in larger ones, a page of them. It says whether there may be more.
func (s *Store) merge(ctx context.Context, from, to time.Duration, before time.Time) (more bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []row
		query := tx.NewSelect().Model(&rows).Where("span = ? AND at < ?", secondsOf(from), database.At(before)).Order("at", "name").Limit(thinPage)
		if err := query.Scan(ctx); err != nil {
			return err
		}
		more = len(rows) == thinPage
		into := map[row]*row{} // by name, span and time
		for _, r := range rows {
			key := row{Name: r.Name, Span: secondsOf(to), At: database.At(r.At.Truncate(to))}
			if into[key] == nil {
				found, err := present(ctx, tx, key)
				if err != nil {
					return err
				}
				into[key] = found
			}
			if Sums(r.Name) {
				into[key].Value += r.Value
			} else {
				into[key].Value = r.Value
			}
			if _, err := tx.NewDelete().Model(&r).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		for key, r := range into {
			if _, err := tx.NewDelete().Model(&key).WherePK().Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("statistics: thin: %w", err)
	}
	return more, nil
}

// present is the row that is there already, or a new one: a page may end within an hour.
func present(ctx context.Context, tx bun.Tx, key row) (*row, error) {
	found := key
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("name = ? AND span = ? AND at = ?", key.Name, key.Span, key.At).Scan(ctx); err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		found.Value = rows[0].Value
	}
	return &found, nil
}
