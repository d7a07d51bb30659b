package shares

import (
	"context"
	"errors"

	"github.com/melissiproject/hive/sharing"
)

// Quit ends the shares of a user who goes: own ones stop, others are left, offers declined. Repeated, it goes on where it
// was cut short.
func Quit(ctx context.Context, s *sharing.Sharing, user int64) error {
	list, err := s.Shares().List(ctx, user)
	if err != nil {
		return err
	}
	for _, share := range list {
		if share.Own && share.User == user {
			err = s.Shares().End(ctx, user, share.ID)
		} else {
			err = s.Shares().Leave(ctx, user, share.ID)
		}
		if err != nil && !errors.Is(err, sharing.ErrNotFound) {
			return err
		}
	}
	offers, err := s.Shares().Offers(ctx, user)
	if err != nil {
		return err
	}
	for _, offer := range offers {
		if err := s.Shares().Decline(ctx, user, offer.ID); err != nil && !errors.Is(err, sharing.ErrNotFound) {
			return err
		}
	}
	return nil
}
