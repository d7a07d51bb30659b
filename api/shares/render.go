package shares

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/sharing"
)

// explained are the errors whose texts are meant for the user.
var explained = []error{
	sharing.ErrNotFound, sharing.ErrShared, sharing.ErrExists, sharing.ErrInvalid, sharing.ErrNotAllowed, sharing.ErrInvitation, sharing.ErrUnreachable,
}

// statusJSON renders how far a share of several hives is; nil for one that is only of this hive.
func statusJSON(s sharing.Status, own bool, known []sharing.Contact) *apitype.ShareStatus {
	if own && s.Seq == 0 {
		return nil
	}
	out := &apitype.ShareStatus{
		Seq: s.Seq, Applied: s.Applied, Entries: s.Entries, Missing: s.Missing, Bytes: s.Bytes, Complete: s.Complete, Proposed: s.Proposed, HeldBack: s.Guarded,
		Received: s.Received, Sent: s.Sent, Saved: s.Saved, Synced: given(s.Synced), Next: given(s.NextTry),
	}
	for _, h := range s.Held {
		hive := h.Hive.String()
		out.HeldBack += h.Deletes
		out.Held = append(out.Held, apitype.Held{User: address(h.User, hive, false), Contact: called(known, h.User, hive), Deletes: h.Deletes})
	}
	if s.Problem != nil {
		out.Problem, out.Code = edge.Words(s.Problem), problemCode(s.Problem)
	}
	return out
}

// problemCode says for programs why a share does not get on, where that has a name.
func problemCode(err error) string {
	switch {
	case errors.Is(err, sharing.ErrRefused):
		return "refused"
	case errors.Is(err, sharing.ErrUnavailable):
		return "unavailable"
	}
	return edge.Code(err)
}

// given is a time in UTC, nil for none.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// told adds to an error of sharing what it says, for the user.
func told(err error) error { return edge.Explained(err, explained...) }

// address is how somebody is written for everyone: a name of this hive, or name@hive.
func address(name, hive string, here bool) string {
	if here {
		return name
	}
	return name + "@" + hive
}

// called is the local name of a contact, or nothing.
func called(known []sharing.Contact, name, hive string) string {
	for _, c := range known {
		if c.Remote == name && c.Hive.String() == hive {
			return c.Name
		}
	}
	return ""
}

// shareJSON renders a share as viewer sees it, who knows those contacts.
func shareJSON(s sharing.Share, viewer int64, known []sharing.Contact) apitype.Share {
	hive := s.Owner.String()
	out := apitype.Share{
		ID: string(s.ID), Name: s.Name, Own: s.Own && s.User == viewer, Owner: address(s.OwnerUser, hive, s.Own), Path: s.Path,
		Role: string(s.Role), State: state(s), Reshare: s.Reshare, Created: s.Created.UTC(), Expires: s.Expires, Members: []apitype.Member{},
	}
	if out.Own {
		out.Role = apitype.RoleOwner
	}
	if !s.Own {
		out.Contact = called(known, s.OwnerUser, hive)
		out.Mode, out.Quota = string(s.Mode), s.Quota
	}
	for _, m := range s.Members {
		member := apitype.Member{
			ID: m.ID, User: address(m.User, m.Hive.String(), m.LocalUser != 0), Role: string(m.Role), State: string(m.State),
			Expires: m.Expires, InvitedBy: m.InvitedBy,
		}
		if m.Who != member.User {
			member.Contact = m.Who
		}
		out.Members = append(out.Members, member)
	}
	return out
}

// state is where the share stands for who sees it.
func state(s sharing.Share) string {
	switch {
	case s.Standing == sharing.Revoked, s.Standing == sharing.Left:
		return string(s.Standing)
	case !s.Live(time.Now()):
		return string(sharing.Ended)
	}
	return string(sharing.Active)
}

// member finds the member that a request names.
func (h folders) member(ctx context.Context, in *OfMember) (int64, error) {
	share, err := h.Shares().Get(ctx, user(ctx), in.share())
	if err != nil {
		return 0, told(err)
	}
	view := shareJSON(share, user(ctx), nil)
	if !view.Own {
		return 0, told(fmt.Errorf("%w: it is for its owner", sharing.ErrNotAllowed))
	}
	members := view.Members
	for _, match := range []func(m apitype.Member) bool{
		func(m apitype.Member) bool { return m.Contact == in.Member || m.User == in.Member },
		func(m apitype.Member) bool { return strconv.FormatInt(m.ID, 10) == in.Member },
	} {
		if i := slices.IndexFunc(members, match); i >= 0 {
			return members[i].ID, nil
		}
	}
	return 0, told(fmt.Errorf("%w: %s is no member", sharing.ErrNotFound, in.Member))
}
