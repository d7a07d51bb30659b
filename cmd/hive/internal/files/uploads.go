package files

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

// Uploads is hive uploads.
func Uploads(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List uploads that are not whole, as of a browser that was closed or a put that was interrupted", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, c.Uploads.List(ctx), func(u apitype.Upload) string {
				part := terminal.Size(u.Offset) + " of " + terminal.Size(u.Length)
				return strings.Join([]string{u.ID, fmt.Sprintf("%20s", part), "kept until " + terminal.Time(u.Expires), terminal.Safe(u.Path)}, "\t")
			})
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm ID", Short: "End an upload and give its space back", Args: command.Wants(1, 1, "an id from hive uploads list"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.Uploads.Drop(ctx, args[0]); err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]any{"id": args[0]}, "Ended the upload %s.", terminal.Safe(args[0]))
		}),
	})
	return command.Group("uploads", "Uploads that are not whole: list, end", list, remove)
}
