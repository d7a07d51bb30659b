package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// into gives the path that a source gets at a target: in the target, when that is a folder or is written like one.
func into(ctx context.Context, files *client.Files, target, name string, several bool) (string, error) {
	p, err := command.RemotePath(target)
	if err != nil {
		return "", err
	}
	if several || strings.HasSuffix(target, "/") {
		return path.Join(p, name), nil
	}
	e, err := files.Stat(ctx, p)
	switch {
	case errors.Is(err, client.ErrNotFound):
		return p, nil
	case err == nil && e.Kind == apitype.KindFolder:
		return path.Join(p, name), nil
	}
	return p, command.At(p, err)
}

// transferCommand is mv or cp.
func transferCommand(a *command.App, use, short string, do func(*client.Files) func(context.Context, apitype.Transfer) (apitype.Entry, error)) *cobra.Command {
	var force bool
	c := a.Remote(&cobra.Command{
		Use: use, Short: short, Args: command.Wants(2, -1, "what, and where to"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			last := len(args) - 1
			sources, err := command.RemotePaths(args[:last])
			if err != nil {
				return err
			}
			done := make([]apitype.Entry, 0, last)
			for _, source := range sources {
				to, err := into(ctx, c.Files, args[last], path.Base(source), last > 1)
				if err != nil {
					return err
				}
				e, err := do(c.Files)(ctx, apitype.Transfer{From: source, To: to, Overwrite: force})
				if err != nil {
					return command.At(source+" -> "+to, err)
				}
				done = append(done, e)
			}
			if a.JSON {
				return a.Value(done)
			}
			return nil
		}),
	})
	c.Flags().BoolVarP(&force, "force", "f", false, "put what is at the target in the trash")
	return c
}

// Move is hive mv.
func Move(a *command.App) *cobra.Command {
	return transferCommand(a, "mv PATH... PATH", "Move or rename files and folders",
		func(f *client.Files) func(context.Context, apitype.Transfer) (apitype.Entry, error) { return f.Move })
}

// Copy is hive cp.
func Copy(a *command.App) *cobra.Command {
	return transferCommand(a, "cp PATH... PATH", "Copy files and folders; content takes no space twice",
		func(f *client.Files) func(context.Context, apitype.Transfer) (apitype.Entry, error) { return f.Copy })
}

// removal says how rm removes.
type removal struct {
	recursive, forever, ignore bool
}

// Remove is hive rm.
func Remove(a *command.App) *cobra.Command {
	var r removal
	c := a.Remote(&cobra.Command{
		Use:               "rm PATH...",
		Short:             "Put files and folders in the trash",
		Long:              "Put files and folders in the trash. Who removes the folder of a share of somebody else leaves that share.",
		Args:              command.Wants(1, -1, "at least one path"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			paths, err := command.RemotePaths(args)
			if err != nil {
				return err
			}
			gone := []apitype.Trashed{}
			for _, p := range paths {
				t, err := r.remove(ctx, c, p)
				if errors.Is(err, client.ErrNotFound) && r.ignore {
					continue
				}
				if err != nil {
					return err
				}
				gone = append(gone, t)
			}
			if a.JSON {
				return a.Value(gone)
			}
			r.note(a, gone)
			return nil
		}),
	})
	c.Flags().BoolVarP(&r.recursive, "recursive", "r", false, "folders with all that is in them")
	c.Flags().BoolVar(&r.forever, "forever", false, "not into the trash: delete for good")
	c.Flags().BoolVarP(&r.ignore, "force", "f", false, "it is no error when a path is not there")
	return c
}

// note says what became of what is gone. Mounts do not go into the trash.
func (r removal) note(a *command.App, gone []apitype.Trashed) {
	var trashed int64
	for _, t := range gone {
		if t.ID == 0 {
			a.Note("%s was a share, which you left; it is not in the trash", terminal.Safe(t.Path))
		} else {
			trashed++
		}
	}
	if trashed > 0 && !r.forever {
		a.Note("%s put in the trash; hive trash restore brings it back", terminal.Count(trashed, "entry"))
	}
}

func (r removal) remove(ctx context.Context, c *client.Client, p string) (apitype.Trashed, error) {
	if p == "/" {
		return apitype.Trashed{}, command.Usagef("/ itself cannot be removed, only what is in it")
	}
	if !r.recursive {
		e, err := c.Files.Stat(ctx, p)
		if err != nil {
			return apitype.Trashed{}, command.At(p, err)
		}
		if e.Kind == apitype.KindFolder {
			return apitype.Trashed{}, command.Usagef("%s is a folder; -r removes folders", terminal.Safe(p))
		}
	}
	t, err := c.Files.Remove(ctx, p, client.Condition{})
	if err == nil && r.forever && t.ID != 0 {
		err = c.History.Purge(ctx, t.ID)
	}
	return t, command.At(p, err)
}

// Mkdir is hive mkdir.
func Mkdir(a *command.App) *cobra.Command {
	var parents bool
	c := a.Remote(&cobra.Command{
		Use:               "mkdir PATH...",
		Short:             "Make folders",
		Args:              command.Wants(1, -1, "at least one path"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			paths, err := command.RemotePaths(args)
			if err != nil {
				return err
			}
			made := make([]apitype.Entry, 0, len(paths))
			for _, p := range paths {
				e, err := c.Files.Mkdir(ctx, p, parents)
				if errors.Is(err, client.ErrNotFound) {
					err = fmt.Errorf("%w; -p makes the folders above it", err)
				}
				if err != nil {
					return command.At(p, err)
				}
				made = append(made, e)
			}
			if a.JSON {
				return a.Value(made)
			}
			return nil
		}),
	})
	c.Flags().BoolVarP(&parents, "parents", "p", false, "the folders above too; no error when it exists")
	return c
}
