package shares

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Share is hive share.
func Share(a *command.App) *cobra.Command {
	c := command.Group("share", "Share folders with users of this hive and of others",
		create(a), add(a), list(a), show(a), set(a), revoke(a), leave(a), confirm(a), refuse(a))
	c.Long = `Share folders with users of this hive and of others.

  hive share create /photos --with bob --with carol:writer
  hive share list
  hive share set photos bob:writer          bob may change it from now on
  hive share revoke photos bob              bob no longer sees it
  hive share leave photos                   stop sharing it, or leave the share of another

A SHARE is its id, its name, or the path of its folder.
` + whoHelp
	return c
}

func create(a *command.App) *cobra.Command {
	var (
		with          []string
		name, expires string
		reshare       bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "create PATH --with WHO[:ROLE]",
		Short: "Offer a folder to others",
		Long: `Offer a folder to others. They find it under hive offers, and see it once they have accepted.

` + whoHelp,
		Args:              command.Wants(1, 1, "the path of a folder"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			path, err := command.RemotePath(args[0])
			if err != nil {
				return err
			}
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			to, err := members(with, nil)
			if err != nil {
				return err
			}
			made, err := c.Shares.Create(ctx, apitype.NewShare{Path: path, Name: name, Members: to, Reshare: reshare, Expires: at})
			if err != nil {
				return command.At(path, err)
			}
			text := "Shared " + terminal.Safe(path) + " as " + made.ID
			if len(to) == 0 {
				text += ", with nobody yet:  hive share add " + made.ID + " WHO"
			}
			return a.Result(made, "%s", text)
		}),
	})
	c.Flags().StringArrayVar(&with, "with", nil, "`WHO[:ROLE]` to offer it to; may be repeated")
	c.Flags().StringVar(&name, "name", "", "`NAME` that others see (default: that of the folder)")
	c.Flags().BoolVar(&reshare, "reshare", false, "members may offer it to others")
	c.Flags().StringVar(&expires, "expires", "", "`TIME` from now when sharing ends: 12h, 30d (default: when you end it)")
	return c
}

func add(a *command.App) *cobra.Command {
	var expires string
	c := a.Remote(&cobra.Command{
		Use:   "add SHARE WHO[:ROLE]...",
		Short: "Offer a share to more users",
		Long:  "Offer a share to more users.\n\n" + whoHelp,
		Args:  command.Wants(2, -1, "a share, and who is to get it"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			to, err := members(args[1:], at)
			if err != nil {
				return err
			}
			s, err := share(ctx, c, args[0])
			if err != nil {
				return err
			}
			for _, m := range to {
				if s, err = c.Shares.AddMember(ctx, s.ID, m); err != nil {
					return command.At(m.User, err)
				}
			}
			return a.Result(s, "Offered %s to %s.", terminal.Safe(s.Name), terminal.Count(int64(len(to)), "user"))
		}),
	})
	c.Flags().StringVar(&expires, "expires", "", "`TIME` from now when it ends for them: 12h, 30d (default: with the share)")
	return c
}

func list(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:     "list",
		Short:   "List your shares, and those you are a member of",
		Long:    "List your shares and those you are a member of: id, what you are in it, where it is, its state, whose it is.",
		Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			shares, err := c.Shares.List(ctx)
			return terminal.List(a.Terminal, command.All(shares, err), func(s apitype.Share) string {
				place := s.Path
				if place == "" {
					place = s.Name
				}
				from := "with " + terminal.Count(int64(len(s.Members)), "user")
				if !s.Own {
					from = "from " + known(s.Owner, s.Contact)
				}
				return strings.Join([]string{s.ID, s.Role, terminal.Safe(place), state(s), from}, "\t")
			})
		}),
	})
}

// state is how a share stands, in a word or two.
func state(s apitype.Share) string {
	switch st := s.Status; {
	case s.State != "active":
		return s.State
	case st == nil:
		return "up to date"
	case st.HeldBack > 0:
		return "waits for your yes"
	case st.Problem != "":
		return "stuck"
	case st.Missing > 0:
		return terminal.Count(st.Missing, "file") + " to come"
	case st.Proposed:
		return "edits on their way"
	case st.Applied < st.Seq, st.Applied == 0 && s.Mode != "":
		return "catching up"
	}
	return "up to date"
}

func show(a *command.App) *cobra.Command {
	var wait bool
	c := a.Remote(&cobra.Command{
		Use:   "show SHARE",
		Short: "Show a share, its members and how far it has come",
		Long:  "Show a share, its members and how far it has come. With --wait it is shown when all is here. " + waitHelp,
		Args:  command.Wants(1, 1, "a share"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			s, err := share(ctx, c, args[0])
			if err != nil {
				return err
			}
			s, err = c.Shares.Get(ctx, s.ID)
			if err == nil && wait {
				s, err = await(ctx, a, c, s)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(s, "%s", strings.TrimRight(describe(s), "\n"))
		}),
	})
	c.Flags().BoolVar(&wait, "wait", false, "of another hive: wait until all of it is here")
	return c
}

