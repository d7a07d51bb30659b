// Package tags is what the identities of entries begin with that are made on this hive: a tag for each time it started, so that one that
// comes from a backup gives no identity again that it gave before.
//
// It owns the table of them. What else is in an identity is package space's.
package tags

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// tagged is what the UIDs of entries made here begin with, from a number on.
type tagged struct {
	first int64
	tag   [8]byte
}

// List are tags by the numbers of their first entries.
type List []tagged

// Of is the tag of the entry with a number.
func (l List) Of(id int64) (tag [8]byte) {
	n, _ := slices.BinarySearchFunc(l, id, func(s tagged, id int64) int {
		if s.first <= id {
			return -1
		}
		return 1
	})
	if n > 0 {
		tag = l[n-1].tag
	}
	return tag
}

// Has tells whether an entry with a number has a tag, or may have once it is made.
func (l List) Has(tag [8]byte, id int64) bool {
	return id >= 0 && id < math.MaxInt64 && l.Of(id) == tag
}

// Read reads the tags of entries that are there; the first is that of the hive.
func Read(ctx context.Context, idb bun.IDB, hive [8]byte) (list List, err error) {
	list = List{{0, hive}}
	rows, err := idb.QueryContext(ctx, "SELECT first, tag FROM uid_tags ORDER BY first")
	if err != nil {
		return nil, fmt.Errorf("catalog: tags: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var next tagged
		var tag []byte
		if err := rows.Scan(&next.first, &tag); err != nil {
			return nil, fmt.Errorf("catalog: tags: %w", err)
		}
		copy(next.tag[:], tag)
		list = append(list, next)
	}
	return list, rows.Err()
}

// Begin has what is made from now on get a tag that nothing has. One that no entry got goes.
func Begin(ctx context.Context, db *database.DB, hive [8]byte) (list List, err error) {
	next := tagged{}
	_, _ = rand.Read(next.tag[:]) // it cannot fail
	err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) + 1 FROM entries").Scan(&next.first); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM uid_tags WHERE first >= ?", next.first); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO uid_tags (first, tag) VALUES (?, ?)", next.first, next.tag[:]); err != nil {
			return err
		}
		var err error
		list, err = Read(ctx, tx, hive)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("catalog: begin a tag: %w", err)
	}
	return list, nil
}
