package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Invitation is a one-time secret by which two users of two hives get to know each other; the secret itself is not kept.
type Invitation struct {
	ID       int64
	User     int64 // who invites
	Note     string
	Share    ID // offered to who takes it up; "" for none
	Role     Role
	Created  time.Time
	Expires  time.Time
	Used     *time.Time
	UsedHive peer.ID // who took it up
	UsedUser string
}

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations,alias:i"`

	ID       int64         `bun:"id,pk,autoincrement"`
	User     int64         `bun:"user_id"`
	Hash     []byte        `bun:"hash"`
	Note     string        `bun:"note"`
	Share    string        `bun:"share_id,nullzero"`
	Role     Role          `bun:"role"`
	Created  database.Time `bun:"created"`
	Expires  database.Time `bun:"expires"`
	Used     database.Time `bun:"used"`
	UsedHive string        `bun:"used_hive,nullzero"`
	UsedUser string        `bun:"used_user,nullzero"`
}

func (r invitationRow) invitation() (Invitation, error) {
	i := Invitation{
		ID: r.ID, User: r.User, Note: r.Note, Share: ID(r.Share), Role: r.Role, Created: r.Created.Time, Expires: r.Expires.Time,
		Used: r.Used.Pointer(), UsedUser: r.UsedUser,
	}
	if r.UsedHive == "" {
		return i, nil
	}
	var err error
	if i.UsedHive, err = peer.Decode(r.UsedHive); err != nil {
		return Invitation{}, fmt.Errorf("sharing: hive of invitation %d: %w", r.ID, err)
	}
	return i, nil
}

// maxInvitations of one user that are kept.
const maxInvitations = 1000

// Invitations returns those of a user, newest first.
func (l *Ledger) Invitations(ctx context.Context, user int64) ([]Invitation, error) {
	var rows []invitationRow
	if err := l.db.Read().NewSelect().Model(&rows).Where("user_id = ?", user).Order("id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: invitations: %w", err)
	}
	return convert(rows, invitationRow.invitation)
}

// AddInvitation inserts an invitation by the hash of its secret.
func (tx *Tx) AddInvitation(ctx context.Context, i Invitation, hash []byte) (Invitation, error) {
	if err := tx.lockUser(ctx, i.User); err != nil {
		return Invitation{}, err
	}
	n, err := tx.NewSelect().Table("invitations").Where("user_id = ?", i.User).Count(ctx)
	if err != nil {
		return Invitation{}, err
	}
	if n >= maxInvitations {
		return Invitation{}, fmt.Errorf("%w: more than %d invitations", ErrInvalid, maxInvitations)
	}
	row := invitationRow{
		User: i.User, Hash: hash, Note: i.Note, Share: string(i.Share), Role: i.Role,
		Created: database.At(i.Created), Expires: database.At(i.Expires),
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Invitation{}, err
	}
	return row.invitation()
}

// Invitation returns the one whose secret has a hash, used or expired though it be, and locks it: ErrNotFound.
func (tx *Tx) Invitation(ctx context.Context, hash []byte) (Invitation, error) {
	var row invitationRow
	if err := tx.ledger.db.ForUpdate(tx.NewSelect().Model(&row).Where("hash = ?", hash)).Scan(ctx); err != nil {
		return Invitation{}, notFound(err, "invitation")
	}
	return row.invitation()
}

// UseInvitation notes who took an invitation up.
func (tx *Tx) UseInvitation(ctx context.Context, id int64, hive peer.ID, user string) error {
	result, err := tx.ExecContext(ctx, "UPDATE invitations SET used = ?, used_hive = ?, used_user = ? WHERE id = ? AND used IS NULL",
		database.Now(), hive.String(), user, id)
	return found(result, err, "invitation")
}

// DeleteInvitation removes an invitation of a user: ErrNotFound.
func (tx *Tx) DeleteInvitation(ctx context.Context, user, id int64) error {
	result, err := tx.ExecContext(ctx, "DELETE FROM invitations WHERE user_id = ? AND id = ?", user, id)
	return found(result, err, "invitation")
}

// Tidy deletes the invitations and vouchers that ended before a time, and what Forget does.
func (tx *Tx) Tidy(ctx context.Context, before time.Time) error {
	for _, table := range []string{"invitations", "vouchers"} {
		if _, err := tx.NewDelete().Table(table).Where("expires < ?", database.At(before)).Exec(ctx); err != nil {
			return fmt.Errorf("sharing: tidy %s: %w", table, err)
		}
	}
	return Forget(ctx, tx, "")
}
