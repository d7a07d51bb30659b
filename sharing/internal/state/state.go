// Package state is how far a hive is with each share, in the database: the heads it knows, what of them its replica has,
// the proposals under way in either direction, and files of which a part has arrived.
//
// It owns those tables and no rule: what a state means and when it changes is internal/replica's.
package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// KeepHeads is how many heads of a share stay, so that a hive that is a little behind still gets what it asks for.
const KeepHeads = 64

// States are the tables.
type States struct {
	db *database.DB
}

// New returns the tables of a migrated database.
func New(db *database.DB) *States { return &States{db} }

// Replica is how far a share is. The zero value is that of a share that was just begun.
type Replica struct {
	Seq          uint64  // received: number of the head that was applied last
	Root         cid.Cid // and its tree; undefined before the first
	Proposal     uint64  // number of the last proposal; before the first that of the milliseconds when the replica began
	ProposalRoot cid.Cid // its tree while it is open, else undefined
	ProposalBase cid.Cid // the tree it started from
	ProposalSeq  uint64  // number of the head with that
	ProposalNow  cid.Cid // its tree on top of the heads applied since
	Guarded      int64   // deletes that wait for a yes
	GuardedRoot  cid.Cid // the tree that has them
	Confirmed    cid.Cid // a tree somebody said yes to
	Filled       uint64  // received: number of a head whose content was all here, as far as it was to be had
	Traffic      Traffic
	Synced       time.Time
}

// Traffic counts bytes of content of a share.
type Traffic struct {
	Received int64 // from other hives
	Sent     int64 // to other hives
	Saved    int64 // that did not have to come, because they were here or came as less
}

// Add adds other to t.
func (t *Traffic) Add(other Traffic) {
	t.Received += other.Received
	t.Sent += other.Sent
	t.Saved += other.Saved
}

// Close ends the open proposal.
func (r *Replica) Close() {
	r.ProposalRoot, r.ProposalBase, r.ProposalNow, r.ProposalSeq = cid.Undef, cid.Undef, cid.Undef, 0
}

// Open tells whether a proposal waits for its head.
func (r Replica) Open() bool { return r.ProposalRoot.Defined() }

const replicaColumns = `SELECT seq, root, proposal, proposal_root, proposal_base, proposal_now, guarded, guarded_root, confirmed,
	proposal_seq, filled, received, sent, saved, synced FROM replicas WHERE share_id = ?`

// Replica returns how far a share is.
func (s *States) Replica(ctx context.Context, id ledger.ID) (Replica, error) {
	return scanReplica(s.db.Read().QueryRowContext(ctx, replicaColumns, string(id)))
}

func scanReplica(row *sql.Row) (Replica, error) {
	var r Replica
	var root, proposal, base, now, guarded, confirmed []byte
	var synced database.Time
	err := row.Scan(&r.Seq, &root, &r.Proposal, &proposal, &base, &now, &r.Guarded, &guarded, &confirmed,
		&r.ProposalSeq, &r.Filled, &r.Traffic.Received, &r.Traffic.Sent, &r.Traffic.Saved, &synced)
	if errors.Is(err, sql.ErrNoRows) {
		return Replica{}, nil
	}
	if err != nil {
		return Replica{}, fmt.Errorf("sharing: state of share: %w", err)
	}
	r.Root, r.ProposalRoot, r.ProposalBase = castRoot(root), castRoot(proposal), castRoot(base)
	r.ProposalNow, r.GuardedRoot, r.Confirmed, r.Synced = castRoot(now), castRoot(guarded), castRoot(confirmed), synced.Time
	return r, nil
}

