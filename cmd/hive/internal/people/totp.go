package people

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// TOTP is hive totp.
func TOTP(a *command.App) *cobra.Command {
	status := a.Remote(&cobra.Command{
		Use: "status", Short: "Show whether signing in needs a code", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			is, err := c.Account.TOTP(ctx)
			if err != nil {
				return err
			}
			if !is.On {
				return a.Result(is, "Signing in needs no code.")
			}
			return a.Result(is, "Signing in needs a code, since %s. %s left.", terminal.Time(*is.Since), terminal.Count(int64(is.RecoveryCodesLeft), "recovery code"))
		}),
	})
	return command.Group("totp", "Sign in with codes of an app on your phone too", status, totpOn(a), totpOff(a))
}

func totpOn(a *command.App) *cobra.Command {
	var file, code string
	c := a.Remote(&cobra.Command{
		Use: "on", Short: "Ask for a code whenever you sign in", Args: command.Wants(0, 0, "no arguments"),
		Long: `Ask for a code of an app, such as Aegis or FreeOTP, whenever you sign in. Scan what is shown, and type the code that the app
shows. Without a terminal that takes two commands: the first prints the secret, the second has --code.`,
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			if code == "" {
				secret, err := beginTOTP(ctx, a, c, file)
				if err != nil || !a.Interactive() {
					return err
				}
				a.Note("%s", secret)
				if code, err = a.Ask(ctx, "Code of the app", ""); err != nil {
					return err
				}
			}
			codes, err := c.Account.ConfirmTOTP(ctx, code)
			if err != nil {
				return err
			}
			a.Note("From now on signing in needs a code. Without the app, each of these counts once; keep them where the phone is not:")
			return a.Result(apitype.RecoveryCodes{RecoveryCodes: codes}, "%s", strings.Join(codes, "\n"))
		}),
	})
	c.Flags().StringVar(&file, "password-file", "", "`FILE` with your password; - is standard input ($HIVE_PASSWORD; else asked for)")
	c.Flags().StringVar(&code, "code", "", "`CODE` of the app, for the secret of a command before")
	return c
}

// beginTOTP gives what to scan, or prints the secret where nobody scans.
func beginTOTP(ctx context.Context, a *command.App, c *client.Client, file string) (string, error) {
	password, err := (&credentials{file: file}).password(ctx, a, "yours")
	if err != nil {
		return "", err
	}
	secret, err := c.Account.BeginTOTP(ctx, password)
	if err != nil {
		return "", err
	}
	if !a.Interactive() {
		a.Note("Give this to the app, then:  hive totp on --code CODE")
		return "", a.Result(secret, "%s", secret.URI)
	}
	code, err := terminal.QR(secret.URI)
	return code + "\nScan this, or type the secret into the app: " + secret.Secret, err
}

func totpOff(a *command.App) *cobra.Command {
	var file, code string
	c := a.Remote(&cobra.Command{
		Use: "off", Short: "Sign in without codes again", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			password, err := (&credentials{file: file}).password(ctx, a, "yours")
			if err != nil {
				return err
			}
			if code == "" {
				if code, err = a.Missing(ctx, "--code", "Code of the app, or a recovery code", "", ""); err != nil {
					return err
				}
			}
			if err := c.Account.EndTOTP(ctx, password, code); err != nil {
				return err
			}
			return a.Result(map[string]bool{"on": false}, "Signing in needs no code any more.")
		}),
	})
	c.Flags().StringVar(&file, "password-file", "", "`FILE` with your password; - is standard input ($HIVE_PASSWORD; else asked for)")
	c.Flags().StringVar(&code, "code", "", "`CODE` of the app, or a recovery code")
	return c
}

// AppPassword is hive app-password.
func AppPassword(a *command.App) *cobra.Command {
	var (
		scopes  []string
		expires string
	)
	create := a.Remote(&cobra.Command{
		Use: "create NAME", Short: "Make a password for a program; it is shown this once", Args: command.Wants(1, 1, "a name"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			at, err := command.FromNow("--expires", expires)
			if err != nil {
				return err
			}
			made, err := c.Account.CreateAppPassword(ctx, apitype.NewAppPassword{Name: args[0], Scopes: scopes, Expires: at})
			if err != nil {
				return err
			}
			a.Note("App password %d, %s. It is not shown again; give it to the program with your name:", made.ID, command.Lasting(made.Expires))
			return a.Result(made, "%s", made.Password)
		}),
	})
	create.Flags().StringSliceVar(&scopes, "scope", nil, "`SCOPES`, what it may do: files:read, files:write (default: both)")
	create.Flags().StringVar(&expires, "expires", "", "`TIME` from now when it ends: 12h, 30d (default: when it is removed)")
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List your app passwords", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, command.All(c.Account.AppPasswords(ctx)), func(p apitype.AppPassword) string {
				used := "used " + terminal.TimeOr(p.LastUsed, "never")
				if p.Address != "" {
					used += " from " + terminal.Safe(p.Address)
				}
				return strings.Join([]string{id(p.ID), terminal.Safe(p.Name), strings.Join(p.Scopes, ","), command.Lasting(p.Expires), used}, "\t")
			})
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm ID", Short: "End an app password", Args: command.Wants(1, 1, "the id of an app password"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[0], "app password")
			if err == nil {
				err = c.Account.EndAppPassword(ctx, n)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]int64{"id": n}, "Ended the app password %d.", n)
		}),
	})
	return command.Group("app-password", "Manage passwords for programs that know only a name and a password", create, list, remove)
}
