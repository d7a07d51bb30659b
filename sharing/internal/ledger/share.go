package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

type shareRow struct {
	bun.BaseModel `bun:"table:shares,alias:s"`

	ID        ID            `bun:"id,pk"`
	Own       bool          `bun:"own"`
	Owner     string        `bun:"owner"`
	OwnerUser string        `bun:"owner_user"`
	Name      string        `bun:"name"`
	Space     int64         `bun:"space_id"`
	Folder    int64         `bun:"folder_id"`
	Secret    []byte        `bun:"secret"`
	Mode      Mode          `bun:"mode"`
	Quota     int64         `bun:"quota"`
	Reshare   bool          `bun:"reshare"`
	State     State         `bun:"state"`
	Expires   database.Time `bun:"expires"`
	User      int64         `bun:"user_id"`
	Version   int64         `bun:"version"`
	Created   database.Time `bun:"created"`
}

func (r shareRow) share() (Share, error) {
	owner, err := peer.Decode(r.Owner)
	if err != nil {
		return Share{}, fmt.Errorf("sharing: owner of share %s: %w", r.ID, err)
	}
	s := Share{
		ID: r.ID, Own: r.Own, Owner: owner, OwnerUser: r.OwnerUser, Name: r.Name, Space: r.Space, Folder: r.Folder,
		Mode: r.Mode, Quota: r.Quota, Reshare: r.Reshare, State: r.State, Expires: r.Expires.Pointer(), User: r.User,
		Version: r.Version, Created: r.Created.Time,
	}
	if copy(s.Secret[:], r.Secret) != len(s.Secret) {
		return Share{}, fmt.Errorf("sharing: secret of share %s has %d bytes", r.ID, len(r.Secret))
	}
	return s, nil
}

func rowOf(s Share) shareRow {
	return shareRow{
		ID: s.ID, Own: s.Own, Owner: s.Owner.String(), OwnerUser: s.OwnerUser, Name: s.Name, Space: s.Space, Folder: s.Folder,
		Secret: s.Secret[:], Mode: s.Mode, Quota: s.Quota, Reshare: s.Reshare, State: s.State, Expires: when(s.Expires),
		User: s.User, Version: s.Version, Created: database.At(s.Created),
	}
}

// when is a time as the database keeps it, NULL for nil.
func when(t *time.Time) database.Time {
	if t == nil {
		return database.Time{}
	}
	return database.At(*t)
}

// Filter chooses shares; its zero value chooses all.
type Filter struct {
	Own      bool    // only those of this hive
	Received bool    // only those of other hives
	Active   bool    // only those that go on
	Expired  bool    // only those that go on though their time is over
	Owner    peer.ID // only those of a hive
	User     int64   // only those that a local user owns or is a member of, in whatever state
}

// Share returns one: ErrNotFound.
func (l *Ledger) Share(ctx context.Context, id ID) (Share, error) {
	return findShare(ctx, l.db.Read().NewSelect(), id)
}

// Share returns one and locks it: ErrNotFound.
func (tx *Tx) Share(ctx context.Context, id ID) (Share, error) {
	return findShare(ctx, tx.ledger.db.ForUpdate(tx.NewSelect()), id)
}

func findShare(ctx context.Context, query *bun.SelectQuery, id ID) (Share, error) {
	var row shareRow
	if err := query.Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return Share{}, notFound(err, "share")
	}
	return row.share()
}

// Shares returns the shares f chooses, oldest first.
func (l *Ledger) Shares(ctx context.Context, f Filter) ([]Share, error) {
	var rows []shareRow
	query := l.db.Read().NewSelect().Model(&rows).Order("created", "id")
	if f.Own {
		query.Where("own")
	}
	if f.Received {
		query.Where("NOT own")
	}
	if f.Active {
		query.Where("state = ? AND (expires IS NULL OR expires > ?)", Active, database.Now())
	}
	if f.Expired {
		query.Where("state = ? AND expires <= ?", Active, database.Now())
	}
	if f.Owner != "" {
		query.Where("owner = ?", f.Owner.String())
	}
	if f.User != 0 {
		query.Where("(own AND user_id = ?) OR id IN (SELECT m.share_id FROM members m WHERE m.local_user = ?)", f.User, f.User)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: shares: %w", err)
	}
	return convert(rows, shareRow.share)
}

