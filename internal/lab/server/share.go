package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// ErrLate means that what was waited for did not come in time.
var ErrLate = errors.New("server: not in time")

// Until calls check every few milliseconds until it gives no error, for at most the time within. The longer it takes the
// less often it looks, so that what is measured is not slowed down by that: it is late by 25 ms, or by a hundredth, at most.
func Until(ctx context.Context, within time.Duration, check func(context.Context) error) error {
	const soonest, late = 5 * time.Millisecond, 25 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	begin := time.Now()
	timer := time.NewTimer(soonest)
	defer timer.Stop()
	var last error
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err // not that the time is over
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, %s: %w", ErrLate, within, errors.Join(last, ctx.Err()))
		case <-timer.C:
			gone := time.Since(begin)
			timer.Reset(max(soonest, min(gone/20, late), gone/100))
		}
	}
}

// Shares is what the admin of a hive does with other hives.
type Shares struct{ Hive *Hive }

// Identity is how other hives find one.
type Identity struct {
	ID    string   `json:"id"`
	Addrs []string `json:"addrs"`
}

// Identity asks the hive for its id and addresses.
func (s Shares) Identity(ctx context.Context) (id Identity, err error) {
	err = s.Hive.Call(ctx, http.MethodGet, "hive", nil, &id)
	return id, err
}

// Meet makes contacts of the admins of two hives by an invitation, which it returns. Each is called name by the other.
func (s Shares) Meet(ctx context.Context, other *Hive, name string) (code string, err error) {
	var invitation struct {
		Code string `json:"code"`
	}
	if err := s.Hive.Call(ctx, http.MethodPost, "invitations", map[string]string{"note": other.cfg.Admin}, &invitation); err != nil {
		return "", err
	}
	in := map[string]string{"code": invitation.Code, "name": name}
	return invitation.Code, other.Call(ctx, http.MethodPost, "invitations/accept", in, nil)
}

// Share is one end of a share.
type Share struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Path    string   `json:"path"`
	Role    string   `json:"role"`
	State   string   `json:"state"`
	Members []Member `json:"members"`
	Status  *struct {
		Seq      int64 `json:"seq"`
		Applied  int64 `json:"applied"`
		Entries  int64 `json:"entries"`
		Missing  int64 `json:"missing"`
		Complete bool  `json:"complete"`
		Sent     int64 `json:"sent"`
	} `json:"status"`
}

// Member is one receiver of a share.
type Member struct {
	ID    int64  `json:"id"`
	User  string `json:"user"`
	Role  string `json:"role"`
	State string `json:"state"`
}

// Create shares a folder with users of other hives, written name@id or as contacts, in one role.
func (s Shares) Create(ctx context.Context, path, role string, users ...string) (share Share, err error) {
	members := []map[string]string{}
	for _, user := range users {
		members = append(members, map[string]string{"user": user, "role": role})
	}
	err = s.Hive.Call(ctx, http.MethodPost, "shares", map[string]any{"path": path, "members": members}, &share)
	return share, err
}

// Get asks for a share.
func (s Shares) Get(ctx context.Context, id string) (share Share, err error) {
	err = s.Hive.Call(ctx, http.MethodGet, "shares/"+id, nil, &share)
	return share, err
}

// Revoke takes a share away from a user, written as Get tells it.
func (s Shares) Revoke(ctx context.Context, id, user string) error {
	share, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range share.Members {
		if m.User == user {
			return s.Hive.Call(ctx, http.MethodDelete, fmt.Sprintf("shares/%s/members/%d", id, m.ID), nil, nil)
		}
	}
	return fmt.Errorf("%w: %s is no member of %s", errMissing, user, id)
}

// Take waits until a share is offered and accepts it, to be mounted at path.
func (s Shares) Take(ctx context.Context, id, path string, within time.Duration) (share Share, err error) {
	offer, err := s.Offered(ctx, id, within)
	if err != nil {
		return share, err
	}
	err = s.Hive.Call(ctx, http.MethodPost, fmt.Sprintf("offers/%d/accept", offer), map[string]string{"path": path}, &share)
	return share, err
}

var errMissing = errors.New("server: not there")

// Offered waits until a share is offered, and returns the number of the offer.
func (s Shares) Offered(ctx context.Context, id string, within time.Duration) (offer int64, err error) {
	err = Until(ctx, within, func(ctx context.Context) error {
		var offers struct {
			Items []struct {
				ID    int64  `json:"id"`
				Share string `json:"share"`
			} `json:"items"`
		}
		if err := s.Hive.Call(ctx, http.MethodGet, "offers", nil, &offers); err != nil {
			return err
		}
		for _, o := range offers.Items {
			if o.Share == id {
				offer = o.ID
				return nil
			}
		}
		return fmt.Errorf("%w: an offer of %s among %d", errMissing, id, len(offers.Items))
	})
	return offer, err
}

// Complete waits until all content of a share from another hive is held, and at least so many entries of it are there.
func (s Shares) Complete(ctx context.Context, id string, entries int64, within time.Duration) error {
	return Until(ctx, within, func(ctx context.Context) error {
		var share Share
		if err := s.Hive.Call(ctx, http.MethodGet, "shares/"+id+"?wait=10s", nil, &share); err != nil {
			return err
		}
		if st := share.Status; st == nil || st.Entries < entries || !st.Complete {
			return fmt.Errorf("server: not complete with %d entries: %+v", entries, st)
		}
		return nil
	})
}

// Way is how the connection with another hive goes, direct or relayed; empty where there is none.
func (s Shares) Way(ctx context.Context, peer string) (string, error) {
	var peers struct {
		Items []struct {
			ID        string `json:"id"`
			Connected bool   `json:"connected"`
			Way       string `json:"way"`
		} `json:"items"`
	}
	if err := s.Hive.Call(ctx, http.MethodGet, "peers", nil, &peers); err != nil {
		return "", err
	}
	for _, p := range peers.Items {
		if p.ID == peer && p.Connected {
			return p.Way, nil
		}
	}
	return "", nil
}

// Doctor tells how a hive is reached, and how it reaches another when peer is not empty.
type Doctor struct {
	Reachability string   `json:"reachability"`
	Because      string   `json:"because"`
	Relays       []string `json:"relays"`
	Connected    int      `json:"connected"`
	Table        int      `json:"table"`
	Target       *struct {
		Way   string `json:"way"`
		Addr  string `json:"addr"`
		Error string `json:"error"`
	} `json:"target"`
}

// Doctor asks a hive for its report.
func (s Shares) Doctor(ctx context.Context, peer string) (d Doctor, err error) {
	err = s.Hive.Call(ctx, http.MethodGet, "doctor?peer="+url.QueryEscape(peer), nil, &d)
	return d, err
}