// Change has fn change how far a share is, all but the counters, in the transaction of the caller.
func (s *States) Change(ctx context.Context, tx bun.Tx, id ledger.ID, fn func(r *Replica)) error {
	if err := ensure(ctx, tx, id); err != nil {
		return err
	}
	lock := ""
	if s.db.Dialect() != database.SQLite {
		lock = " FOR UPDATE"
	}
	r, err := scanReplica(tx.QueryRowContext(ctx, replicaColumns+lock, string(id)))
	if err != nil {
		return err
	}
	before := r
	if fn(&r); r == before {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE replicas SET seq = ?, root = ?, proposal = ?, proposal_root = ?, proposal_base = ?, proposal_now = ?,
		guarded = ?, guarded_root = ?, confirmed = ?, proposal_seq = ?, filled = ?, synced = ? WHERE share_id = ?`, r.Seq, rootBytes(r.Root), r.Proposal, rootBytes(r.ProposalRoot),
		rootBytes(r.ProposalBase), rootBytes(r.ProposalNow), r.Guarded, rootBytes(r.GuardedRoot), rootBytes(r.Confirmed),
		r.ProposalSeq, r.Filled, database.At(r.Synced), string(id))
	if err != nil {
		return fmt.Errorf("sharing: state of share %s: %w", id, err)
	}
	return nil
}

// Count adds bytes to the counters of a share.
func (s *States) Count(ctx context.Context, id ledger.ID, t Traffic) error {
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := ensure(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE replicas SET received = received + ?, sent = sent + ?, saved = saved + ? WHERE share_id = ?",
			t.Received, t.Sent, t.Saved, string(id))
		return err
	})
}

// Saved is how many bytes did not have to come, of all shares there are.
func (s *States) Saved(ctx context.Context) (saved int64, err error) {
	err = s.db.Read().QueryRowContext(ctx, "SELECT COALESCE(SUM(saved), 0) FROM replicas").Scan(&saved)
	if err != nil {
		return 0, fmt.Errorf("sharing: bytes saved: %w", err)
	}
	return saved, nil
}

// ensure makes the row of a share. Its proposals have numbers above those of any replica before, which the owner remembers: it
// would take one with a lower number for merged already.
func ensure(ctx context.Context, tx bun.Tx, id ledger.ID) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM replicas WHERE share_id = ?", string(id)).Scan(&n); err != nil || n > 0 {
		return err
	}
	row := map[string]any{
		"share_id": string(id), "proposal": time.Now().UnixMilli(),
		"seq": 0, "guarded": 0, "filled": 0, "received": 0, "sent": 0, "saved": 0, "synced": 0,
	}
	_, err := tx.NewInsert().Model(&row).Table("replicas").Ignore().Exec(ctx) // another transaction may do it at this moment
	return err
}

// tables are those with rows of a share.
var tables = []string{"replicas", "heads", "proposals", "confirmed", "partials", "lost_heads"}

// Drop forgets a share, with the heads and proposals.
func (s *States) Drop(ctx context.Context, tx bun.Tx, id ledger.ID) error {
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, "DELETE FROM ? WHERE share_id = ?", bun.Ident(table), string(id)); err != nil {
			return fmt.Errorf("sharing: forget share %s: %w", id, err)
		}
	}
	return nil
}

// Tidy forgets the shares of which nothing is kept here: own ones that ended, and those of other hives without a replica.
func (s *States) Tidy(ctx context.Context) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range tables {
			_, err := tx.ExecContext(ctx, "DELETE FROM ? WHERE share_id NOT IN (SELECT id FROM shares WHERE space_id <> 0 AND (NOT own OR state = ?))",
				bun.Ident(table), ledger.Active)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sharing: forget shares that are over: %w", err)
	}
	return nil
}

// Head is a head in the tables.
type Head struct {
	Seq      uint64
	Root     cid.Cid
	Signed   head.Signed
	SpaceSeq int64 // own: change of the space up to which it goes
	Created  time.Time
}

const headColumns = "SELECT seq, root, body, signature, space_seq, created FROM heads WHERE share_id = ?"

// Newest returns the newest head of a share; one with Seq 0 where there is none.
func (s *States) Newest(ctx context.Context, id ledger.ID) (Head, error) {
	return s.NewestIn(ctx, s.db.Read(), id)
}

// NewestIn is Newest in a transaction.
func (s *States) NewestIn(ctx context.Context, idb bun.IDB, id ledger.ID) (Head, error) {
	return scanHead(idb.QueryRowContext(ctx, headColumns+" ORDER BY seq DESC LIMIT 1", string(id)))
}

// Head returns a head by its number; one with Seq 0 where it is not known, or not any more.
func (s *States) Head(ctx context.Context, id ledger.ID, seq uint64) (Head, error) {
	return scanHead(s.db.Read().QueryRowContext(ctx, headColumns+" AND seq = ?", string(id), seq))
}

func scanHead(row *sql.Row) (Head, error) {
	var h Head
	var root []byte
	var created database.Time
	err := row.Scan(&h.Seq, &root, &h.Signed.Body, &h.Signed.Signature, &h.SpaceSeq, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("sharing: head: %w", err)
	}
	h.Root, h.Created = castRoot(root), created.Time
	return h, nil
}

// AddHead adds a head that is newer than all before, and forgets the oldest.
func (s *States) AddHead(ctx context.Context, tx bun.Tx, id ledger.ID, h Head) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO heads (share_id, seq, root, body, signature, space_seq, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(id), h.Seq, rootBytes(h.Root), h.Signed.Body, h.Signed.Signature, h.SpaceSeq, database.Now())
	for _, table := range []string{"heads", "lost_heads"} {
		if err == nil && h.Seq > KeepHeads {
			_, err = tx.ExecContext(ctx, "DELETE FROM ? WHERE share_id = ? AND seq <= ?", bun.Ident(table), string(id), h.Seq-KeepHeads)
		}
	}
	if err != nil {
		return fmt.Errorf("sharing: add head of share %s: %w", id, err)
	}
	return nil
}

// PassOver forgets the heads between two that were applied one after the other: their trees never came, and are not to be had here.
func (s *States) PassOver(ctx context.Context, tx bun.Tx, id ledger.ID, from, to uint64) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM heads WHERE share_id = ? AND seq > ? AND seq < ?", string(id), from, to)
	if err != nil {
		return fmt.Errorf("sharing: heads passed over of share %s: %w", id, err)
	}
	return nil
}

// Roots are the trees that heads and proposals name, for garbage collection. A received head may not be here yet: here says
// whether its tree is.
func (s *States) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for _, query := range []string{
			`SELECT h.root FROM heads h JOIN shares s ON s.id = h.share_id LEFT JOIN replicas r ON r.share_id = h.share_id
				WHERE s.own OR h.seq <= r.seq`,
			"SELECT root FROM replicas WHERE root IS NOT NULL",
			"SELECT proposal_root FROM replicas WHERE proposal_root IS NOT NULL",
			"SELECT proposal_now FROM replicas WHERE proposal_now IS NOT NULL AND proposal_root IS NOT NULL",
			"SELECT proposal_base FROM replicas WHERE proposal_base IS NOT NULL AND proposal_root IS NOT NULL",
		} {
			roots, err := s.roots(ctx, query)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("sharing: roots of heads: %w", err))
				return
			}
			for _, root := range roots {
				if !yield(root, nil) {
					return
				}
			}
		}
	}
}

func (s *States) roots(ctx context.Context, query string, args ...any) (roots []cid.Cid, err error) {
	rows, err := s.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var root []byte
		if err := rows.Scan(&root); err != nil {
			return nil, err
		}
		roots = append(roots, castRoot(root))
	}
	return roots, rows.Err()
}

func castRoot(root []byte) cid.Cid {
	c, err := cid.Cast(root)
	if err != nil {
		return cid.Undef
	}
	return c
}

// rootBytes is nil, which is NULL, for the undefined root.
func rootBytes(c cid.Cid) []byte {
	if !c.Defined() {
		return nil
	}
	return c.Bytes()
}
