// Package people is the commands on users, sessions, tokens, devices and registration codes.
//
// It owns their flags and what they print. It does not own where sessions are stored (signin) or who may do what: the
// hive decides.
package people

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/signin"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// credentials are a name and a password from flags, variables or a person.
type credentials struct {
	user string
	file string
	code string // of the second factor
}

func (cr *credentials) flags(c *cobra.Command) {
	c.Flags().StringVar(&cr.user, "user", "", "your `NAME` ($HIVE_USER; else asked for)")
	c.Flags().StringVar(&cr.file, "password-file", "", "`FILE` with your password; - is standard input ($HIVE_PASSWORD; else asked for)")
}

// name finds out who signs in.
func (cr *credentials) name(ctx context.Context, a *command.App) (string, error) {
	if cr.user != "" {
		return cr.user, nil
	}
	if user := os.Getenv("HIVE_USER"); user != "" {
		return user, nil
	}
	return a.Missing(ctx, "--user", "User", "", "")
}

// password finds the password of somebody who has one.
func (cr *credentials) password(ctx context.Context, a *command.App, user string) (string, error) {
	if cr.file != "" {
		return a.ReadPassword(cr.file)
	}
	if password := os.Getenv("HIVE_PASSWORD"); password != "" {
		return password, nil
	}
	secret, err := a.Secret(ctx, "Password of "+user)
	if errors.Is(err, terminal.ErrNoTerminal) {
		err = command.Usagef("--password-file is missing, and there is no terminal to ask on")
	}
	return secret, err
}

// target is the hive that an argument names, or the one in use.
func target(a *command.App, logins *signin.Logins, args []string) string {
	if len(args) == 0 {
		return a.Address(logins)
	}
	url := strings.TrimRight(args[0], "/")
	if !strings.Contains(url, "://") {
		url = "https://" + url
	}
	return url
}

// Login is hive login.
func Login(a *command.App) *cobra.Command {
	var cr credentials
	c := a.Remote(&cobra.Command{
		Use:   "login [URL]",
		Short: "Sign in to a hive and stay signed in",
		Long: `Sign in to a hive. The session is kept in a file that only you can read, and the hive becomes the one that other
commands use. What is not given is asked for.`,
		Args: command.Wants(0, 1, "one address"),
		RunE: func(cmd *cobra.Command, args []string) error { return login(cmd.Context(), a, cr, args) },
	})
	cr.flags(c)
	c.Flags().StringVar(&cr.code, "code", "", "`CODE` of your second factor, or a recovery code (else asked for where it is needed)")
	return c
}

func login(ctx context.Context, a *command.App, cr credentials, args []string) error {
	logins, err := signin.Open()
	if err != nil {
		return err
	}
	url := target(a, logins, args)
	device, _ := os.Hostname() // only a name to recognise the session by
	c, err := a.NewClient(url, client.Options{Device: device})
	if err != nil {
		return err
	}
	defer c.Close()
	server, err := c.Server(ctx) // before a person types a password
	if err != nil {
		return err
	}
	user, err := cr.name(ctx, a)
	if err != nil {
		return err
	}
	password, err := cr.password(ctx, a, user)
	if err != nil {
		return err
	}
	in := apitype.Login{User: user, Password: password, TOTP: cr.code}
	session, err := c.LoginBy(ctx, in)
	if errors.Is(err, client.ErrTOTPRequired) && a.Interactive() {
		if in.TOTP, err = a.Ask(ctx, "Code of your app, or a recovery code", ""); err != nil {
			return err
		}
		session, err = c.LoginBy(ctx, in)
	}
	if err != nil {
		return err
	}
	if old, ok := logins.Hives[url]; ok {
		forget(ctx, a, url, old)
	}
	err = logins.Set(url, signin.Login{User: session.User.Name, Token: session.Token, Expires: session.Expires})
	if err != nil {
		return errors.Join(err, c.Logout(context.WithoutCancel(ctx)))
	}
	session.Token = "" // it is stored; a screen or log is no place for it
	return a.Result(session, "Signed in to %s (%s) as %s.", terminal.Safe(server.Name), url, session.User.Name)
}

