package people

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// users are the accounts of a hive: over its API, or in its data folder.
type users interface {
	All(ctx context.Context) iter.Seq2[apitype.User, error]
	Create(ctx context.Context, in apitype.NewUser) (apitype.User, error)
	Update(ctx context.Context, name string, in apitype.UserChange) (apitype.User, error)
	SetPassword(ctx context.Context, name, password string) error
	Reset(ctx context.Context, name string) (apitype.ResetCode, error)
	ResetTOTP(ctx context.Context, name string) error
	Delete(ctx context.Context, name string) error
}

// userAdmin is what the user commands share.
type userAdmin struct {
	*command.App
	data string
}

// User is hive user.
func User(a *command.App) *cobra.Command {
	u := &userAdmin{App: a}
	commands := []*cobra.Command{
		u.add(), u.list(), u.passwd(), u.enable("disable", "Keep a user out, with all their tokens; files stay", true),
		u.enable("enable", "Let a disabled user in again", false), u.quota(), u.reset(), u.totpOff(), u.remove(),
	}
	for _, c := range commands {
		a.Remote(c)
		command.DataFlag(c, &u.data, "", "of a hive to change itself, running or not, instead of asking it as an admin")
	}
	c := command.Group("user", "Manage users", commands...)
	c.Long = `Manage users. The commands ask a hive that you are signed in to as an admin; with --data they change the hive in a
folder of this machine itself, so that a lost password of an admin can be replaced:

  hive user passwd --data DIR admin`
	return c
}

// with runs do with the users that the flags mean.
func (u *userAdmin) with(do func(ctx context.Context, us users, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if u.data == "" {
			c, leave, err := u.Client(ctx)
			if err != nil {
				return err
			}
			defer leave()
			return do(ctx, c.Users, args)
		}
		command.Private()
		cfg, err := node.Load(u.data, nil)
		if err != nil {
			return err
		}
		cfg.Logger = u.Logger(node.Log{Level: "warn", Format: "text"})
		us, err := node.OpenUsers(ctx, cfg)
		if err != nil {
			return err
		}
		defer us.Close()
		return do(ctx, us, args)
	}
}

func (u *userAdmin) add() *cobra.Command {
	var (
		admin       bool
		quota, file string
	)
	c := &cobra.Command{
		Use: "add NAME", Short: "Make a user", Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			in := apitype.NewUser{Name: args[0], Admin: admin}
			if quota != "" {
				size, err := parseQuota(quota)
				if err != nil {
					return err
				}
				in.Quota = &size
			}
			var err error
			if in.Password, err = u.NewPassword(ctx, "Password for "+args[0], file); err != nil {
				return err
			}
			user, err := us.Create(ctx, in)
			if err != nil {
				return command.At(args[0], err)
			}
			return u.Result(user, "Made the user %s, space: %s.", user.Name, terminal.Size(user.Quota))
		}),
	}
	c.Flags().BoolVar(&admin, "admin", false, "the user is an admin")
	c.Flags().StringVar(&quota, "quota", "", "`SIZE` of the space, such as 10GiB or unlimited (default: that of the hive)")
	c.Flags().StringVar(&file, "password-file", "", "`FILE` with the password; - is standard input")
	return c
}

func parseQuota(text string) (int64, error) {
	size, err := node.ParseSize(text)
	if err != nil {
		return 0, command.Usagef("%v", err)
	}
	return int64(size), nil
}

func (u *userAdmin) list() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List users", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: u.with(func(ctx context.Context, us users, _ []string) error {
			return terminal.List(u.Terminal, us.All(ctx), func(user apitype.User) string {
				role := "user"
				if user.Admin {
					role = "admin"
				}
				if user.Disabled {
					role += ", disabled"
				}
				if user.TOTP {
					role += ", totp"
				}
				return terminal.Safe(user.Name) + "\t" + role + "\t" + terminal.Size(user.Quota) + "\tsince " + terminal.Time(user.Created)
			})
		}),
	}
}

func (u *userAdmin) passwd() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "passwd NAME", Short: "Set the password of a user; their sessions and tokens end", Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			password, err := u.NewPassword(ctx, "New password for "+args[0], file)
			if err != nil {
				return err
			}
			if err := us.SetPassword(ctx, args[0], password); err != nil {
				return command.At(args[0], err)
			}
			return u.Result(map[string]string{"user": args[0]}, "Set the password of %s; all sessions and tokens of %s have ended.", args[0], args[0])
		}),
	}
	c.Flags().StringVar(&file, "password-file", "", "`FILE` with the password; - is standard input")
	return c
}

func (u *userAdmin) enable(verb, short string, disabled bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Short: short, Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			user, err := us.Update(ctx, args[0], apitype.UserChange{Disabled: &disabled})
			if err != nil {
				return command.At(args[0], err)
			}
			return u.Result(user, "The user %s is %sd.", user.Name, verb)
		}),
	}
}

func (u *userAdmin) quota() *cobra.Command {
	return &cobra.Command{
		Use: "quota NAME SIZE", Short: "Set the space of a user: 10GiB, or unlimited", Args: command.Wants(2, 2, "a name and a size"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			size, err := parseQuota(args[1])
			if err != nil {
				return err
			}
			user, err := us.Update(ctx, args[0], apitype.UserChange{Quota: &size})
			if err != nil {
				return command.At(args[0], err)
			}
			return u.Result(user, "Space of %s: %s.", user.Name, terminal.Size(user.Quota))
		}),
	}
}

func (u *userAdmin) totpOff() *cobra.Command {
	return &cobra.Command{
		Use: "totp-off NAME", Short: "Take the second factor off a user who lost it", Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			if err := us.ResetTOTP(ctx, args[0]); err != nil {
				return command.At(args[0], err)
			}
			return u.Result(map[string]string{"user": args[0]}, "%s signs in without a code again.", args[0])
		}),
	}
}

func (u *userAdmin) remove() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "rm NAME", Short: "Remove a user and all their files, for good", Args: command.Wants(1, 1, "a name"),
		RunE: u.with(func(ctx context.Context, us users, args []string) error {
			if err := u.Sure(ctx, yes, "Remove "+args[0]+" and all their files for good?"); err != nil {
				return err
			}
			if err := us.Delete(ctx, args[0]); err != nil {
				return command.At(args[0], err)
			}
			return u.Result(map[string]string{"user": args[0]}, "Removed the user %s.", args[0])
		}),
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}
