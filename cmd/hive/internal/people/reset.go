package people

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/signin"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Reset is hive reset.
func Reset(a *command.App) *cobra.Command {
	var cr credentials
	c := a.Remote(&cobra.Command{
		Use: "reset [URL]", Short: "Set a new password by a code that an admin gave you", Args: command.Wants(0, 1, "one address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			logins, err := signin.Open()
			if err != nil {
				return err
			}
			ctx, url := cmd.Context(), target(a, logins, args)
			c, err := a.NewClient(url, client.Options{})
			if err != nil {
				return err
			}
			defer c.Close()
			in := apitype.Reset{Code: cr.code}
			if in.User, err = cr.name(ctx, a); err != nil {
				return err
			}
			if in.Code == "" {
				if in.Code, err = a.Missing(ctx, "--code", "Code", "", ""); err != nil {
					return err
				}
			}
			if in.Password, err = a.NewPassword(ctx, "New password", cr.file); err != nil {
				return err
			}
			if err := c.Reset(ctx, in); err != nil {
				return err
			}
			return a.Result(map[string]string{"user": in.User}, "Set your new password. Sign in:  hive login %s", url)
		},
	})
	cr.flags(c)
	c.Flags().StringVar(&cr.code, "code", "", "`CODE` of the admin")
	return c
}

// reset makes a code.
func (u *userAdmin) reset() *cobra.Command {
	return &cobra.Command{
		Use: "reset NAME", Short: "Make a code by which a user sets a new password, within a day", Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			made, err := us.Reset(ctx, args[0])
			if err != nil {
				return command.At(args[0], err)
			}
			u.Note("Give this to %s, until %s; it works once:  hive reset URL --user %s", terminal.Safe(args[0]), terminal.Time(made.Expires), terminal.Safe(args[0]))
			return u.Result(made, "%s", made.Code)
		}),
	}
}