// forget ends a session that another takes the place of. One that stays expires by itself.
func forget(ctx context.Context, a *command.App, url string, old signin.Login) {
	if c, err := a.NewClient(url, client.Options{Token: old.Token, Retries: -1}); err == nil {
		_ = c.Logout(ctx)
		c.Close()
	}
}

// Logout is hive logout.
func Logout(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "logout [URL]",
		Short: "End the session that login opened",
		Args:  command.Wants(0, 1, "one address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			logins, err := signin.Open()
			if err != nil {
				return err
			}
			url := target(a, logins, args)
			login, ok := logins.Hives[url]
			if !ok {
				return fmt.Errorf("%w to %s", command.ErrNotSignedIn, url)
			}
			c, err := a.NewClient(url, client.Options{Token: login.Token})
			if err != nil {
				return err
			}
			defer c.Close()
			err = c.Logout(cmd.Context())
			if err != nil && !errors.Is(err, client.ErrTokenInvalid) && !errors.Is(err, client.ErrTokenExpired) {
				a.Warn("The hive did not end the session (%s); it is forgotten here and ends by itself.", command.OneLine(command.Explain(err)))
			}
			if err := logins.Remove(url); err != nil {
				return err
			}
			return a.Result(map[string]string{"url": url}, "Signed out of %s.", url)
		},
	})
}

// Register is hive register.
func Register(a *command.App) *cobra.Command {
	var (
		cr   credentials
		code string
	)
	c := a.Remote(&cobra.Command{
		Use:   "register [URL]",
		Short: "Make an account for yourself, where the hive lets people do that",
		Args:  command.Wants(0, 1, "one address"),
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
			name, err := cr.name(ctx, a)
			if err != nil {
				return err
			}
			password, err := a.NewPassword(ctx, "Password for "+name, cr.file)
			if err != nil {
				return err
			}
			user, err := c.Register(ctx, apitype.Registration{User: name, Password: password, Code: code})
			if err != nil {
				return err
			}
			return a.Result(user, "Made the user %s. Sign in:  hive login %s", user.Name, url)
		},
	})
	cr.flags(c)
	c.Flags().StringVar(&code, "code", "", "registration `CODE`, where the hive wants one")
	return c
}

// Whoami is hive whoami.
func Whoami(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "whoami",
		Short: "Show who you are signed in as, and the space you use",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			account, err := c.Account.Get(ctx)
			if err != nil {
				return err
			}
			logins, err := signin.Open()
			if err != nil {
				return err
			}
			if a.JSON {
				return a.Value(account)
			}
			role := ""
			if account.User.Admin {
				role = " (admin)"
			}
			return a.Result(nil, "%s%s at %s\n%s used of %s, %s and %s", account.User.Name, role, a.Address(logins),
				terminal.Size(account.Usage.Used), terminal.Size(account.User.Quota),
				terminal.Count(account.Usage.Files, "file"), terminal.Count(account.Usage.Folders, "folder"))
		}),
	})
}

// Passwd is hive passwd.
func Passwd(a *command.App) *cobra.Command {
	var old, file string
	c := a.Remote(&cobra.Command{
		Use:   "passwd",
		Short: "Change your own password; your other sessions and tokens end",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			present, err := (&credentials{file: old}).password(ctx, a, "yours, the present one")
			if err != nil {
				return err
			}
			next, err := a.NewPassword(ctx, "New password", file)
			if err != nil {
				return err
			}
			if err := c.Account.SetPassword(ctx, present, next); err != nil {
				return err
			}
			return a.Result(map[string]bool{"changed": true}, "Changed your password; your other sessions and tokens have ended.")
		}),
	})
	c.Flags().StringVar(&old, "old-password-file", "", "`FILE` with the present password ($HIVE_PASSWORD; else asked for)")
	c.Flags().StringVar(&file, "password-file", "", "`FILE` with the new password; - is standard input")
	return c
}
