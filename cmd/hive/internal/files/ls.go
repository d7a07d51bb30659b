// Package files is the commands on what a hive keeps: listing, moving in and out, changing, history.
//
// It owns their flags and what they print. It does not own how content moves (transfer) or what a hive does with it.
package files

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// listing says how ls lists.
type listing struct {
	long, bytes, recursive, desc bool
	sort                         string
}

// List is hive ls.
func List(a *command.App) *cobra.Command {
	var l listing
	c := a.Remote(&cobra.Command{
		Use:   "ls [PATH...]",
		Short: "List folders",
		Long: `List the content of folders, folders first; without a path that of the top.

With --long: mode (d folder, s share of another, x executable, o content on another hive), size, time, and name.`,
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			paths, err := command.RemotePaths(args)
			if err != nil {
				return err
			}
			if len(paths) == 0 {
				paths = []string{"/"}
			}
			return list(ctx, a, c.Files, l, paths)
		}),
	})
	c.Flags().BoolVarP(&l.long, "long", "l", false, "sizes and times too")
	c.Flags().BoolVarP(&l.bytes, "bytes", "b", false, "sizes in bytes (with --long)")
	c.Flags().BoolVarP(&l.recursive, "recursive", "R", false, "what is in the folders too")
	c.Flags().StringVar(&l.sort, "sort", "name", "`ORDER`: name, size or mtime")
	c.Flags().BoolVar(&l.desc, "desc", false, "the other way round")
	return c
}

func list(ctx context.Context, a *command.App, files *client.Files, l listing, paths []string) error {
	switch l.sort {
	case "name", "size", "mtime":
	case "time":
		l.sort = "mtime"
	default:
		return command.Usagef("--sort %s: is none of name, size, mtime", l.sort)
	}
	full := l.recursive || len(paths) > 1
	entries := func(yield func(apitype.Entry, error) bool) {
		for _, p := range paths {
			if !l.walk(ctx, files, p, yield) {
				return
			}
		}
	}
	return terminal.List(a.Terminal, entries, func(e apitype.Entry) string { return l.line(e, full) })
}

// walk gives the entries under p, and says whether to go on. Of a file it gives the file.
func (l listing) walk(ctx context.Context, files *client.Files, p string, yield func(apitype.Entry, error) bool) bool {
	opts := client.ListOptions{Sort: l.sort, Desc: l.desc, Limit: 1000}
	for e, err := range files.All(ctx, p, opts) {
		if errors.Is(err, client.ErrNotFolder) {
			e, err = files.Stat(ctx, p)
			return yield(e, command.At(p, err)) && err == nil
		}
		if !yield(e, command.At(p, err)) || err != nil {
			return false
		}
		if l.recursive && e.Kind == apitype.KindFolder && !l.walk(ctx, files, e.Path, yield) {
			return false
		}
	}
	return true
}

// line is an entry as people read it; full is with its whole path.
func (l listing) line(e apitype.Entry, full bool) string {
	name := e.Name
	if full {
		name = e.Path
	}
	if e.Kind == apitype.KindFolder {
		name += "/"
	}
	name = terminal.Safe(name)
	if !l.long {
		return name
	}
	mode, size := "-", terminal.Size(e.Size)
	if l.bytes {
		size = strconv.FormatInt(e.Size, 10)
	}
	switch {
	case e.Mount != "":
		mode, size = "s", "-"
	case e.Kind == apitype.KindFolder:
		mode, size = "d", "-"
	case e.Absent:
		mode = "o"
	case e.Exec:
		mode = "x"
	}
	return strings.Join([]string{mode, fmt.Sprintf("%10s", size), terminal.Time(e.MTime), name}, "\t")
}

// Search is hive search.
func Search(a *command.App) *cobra.Command {
	var (
		limit uint
		long  bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "search TEXT",
		Short: "Find files and folders by a part of their name",
		Args:  command.Wants(1, 1, "a part of a name"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			if args[0] == "" {
				return command.Usagef("all names have nothing in them: hive ls -R lists all")
			}
			found := search(ctx, c.Files, args[0], limit)
			return terminal.List(a.Terminal, found, func(e apitype.Entry) string { return listing{long: long}.line(e, true) })
		}),
	})
	c.Flags().UintVar(&limit, "limit", 1000, "`NUMBER` of results at most; 0 is all")
	c.Flags().BoolVarP(&long, "long", "l", false, "sizes and times too")
	return c
}

// search gives what is found, page by page.
func search(ctx context.Context, files *client.Files, text string, limit uint) iter.Seq2[apitype.Entry, error] {
	return func(yield func(apitype.Entry, error) bool) {
		for after, given := "", uint(0); ; {
			page, err := files.Search(ctx, text, after, 0)
			if err != nil {
				yield(apitype.Entry{}, err)
				return
			}
			for _, e := range page.Items {
				if !yield(e, nil) {
					return
				}
				if given++; given == limit {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}
