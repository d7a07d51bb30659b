package command

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// patience is how long a shell may wait for names.
const patience = 2 * time.Second

// CompletePath completes a path in the hive for a shell, and a local file for what does not begin like one.
func (a *App) CompletePath(cmd *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
	if text != "" && !strings.HasPrefix(text, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), patience)
	defer cancel()
	c, leave, err := a.Client(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	defer leave()
	folder, start := path.Split("/" + strings.TrimPrefix(text, "/"))
	names, err := matches(ctx, c.Files, path.Clean(folder), start)
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return names, cobra.ShellCompDirectiveNoSpace
}

// matches lists what in a folder begins with start; folders end in a slash.
func matches(ctx context.Context, files *client.Files, folder, start string) (names []string, err error) {
	for e, err := range files.All(ctx, folder, client.ListOptions{Limit: 1000}) {
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(e.Name, start) {
			continue
		}
		name := path.Join(folder, e.Name)
		if e.Kind == apitype.KindFolder {
			name += "/"
		}
		names = append(names, name)
	}
	return names, nil
}
