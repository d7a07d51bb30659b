package files

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Revisions is hive revisions.
func Revisions(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list PATH", Short: "List the revisions of a file, newest first", Aliases: []string{"ls"}, Args: command.Wants(1, 1, "a path"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			p, err := command.RemotePath(args[0])
			if err != nil {
				return err
			}
			return command.At(p, terminal.List(a.Terminal, c.History.Revisions(ctx, p), func(r apitype.Revision) string {
				return strings.Join([]string{fmt.Sprintf("%6d", r.Number), fmt.Sprintf("%10s", terminal.Size(r.Size)), terminal.Time(r.Created), r.Root}, "\t")
			}))
		}),
	})
	var force bool
	get := a.Remote(&cobra.Command{
		Use: "get PATH NUMBER [FILE]", Short: "Get an old revision; - is standard output", Args: command.Wants(2, 3, "a path and the number of a revision"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			n, err := command.Number(args[1], "revision")
			if err != nil {
				return err
			}
			tr := &transferring{App: a}
			tr.options.Force = force
			tr.begin(c)
			return tr.get(ctx, append(args[:1:1], args[2:]...), n)
		}),
	})
	get.Flags().BoolVarP(&force, "force", "f", false, "replace what is there")
	restore := a.Remote(&cobra.Command{
		Use: "restore PATH NUMBER", Short: "Make an old revision the newest", Args: command.Wants(2, 2, "a path and the number of a revision"),
		ValidArgsFunction: a.CompletePath,
		RunE: withRevision(a, func(ctx context.Context, c *client.Client, p string, n int64) error {
			e, err := c.History.RestoreRevision(ctx, p, n)
			if err != nil {
				return err
			}
			return a.Result(e, "%s is as in revision %d again; that is its revision %d.", terminal.Safe(p), n, e.Revision)
		}),
	})
	remove := a.Remote(&cobra.Command{
		Use: "rm PATH NUMBER", Short: "Delete an old revision for good", Args: command.Wants(2, 2, "a path and the number of a revision"),
		ValidArgsFunction: a.CompletePath,
		RunE: withRevision(a, func(ctx context.Context, c *client.Client, p string, n int64) error {
			if err := c.History.DeleteRevision(ctx, p, n); err != nil {
				return err
			}
			return a.Result(map[string]any{"path": p, "number": n}, "Deleted revision %d of %s.", n, terminal.Safe(p))
		}),
	})
	return command.Group("revisions", "Old states of a file: list, get, restore, delete", list, get, restore, remove)
}

// withRevision is withClient for commands on a revision.
func withRevision(a *command.App, do func(ctx context.Context, c *client.Client, p string, n int64) error) func(*cobra.Command, []string) error {
	return a.With(func(ctx context.Context, c *client.Client, args []string) error {
		p, err := command.RemotePath(args[0])
		if err != nil {
			return err
		}
		n, err := command.Number(args[1], "revision")
		if err != nil {
			return err
		}
		return command.At(p, do(ctx, c, p, n))
	})
}

