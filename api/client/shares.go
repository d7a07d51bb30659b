package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// Shares is the folders that the user offers to others or got from them.
type Shares struct{ c *Client }

// List gives the user's own shares and those the user is a member of.
func (s *Shares) List(ctx context.Context) ([]apitype.Share, error) {
	page, err := call[apitype.Page[apitype.Share]](ctx, s.c, request{method: http.MethodGet, path: "/api/v1/shares"})
	return page.Items, err
}

// Get asks for one share.
func (s *Shares) Get(ctx context.Context, id string) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodGet, path: sharePath(id)})
}

// Await waits until a share from another hive is complete or over, but no longer than patience or a minute, and gives the share
// as it is then. Others it gives at once.
func (s *Shares) Await(ctx context.Context, id string, patience time.Duration) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodGet, path: sharePath(id), query: url.Values{"wait": {patience.String()}}})
}

// Follow gives a share each turn until it is complete or over. A hive that does not answer is asked again; an error is the last.
func (s *Shares) Follow(ctx context.Context, id string, turn time.Duration) iter.Seq2[apitype.Share, error] {
	return func(yield func(apitype.Share, error) bool) {
		for try := 0; ; try++ {
			share, err := s.Await(ctx, id, turn)
			if err == nil {
				try = 0
				if !yield(share, nil) || share.State != "active" || share.Status == nil || share.Status.Complete {
					return
				}
				continue
			}
			if ctx.Err() == nil && !final(err) {
				err = wait(ctx, min(s.c.opts.Backoff<<min(try, 16), maxPause))
			}
			if err != nil {
				yield(apitype.Share{}, err)
				return
			}
		}
	}
}

// Create offers a folder to others.
func (s *Shares) Create(ctx context.Context, in apitype.NewShare) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPost, path: "/api/v1/shares", json: in})
}

// Update changes what is not nil.
func (s *Shares) Update(ctx context.Context, id string, in apitype.ShareChange) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPatch, path: sharePath(id), json: in})
}

// Leave ends a share of one's own, or one's part in the share of another.
func (s *Shares) Leave(ctx context.Context, id string) error {
	return s.c.send(ctx, request{method: http.MethodDelete, path: sharePath(id)})
}

// AddMember offers the share to one more.
func (s *Shares) AddMember(ctx context.Context, id string, in apitype.NewMember) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPost, path: sharePath(id) + "/members", json: in})
}

// UpdateMember changes what is not nil of a member, who is named as in NewMember.
func (s *Shares) UpdateMember(ctx context.Context, id, member string, in apitype.MemberChange) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPatch, path: memberPath(id, member), json: in})
}

// Revoke takes the share from a member, who is named as in NewMember.
func (s *Shares) Revoke(ctx context.Context, id, member string) error {
	return s.c.send(ctx, request{method: http.MethodDelete, path: memberPath(id, member)})
}

// Refuse says no to changes of members of an own share that delete much and were held back for it.
func (s *Shares) Refuse(ctx context.Context, id string) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPost, path: sharePath(id) + "/refuse"})
}

// Confirm lets a change go ahead that deletes much and was held back for it.
func (s *Shares) Confirm(ctx context.Context, id string) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPost, path: sharePath(id) + "/confirm"})
}

// Offers gives the shares that wait for an answer.
func (s *Shares) Offers(ctx context.Context) ([]apitype.Offer, error) {
	page, err := call[apitype.Page[apitype.Offer]](ctx, s.c, request{method: http.MethodGet, path: "/api/v1/offers"})
	return page.Items, err
}

// Accept takes an offered share and mounts its folder.
func (s *Shares) Accept(ctx context.Context, id int64, in apitype.AcceptOffer) (apitype.Share, error) {
	return call[apitype.Share](ctx, s.c, request{method: http.MethodPost, path: offerPath(id) + "/accept", json: in})
}

// Decline refuses an offered share.
func (s *Shares) Decline(ctx context.Context, id int64) error {
	return s.c.send(ctx, request{method: http.MethodPost, path: offerPath(id) + "/decline"})
}

// Pending gives the messages to other hives that are not yet acknowledged.
func (s *Shares) Pending(ctx context.Context) ([]apitype.Pending, error) {
	page, err := call[apitype.Page[apitype.Pending]](ctx, s.c, request{method: http.MethodGet, path: "/api/v1/pending"})
	return page.Items, err
}

// Retry sends a pending message as soon as possible.
func (s *Shares) Retry(ctx context.Context, id int64) error {
	return s.c.send(ctx, request{method: http.MethodPost, path: "/api/v1/pending/" + number(id) + "/retry"})
}

func sharePath(id string) string { return "/api/v1/shares/" + id }

func memberPath(id, member string) string { return sharePath(id) + "/members/" + member }

func offerPath(id int64) string { return "/api/v1/offers/" + number(id) }
