package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

type memberRow struct {
	bun.BaseModel `bun:"table:members,alias:m"`

	ID        int64         `bun:"id,pk,autoincrement"`
	Share     ID            `bun:"share_id"`
	Hive      string        `bun:"hive"`
	User      string        `bun:"user_name"`
	Role      Role          `bun:"role"`
	State     State         `bun:"state"`
	Expires   database.Time `bun:"expires"`
	InvitedBy string        `bun:"invited_by"`
	LocalUser int64         `bun:"local_user"`
	Version   int64         `bun:"version"`
	Offer     int64         `bun:"offer"`
	Path      string        `bun:"path"`
	Mounted   bool          `bun:"mounted"`
	Created   database.Time `bun:"created"`
}

func (r memberRow) member() (Member, error) {
	hive, err := peer.Decode(r.Hive)
	if err != nil {
		return Member{}, fmt.Errorf("sharing: hive of member %d: %w", r.ID, err)
	}
	return Member{
		ID: r.ID, Share: r.Share, Hive: hive, User: r.User, Role: r.Role, State: r.State, Expires: r.Expires.Pointer(),
		InvitedBy: r.InvitedBy, LocalUser: r.LocalUser, Version: r.Version, Offer: r.Offer, Path: r.Path, Mounted: r.Mounted,
		Created: r.Created.Time,
	}, nil
}

// Members returns all members of a share, in whatever state, oldest first.
func (l *Ledger) Members(ctx context.Context, id ID) ([]Member, error) {
	return listMembers(ctx, l.db.Read().NewSelect().Where("share_id = ?", id))
}

// Members returns all members of a share and locks them.
func (tx *Tx) Members(ctx context.Context, id ID) ([]Member, error) {
	return listMembers(ctx, tx.ledger.db.ForUpdate(tx.NewSelect().Where("share_id = ?", id)))
}

// LocalMembers returns the members who are users of this hive and in one of the states, of all shares, oldest first. With
// a user of 0 it returns those of all users.
func (l *Ledger) LocalMembers(ctx context.Context, user int64, states ...State) ([]Member, error) {
	query := l.db.Read().NewSelect().Where("local_user <> 0 AND state IN (?)", bun.List(states))
	if user != 0 {
		query.Where("local_user = ?", user)
	}
	return listMembers(ctx, query)
}

// ExpiredMembers returns those who are members still though their time is over: all of own shares, and of others the users of
// this hive who accepted. An offer of another hive that expired shows no more; its owner may prolong it.
func (l *Ledger) ExpiredMembers(ctx context.Context) ([]Member, error) {
	query := l.db.Read().NewSelect().Where("expires <= ? AND state IN (?)", database.Now(), bun.List([]State{Offered, Accepted}))
	query.Where("(local_user <> 0 AND state = ? OR share_id IN (SELECT s.id FROM shares s WHERE s.own))", Accepted)
	return listMembers(ctx, query)
}

// NextExpiry is when the next share or member that goes on expires after a time; ok is false where none does.
func (l *Ledger) NextExpiry(ctx context.Context, after time.Time) (next time.Time, ok bool, err error) {
	read := l.db.Read()
	members := read.NewSelect().Table("members").ColumnExpr("MIN(expires)").Where("state IN (?)", bun.List([]State{Offered, Accepted}))
	shares := read.NewSelect().Table("shares").ColumnExpr("MIN(expires)").Where("state = ?", Active)
	for _, query := range []*bun.SelectQuery{members, shares} {
		var at database.Time
		query.Where("expires > ?", database.At(after))
		if err := query.Scan(ctx, &at); err != nil {
			return time.Time{}, false, fmt.Errorf("sharing: next expiry: %w", err)
		}
		if !at.IsZero() && (!ok || at.Before(next)) {
			next, ok = at.Time, true
		}
	}
	return next, ok, nil
}

func listMembers(ctx context.Context, query *bun.SelectQuery) ([]Member, error) {
	var rows []memberRow
	if err := query.Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: members: %w", err)
	}
	return convert(rows, memberRow.member)
}

// MemberByID returns a member by its number: ErrNotFound.
func (l *Ledger) MemberByID(ctx context.Context, id int64) (Member, error) {
	return findMember(ctx, l.db.Read().NewSelect().Where("id = ?", id))
}

// MemberByID returns a member by its number and locks it: ErrNotFound.
func (tx *Tx) MemberByID(ctx context.Context, id int64) (Member, error) {
	return tx.findMember(ctx, tx.NewSelect().Where("id = ?", id))
}

