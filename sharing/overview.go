package sharing

import (
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Overview is a share as who runs the hive sees it.
type Overview struct {
	ID       ShareID
	Name     string
	Own      bool   // of a user of this hive
	Owner    string // name of that user, or of the one at another hive
	Hive     string // the owner's
	Members  int    // who may read it now or was offered it
	Accepted int    // of those
	Pending  int    // messages about it that have not arrived
	Replica  int64  // bytes that it takes up here, 0 for an own one: that is in the home of its owner
	Status   Status
	Created  time.Time
	Expires  *time.Time // nil: never
}

// Overview lists all shares that go on, of this hive and of others.
func (s *Sharing) Overview(ctx context.Context) ([]Overview, error) {
	shares, err := s.ledger.Shares(ctx, ledger.Filter{Active: true})
	if err != nil {
		return nil, err
	}
	items, err := s.post.Items(ctx, "")
	if err != nil {
		return nil, err
	}
	waiting := map[ShareID]int{}
	for _, i := range items {
		waiting[i.Share]++
	}
	list := make([]Overview, 0, len(shares))
	for _, share := range shares {
		o := Overview{
			ID: share.ID, Name: share.Name, Own: share.Own, Owner: share.OwnerUser, Hive: share.Owner.String(), Expires: share.Expires,
			Pending: waiting[share.ID], Created: share.Created,
		}
		if err := s.fill(ctx, share, &o); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// fill adds what is told elsewhere. A share that ends at this moment stays without.
func (s *Sharing) fill(ctx context.Context, share ledger.Share, o *Overview) error {
	members, err := s.ledger.Members(ctx, share.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		switch m.State {
		case Accepted:
			o.Members, o.Accepted = o.Members+1, o.Accepted+1
		case Offered:
			o.Members++
		}
	}
	if !share.Own && share.Space != 0 {
		used, err := catalog.SpaceUsage(ctx, s.catalog, share.Space)
		if err != nil {
			return err
		}
		o.Replica = used.Used
	}
	o.Status, err = s.engine.Status(ctx, share.ID)
	if errors.Is(err, ErrNotFound) || errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	return err
}
