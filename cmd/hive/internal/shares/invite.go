// Package shares is the commands on sharing: invitations, contacts, shares, offers, and what waits for other hives.
//
// It owns their flags and what they print. It does not own who may do what, nor how a share reaches another hive: the hive
// does that.
package shares

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// Invite is hive invite.
func Invite(a *command.App) *cobra.Command {
	c := command.Group("invite", "Get to know users of other hives", inviteCreate(a), inviteAccept(a), inviteList(a), inviteRemove(a))
	c.Long = `Get to know users of other hives. One of the two makes an invitation and sends its code by mail, by phone or as you like;
the other accepts it. Then each is a contact of the other, and they can offer each other shares:

  hive invite create                 prints a code for one friend
  hive invite accept hive1…          what the friend types, on the friend's hive
  hive share create /photos --with bob`
	return c
}

func inviteCreate(a *command.App) *cobra.Command {
	var (
		note, shared, expires string
		writer                bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "create",
		Short: "Make an invitation for one user of another hive; its code is shown this once",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			in := apitype.NewInvitation{Note: note, Expires: at}
			if shared != "" {
				s, err := share(ctx, c, shared)
				if err != nil {
					return err
				}
				in.Share, in.Role = s.ID, apitype.RoleReader
			}
			if writer {
				if in.Share == "" {
					return command.Usagef("--writer is about the share that the invitation offers: say which with --share")
				}
				in.Role = apitype.RoleWriter
			}
			made, err := c.Contacts.Invite(ctx, in)
			if err != nil {
				return err
			}
			a.Note("Send this code to one friend, who types hive invite accept CODE. It works once, and %s:", command.Lasting(&made.Expires))
			return a.Result(made, "%s", made.Code)
		}),
	})
	c.Flags().StringVar(&note, "note", "", "`TEXT` to remember whom it is for")
	c.Flags().StringVar(&shared, "share", "", "`SHARE` (id, name or path) to offer to who accepts")
	c.Flags().BoolVar(&writer, "writer", false, "who accepts may change the share too")
	c.Flags().StringVar(&expires, "expires", "", "`TIME` from now when it ends: 12h, 30d (default 7d)")
	return c
}

func inviteAccept(a *command.App) *cobra.Command {
	var name string
	c := a.Remote(&cobra.Command{
		Use:   "accept CODE",
		Short: "Accept an invitation of a user of another hive",
		Long: `Accept an invitation of a user of another hive. The hive asks the other one at once, so both must be reachable; when that
fails, hive doctor PEER says why. Where the invitation offers a share, accept that with hive accept.`,
		Args: command.Wants(1, 1, "the code of an invitation"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			code := strings.Join(strings.Fields(args[0]), "") // mail breaks lines
			if !strings.HasPrefix(strings.ToLower(code), "hive1") {
				return command.Usagef("%q is not the code of an invitation: those begin with hive1", shorten(args[0]))
			}
			accepted, err := c.Contacts.AcceptInvitation(ctx, apitype.AcceptInvitation{Code: code, Name: name})
			if err != nil {
				return err
			}
			text := terminal.Safe(accepted.Contact.Name) + " (" + accepted.Contact.User + ") is now a contact of yours."
			if o := accepted.Offer; o != nil {
				text += "\nYou are offered the share " + terminal.Safe(o.Name) + ". Take it:  hive accept " + id(o.ID)
			}
			return a.Result(accepted, "%s", text)
		}),
	})
	c.Flags().StringVar(&name, "as", "", "`NAME` for the contact (default: as they are called there)")
	return c
}

func shorten(text string) string {
	if len(text) > 20 {
		return text[:20] + "…"
	}
	return text
}

func inviteList(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "list", Short: "List your invitations", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			list, err := c.Contacts.Invitations(ctx)
			return terminal.List(a.Terminal, command.All(list, err), func(i apitype.Invitation) string {
				state := command.Lasting(&i.Expires)
				if i.Used != nil {
					state = "used " + terminal.Time(*i.Used)
					if i.UsedBy != "" {
						state += " by " + terminal.Safe(i.UsedBy)
					}
				}
				return strings.Join([]string{id(i.ID), state, orDash(i.Note), orDash(i.Share)}, "\t")
			})
		}),
	})
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return terminal.Safe(text)
}

func inviteRemove(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "rm ID", Short: "Make an invitation useless", Args: command.Wants(1, 1, "the id of an invitation"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[0], "invitation")
			if err == nil {
				err = c.Contacts.DeleteInvitation(ctx, n)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]int64{"id": n}, "Removed the invitation %d.", n)
		}),
	})
}
