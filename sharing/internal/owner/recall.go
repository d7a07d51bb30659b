package owner

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// recall makes the members those of a head that was lost: who was revoked since the backup stays so. A user of this hive who is not known
// as a member does not become one, and may be another person by now. What it returns is called after the commit.
func (o *Owner) recall(ctx context.Context, tx *ledger.Tx, share ledger.Share, base, lost head.Head) (announce []func(), err error) {
	members, err := tx.Members(ctx, share.ID)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool)
	version := time.Now().UnixMilli() // above that of all they heard since, or they would not hear what comes
	for _, m := range members {
		known[string(m.Hive)+"/"+m.User] = true
		changed := recalled(o.Self, &m, base, lost)
		switch {
		case m.Hive != o.Self:
			m.Version = max(m.Version, version)
		case !changed:
			continue
		default:
			told, err := remount(ctx, o.Catalog, tx, &m)
			if err != nil {
				return nil, err
			}
			announce = append(announce, told)
		}
		if _, err := tx.PutMember(ctx, m); err != nil {
			return nil, err
		}
	}
	for _, at := range lost.Members {
		if peer.ID(at.Hive) == o.Self || known[string(at.Hive)+"/"+at.User] {
			continue
		}
		m := ledger.Member{
			Share: share.ID, Hive: peer.ID(at.Hive), User: at.User, Role: ledger.Role(at.Role), State: ledger.Accepted, Expires: until(at.Expires),
			Version: version, Created: time.Now(),
		}
		if _, err := tx.PutMember(ctx, m); err != nil {
			return nil, err
		}
	}
	return announce, nil
}

// recalled makes a member what a lost head says of it. One that is not as the base has it, where there is one, was changed after the backup
// was put in its place, and stays.
func recalled(self peer.ID, m *ledger.Member, base, lost head.Head) (changed bool) {
	was, now, at := base.Find(m.Hive, m.User), named(*m), lost.Find(m.Hive, m.User)
	switch {
	case m.State == ledger.Offered && at != nil && was == nil && m.Hive != self: // accepted since the backup; here it has no mount yet
	case m.State != ledger.Accepted || base.Seq > 0 && !same(was, &now) || same(at, &now):
		return false
	case at == nil:
		m.State = ledger.Revoked
		return true
	}
	m.State, m.Role, m.Expires = ledger.Accepted, ledger.Role(at.Role), until(at.Expires)
	return true
}

// remount makes the mount of a user of this hive what the member may do now.
func remount(ctx context.Context, names *catalog.Catalog, tx *ledger.Tx, m *ledger.Member) (announce func(), err error) {
	if m.State == ledger.Accepted {
		return names.SetMountRoleIn(ctx, tx.Tx, string(m.Share), m.LocalUser, catalog.Role(m.Role))
	}
	m.Mounted = false
	return names.UnmountIn(ctx, tx.Tx, string(m.Share), m.LocalUser)
}

// same tells whether two heads say the same of a member.
func same(a, b *head.Member) bool {
	return a != nil && b != nil && a.Role == b.Role && a.Expires == b.Expires
}

// until is a time as a head has it.
func until(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	at := time.Unix(seconds, 0)
	return &at
}
