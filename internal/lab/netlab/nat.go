package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	settled = 3 * time.Minute // for hives to find out how they are reached
	soon    = time.Minute     // for what one hive does to show at another
)

// behindNAT has alice and bob each behind a router of their own, and carol where everybody can reach her. Alice shares a
// folder with bob; doctor tells which way they reach each other.
func behindNAT(ctx context.Context, l *lab, symmetric bool) error {
	if err := errors.Join(l.public(ctx), l.plug(ctx, "carol", 10), l.home(ctx, "alice", 1, symmetric), l.home(ctx, "bob", 2, symmetric)); err != nil {
		return err
	}
	carol, err := l.hive(ctx, "carol", nil, "HIVE_P2P_REACHABILITY=public", "HIVE_P2P_RELAY=all")
	if err != nil {
		return err
	}
	hub, err := server.Shares{Hive: carol}.Identity(ctx)
	if err != nil {
		return err
	}
	entrance := slices.DeleteFunc(hub.Addrs, func(addr string) bool { return !strings.Contains(addr, publicNet) })
	l.say("carol listens on %s", strings.Join(entrance, " "))
	alice, err := l.hive(ctx, "alice", entrance)
	if err != nil {
		return err
	}
	bob, err := l.hive(ctx, "bob", entrance)
	if err != nil {
		return err
	}
	for name, h := range map[string]*server.Hive{"alice": alice, "bob": bob} {
		if err := l.relayed(ctx, name, h); err != nil {
			return err
		}
	}
	if err := l.story(ctx, alice, bob); err != nil {
		return fmt.Errorf("%w\n%s", err, l.tails())
	}
	return l.way(ctx, alice, bob, symmetric)
}

// relayed waits until a hive can be reached through a relay.
func (l *lab) relayed(ctx context.Context, name string, h *server.Hive) error {
	var last server.Doctor
	err := server.Until(ctx, settled, func(ctx context.Context) (err error) {
		last, err = server.Shares{Hive: h}.Doctor(ctx, "")
		if err == nil && len(last.Relays) == 0 {
			err = fmt.Errorf("no relay for %s, which is %s: %s", name, last.Reachability, last.Because)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, l.tails())
	}
	l.say("%s is %s (%s), and reached through %s", name, last.Reachability, last.Because, strings.Join(last.Relays, " "))
	return nil
}

// story is what the hives are for.
func (l *lab) story(ctx context.Context, alice, bob *server.Hive) error {
	id, err := server.Shares{Hive: bob}.Identity(ctx)
	if err != nil {
		return err
	}
	if err := alice.Put(ctx, "/holiday/plan.txt", "to the sea"); err != nil {
		return err
	}
	if _, err := (server.Shares{Hive: alice}).Meet(ctx, bob, "alice"); err != nil {
		return err
	}
	l.say("bob accepted alice's invitation")
	share, err := server.Shares{Hive: alice}.Create(ctx, "/holiday", "writer", "bob@"+id.ID)
	if err != nil {
		return err
	}
	if _, err := (server.Shares{Hive: bob}).Take(ctx, share.ID, "/from alice", soon); err != nil {
		return err
	}
	l.say("bob accepted alice's share")
	if err := wants(ctx, bob, "/from alice/plan.txt", "to the sea"); err != nil {
		return err
	}
	l.say("bob reads what alice wrote")
	if err := bob.Put(ctx, "/from alice/plan.txt", "to the mountains"); err != nil {
		return err
	}
	if err := wants(ctx, alice, "/holiday/plan.txt", "to the mountains"); err != nil {
		return err
	}
	l.say("alice reads what bob wrote")
	return nil
}

// wants waits until a file of a hive has some content.
func wants(ctx context.Context, h *server.Hive, path, content string) error {
	return server.Until(ctx, soon, func(ctx context.Context) error {
		got, err := h.Get(ctx, path)
		if err == nil && got != content {
			err = fmt.Errorf("%s is %q, not %q", path, got, content)
		}
		return err
	})
}

// way prints what doctor says of the way from alice to bob, and judges it.
func (l *lab) way(ctx context.Context, alice, bob *server.Hive, symmetric bool) error {
	id, err := server.Shares{Hive: bob}.Identity(ctx)
	if err != nil {
		return err
	}
	report, err := reached(ctx, alice, id.ID, symmetric)
	if err != nil {
		return err
	}
	text, err := alice.Command(ctx, "doctor", id.ID).CombinedOutput()
	l.say("alice asks hive doctor for the way to bob:\n\n%s", text)
	if err != nil {
		return err
	}
	want := []string{"hole-punched", "relayed"} // where a busy machine was too slow for the first
	if symmetric {
		want = []string{"relayed"}
	}
	if !slices.Contains(want, report.Target.Way) {
		return fmt.Errorf("the way is %s, not %s", report.Target.Way, strings.Join(want, " or "))
	}
	l.say("the way is %s", report.Target.Way)
	return nil
}

// reached asks how a hive reaches another, after a while in which a hole may be punched where routers allow one.
func reached(ctx context.Context, from *server.Hive, to string, symmetric bool) (server.Doctor, error) {
	const punching = 45 * time.Second
	s := server.Shares{Hive: from}
	err := server.Until(ctx, punching, func(ctx context.Context) error {
		way, err := s.Way(ctx, to)
		if err == nil && way != "direct" && !symmetric {
			err = fmt.Errorf("no direct way, but %q", way)
		}
		return err
	})
	if err != nil && !errors.Is(err, server.ErrLate) {
		return server.Doctor{}, err
	}
	report, err := s.Doctor(ctx, to)
	if err == nil && report.Target == nil {
		err = errors.New("doctor has nothing to say of the other hive")
	}
	return report, err
}

// tails is the end of every hive's log, without the reports of Go's scheduler.
func (l *lab) tails() string {
	var text strings.Builder
	for _, h := range l.hives {
		fmt.Fprintf(&text, "-- %s\n", h.LogFile())
		log, err := os.ReadFile(h.LogFile())
		if err != nil {
			fmt.Fprintln(&text, err)
		}
		var lines []string
		for line := range strings.Lines(string(log)) {
			if strings.HasPrefix(line, "{") || strings.HasPrefix(line, "time=") {
				lines = append(lines, line)
			}
		}
		const last = 20
		text.WriteString(strings.Join(lines[max(0, len(lines)-last):], ""))
	}
	return text.String()
}
