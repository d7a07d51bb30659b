package shares

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Contact is hive contact.
func Contact(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List your contacts: local name, then name@hive", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			contacts, err := c.Contacts.List(ctx)
			return terminal.List(a.Terminal, command.All(contacts, err), func(k apitype.Contact) string {
				return strings.Join([]string{terminal.Safe(k.Name), terminal.Safe(k.User), "since " + terminal.Time(k.Created)}, "\t")
			})
		}),
	})
	rename := a.Remote(&cobra.Command{
		Use: "rename CONTACT NAME", Short: "Give a contact another local name", Args: command.Wants(2, 2, "a contact and its new name"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			k, err := contact(ctx, c, args[0])
			if err != nil {
				return err
			}
			renamed, err := c.Contacts.Rename(ctx, k.ID, args[1])
			if err != nil {
				return command.At(args[1], err)
			}
			return a.Result(renamed, "%s is now %s.", terminal.Safe(k.Name), terminal.Safe(renamed.Name))
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm CONTACT", Short: "Forget a contact; shares with them go on", Args: command.Wants(1, 1, "a contact"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			k, err := contact(ctx, c, args[0])
			if err == nil {
				err = c.Contacts.Delete(ctx, k.ID)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(k, "Forgot %s.", terminal.Safe(k.Name))
		}),
	})
	return command.Group("contact", "Manage the users of other hives that you know", list, rename, remove)
}

// contact finds a contact by its local name, name@hive or id.
func contact(ctx context.Context, c *client.Client, text string) (apitype.Contact, error) {
	list, err := c.Contacts.List(ctx)
	if err != nil {
		return apitype.Contact{}, err
	}
	for _, k := range list {
		if k.Name == text || k.User == text {
			return k, nil
		}
	}
	return pick("contact", text, "hive contact list", list, func(k apitype.Contact) (string, string, string) { return id(k.ID), k.Name, "" })
}
