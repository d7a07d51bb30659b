package shares

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// settings are what hive share set changes.
type settings struct {
	name, expires, mode, quota string
	reshare                    bool

	given func(flag string) bool
}

func set(a *command.App) *cobra.Command {
	var s settings
	c := a.Remote(&cobra.Command{
		Use:   "set SHARE [WHO:ROLE...]",
		Short: "Change what members may do, or settings of a share",
		Long: `Change what members may do, or settings of a share. With WHO:ROLE the role of those changes, and --expires is about them;
else the settings are those of the share. --mode and --quota are for a share you got from another hive.

  hive share set photos bob:writer
  hive share set photos --expires 30d
  hive share set photos --mode on-demand --quota 5GiB`,
		Args: command.Wants(1, -1, "a share"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			if len(args) > 1 {
				return s.members(ctx, a, c, args)
			}
			return s.share(ctx, a, c, args[0])
		}),
	})
	c.Flags().StringVar(&s.name, "name", "", "`NAME` that others see")
	c.Flags().BoolVar(&s.reshare, "reshare", false, "members may offer it to others; --reshare=false: no longer")
	c.Flags().StringVar(&s.expires, "expires", "", "`TIME` from now when it ends: 12h, 30d; never")
	c.Flags().StringVar(&s.mode, "mode", "", "`MODE`: full (keep all content) or on-demand (content comes when it is read)")
	c.Flags().StringVar(&s.quota, "quota", "", "`SIZE` that it may take up here: 5GiB, unlimited")
	s.given = c.Flags().Changed
	return c
}

// ends reads --expires: a time, or never.
func (s settings) ends() (at *time.Time, never bool, err error) {
	if s.expires == "never" {
		return nil, true, nil
	}
	at, err = command.FromNow("--expires", s.expires)
	return at, false, err
}

// members changes roles.
func (s settings) members(ctx context.Context, a *command.App, c *client.Client, args []string) error {
	for _, flag := range []string{"name", "reshare", "mode", "quota"} {
		if s.given(flag) {
			return command.Usagef("--%s is about the share, not about a member: say it without WHO:ROLE", flag)
		}
	}
	at, never, err := s.ends()
	if err != nil {
		return err
	}
	found, err := share(ctx, c, args[0])
	if err != nil {
		return err
	}
	for _, text := range args[1:] {
		user, role, err := who(text)
		if err != nil {
			return err
		}
		change := apitype.MemberChange{Expires: at, NoExpiry: never}
		if role != "" {
			change.Role = &role
		} else if s.expires == "" {
			return command.Usagef("%q: say what they may do from now on, as in %s:writer", text, user)
		}
		if found, err = c.Shares.UpdateMember(ctx, found.ID, user, change); err != nil {
			return command.At(user, err)
		}
	}
	return a.Result(found, "Changed %s of %s.", terminal.Count(int64(len(args)-1), "member"), terminal.Safe(found.Name))
}

// share changes settings.
func (s settings) share(ctx context.Context, a *command.App, c *client.Client, text string) error {
	at, never, err := s.ends()
	if err != nil {
		return err
	}
	change := apitype.ShareChange{Expires: at, NoExpiry: never}
	if s.given("reshare") {
		change.Reshare = &s.reshare
	}
	if s.name != "" {
		change.Name = &s.name
	}
	if change.Mode, err = mode(s.mode); err != nil {
		return err
	}
	if change.Quota, err = quota(s.quota); err != nil {
		return err
	}
	if change == (apitype.ShareChange{}) {
		return command.Usagef("nothing to change: say WHO:ROLE or a flag; see hive share set --help")
	}
	found, err := share(ctx, c, text)
	if err == nil {
		found, err = c.Shares.Update(ctx, found.ID, change)
	}
	if err != nil {
		return command.At(text, err)
	}
	return a.Result(found, "Changed %s.", terminal.Safe(found.Name))
}

func mode(text string) (*string, error) {
	switch text {
	case "":
		return nil, nil
	case apitype.ModeFull, apitype.ModeOnDemand:
		return &text, nil
	}
	return nil, command.Usagef("--mode %s: is neither full nor on-demand", text)
}

func quota(text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	size, err := node.ParseSize(text)
	if err != nil || size == 0 {
		return nil, command.Usagef("--quota: %q is not a size such as 500MB, 10GiB or unlimited", text)
	}
	n := max(int64(size), -1)
	return &n, nil
}
