package shares

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Link is hive link.
func Link(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list [PATH]", Short: "List your links, or those of one file or folder", Aliases: []string{"ls"}, Args: command.Wants(0, 1, "at most a path"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			path := ""
			if len(args) > 0 {
				var err error
				if path, err = command.RemotePath(args[0]); err != nil {
					return err
				}
			}
			return terminal.List(a.Terminal, c.Links.List(ctx, path), linkLine)
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm ID", Short: "End a link", Args: command.Wants(1, 1, "an id from hive link list"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			id, err := command.Number(args[0], "link")
			if err != nil {
				return err
			}
			if err := c.Links.Remove(ctx, id); err != nil {
				return command.At("link "+args[0], err)
			}
			return a.Result(map[string]any{"id": id}, "Ended link %d.", id)
		}),
	})
	return command.Group("link", "Public links: who has one needs no account", createLink(a), list, setLink(a), remove)
}

func linkLine(l apitype.Link) string {
	path, uses := terminal.Safe(l.Path), fmt.Sprintf("used %d times", l.Used)
	if l.Path == "" {
		path = "(in the trash)"
	}
	if l.Uses > 0 {
		uses = fmt.Sprintf("used %d of %d times", l.Used, l.Uses)
	}
	if l.HasPassword {
		uses += ", with a password"
	}
	return strings.Join([]string{fmt.Sprint(l.ID), l.Mode, path, uses, command.Lasting(l.Expires), l.URL}, "\t")
}

// linkFlags are what can be said of a link.
type linkFlags struct {
	settings
	file           string
	ask, upload    bool
	uses           int64
	noPassword     bool
	mode, password *string
}

func (s *linkFlags) flags(c *cobra.Command) {
	c.Flags().BoolVar(&s.upload, "upload", false, "for others to bring files into the folder, and see nothing of it")
	c.Flags().BoolVar(&s.ask, "password", false, "ask for a password that it is to have")
	c.Flags().StringVar(&s.file, "password-file", "", "`FILE` with the password; - is standard input")
	c.Flags().StringVar(&s.expires, "expires", "", "`TIME` from now when it ends: 12h, 30d; never")
	c.Flags().Int64Var(&s.uses, "uses", 0, "`TIMES` it can be used; 0: for ever")
	s.given = c.Flags().Changed
}

// read fills in mode and password.
func (s *linkFlags) read(ctx context.Context, a *command.App) error {
	if s.given("upload") {
		mode := "download"
		if s.upload {
			mode = "upload"
		}
		s.mode = &mode
	}
	if s.noPassword {
		s.password = new(string)
	}
	if s.ask || s.file != "" {
		password, err := a.NewPassword(ctx, "Password of the link", s.file)
		if err != nil {
			return err
		}
		s.password = &password
	}
	return nil
}

func createLink(a *command.App) *cobra.Command {
	var s linkFlags
	c := a.Remote(&cobra.Command{
		Use: "create PATH", Short: "Make a public link of a file or folder of your own",
		Long: `Make a public link of a file or folder of your own. Who has it may read that, and nothing else, without an account. What others
share with you is not shown by it.

  hive link create /photos/2026 --expires 30d --password
  hive link create /inbox --upload`,
		Args: command.Wants(1, 1, "a path"), ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			path, err := command.RemotePath(args[0])
			if err != nil {
				return err
			}
			at, _, err := s.ends()
			if err != nil {
				return err
			}
			if err := s.read(ctx, a); err != nil {
				return err
			}
			n := apitype.NewLink{Path: path, Expires: at, Uses: s.uses}
			if s.mode != nil {
				n.Mode = *s.mode
			}
			if s.password != nil {
				n.Password = *s.password
			}
			l, err := c.Links.Create(ctx, n)
			if err != nil {
				return command.At(path, err)
			}
			return a.Result(l, "%s", l.URL)
		}),
	})
	s.flags(c)
	return c
}

func setLink(a *command.App) *cobra.Command {
	var s linkFlags
	c := a.Remote(&cobra.Command{
		Use: "set ID", Short: "Change a link", Args: command.Wants(1, 1, "an id from hive link list"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			id, err := command.Number(args[0], "link")
			if err != nil {
				return err
			}
			at, never, err := s.ends()
			if err != nil {
				return err
			}
			if err := s.read(ctx, a); err != nil {
				return err
			}
			change := apitype.LinkChange{Mode: s.mode, Password: s.password, Expires: at, NoExpiry: never}
			if s.given("uses") {
				change.Uses = &s.uses
			}
			l, err := c.Links.Set(ctx, id, change)
			if err != nil {
				return command.At("link "+args[0], err)
			}
			return a.Result(l, "%s", linkLine(l))
		}),
	})
	s.flags(c)
	c.Flags().BoolVar(&s.noPassword, "no-password", false, "take the password off")
	return c
}
