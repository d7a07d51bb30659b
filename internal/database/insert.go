package database

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// BlockRows is how many rows a prepared statement of many writes.
const BlockRows = 32

// mostRows is how many rows one statement writes elsewhere.
const mostRows = 500

// Insert adds rows to a table, one or many. It is prepared like a Query: of many rows SQLite spends more time reading their values in
// a text than writing them.
type Insert struct {
	head, row string
	width     int
	one, many *Query
}

// PrepareInsert returns an insert of rows with these columns, separated by commas. It is made when a Query is.
func PrepareInsert(ctx context.Context, d *DB, table, columns string) (*Insert, error) {
	width := strings.Count(columns, ",") + 1
	i := &Insert{
		head: "INSERT INTO " + table + " (" + columns + ") VALUES ", row: "(?" + strings.Repeat(", ?", width-1) + ")", width: width,
	}
	var err error
	if i.one, err = d.Prepare(ctx, i.text(1)); err != nil {
		return nil, err
	}
	i.many, err = d.Prepare(ctx, i.text(BlockRows))
	return i, err
}

// Exec adds rows, whose values follow each other in args.
func (i *Insert) Exec(ctx context.Context, tx bun.Tx, args []any) error {
	if len(args)%i.width != 0 {
		return fmt.Errorf("database: %d values for rows of %d", len(args), i.width)
	}
	for len(args) > 0 {
		rows := min(len(args)/i.width, mostRows)
		var err error
		switch {
		case i.one.write == nil:
			_, err = tx.ExecContext(ctx, i.text(rows), args[:rows*i.width]...)
		case rows >= BlockRows:
			rows = BlockRows
			_, err = i.many.Exec(ctx, tx, args[:rows*i.width]...)
		default:
			rows = 1
			_, err = i.one.Exec(ctx, tx, args[:i.width]...)
		}
		if err != nil {
			return err
		}
		args = args[rows*i.width:]
	}
	return nil
}

func (i *Insert) text(rows int) string { return i.head + i.row + strings.Repeat(", "+i.row, rows-1) }
