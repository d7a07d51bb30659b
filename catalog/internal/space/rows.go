package space

import (
	"database/sql"
	"errors"
	"fmt"
)

// Collect reads all rows. scan fills one item from the present row.
func Collect[T any](rows *sql.Rows, scan func(*T) error) (items []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var item T
		if err := scan(&item); err != nil {
			return nil, fmt.Errorf("catalog: read row: %w", err)
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("catalog: read rows: %w", err)
	}
	return items, nil
}