// Member returns a member and locks it: ErrNotFound.
func (tx *Tx) Member(ctx context.Context, id ID, hive peer.ID, user string) (Member, error) {
	return tx.findMember(ctx, tx.NewSelect().Where("share_id = ? AND hive = ? AND user_name = ?", id, hive.String(), user))
}

// LocalMember returns the member who is a user of this hive and locks it: ErrNotFound.
func (tx *Tx) LocalMember(ctx context.Context, id ID, user int64) (Member, error) {
	return tx.findMember(ctx, tx.NewSelect().Where("share_id = ? AND local_user = ?", id, user))
}

// CountOffers counts the offers that wait for a user, of whom none comes until the end of the transaction: ErrNotFound. Those that
// expired do not show, so they take nobody's place.
func CountOffers(ctx context.Context, tx *Tx, user int64) (int64, error) {
	if err := tx.lockUser(ctx, user); err != nil {
		return 0, err
	}
	now := database.Now()
	query := tx.NewSelect().TableExpr("members AS m JOIN shares AS s ON s.id = m.share_id").Where("m.local_user = ? AND m.state = ?", user, Offered)
	query.Where("(m.expires IS NULL OR m.expires > ?) AND s.state = ? AND (s.expires IS NULL OR s.expires > ?)", now, Active, now)
	return query.Count(ctx)
}

func (tx *Tx) findMember(ctx context.Context, query *bun.SelectQuery) (Member, error) {
	return findMember(ctx, tx.ledger.db.ForUpdate(query))
}

func findMember(ctx context.Context, query *bun.SelectQuery) (Member, error) {
	var row memberRow
	if err := query.Model(&row).Scan(ctx); err != nil {
		return Member{}, notFound(err, "member")
	}
	return row.member()
}

// PutMember inserts a member whose ID is 0, or stores what may change of one, and raises the version of the share. It
// returns the member with its ID: ErrExists.
func (tx *Tx) PutMember(ctx context.Context, m Member) (Member, error) {
	row := memberRowOf(m)
	if m.ID == 0 {
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		if database.IsUnique(err) {
			return Member{}, fmt.Errorf("%w: member %s", ErrExists, m.User)
		}
		if err != nil {
			return Member{}, err
		}
		m.ID = row.ID
		return m, raise(ctx, tx, m.Share)
	}
	result, err := tx.NewUpdate().Model(&row).WherePK().
		Column("role", "state", "expires", "invited_by", "local_user", "version", "offer", "path", "mounted").Exec(ctx)
	if err := found(result, err, "member"); err != nil {
		return Member{}, err
	}
	return m, raise(ctx, tx, m.Share)
}

func memberRowOf(m Member) memberRow {
	return memberRow{
		ID: m.ID, Share: m.Share, Hive: m.Hive.String(), User: m.User, Role: m.Role, State: m.State, Expires: when(m.Expires),
		InvitedBy: m.InvitedBy, LocalUser: m.LocalUser, Version: m.Version, Offer: m.Offer, Path: m.Path, Mounted: m.Mounted,
		Created: database.At(m.Created),
	}
}

// Mounted notes that the mount of a member was made at path. It is no change that others are told of.
func (tx *Tx) Mounted(ctx context.Context, member int64, path string) error {
	result, err := tx.ExecContext(ctx, "UPDATE members SET mounted = ?, path = ? WHERE id = ?", true, path, member)
	return found(result, err, "member")
}

// Named is a member of another hive as a head names it.
type Named struct {
	Hive    peer.ID
	User    string
	Role    Role
	Expires *time.Time
}

