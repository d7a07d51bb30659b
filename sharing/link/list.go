package link

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
)

type linkRow struct {
	bun.BaseModel `bun:"table:links,alias:l"`

	ID       int64         `bun:"id,pk,autoincrement"`
	User     int64         `bun:"user_id"`
	Entry    int64         `bun:"entry_id"`
	Mode     Mode          `bun:"mode"`
	Nonce    []byte        `bun:"nonce"`
	Hash     []byte        `bun:"hash"`
	Password string        `bun:"password"`
	Uses     int64         `bun:"uses"`
	Used     int64         `bun:"used"`
	Created  database.Time `bun:"created"`
	Expires  database.Time `bun:"expires"`
}

func timeOf(t *time.Time) database.Time {
	if t == nil {
		return database.Time{}
	}
	return database.At(*t)
}

func (l *Links) link(r linkRow) Link {
	return Link{
		ID: r.ID, User: r.User, Entry: r.Entry, Token: l.token(r.Nonce), Mode: r.Mode, Password: r.Password != "", Expires: r.Expires.Pointer(),
		Uses: r.Uses, Used: r.Used, Created: r.Created.Time, password: r.Password, hash: r.Hash,
	}
}

// one runs a query of one link.
func one(ctx context.Context, query *bun.SelectQuery) (linkRow, error) {
	var row linkRow
	err := query.Model(&row).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, ErrNotFound
	}
	if err != nil {
		return row, fmt.Errorf("link: %w", err)
	}
	return row, nil
}

// Get is a link of a user.
func (l *Links) Get(ctx context.Context, user, id int64) (Link, error) {
	row, err := one(ctx, l.DB.Read().NewSelect().Where("id = ? AND user_id = ?", id, user))
	if err != nil {
		return Link{}, err
	}
	links, err := l.placed(ctx, user, []linkRow{row})
	if err != nil {
		return Link{}, err
	}
	return links[0], nil
}

// List lists up to limit links of a user after the one numbered, in the order they were made; with a path only those of what is there.
func (l *Links) List(ctx context.Context, user int64, path string, after int64, limit int) ([]Link, error) {
	query := l.DB.Read().NewSelect().Where("user_id = ? AND id > ?", user, after).Order("id").Limit(int64(limit))
	if path != "" {
		p, err := catalog.ParsePath(path)
		if err != nil {
			return nil, err
		}
		home, err := l.home(ctx, user)
		if err != nil {
			return nil, err
		}
		entry, err := home.Stat(ctx, p)
		if err != nil {
			return nil, err
		}
		query = query.Where("entry_id = ?", entry.ID)
	}
	var rows []linkRow
	if err := query.Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("link: list: %w", err)
	}
	return l.placed(ctx, user, rows)
}

// placed gives links of one user with their paths.
func (l *Links) placed(ctx context.Context, user int64, rows []linkRow) ([]Link, error) {
	home, err := l.home(ctx, user)
	if err != nil {
		return nil, err
	}
	entries := make([]int64, len(rows))
	for i, r := range rows {
		entries[i] = r.Entry
	}
	paths, err := catalog.PathsOf(ctx, home, entries)
	if err != nil {
		return nil, err
	}
	links := make([]Link, len(rows))
	for i, r := range rows {
		links[i] = l.link(r)
		links[i].Path = paths[r.Entry]
	}
	return links, nil
}

// forgetAfter is how long a link that ended by its time is still listed.
const forgetAfter = 30 * 24 * time.Hour

// Tidy forgets links of entries that are gone for good, and those that ended long ago.
func (l *Links) Tidy(ctx context.Context, now time.Time) error {
	err := l.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM links WHERE expires < ? OR NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = links.entry_id)`,
			database.At(now.Add(-forgetAfter)))
		return err
	})
	if err != nil {
		return fmt.Errorf("link: tidy: %w", err)
	}
	l.gate.tidy(now)
	return nil
}