// Trash is hive trash.
func Trash(a *command.App) *cobra.Command {
	list := a.Remote(&cobra.Command{
		Use: "list", Short: "List the trash, latest first", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			return terminal.List(a.Terminal, c.History.Trash(ctx), func(t apitype.Trashed) string {
				where := t.Path
				if t.Kind == apitype.KindFolder {
					where += "/"
				}
				return strings.Join([]string{strconv.FormatInt(t.ID, 10), fmt.Sprintf("%10s", terminal.Size(t.Size)), "deleted " + terminal.Time(t.Deleted), terminal.Safe(where)}, "\t")
			})
		}),
	})
	var to string
	restore := a.Remote(&cobra.Command{
		Use: "restore ID|PATH", Short: "Bring back what is in the trash; of a path the latest", Args: command.Wants(1, 1, "an id from hive trash list, or the path it had"),
		RunE: withTrashed(a, func(ctx context.Context, c *client.Client, n int64) error {
			target := ""
			if to != "" {
				var err error
				if target, err = command.RemotePath(to); err != nil {
					return err
				}
			}
			e, err := c.History.Restore(ctx, n, target)
			if err != nil {
				return err
			}
			return a.Result(e, "Restored %s.", terminal.Safe(e.Path))
		}),
	})
	restore.Flags().StringVar(&to, "to", "", "`PATH` to bring it back to (default: where it was)")
	remove := a.Remote(&cobra.Command{
		Use: "rm ID|PATH", Short: "Delete one entry of the trash for good", Args: command.Wants(1, 1, "an id from hive trash list, or the path it had"),
		RunE: withTrashed(a, func(ctx context.Context, c *client.Client, n int64) error {
			if err := c.History.Purge(ctx, n); err != nil {
				return err
			}
			return a.Result(map[string]int64{"id": n}, "Deleted %d for good.", n)
		}),
	})
	var yes bool
	empty := a.Remote(&cobra.Command{
		Use: "empty", Short: "Delete everything in the trash for good", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			if err := a.Sure(ctx, yes, "Delete everything in the trash for good?"); err != nil {
				return err
			}
			if err := c.History.EmptyTrash(ctx); err != nil {
				return err
			}
			return a.Result(map[string]bool{"empty": true}, "The trash is empty.")
		}),
	})
	empty.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return command.Group("trash", "What was removed: list, restore, delete for good", list, restore, remove, empty)
}

// withTrashed is withClient for commands on one entry of the trash, named by id or by the path it had.
func withTrashed(a *command.App, do func(ctx context.Context, c *client.Client, n int64) error) func(*cobra.Command, []string) error {
	return a.With(func(ctx context.Context, c *client.Client, args []string) error {
		n, err := trashed(ctx, c.History, args[0])
		if err != nil {
			return err
		}
		return command.At(args[0], do(ctx, c, n))
	})
}

func trashed(ctx context.Context, h *client.History, text string) (int64, error) {
	if !strings.HasPrefix(text, "/") {
		return command.Number(text, "trash entry, nor a path")
	}
	p, err := command.RemotePath(text)
	if err != nil {
		return 0, err
	}
	for t, err := range h.Trash(ctx) {
		if err != nil {
			return 0, err
		}
		if path.Clean(t.Path) == p {
			return t.ID, nil
		}
	}
	return 0, fmt.Errorf("%s is not in the trash: %w", terminal.Safe(p), command.ErrNotFound)
}

// Changes is hive changes.
func Changes(a *command.App) *cobra.Command {
	var (
		after  int64
		follow bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "changes",
		Short: "List what changed, oldest first, and go on as it happens",
		Long: `List the change log. With --json each change is one line.

  hive changes                  all that is kept
  hive changes --after 120      after number 120
  hive changes --follow         go on until interrupted`,
		Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			changes := logged(ctx, c.History, after)
			if follow {
				changes = c.History.Watch(ctx, after)
			}
			for change, err := range changes {
				if err == nil {
					err = printChange(a, change)
				}
				if err != nil {
					return err
				}
			}
			return ctx.Err()
		}),
	})
	c.Flags().Int64Var(&after, "after", 0, "`NUMBER` of the last change that is known already")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more")
	return c
}

// logged gives the changes there are now.
func logged(ctx context.Context, h *client.History, after int64) iter.Seq2[apitype.Change, error] {
	return func(yield func(apitype.Change, error) bool) {
		for {
			page, err := h.Changes(ctx, after, 1000, 0)
			if err != nil {
				yield(apitype.Change{}, err)
				return
			}
			for _, c := range page.Items {
				if !yield(c, nil) {
					return
				}
			}
			if len(page.Items) == 0 || page.Last <= after {
				return
			}
			after = page.Last
		}
	}
}

func printChange(a *command.App, c apitype.Change) error {
	if a.JSON {
		return json.NewEncoder(a.Out).Encode(c)
	}
	where := terminal.Safe(c.Path)
	if c.EntryKind == apitype.KindFolder {
		where += "/"
	}
	if c.From != "" {
		where = terminal.Safe(c.From) + " -> " + where
	}
	_, err := fmt.Fprintf(a.Out, "%8s  %s  %-8s %s\n", strconv.FormatInt(c.Seq, 10), terminal.Time(c.Time), c.Kind, where)
	return err
}
