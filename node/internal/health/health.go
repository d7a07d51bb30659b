// Package health says in words how a hive is, part by part, for who runs it.
//
// It owns what counts as wrong. It does not own how anything is measured: it asks the parts, and never waits for another hive.
package health

import (
	"context"
	"fmt"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/sharing"
)

// States of a part, and of the hive: that of the worst.
const (
	ok      = "ok"
	warning = "warning"
	failed  = "failed"
)

// late is how long a message may wait, or a share be stuck, before it is worth a word.
const late = 24 * time.Hour

// Network is the hive among others.
type Network struct {
	Off       bool // its owner wants none
	Connected int
	Partners  int // hives of contacts and shares
	Reached   int // of those, connected
}

// Parts are what is asked.
type Parts struct {
	Database func(ctx context.Context) error
	Space    func() (free, reserve int64, err error)
	Damaged  func() int64 // blocks that the last scrub found damaged
	Network  func() Network
	Pending  func(ctx context.Context) ([]sharing.Item, error)
	Shares   func(ctx context.Context) ([]sharing.Overview, error)
}

// Check looks at all parts.
func Check(ctx context.Context, p Parts) apitype.Health {
	now := time.Now()
	h := apitype.Health{State: ok, Parts: []apitype.HealthPart{
		database(ctx, p), disk(p), blocks(p), network(p), deliveries(ctx, p, now), shares(ctx, p, now),
	}}
	for _, part := range h.Parts {
		if part.State == failed || part.State == warning && h.State == ok {
			h.State = part.State
		}
	}
	return h
}

func part(name, state, format string, args ...any) apitype.HealthPart {
	return apitype.HealthPart{Name: name, State: state, Text: fmt.Sprintf(format, args...)}
}

func database(ctx context.Context, p Parts) apitype.HealthPart {
	if err := p.Database(ctx); err != nil {
		return part("database", failed, "The database does not answer: %v.", err)
	}
	return part("database", ok, "The database answers.")
}

func disk(p Parts) apitype.HealthPart {
	free, reserve, err := p.Space()
	switch {
	case err != nil:
		return part("disk", failed, "Free space cannot be told: %v.", err)
	case free < 0:
		return part("disk", ok, "Free space is not known here.")
	case free < reserve:
		return part("disk", failed, "Writes are refused: %s are free, %s are kept in reserve. Make room, or empty the trash.", size(free), size(reserve))
	case free < 2*reserve:
		return part("disk", warning, "Only %s are free; under %s writes are refused.", size(free), size(reserve))
	}
	return part("disk", ok, "%s are free.", size(free))
}

func blocks(p Parts) apitype.HealthPart {
	if n := p.Damaged(); n > 0 {
		return part("blocks", failed, "%d blocks are damaged, as the last scrub found: run hive fsck, and restore them from a backup.", n)
	}
	return part("blocks", ok, "No damage is known.")
}

func network(p Parts) apitype.HealthPart {
	n := p.Network()
	switch {
	case n.Off:
		return part("network", ok, "This hive takes no part in the network of hives, as its owner wants.")
	case n.Partners > 0 && n.Reached == 0:
		return part("network", warning, "None of the %d hives of contacts and shares is connected: hive doctor says why.", n.Partners)
	case n.Connected == 0:
		return part("network", warning, "No other hive is connected: hive doctor says why.")
	}
	return part("network", ok, "%s connected; %d of %d that contacts and shares are with.", some(n.Connected, "hive"), n.Reached, n.Partners)
}

func deliveries(ctx context.Context, p Parts, now time.Time) apitype.HealthPart {
	items, err := p.Pending(ctx)
	if err != nil {
		return part("deliveries", failed, "What waits for other hives cannot be told: %v.", err)
	}
	hives, oldest := map[string]bool{}, now
	for _, i := range items {
		hives[string(i.To)] = true
		if i.Created.Before(oldest) {
			oldest = i.Created
		}
	}
	switch {
	case len(items) == 0:
		return part("deliveries", ok, "Nothing waits for other hives.")
	case now.Sub(oldest) > late:
		return part("deliveries", warning, "%s to %s not delivered, the oldest since %s.", some(len(items), "message"), some(len(hives), "hive"), oldest.UTC().Format(time.DateOnly))
	}
	return part("deliveries", ok, "%s on the way to %s.", some(len(items), "message"), some(len(hives), "hive"))
}

func shares(ctx context.Context, p Parts, now time.Time) apitype.HealthPart {
	list, err := p.Shares(ctx)
	if err != nil {
		return part("shares", failed, "The shares cannot be told: %v.", err)
	}
	stuck, held, first := 0, 0, ""
	for _, s := range list {
		if s.Status.Guarded > 0 {
			held++
		}
		since := s.Status.Synced
		if s.Created.After(since) { // it never got on
			since = s.Created
		}
		if s.Status.Problem != nil && now.Sub(since) > late {
			if stuck++; first == "" {
				first = fmt.Sprintf("%s: %v", s.Name, s.Status.Problem)
			}
		}
	}
	switch {
	case held > 0:
		return part("shares", warning, "%d of %d shares wait for a yes, because they are to lose most of what is in them.", held, len(list))
	case stuck > 0:
		return part("shares", warning, "%d of %d shares have not got on for a day, such as %s.", stuck, len(list), first)
	}
	return part("shares", ok, "%s in order.", some(len(list), "share"))
}

// some is a number of things.
func some(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// size is a number of bytes for people.
func size(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
}
