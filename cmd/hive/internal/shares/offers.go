package shares

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Offers is hive offers.
func Offers(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "offers",
		Short: "List the shares that others offer you",
		Long:  "List the shares that others offer you: id, name, what you may do, and who offers it. Answer with hive accept or hive decline.",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			list, err := c.Shares.Offers(ctx)
			return terminal.List(a.Terminal, command.All(list, err), func(o apitype.Offer) string {
				fields := []string{id(o.ID), terminal.Safe(o.Name), o.Role, "from " + terminal.Safe(o.From)}
				if o.Expires != nil {
					fields = append(fields, command.Lasting(o.Expires))
				}
				return strings.Join(fields, "\t")
			})
		}),
	})
}

// Accept is hive accept.
func Accept(a *command.App) *cobra.Command {
	var (
		howMuch, space string
		wait           bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "accept OFFER [PATH]",
		Short: "Take a share that you are offered, and mount its folder",
		Long: `Take a share that you are offered; OFFER is its id or name, as hive offers lists them. Its folder appears at PATH, or under
its name in your top folder, or with a slash at the end of PATH in that folder. You can rename and move it like any other.

A share of another hive is copied to this one, which goes on by itself. With --mode on-demand only names are, and content comes
when it is read. With --wait the command ends when all that is known is here. ` + waitHelp,
		Args: command.Wants(1, 2, "an offer"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			in := apitype.AcceptOffer{}
			m, err := mode(howMuch)
			if err != nil {
				return err
			}
			if m != nil {
				in.Mode = *m
			}
			if in.Quota, err = quota(space); err != nil {
				return err
			}
			if len(args) > 1 {
				if in.Path, err = command.RemotePath(args[1]); err != nil {
					return err
				}
			}
			o, err := offer(ctx, c, args[0])
			if err != nil {
				return err
			}
			if len(args) > 1 && strings.HasSuffix(args[1], "/") {
				in.Path = strings.TrimSuffix(in.Path, "/") + "/" + o.Name
			}
			taken, err := c.Shares.Accept(ctx, o.ID, in)
			if err != nil {
				return command.At(args[0], err)
			}
			if wait {
				if taken, err = await(ctx, a, c, taken); errors.Is(err, command.ErrNotFound) {
					return command.At(args[0], err)
				}
			}
			return errors.Join(a.Result(taken, "Accepted %s; it is at %s.", terminal.Safe(taken.Name), terminal.Safe(taken.Path)), command.At(args[0], err))
		}),
	})
	c.Flags().StringVar(&howMuch, "mode", "", "`MODE` of a share of another hive: full (keep all content, the default) or on-demand")
	c.Flags().StringVar(&space, "quota", "", "`SIZE` that it may take up here: 5GiB, unlimited")
	c.Flags().BoolVar(&wait, "wait", false, "wait until all of it is here")
	return c
}

// Decline is hive decline.
func Decline(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "decline OFFER", Short: "Refuse a share that you are offered", Args: command.Wants(1, 1, "an offer"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			o, err := offer(ctx, c, args[0])
			if err == nil {
				err = c.Shares.Decline(ctx, o.ID)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(o, "Declined %s.", terminal.Safe(o.Name))
		}),
	})
}

// Pending is hive pending.
func Pending(a *command.App) *cobra.Command {
	var retry bool
	c := a.Remote(&cobra.Command{
		Use:   "pending [ID...]",
		Short: "List what waits to be delivered to other hives, why, and when it is tried again",
		Long: `List what waits to be delivered to other hives: id, what it is, for whom, how often it was tried, when it is tried again,
and why it has not arrived. Nothing is given up: an item waits for as long as it takes. With --retry items are tried at once,
all or those named.`,
		Args: command.Wants(0, -1, "ids"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			if len(args) > 0 && !retry {
				return command.Usagef("hive pending lists all; to try %s at once, say --retry", args[0])
			}
			items, err := c.Shares.Pending(ctx)
			if err != nil {
				return err
			}
			if !retry {
				return terminal.List(a.Terminal, command.All(items, nil), waiting)
			}
			ids, err := numbers(items, args)
			if err != nil {
				return err
			}
			for _, n := range ids {
				if err := c.Shares.Retry(ctx, n); err != nil {
					return command.At(id(n), err)
				}
			}
			return a.Result(map[string]int{"retried": len(ids)}, "Trying %s again.", terminal.Count(int64(len(ids)), "item"))
		}),
	})
	c.Flags().BoolVar(&retry, "retry", false, "try them again at once")
	return c
}

// numbers are those of the items that args name, or of all where there are none.
func numbers(items []apitype.Pending, args []string) (ids []int64, err error) {
	for _, text := range args {
		n, err := command.Number(text, "pending item")
		if err != nil {
			return nil, err
		}
		ids = append(ids, n)
	}
	if len(args) == 0 {
		for _, item := range items {
			ids = append(ids, item.ID)
		}
	}
	return ids, nil
}

// waiting is an item as people read it.
func waiting(p apitype.Pending) string {
	to := p.Contact
	if to == "" {
		to = p.Hive
	}
	reason := p.Reason
	if reason == "" {
		reason = p.Code
	}
	return strings.Join([]string{
		id(p.ID), p.Kind, "for " + terminal.Safe(to), terminal.Count(p.Attempts, "try"), "next " + terminal.Time(p.Next), orDash(reason),
	}, "\t")
}