// Lacks is ErrShared where somebody is a member of an own share, or of another one of its folder, and says how that is changed.
// Who is what the owner calls them, "" for who may not know. It locks the shares of the folder, so that none of them gets a
// member meanwhile; one that is made meanwhile it does not see.
func Lacks(ctx context.Context, tx *Tx, s Share, hive peer.ID, user, who string) error {
	var ids []ID
	query := tx.NewSelect().Table("shares").Column("id").Order("id").
		Where("own AND space_id = ? AND folder_id = ? AND state = ? AND (expires IS NULL OR expires > ?)", s.Space, s.Folder, Active, database.Now())
	if err := tx.ledger.db.ForUpdate(query).Scan(ctx, &ids); err != nil {
		return fmt.Errorf("sharing: shares of a folder: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	members, err := listMembers(ctx, tx.ledger.db.ForUpdate(tx.NewSelect().Where("share_id IN (?) AND hive = ? AND user_name = ?", bun.List(ids), hive.String(), user)))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(members, func(m Member) bool { return m.Live(time.Now()) })
	switch {
	case i < 0:
		return nil
	case who == "":
		return fmt.Errorf("%w: %s is a member", ErrShared, user)
	}
	m := members[i]
	return fmt.Errorf("%w: %s is a %s of share %s; to change that: hive share set %s %s:%s", ErrShared, who, m.Role, m.Share, m.Share, who, other(m.Role))
}

func other(r Role) Role {
	if r == Reader {
		return Writer
	}
	return Reader
}

// SetNamed makes the members from other hives those whom a head of a received share names. Members of this hive, of whom
// the ledger knows more, are not touched. It takes few statements, however many members a head changes.
func (tx *Tx) SetNamed(ctx context.Context, id ID, named []Named) error {
	type key struct {
		hive peer.ID
		user string
	}
	present, err := tx.Members(ctx, id)
	if err != nil {
		return err
	}
	old := make(map[key]Member, len(present))
	for _, m := range present {
		old[key{m.Hive, m.User}] = m
	}
	var gone []int64
	var rows []memberRow
	for _, n := range named {
		m, ok := old[key{n.Hive, n.User}]
		delete(old, key{n.Hive, n.User})
		if n.Hive == tx.ledger.cfg.Self || ok && m.State == Accepted && m.Role == n.Role && SameTime(m.Expires, n.Expires) {
			continue
		}
		if !ok {
			m = Member{Share: id, Hive: n.Hive, User: n.User, Created: time.Now()}
		}
		if ok {
			gone = append(gone, m.ID)
		}
		m.ID, m.Role, m.State, m.Expires = 0, n.Role, Accepted, n.Expires
		rows = append(rows, memberRowOf(m))
	}
	for _, m := range old {
		if m.Hive != tx.ledger.cfg.Self {
			gone = append(gone, m.ID)
		}
	}
	if len(gone)+len(rows) == 0 {
		return nil
	}
	for part := range slices.Chunk(gone, atOnce) {
		if _, err := tx.NewDelete().Model((*memberRow)(nil)).Where("id IN (?)", bun.List(part)).Exec(ctx); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows, atOnce) {
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			return err
		}
	}
	return raise(ctx, tx, id)
}

// atOnce is how many members one statement takes.
const atOnce = 500

// MayRead tells the best role that users of a hive have in a share that goes on: those who accepted or were offered it and
// whose time is not over. The hive of the owner may do all. Blocked hives may nothing.
func (l *Ledger) MayRead(ctx context.Context, id ID, hive peer.ID) (Role, bool, error) {
	now := database.Now()
	var owner string
	var best sql.NullString
	err := l.queries.owner.Row(ctx, l.db.Read(), hive.String(), now, hive.String(), string(id), now).Scan(&owner, &best)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("sharing: role in share %s: %w", id, err)
	case owner == hive.String():
		return Writer, true, nil
	}
	return Role(best.String), best.Valid, nil
}

func (q *queries) prepare(ctx context.Context, db *database.DB) (err error) {
	// The greatest role is the best: "writer" sorts after "reader".
	q.owner, err = db.Prepare(ctx, `SELECT s.owner, (SELECT MAX(m.role) FROM members m WHERE m.share_id = s.id AND m.hive = ?
			AND m.state IN ('offered', 'accepted') AND (m.expires IS NULL OR m.expires > ?))
		FROM shares s WHERE NOT EXISTS (SELECT 1 FROM hives h WHERE h.id = ? AND h.blocked)
			AND s.id = ? AND s.state = 'active' AND (s.expires IS NULL OR s.expires > ?)`)
	if err != nil {
		return err
	}
	q.known, err = db.Prepare(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM contacts WHERE hive = ?)
		OR EXISTS (SELECT 1 FROM members WHERE hive = ?) OR EXISTS (SELECT 1 FROM shares WHERE owner = ?)
		OR EXISTS (SELECT 1 FROM vouchers WHERE hive = ? AND expires > ?) THEN 1 ELSE 0 END`)
	if err != nil {
		return err
	}
	q.blocked, err = db.Prepare(ctx, "SELECT COUNT(*) FROM hives WHERE id = ? AND blocked")
	return err
}
