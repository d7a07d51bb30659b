package peers

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/node"
)

// ID is hive id.
func ID(a *command.App) *cobra.Command {
	var data string
	c := a.Remote(&cobra.Command{
		Use:   "id",
		Short: "Print the id and the addresses of a hive, for the owners and users of others",
		Long: `Print the id of a hive, and below it the addresses by which others reach it. A user of it is name@id.

It asks the hive you are signed in to. With --data, or where you are not signed in, it looks into the folder of a hive on
this machine, running or not.`,
		Args: command.Wants(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			hive, err := identify(cmd.Context(), a, data)
			if err != nil {
				return err
			}
			return a.Result(hive, "%s", strings.Join(append([]string{hive.ID}, hive.Addrs...), "\n"))
		},
	})
	command.DataFlag(c, &data, "", "of a hive to look into instead of asking it")
	return c
}

// identify asks the hive, or looks into its folder.
func identify(ctx context.Context, a *command.App, data string) (apitype.Hive, error) {
	if data != "" {
		return inFolder(data)
	}
	c, leave, err := a.Client(ctx)
	if err == nil {
		defer leave()
		return c.Peers.Hive(ctx)
	}
	if !errors.Is(err, command.ErrNotSignedIn) {
		return apitype.Hive{}, err
	}
	hive, folderErr := inFolder(command.DataFolder())
	if errors.Is(folderErr, node.ErrNotInitialised) {
		return apitype.Hive{}, err
	}
	return hive, folderErr
}

func inFolder(data string) (apitype.Hive, error) {
	cfg, err := node.Load(data, nil)
	if err != nil {
		return apitype.Hive{}, err
	}
	return node.Identity(cfg)
}
