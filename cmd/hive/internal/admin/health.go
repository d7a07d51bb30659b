package admin

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// errUnwell has a script notice that something failed.
var errUnwell = errors.New("a part of the hive has failed")

// Health is hive health.
func Health(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "health", Short: "Show how the hive is, part by part; exits with 1 when one has failed", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			h, err := c.Admin.Health(ctx)
			if err != nil {
				return err
			}
			if a.JSON {
				err = a.Value(h)
			} else {
				err = terminal.List(a.Terminal, each(h.Parts), func(p apitype.HealthPart) string { return p.Name + "\t" + p.State + "\t" + terminal.Safe(p.Text) })
			}
			if err == nil && h.State == "failed" {
				err = errUnwell
			}
			return err
		}),
	})
}
