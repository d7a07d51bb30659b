package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Outgoing is a message to another hive that has not arrived.
type Outgoing struct {
	ID       int64
	Message  []byte // its name on the wire
	Hive     peer.ID
	Kind     string
	Key      string // "" for none
	Share    ID
	Body     []byte
	Created  time.Time
	Attempts int64
	NextTry  time.Time
	Code     string // why it has not arrived
	Reason   string // the same in words
}

type outgoingRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	ID       int64         `bun:"id,pk,autoincrement"`
	Message  []byte        `bun:"message"`
	Hive     string        `bun:"hive"`
	Kind     string        `bun:"kind"`
	Key      string        `bun:"msg_key,nullzero"`
	Share    ID            `bun:"share_id"`
	Body     []byte        `bun:"body"`
	Created  database.Time `bun:"created"`
	Attempts int64         `bun:"attempts"`
	NextTry  database.Time `bun:"next_try"`
	Code     string        `bun:"code"`
	Reason   string        `bun:"reason"`
}

func (r outgoingRow) outgoing() (Outgoing, error) {
	hive, err := peer.Decode(r.Hive)
	if err != nil {
		return Outgoing{}, fmt.Errorf("sharing: hive of message %d: %w", r.ID, err)
	}
	return Outgoing{
		ID: r.ID, Message: r.Message, Hive: hive, Kind: r.Kind, Key: r.Key, Share: r.Share, Body: r.Body,
		Created: r.Created.Time, Attempts: r.Attempts, NextTry: r.NextTry.Time, Code: r.Code, Reason: r.Reason,
	}, nil
}

// Outgoing returns up to limit messages to a hive above a number, oldest first.
func (l *Ledger) Outgoing(ctx context.Context, hive peer.ID, after int64, limit int) ([]Outgoing, error) {
	query := l.db.Read().NewSelect().Where("hive = ? AND id > ?", hive.String(), after).Limit(int64(limit))
	return listOutgoing(ctx, query)
}

// Outbox returns all that waits, without bodies, oldest first; with a share only what is about it.
func (l *Ledger) Outbox(ctx context.Context, share ID) ([]Outgoing, error) {
	query := l.db.Read().NewSelect().Column("id", "message", "hive", "kind", "msg_key", "share_id", "created", "attempts", "next_try", "code", "reason")
	if share != "" {
		query.Where("share_id = ?", share)
	}
	return listOutgoing(ctx, query)
}

func listOutgoing(ctx context.Context, query *bun.SelectQuery) ([]Outgoing, error) {
	var rows []outgoingRow
	if err := query.Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: outbox: %w", err)
	}
	return convert(rows, outgoingRow.outgoing)
}

// Due returns the hives for which something waits, each with the earliest time of a next try.
func (l *Ledger) Due(ctx context.Context) (map[peer.ID]time.Time, error) {
	var rows []struct {
		Hive string        `bun:"hive"`
		Next database.Time `bun:"next"`
	}
	query := l.db.Read().NewSelect().Table("outbox").ColumnExpr("hive").ColumnExpr("MIN(next_try) AS next").Group("hive")
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("sharing: outbox: %w", err)
	}
	due := make(map[peer.ID]time.Time, len(rows))
	for _, row := range rows {
		hive, err := peer.Decode(row.Hive)
		if err != nil {
			return nil, fmt.Errorf("sharing: outbox: %w", err)
		}
		due[hive] = row.Next.Time
	}
	return due, nil
}

// Outbox is what waits to be told to other hives, in a transaction.
type Outbox struct {
	tx *Tx
}

// Outbox returns what changes the outbox.
func (tx *Tx) Outbox() Outbox { return Outbox{tx} }

// Put adds a message, in place of one of the same hive, kind and key.
func (b Outbox) Put(ctx context.Context, o Outgoing) error {
	row := outgoingRow{
		Message: o.Message, Hive: o.Hive.String(), Kind: o.Kind, Key: o.Key, Share: o.Share, Body: o.Body,
		Created: database.At(o.Created), NextTry: database.At(o.NextTry), Code: o.Code, Reason: clip(o.Reason),
	}
	if o.Key != "" {
		if err := b.Cancel(ctx, o.Hive, o.Kind, o.Key); err != nil {
			return err
		}
	}
	_, err := b.tx.NewInsert().Model(&row).Exec(ctx)
	return err
}

// Delete removes a message that arrived or is pointless; it may be gone.
func (b Outbox) Delete(ctx context.Context, id int64) error {
	_, err := b.tx.ExecContext(ctx, "DELETE FROM outbox WHERE id = ?", id)
	return err
}

// Cancel removes the message of a hive, kind and key.
func (b Outbox) Cancel(ctx context.Context, hive peer.ID, kind, key string) error {
	_, err := b.tx.ExecContext(ctx, "DELETE FROM outbox WHERE hive = ? AND kind = ? AND msg_key = ?", hive.String(), kind, key)
	return err
}

// Withdraw removes what waits for a hive about a share.
func (b Outbox) Withdraw(ctx context.Context, hive peer.ID, share ID) error {
	_, err := b.tx.ExecContext(ctx, "DELETE FROM outbox WHERE hive = ? AND share_id = ?", hive.String(), share)
	return err
}

// Delay is when a message is tried again, and why it did not arrive.
type Delay struct {
	Until  time.Time
	Code   string
	Reason string
}

// DelayHive counts an attempt for all messages to a hive.
func (b Outbox) DelayHive(ctx context.Context, hive peer.ID, d Delay) error {
	_, err := b.tx.ExecContext(ctx, "UPDATE outbox SET attempts = attempts + 1, next_try = ?, code = ?, reason = ? WHERE hive = ?",
		database.At(d.Until), d.Code, clip(d.Reason), hive.String())
	return err
}

// Delay counts an attempt for one message.
func (b Outbox) Delay(ctx context.Context, id int64, d Delay) error {
	_, err := b.tx.ExecContext(ctx, "UPDATE outbox SET attempts = attempts + 1, next_try = ?, code = ?, reason = ? WHERE id = ?",
		database.At(d.Until), d.Code, clip(d.Reason), id)
	return err
}

// Postpone has those of the queue of first, which are about the same share, wait until a time at least.
func (b Outbox) Postpone(ctx context.Context, first Outgoing, until time.Time) error {
	query := b.tx.NewUpdate().Table("outbox").Set("next_try = ?", database.At(until)).
		Where("hive = ? AND share_id = ? AND next_try < ?", first.Hive.String(), first.Share, database.At(until))
	if first.Share == "" {
		query.Where("kind = ?", first.Kind)
	}
	_, err := query.Exec(ctx)
	return err
}

// Hasten makes a message due now and tells whom it is for: ErrNotFound.
func (b Outbox) Hasten(ctx context.Context, id int64) (peer.ID, error) {
	var hive string
	err := b.tx.NewSelect().Table("outbox").Column("hive").Where("id = ?", id).Scan(ctx, &hive)
	if err != nil {
		return "", notFound(err, "message")
	}
	if _, err := b.tx.ExecContext(ctx, "UPDATE outbox SET next_try = ? WHERE id = ?", database.Now(), id); err != nil {
		return "", err
	}
	return peer.Decode(hive)
}

// clip makes words fit their column.
func clip(s string) string {
	const most = 500
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
