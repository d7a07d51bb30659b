// Package health says how a hive is, part by part, for who runs it: in words, and in codes with facts for who has words of their own.
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
	Unsafe   func() error              // why nothing is written to the blocks any more
	Damaged  func() int64              // blocks that the last scrub found damaged
	Failing  func() (task, err string) // background work
	Network  func() Network
	Pending  func(ctx context.Context) ([]sharing.Item, error)
	Shares   func(ctx context.Context) ([]sharing.Overview, error)
}

// Check looks at all parts.
func Check(ctx context.Context, p Parts) apitype.Health {
	now := time.Now()
	h := apitype.Health{State: ok, Parts: []apitype.HealthPart{
		database(ctx, p), disk(p), blocks(p), upkeep(p), network(p), deliveries(ctx, p, now), shares(ctx, p, now),
	}}
	for _, part := range h.Parts {
		if part.State == failed || part.State == warning && h.State == ok {
			h.State = part.State
		}
	}
	return h
}

// say is a part of the hive as this package finds it: its state, a code for programs, and the same in words.
func say(name, state, code, format string, args ...any) apitype.HealthPart {
	return apitype.HealthPart{Name: name, State: state, Code: code, Text: fmt.Sprintf(format, args...)}
}

// mute is a part that cannot be asked.
func mute(name, what string, err error) apitype.HealthPart {
	part := say(name, failed, name+"_silent", "%s: %v.", what, err)
	part.Facts.Reason = err.Error()
	return part
}

func database(ctx context.Context, p Parts) apitype.HealthPart {
	if err := p.Database(ctx); err != nil {
		return mute("database", "The database does not answer", err)
	}
	return say("database", ok, "database_answers", "The database answers.")
}

func disk(p Parts) (part apitype.HealthPart) {
	free, reserve, err := p.Space()
	switch {
	case err != nil:
		return mute("disk", "Free space cannot be told", err)
	case free < 0:
		return say("disk", ok, "disk_unknown", "Free space is not known here.")
	case free < reserve:
		part = say("disk", failed, "disk_full", "Writes are refused: %s are free, %s are kept in reserve. Make room, or empty the trash.", size(free), size(reserve))
	case free < 2*reserve:
		part = say("disk", warning, "disk_low", "Only %s are free; under %s writes are refused.", size(free), size(reserve))
	default:
		part = say("disk", ok, "disk_free", "%s are free.", size(free))
	}
	part.Facts.Free, part.Facts.Reserve = free, reserve
	return part
}

func blocks(p Parts) apitype.HealthPart {
	if err := p.Unsafe(); err != nil {
		part := say("blocks", failed, "blocks_unsafe", "Writes are refused until the hive is started again, for its disk failed to keep what was written: check it first. %v.", err)
		part.Facts.Reason = err.Error()
		return part
	}
	if n := p.Damaged(); n > 0 {
		part := say("blocks", failed, "blocks_damaged", "%s damaged, as the last scrub found: run hive fsck, and restore what is lost from a backup.", are(int(n), "block"))
		part.Facts.Damaged = n
		return part
	}
	return say("blocks", ok, "blocks_sound", "No damage is known.")
}

func upkeep(p Parts) apitype.HealthPart {
	task, err := p.Failing()
	if task == "" {
		return say("upkeep", ok, "upkeep_well", "Background work ended well when it last ran.")
	}
	part := say("upkeep", warning, "upkeep_failing", "Background work (%s) failed when it last ran, and is tried again within an hour: %s.", task, err)
	part.Facts.Task, part.Facts.Reason = task, err
	return part
}

func network(p Parts) (part apitype.HealthPart) {
	n := p.Network()
	switch {
	case n.Off:
		return say("network", ok, "network_off", "This hive takes no part in the network of hives, as its owner wants.")
	case n.Partners > 0 && n.Reached == 0:
		part = say("network", warning, "network_unreached", "None of the %s of contacts and shares is connected: hive doctor says why.", some(n.Partners, "hive"))
	case n.Connected == 0:
		part = say("network", warning, "network_alone", "No other hive is connected: hive doctor says why.")
	default:
		part = say("network", ok, "network_connected", "%s connected; %d of %d that contacts and shares are with.", some(n.Connected, "hive"), n.Reached, n.Partners)
	}
	part.Facts.Connected, part.Facts.Partners, part.Facts.Reached = n.Connected, n.Partners, n.Reached
	return part
}

func deliveries(ctx context.Context, p Parts, now time.Time) (part apitype.HealthPart) {
	items, err := p.Pending(ctx)
	if err != nil {
		return mute("deliveries", "What waits for other hives cannot be told", err)
	}
	if len(items) == 0 {
		return say("deliveries", ok, "deliveries_none", "Nothing waits for other hives.")
	}
	hives, oldest := map[string]bool{}, now
	for _, i := range items {
		hives[string(i.To)] = true
		if i.Created.Before(oldest) {
			oldest = i.Created.UTC()
		}
	}
	if now.Sub(oldest) > late {
		part = say("deliveries", warning, "deliveries_late", "%s to %s not delivered, the oldest since %s.", some(len(items), "message"), some(len(hives), "hive"), oldest.UTC().Format(time.DateOnly))
	} else {
		part = say("deliveries", ok, "deliveries_underway", "%s on the way to %s.", some(len(items), "message"), some(len(hives), "hive"))
	}
	part.Facts.Messages, part.Facts.Hives, part.Facts.Oldest = len(items), len(hives), &oldest
	return part
}

func shares(ctx context.Context, p Parts, now time.Time) (part apitype.HealthPart) {
	list, err := p.Shares(ctx)
	if err != nil {
		return mute("shares", "The shares cannot be told", err)
	}
	var is apitype.HealthFacts
	first := ""
	for _, s := range list {
		if s.Status.Guarded > 0 {
			is.Held++
		}
		since := s.Status.Synced
		if s.Created.After(since) { // it never got on
			since = s.Created
		}
		if s.Status.Problem != nil && now.Sub(since) > late {
			if is.Stuck++; first == "" {
				is.Share, first = s.Name, fmt.Sprintf("%s: %v", s.Name, s.Status.Problem)
			}
		}
	}
	is.Shares = len(list)
	switch {
	case is.Held > 0:
		part = say("shares", warning, "shares_held", "%d of %s wait for a yes, because they are to lose most of what is in them.", is.Held, some(len(list), "share"))
	case is.Stuck > 0:
		part = say("shares", warning, "shares_stuck", "%d of %s have not got on for a day, such as %s.", is.Stuck, some(len(list), "share"), first)
	default:
		part = say("shares", ok, "shares_well", "%s in order.", some(len(list), "share"))
	}
	part.Facts = is
	return part
}

// are is a number of things that are something.
func are(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " is"
	}
	return some(n, thing) + " are"
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