// describe puts a share in words.
func describe(s apitype.Share) string {
	var out strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&out, "%-9s "+format+"\n", append([]any{label}, args...)...)
	}
	line("Share", "%s, %s", terminal.Safe(s.Name), s.ID)
	if s.Path != "" {
		line("Folder", "%s", terminal.Safe(s.Path))
	}
	if s.Own {
		line("Owner", "you")
	} else {
		line("Owner", "%s; you are a %s", known(s.Owner, s.Contact), s.Role)
	}
	if s.Reshare {
		line("", "members may offer it to others")
	}
	if s.Expires != nil {
		line("Ends", "%s", terminal.Time(*s.Expires))
	}
	if s.Mode != "" {
		line("Keeps", "%s, at most %s", map[string]string{apitype.ModeFull: "all content", apitype.ModeOnDemand: "names, and content once it is read"}[s.Mode], terminal.Size(s.Quota))
	}
	line("State", "%s", state(s))
	progress(line, s.Status)
	for _, m := range s.Members {
		text := known(m.User, m.Contact) + ": " + m.Role + ", " + m.State
		if m.Expires != nil {
			text += ", " + command.Lasting(m.Expires)
		}
		if m.InvitedBy != "" {
			text += ", by way of " + terminal.Safe(m.InvitedBy)
		}
		if m.Synced != nil {
			text += ", has state " + strconv.FormatUint(m.Has, 10) + " since " + terminal.Time(*m.Synced)
		}
		line("Member", "%s", text)
	}
	return out.String()
}

// progress tells how far a share has come between hives.
func progress(line func(label, format string, args ...any), st *apitype.ShareStatus) {
	if st == nil {
		return
	}
	if st.Problem != "" {
		next := ""
		if st.Next != nil {
			next = "; next try " + terminal.Time(*st.Next)
		}
		line("Problem", "%s%s", terminal.Safe(st.Problem), next)
	}
	if st.HeldBack > 0 {
		line("Held back", "a change that deletes %d of %d entries; hive share confirm lets it go ahead", st.HeldBack, st.Entries)
	}
	for _, h := range st.Held {
		line("Proposed", "by %s, to delete %d of them; hive share refuse says no", known(h.User, h.Contact), h.Deletes)
	}
	if st.Missing > 0 {
		line("To come", "%s, %s", terminal.Count(st.Missing, "file"), terminal.Size(st.Bytes))
	}
	if st.Synced != nil {
		line("Newest", "%s, with %d entries", terminal.Time(*st.Synced), st.Entries)
	}
	if st.Received+st.Sent > 0 {
		line("Content", "%s came, %s went", terminal.Size(st.Received), terminal.Size(st.Sent))
	}
	if st.Saved > 0 {
		line("Saved", "%s did not have to come", terminal.Size(st.Saved))
	}
}

func revoke(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "revoke SHARE WHO...",
		Short: "Take a share from members",
		Long: `Take a share from members. They can read nothing more from this moment. What their hive has fetched before cannot be
called back.`,
		Args: command.Wants(2, -1, "a share, and who is to lose it"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			s, err := share(ctx, c, args[0])
			if err != nil {
				return err
			}
			for _, text := range args[1:] {
				user, _, err := who(text)
				if err == nil {
					err = c.Shares.Revoke(ctx, s.ID, user)
				}
				if err != nil {
					return command.At(text, err)
				}
			}
			if s, err = c.Shares.Get(ctx, s.ID); err != nil {
				return err
			}
			return a.Result(s, "Took %s from %s.", terminal.Safe(s.Name), terminal.Safe(strings.Join(args[1:], ", ")))
		}),
	})
}

func leave(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "leave SHARE",
		Short: "Stop sharing a folder of yours, or leave the share of another",
		Long: `Stop sharing a folder of yours: nobody else sees it any more, and you keep it. Or leave the share of another: it goes from
your folders, and what only it has goes from this hive.`,
		Args: command.Wants(1, 1, "a share"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			s, err := share(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.Shares.Leave(ctx, s.ID); err != nil {
				return command.At(args[0], err)
			}
			if s.Own {
				return a.Result(s, "%s is no longer shared.", terminal.Safe(s.Name))
			}
			return a.Result(s, "Left %s.", terminal.Safe(s.Name))
		}),
	})
}

func confirm(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "confirm SHARE",
		Short: "Say yes to a change that deletes much, and was held back for it",
		Long: `Say yes to a change that was held back because it deletes more than 500 entries and more than a fifth of a share; hive share
show tells of it. Until then nothing is deleted here. What is deleted goes to the trash in any case.`,
		Args: command.Wants(1, 1, "a share"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			s, err := share(ctx, c, args[0])
			if err == nil {
				s, err = c.Shares.Confirm(ctx, s.ID)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(s, "The change to %s goes ahead.", terminal.Safe(s.Name))
		}),
	})
}

func refuse(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "refuse SHARE",
		Short: "Say no to a change of a member that deletes much, and was held back for it",
		Long: `Say no to what members propose to a share of yours, where it was held back because it deletes more than 500 entries and more
than a fifth of it; hive share show tells of it. The share stays as it is. Who deleted keeps that on their own hive, and can
bring it back there from the trash; what they change from then on is proposed anew.`,
		Args: command.Wants(1, 1, "a share"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			s, err := share(ctx, c, args[0])
			if err == nil {
				s, err = c.Shares.Refuse(ctx, s.ID)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(s, "%s stays as it is.", terminal.Safe(s.Name))
		}),
	})
}
