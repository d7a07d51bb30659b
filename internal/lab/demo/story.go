package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/internal/lab/server"
)

// cast is who is in the story.
type cast struct {
	*stage
	alice, bob, carol *person
	share             string // id
}

// story is what happens, scene by scene.
func story(ctx context.Context, s *stage) error {
	c := &cast{stage: s}
	for _, scene := range []func(context.Context) error{c.start, c.find, c.invite, c.offer, c.edit, c.collide, c.refuse, c.revoke} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start: two hives know the address of a third, and of nothing else.
func (c *cast) start(ctx context.Context) (err error) {
	c.step("Three hives on one machine. Bob's and carol's know one address to begin with, that of alice's; mDNS is off.")
	if c.alice, err = c.enter(ctx, "alice"); err != nil {
		return err
	}
	if c.bob, err = c.enter(ctx, "bob", c.alice.addr); err != nil {
		return err
	}
	c.carol, err = c.enter(ctx, "carol", c.alice.addr)
	return err
}

// find: bob's hive looks up carol's in the hash table of hives.
func (c *cast) find(ctx context.Context) error {
	c.step("Bob's hive finds carol's by nothing but its id, through the hash table of the hives.")
	var answer string
	err := server.Until(ctx, patience, func(ctx context.Context) (err error) {
		answer, err = c.bob.runs(ctx, "", "peers", "find", c.carol.id)
		if err == nil && !strings.Contains(answer, "/tcp/") {
			err = fmt.Errorf("no address in %q", answer)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.bob.show("hive peers find "+c.carol.id, answer)
	return c.bob.types(ctx, "peers", "list")
}

// invite: alice gets to know bob and carol.
func (c *cast) invite(ctx context.Context) error {
	c.step("Alice invites bob and carol. Each code works once; it goes by mail or from mouth to ear.")
	for _, friend := range []*person{c.bob, c.carol} {
		code, err := c.alice.runs(ctx, "", "--quiet", "invite", "create", "--note", friend.name)
		if err != nil {
			return fmt.Errorf("%w: %s", err, code)
		}
		const shown = 40
		c.alice.show("hive invite create --note "+friend.name, code[:min(shown, len(code))]+"…")
		answer, err := friend.runs(ctx, "", "invite", "accept", code)
		friend.show("hive invite accept "+code[:min(shown/2, len(code))]+"…", answer)
		if err != nil {
			return fmt.Errorf("%s: %w: %s", friend.name, err, answer)
		}
	}
	return c.alice.types(ctx, "contact", "list")
}

// offer: alice shares a folder, bob may write, carol may read.
func (c *cast) offer(ctx context.Context) error {
	c.step("Alice shares a folder: bob may write, carol may read.")
	if err := errors.Join(c.alice.writes(ctx, "/garden/plan.txt", "beans, peas"), c.alice.writes(ctx, "/garden/beds/north.txt", "shade")); err != nil {
		return err
	}
	line := []string{"share", "create", "/garden", "--with", "bob:writer", "--with", "carol"}
	answer, err := c.alice.runs(ctx, "", append([]string{"--json"}, line...)...)
	if err != nil {
		return fmt.Errorf("%w: %s", err, answer)
	}
	var made server.Share
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		return fmt.Errorf("%w: %s", err, answer)
	}
	c.share = made.ID
	c.alice.show("hive "+quoted(line), "Shared /garden as "+made.ID)
	for _, friend := range []*person{c.bob, c.carol} {
		if _, err := (server.Shares{Hive: friend.hive}).Offered(ctx, c.share, patience); err != nil {
			return err
		}
		if err := friend.types(ctx, "offers"); err != nil {
			return err
		}
	}
	if err := errors.Join(c.bob.types(ctx, "accept", c.share, "/from alice"), c.carol.types(ctx, "accept", c.share)); err != nil {
		return err
	}
	if _, err := c.bob.sees(ctx, "/from alice", has("beds", "plan.txt")); err != nil {
		return err
	}
	return errors.Join(c.bob.reads(ctx, "/from alice/plan.txt", "beans, peas"), c.carol.reads(ctx, "/garden/beds/north.txt", "shade"))
}

// edit: both ways.
func (c *cast) edit(ctx context.Context) error {
	c.step("Bob writes; alice and carol see it. Alice writes and renames; bob and carol see that.")
	if err := c.bob.writes(ctx, "/from alice/tools.txt", "spade, rake"); err != nil {
		return err
	}
	if err := errors.Join(c.alice.reads(ctx, "/garden/tools.txt", "spade, rake"), c.carol.reads(ctx, "/garden/tools.txt", "spade, rake")); err != nil {
		return err
	}
	if err := c.alice.writes(ctx, "/garden/plan.txt", "beans, peas, kale"); err != nil {
		return err
	}
	if err := c.alice.types(ctx, "mv", "/garden/beds", "/garden/plots"); err != nil {
		return err
	}
	if err := c.bob.reads(ctx, "/from alice/plan.txt", "beans, peas, kale"); err != nil {
		return err
	}
	_, err := c.carol.sees(ctx, "/garden", has("plan.txt", "plots", "tools.txt"))
	return err
}

// collide: the same file on two hives in the same moment.
func (c *cast) collide(ctx context.Context) error {
	c.step("Alice and bob save the same file in the same moment. Both versions stay, on every hive.")
	const attempts = 5
	var file string
	for n := range attempts {
		file = fmt.Sprintf("dates-%d.txt", n+1)
		if err := c.atOnce(ctx, "/garden/"+file, "/from alice/"+file); err != nil {
			return err
		}
		names, err := c.bob.hive.List(ctx, "/from alice")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(names, func(e server.Entry) bool { return isConflict(e.Name, file) }) {
			break
		}
	}
	both := func(names []string) bool {
		return slices.Contains(names, file) && slices.ContainsFunc(names, func(name string) bool { return isConflict(name, file) })
	}
	var lists [3][]string
	for i, p := range []*person{c.alice, c.bob, c.carol} {
		folder := "/garden"
		if p == c.bob {
			folder = "/from alice"
		}
		names, err := p.sees(ctx, folder, both)
		if err != nil {
			return err
		}
		slices.Sort(names)
		lists[i] = names
	}
	if !slices.Equal(lists[0], lists[1]) || !slices.Equal(lists[0], lists[2]) {
		return fmt.Errorf("the hives do not agree: %q", lists)
	}
	return nil
}

func isConflict(name, file string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(file, ".txt")+" (conflict") && strings.HasSuffix(name, ".txt")
}

// atOnce lets alice and bob write a file together and waits until their hives agree on what there is.
func (c *cast) atOnce(ctx context.Context, hers, his string) error {
	g, putting := errgroup.WithContext(ctx)
	g.Go(func() error { return c.alice.hive.Put(putting, hers, "sow in march") })
	g.Go(func() error { return c.bob.hive.Put(putting, his, "sow in april") })
	if err := g.Wait(); err != nil {
		return err
	}
	c.alice.show(fmt.Sprintf("echo 'sow in march' | hive put - %s", hers), "")
	c.bob.show(fmt.Sprintf("echo 'sow in april' | hive put - %s", quoted([]string{his})), "")
	return server.Until(ctx, patience, func(ctx context.Context) error {
		here, err := c.alice.hive.Get(ctx, hers)
		if err != nil {
			return err
		}
		there, err := c.bob.hive.Get(ctx, his)
		if err == nil && here != there {
			err = fmt.Errorf("alice has %q, bob %q", here, there)
		}
		if err != nil {
			return err
		}
		ours, err := c.alice.hive.List(ctx, "/garden")
		if err != nil {
			return err
		}
		theirs, err := c.bob.hive.List(ctx, "/from alice")
		if err == nil && !slices.Equal(ours, theirs) {
			err = fmt.Errorf("alice has %v, bob %v", ours, theirs)
		}
		return err
	})
}

// refuse: a reader stays a reader.
func (c *cast) refuse(ctx context.Context) error {
	c.step("Carol may read, and tries to write.")
	return c.carol.fails(ctx, "mine", "put", "-", "/garden/plan.txt")
}

// revoke: bob is out, carol is not.
func (c *cast) revoke(ctx context.Context) error {
	c.step("Alice takes the share from bob. Bob's hive lets go of it; carol goes on seeing what alice writes.")
	if err := c.alice.types(ctx, "share", "revoke", c.share, "bob"); err != nil {
		return err
	}
	if err := c.bob.loses(ctx, "/from alice"); err != nil {
		return err
	}
	if err := c.bob.types(ctx, "ls", "/"); err != nil {
		return err
	}
	if err := c.alice.writes(ctx, "/garden/secret.txt", "where the strawberries are"); err != nil {
		return err
	}
	if err := c.carol.reads(ctx, "/garden/secret.txt", "where the strawberries are"); err != nil {
		return err
	}
	return c.bob.fails(ctx, "", "get", "/from alice/secret.txt", "-")
}
