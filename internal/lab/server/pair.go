package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Fresh makes the folder, and a hive in it that is started and signed in to.
func Fresh(ctx context.Context, cfg Config) (*Hive, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	h, err := New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := h.Start(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if _, err := h.Login(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Client runs a client command of the hive program as the admin.
func (h *Hive) Client(ctx context.Context, args ...string) error {
	text, err := h.Command(ctx, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("hive %s: %w: %s", args[0], err, text)
	}
	return nil
}

// Pair is two hives whose admins, alice and bob, know each other.
type Pair struct {
	Alice, Bob *Hive
	bob        string // id of his hive
}

// NewPair starts both. Their admins need no names in the configurations.
func NewPair(ctx context.Context, alice, bob Config) (p *Pair, err error) {
	p = new(Pair)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	alice.Admin, bob.Admin = "alice", "bob"
	if p.Alice, err = Fresh(ctx, alice); err != nil {
		return p, err
	}
	if p.Bob, err = Fresh(ctx, bob); err != nil {
		return p, err
	}
	id, err := Shares{Hive: p.Bob}.Identity(ctx)
	if err != nil {
		return p, err
	}
	p.bob = id.ID
	_, err = Shares{Hive: p.Alice}.Meet(ctx, p.Bob, "alice")
	return p, err
}

// Close kills the hives. Their folders stay.
func (p *Pair) Close() error {
	var faults []error
	for _, h := range []*Hive{p.Alice, p.Bob} {
		if h != nil {
			faults = append(faults, h.Close())
		}
	}
	return errors.Join(faults...)
}

// Offer shares a folder of alice with bob as a writer and returns when he has the offer.
func (p *Pair) Offer(ctx context.Context, path string) (id string, err error) {
	share, err := Shares{Hive: p.Alice}.Create(ctx, path, "writer", "bob@"+p.bob)
	if err != nil {
		return "", err
	}
	_, err = Shares{Hive: p.Bob}.Offered(ctx, share.ID, time.Minute)
	return share.ID, err
}

// Tails is the end of both logs.
func (p *Pair) Tails() string {
	return fmt.Sprintf("-- alice\n%s\n-- bob\n%s", p.Alice.Tail(), p.Bob.Tail())
}
