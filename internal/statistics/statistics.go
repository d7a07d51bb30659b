// Package statistics keeps how a hive was over time: series of numbers, each sample as it is for a day, then one an hour for a
// month, then one a day for ten years.
//
// It owns the table samples, how it is thinned, and how a series is brought to so many points. It does not own what is measured, nor
// when.
package statistics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// ErrInvalid is a query that makes no sense; it says why.
var ErrInvalid = errors.New("statistics: invalid")

// How long samples stay as they are.
const (
	asTaken = 24 * time.Hour
	hourly  = 31 * 24 * time.Hour
	daily   = 3653 * 24 * time.Hour
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// Sums tells whether the values of a series add up, as bytes that passed do. Of others the last in a stretch of time stands for it.
func Sums(name string) bool {
	name, _, _ = strings.Cut(name, "/")
	return slices.Contains([]string{"requests", "errors", "traffic.in", "traffic.out"}, name)
}

// Point is a value of a series. A sum is that of the time from At on.
type Point struct {
	At    time.Time
	Value int64
}

// Series is how one number was over time.
type Series struct {
	Name   string
	Points []Point
}

// Query says what is wanted.
type Query struct {
	Names  []string // one that ends in "/" stands for all that begin so
	From   time.Time
	To     time.Time
	Points int // at most so many of each
}

// Limits of a query.
const (
	MaxNames  = 64
	MaxPoints = 2000
	maxSeries = 1000
)

type row struct {
	bun.BaseModel `bun:"table:samples,alias:s"`

	Name  string        `bun:"name,pk"`
	Span  int64         `bun:"span,pk"`
	At    database.Time `bun:"at,pk"`
	Value int64         `bun:"value"`
}

// Store keeps series. It is safe for concurrent use.
type Store struct {
	db *database.DB
}

// New uses the table of db, which is migrated.
func New(db *database.DB) *Store { return &Store{db} }

// Add keeps a sample of each series, taken now. A second one of the same moment counts in place of the first.
func (s *Store) Add(ctx context.Context, now time.Time, values map[string]int64) error {
	if len(values) == 0 {
		return nil
	}
	rows, names := make([]row, 0, len(values)), make([]string, 0, len(values))
	for name, value := range values {
		rows, names = append(rows, row{Name: name, At: database.At(now), Value: value}), append(names, name)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		query := tx.NewDelete().Table("samples").Where("span = 0 AND at = ?", database.At(now)).Where("name IN (?)", bun.List(names))
		if _, err := query.Exec(ctx); err != nil {
			return fmt.Errorf("statistics: %w", err)
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return fmt.Errorf("statistics: %w", err)
		}
		return nil
	})
}

// Read gives series by name, those without a value in that time without points: ErrInvalid.
func (s *Store) Read(ctx context.Context, q Query) ([]Series, error) {
	switch {
	case len(q.Names) == 0 || len(q.Names) > MaxNames:
		return nil, fmt.Errorf("%w: 1 to %d names", ErrInvalid, MaxNames)
	case !q.From.Before(q.To):
		return nil, fmt.Errorf("%w: the time ends before it begins", ErrInvalid)
	case q.Points < 1 || q.Points > MaxPoints:
		return nil, fmt.Errorf("%w: 1 to %d points", ErrInvalid, MaxPoints)
	}
	names, err := s.names(ctx, q)
	if err != nil {
		return nil, err
	}
	series := make([]Series, 0, len(names))
	for _, name := range names {
		one, err := s.series(ctx, name, q)
		if err != nil {
			return nil, err
		}
		series = append(series, one)
	}
	return series, nil
}

// names are those that a query means, each once.
func (s *Store) names(ctx context.Context, q Query) ([]string, error) {
	var names []string
	for _, name := range q.Names {
		if !strings.HasSuffix(name, "/") {
			names = append(names, name)
			continue
		}
		var found []string
		err := s.db.Read().NewSelect().Table("samples").Distinct().Column("name").
			Where("name >= ? AND name < ?", name, strings.TrimSuffix(name, "/")+"0"). // "0" is next to "/"
			Where("at >= ? AND at < ?", database.At(q.From), database.At(q.To)).Order("name").Limit(maxSeries).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("statistics: %w", err)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// series brings a series to so many points.
func (s *Store) series(ctx context.Context, name string, q Query) (Series, error) {
	var rows []row
	query := s.db.Read().NewSelect().Model(&rows).Where("name = ? AND at >= ? AND at < ?", name, database.At(q.From), database.At(q.To))
	if err := query.Order("at", "span DESC").Scan(ctx); err != nil {
		return Series{}, fmt.Errorf("statistics: %w", err)
	}
	step := max(1, (q.To.Sub(q.From)+time.Duration(q.Points)-1)/time.Duration(q.Points))
	out, last := Series{Name: name, Points: []Point{}}, int64(-1)
	for _, r := range rows {
		slot := int64(r.At.Sub(q.From) / step)
		if slot != last {
			out.Points, last = append(out.Points, Point{At: r.At.Time, Value: r.Value}), slot
			continue
		}
		p := &out.Points[len(out.Points)-1]
		if Sums(name) {
			p.Value += r.Value
		} else {
			*p = Point{r.At.Time, r.Value}
		}
	}
	return out, nil
}
