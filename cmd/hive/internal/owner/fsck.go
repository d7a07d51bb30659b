package owner

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// errDamaged makes fsck exit with an error.
var errDamaged = errors.New("damage was found")

// Fsck is hive fsck.
func Fsck(a *command.App) *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "fsck",
		Short: "Verify every block and every file of a stopped hive; change nothing",
		Long: `Read every block of a stopped hive and compare it with its hash, then see that the content of every file,
old revisions and the trash included, is whole. Nothing is changed. The exit code is 1 when there is damage, and 8 when
the hive cannot be checked: its database or its blocks are not there, or of another version.`,
		Args: command.Wants(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return fsck(cmd.Context(), a, data) },
	}
	command.DataFlag(c, &data, command.DataFolder(), "of the hive ($HIVE_DATA)")
	return c
}

func fsck(ctx context.Context, a *command.App, data string) error {
	command.Private()
	cfg, err := node.Load(data, nil)
	if err != nil {
		return err
	}
	cfg.Logger = a.Logger(node.Log{Level: "warn", Format: "text"})
	findings := []node.Finding{}
	checked, err := node.Fsck(ctx, cfg, func(f node.Finding) {
		if a.JSON {
			findings = append(findings, f)
			return
		}
		a.Warn("damaged %s %s: %s", f.Kind, f.Root, f.Err)
	})
	if err != nil && checked.Findings == 0 {
		return &command.Unchecked{Err: err}
	}
	if err != nil {
		return errors.Join(errDamaged, err)
	}
	err = a.Result(struct {
		node.Checked
		List []node.Finding `json:"list"`
	}{checked, findings}, "%s and %s checked, %s damaged.",
		terminal.Count(checked.Blocks, "block"), terminal.Count(checked.Roots, "content"), terminal.Count(checked.Findings, "thing"))
	if err == nil && checked.Findings > 0 {
		err = errDamaged
	}
	return err
}