func convert[R, T any](rows []R, one func(R) (T, error)) ([]T, error) {
	list := make([]T, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = one(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddShare inserts a share: ErrExists.
func (tx *Tx) AddShare(ctx context.Context, s Share) error {
	row := rowOf(s)
	_, err := tx.NewInsert().Model(&row).Exec(ctx)
	if database.IsUnique(err) {
		return fmt.Errorf("%w: share %s", ErrExists, s.ID)
	}
	return err
}

// maxReceived is how many shares of one other hive there are, those that are over but not forgotten counted.
const maxReceived = 5000

// Receive returns a share of another hive and locks it. One that is not there it inserts: ErrFull, and ErrExists where another
// transaction has just done so. Another hive's offer that nobody accepted gives way to that of the hive whose id it is.
func Receive(ctx context.Context, tx *Tx, s Share) (Share, error) {
	present, err := tx.Share(ctx, s.ID)
	switch {
	case errors.Is(err, ErrNotFound):
	case err == nil && present.Owner != s.Owner && !present.Own && present.Space == 0 && s.ID == IDOf(s.Owner, s.Secret):
		if err := dropShare(ctx, tx, s.ID); err != nil {
			return Share{}, err
		}
	default:
		return present, err
	}
	for forgot := false; ; forgot = true {
		n, err := tx.NewSelect().Table("shares").Where("NOT own AND owner = ?", s.Owner.String()).Count(ctx)
		switch {
		case err != nil:
			return Share{}, err
		case n < maxReceived:
			return s, tx.AddShare(ctx, s)
		case forgot:
			return Share{}, fmt.Errorf("%w: %d shares of hive %s", ErrFull, n, s.Owner)
		}
		if err := Forget(ctx, tx, s.Owner); err != nil {
			return Share{}, err
		}
	}
}

// dropShare deletes a share with its members and what waits to be told of it.
func dropShare(ctx context.Context, tx *Tx, id ID) error {
	for _, query := range []string{"DELETE FROM outbox WHERE share_id = ?", "DELETE FROM shares WHERE id = ?"} {
		if _, err := tx.ExecContext(ctx, query, id); err != nil {
			return fmt.Errorf("sharing: drop share %s: %w", id, err)
		}
	}
	return nil
}

// forgettable are the shares of other hives with which no user of this one has anything to do any more, nor waits a word of it:
// one that was revoked shows until its user leaves it.
const forgettable = `NOT own AND space_id = 0 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.share_id = shares.id)
	AND NOT EXISTS (SELECT 1 FROM members m WHERE m.share_id = shares.id AND m.local_user <> 0 AND m.state IN ('offered', 'accepted', 'revoked'))`

// Forget deletes the shares of another hive that are over here in every way, with their members; "" is all hives. What the
// hive says of one after that is refused as what nobody knows.
func Forget(ctx context.Context, tx *Tx, owner peer.ID) error {
	query := tx.NewSelect().Table("shares").Column("id").Where(forgettable)
	if owner != "" {
		query.Where("owner = ?", owner.String())
	}
	var ids []ID
	if err := tx.ledger.db.ForUpdate(query).Scan(ctx, &ids); err != nil {
		return fmt.Errorf("sharing: shares to forget: %w", err)
	}
	for some := range slices.Chunk(ids, 400) { // looked at once more, now that nobody changes them
		if _, err := tx.ExecContext(ctx, "DELETE FROM shares WHERE id IN (?) AND "+forgettable, bun.List(some)); err != nil {
			return fmt.Errorf("sharing: forget shares: %w", err)
		}
	}
	return nil
}

// PutShare stores what may change of a share, which Share returned, and raises its version.
func (tx *Tx) PutShare(ctx context.Context, s Share) error {
	row := rowOf(s)
	result, err := tx.NewUpdate().Model(&row).WherePK().
		Column("owner_user", "name", "space_id", "folder_id", "secret", "mode", "quota", "reshare", "state", "expires", "user_id").
		Exec(ctx)
	if err := found(result, err, "share"); err != nil {
		return err
	}
	return raise(ctx, tx, s.ID)
}

// raise counts a change of a share.
func raise(ctx context.Context, tx *Tx, id ID) error {
	result, err := tx.ExecContext(ctx, "UPDATE shares SET version = version + 1 WHERE id = ?", id)
	return found(result, err, "share")
}

// Vacant returns the received shares that have a replica here and no user of this hive who accepted them.
func (l *Ledger) Vacant(ctx context.Context) (ids []ID, err error) {
	query := l.db.Read().NewSelect().TableExpr("shares AS s").Column("s.id").Where("NOT s.own AND s.space_id <> 0").
		Where("NOT EXISTS (SELECT 1 FROM members m WHERE m.share_id = s.id AND m.local_user <> 0 AND m.state = ?)", Accepted)
	if err := query.Order("s.id").Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("sharing: vacant shares: %w", err)
	}
	return ids, nil
}
