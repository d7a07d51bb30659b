package people

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

// Token is hive token.
func Token(a *command.App) *cobra.Command {
	var (
		scopes  []string
		expires string
	)
	create := a.Remote(&cobra.Command{
		Use: "create NAME", Short: "Make a token for a program; its secret is shown this once", Args: command.Wants(1, 1, "a name"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			issued, err := c.Account.CreateToken(ctx, apitype.NewToken{Name: args[0], Scopes: scopes, Expires: at})
			if err != nil {
				return err
			}
			a.Note("Token %d, %s. It is not shown again; programs take it from HIVE_TOKEN:", issued.Token.ID, command.Lasting(issued.Token.Expires))
			return a.Result(issued, "%s", issued.Secret)
		}),
	})
	create.Flags().StringSliceVar(&scopes, "scope", []string{"files:read", "files:write"}, "`SCOPES`, what it may do: files:read, files:write, account, admin")
	create.Flags().StringVar(&expires, "expires", "", "`TIME` from now when it ends: 12h, 30d (default: when it is revoked)")
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List your sessions and tokens", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, command.All(c.Account.Tokens(ctx)), func(t apitype.Token) string {
				name, used := terminal.Safe(t.Name), "used "+terminal.TimeOr(t.LastUsed, "never")
				if t.Current {
					used = "in use"
				}
				return strings.Join([]string{id(t.ID), t.Kind, name, strings.Join(t.Scopes, ","), command.Lasting(t.Expires), used}, "\t")
			})
		}),
	})
	revoke := a.Remote(&cobra.Command{
		Use: "revoke ID", Short: "End a session or token", Aliases: []string{"rm"}, Args: command.Wants(1, 1, "the id of a token"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[0], "token")
			if err == nil {
				err = c.Account.RevokeToken(ctx, n)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]int64{"id": n}, "Ended the token %d.", n)
		}),
	})
	return command.Group("token", "Manage your tokens and sessions", create, list, revoke)
}

// Device is hive device.
func Device(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List your devices", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, command.All(c.Account.Devices(ctx)), func(d apitype.Device) string {
				return strings.Join([]string{id(d.ID), terminal.Safe(d.Name), "seen " + terminal.Time(d.LastSeen)}, "\t")
			})
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm ID", Short: "Forget a device and end its sessions", Args: command.Wants(1, 1, "the id of a device"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[0], "device")
			if err == nil {
				err = c.Account.RemoveDevice(ctx, n)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]int64{"id": n}, "Forgot the device %d.", n)
		}),
	})
	return command.Group("device", "Manage the devices you signed in from", list, remove)
}

// Code is hive code.
func Code(a *command.App) *cobra.Command {
	var (
		uses    int
		expires string
	)
	create := a.Remote(&cobra.Command{
		Use: "create", Short: "Make a registration code; it is shown this once", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			issued, err := c.Users.CreateCode(ctx, apitype.NewRegistrationCode{Uses: uses, Expires: at})
			if err != nil {
				return err
			}
			a.Note("Lets %s register, %s:", terminal.Count(int64(issued.Code.Uses), "user"), command.Lasting(issued.Code.Expires))
			return a.Result(issued, "%s", issued.Secret)
		}),
	})
	create.Flags().IntVar(&uses, "uses", 1, "how many may register with it")
	create.Flags().StringVar(&expires, "expires", "", "`TIME` from now when it ends: 12h, 30d (default: when it is revoked)")
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List registration codes", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, command.All(c.Users.Codes(ctx)), func(rc apitype.RegistrationCode) string {
				return strings.Join([]string{id(rc.ID), strconv.Itoa(rc.Left) + " of " + strconv.Itoa(rc.Uses) + " left", command.Lasting(rc.Expires)}, "\t")
			})
		}),
	})
	revoke := a.Remote(&cobra.Command{
		Use: "revoke ID", Short: "End a registration code", Aliases: []string{"rm"}, Args: command.Wants(1, 1, "the id of a code"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[0], "code")
			if err == nil {
				err = c.Users.RevokeCode(ctx, n)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]int64{"id": n}, "Ended the code %d.", n)
		}),
	})
	return command.Group("code", "Manage registration codes, for hives that register by code", create, list, revoke)
}
