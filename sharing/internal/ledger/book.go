package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

const (
	maxAddrs = 32   // addresses kept of a hive
	maxAddr  = 1024 // bytes of one
)

type hiveRow struct {
	bun.BaseModel `bun:"table:hives,alias:h"`

	ID      string        `bun:"id,pk"`
	Addrs   string        `bun:"addrs"`
	Blocked bool          `bun:"blocked"`
	Seen    database.Time `bun:"seen"`
}

// Book is the addresses of the hives met before, and which of them are blocked.
type Book struct {
	ledger *Ledger
}

// Book returns the address book.
func (l *Ledger) Book() *Book { return &Book{l} }

// Load returns the hives whose addresses are known, last seen first. Addresses that no longer parse are left out.
func (b *Book) Load(ctx context.Context) ([]peer.AddrInfo, error) {
	var rows []hiveRow
	query := b.ledger.db.Read().NewSelect().Model(&rows).Where("NOT blocked").Order("seen DESC", "id")
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: address book: %w", err)
	}
	var infos []peer.AddrInfo
	for _, row := range rows {
		info := peer.AddrInfo{}
		var err error
		if info.ID, err = peer.Decode(row.ID); err != nil {
			return nil, fmt.Errorf("sharing: address book: %w", err)
		}
		for line := range strings.Lines(row.Addrs) {
			if addr, err := multiaddr.NewMultiaddr(strings.TrimSpace(line)); err == nil {
				info.Addrs = append(info.Addrs, addr)
			}
		}
		if len(info.Addrs) > 0 {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// Save remembers the addresses of a hive in place of those before. Without any it keeps those before.
func (b *Book) Save(ctx context.Context, hive peer.AddrInfo) error {
	var lines []string
	for _, addr := range hive.Addrs {
		if text := addr.String(); len(text) <= maxAddr && len(lines) < maxAddrs {
			lines = append(lines, text)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return b.put(ctx, hive.ID, func(row *hiveRow) {
		row.Addrs, row.Seen = strings.Join(lines, "\n"), database.Now()
	})
}

// Block says whether a hive may have anything to do with this one.
func (b *Book) Block(ctx context.Context, hive peer.ID, on bool) error {
	return b.put(ctx, hive, func(row *hiveRow) { row.Blocked = on })
}

// put changes the row of a hive, or makes one.
func (b *Book) put(ctx context.Context, hive peer.ID, change func(*hiveRow)) error {
	if hive.Validate() != nil || hive == b.ledger.cfg.Self {
		return fmt.Errorf("%w: hive %q", ErrInvalid, hive)
	}
	err := b.ledger.Write(ctx, func(ctx context.Context, tx *Tx) error {
		var rows []hiveRow
		query := b.ledger.db.ForUpdate(tx.NewSelect().Model(&rows).Where("id = ?", hive.String()))
		if err := query.Scan(ctx); err != nil {
			return err
		}
		if len(rows) == 0 {
			row := hiveRow{ID: hive.String()}
			change(&row)
			_, err := tx.NewInsert().Model(&row).Exec(ctx)
			return err
		}
		change(&rows[0])
		_, err := tx.NewUpdate().Model(&rows[0]).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("sharing: address book: %w", err)
	}
	return nil
}

// Forget removes a hive from the book; a block ends with it.
func (b *Book) Forget(ctx context.Context, hive peer.ID) error {
	return b.ledger.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM hives WHERE id = ?", hive.String())
		return err
	})
}

// Blocked returns the hives that are blocked.
func (b *Book) Blocked(ctx context.Context) ([]peer.ID, error) {
	return listHives(ctx, b.ledger.db.Read().NewSelect().Table("hives").Column("id").Where("blocked").Order("id"))
}

func listHives(ctx context.Context, query *bun.SelectQuery) ([]peer.ID, error) {
	var ids []string
	if err := query.Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("sharing: hives: %w", err)
	}
	return convert(ids, peer.Decode)
}

// Known tells whether a hive has anything to do with this one: it is that of a contact, of a member or owner of a share,
// or a contact answers for it. Others are refused before they are listened to, and so are blocked ones.
func (l *Ledger) Known(ctx context.Context, hive peer.ID) (bool, error) {
	id := hive.String()
	blocked, err := l.Blocked(ctx, hive)
	if err != nil || blocked {
		return false, err
	}
	var known int
	if err := l.queries.known.Row(ctx, l.db.Read(), id, id, id, id, database.Now()).Scan(&known); err != nil {
		return false, fmt.Errorf("sharing: hive %s: %w", id, err)
	}
	return known == 1, nil
}

// Blocked tells whether a hive is blocked.
func (l *Ledger) Blocked(ctx context.Context, hive peer.ID) (bool, error) {
	var n int
	if err := l.queries.blocked.Row(ctx, l.db.Read(), hive.String()).Scan(&n); err != nil {
		return false, fmt.Errorf("sharing: hive %s: %w", hive, err)
	}
	return n > 0, nil
}

// Partners returns the other hives of shares that go on: those worth a connection.
func (l *Ledger) Partners(ctx context.Context) ([]peer.ID, error) {
	rows, err := l.db.Read().QueryContext(ctx, `SELECT m.hive AS id FROM members m JOIN shares s ON s.id = m.share_id
			WHERE m.hive <> ? AND m.state IN (?, ?) AND s.state = ? AND (s.expires IS NULL OR s.expires > ?)
		UNION SELECT s.owner AS id FROM shares s WHERE NOT s.own AND s.state = ? AND (s.expires IS NULL OR s.expires > ?)
		ORDER BY id`, l.cfg.Self.String(), Offered, Accepted, Active, database.Now(), Active, database.Now())
	if err != nil {
		return nil, fmt.Errorf("sharing: partners: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("sharing: partners: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sharing: partners: %w", err)
	}
	return convert(ids, peer.Decode)
}
