package admin

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Statistics is hive statistics.
func Statistics(a *command.App) *cobra.Command {
	var since string
	var points uint
	c := a.Remote(&cobra.Command{
		Use: "statistics [NAME...]", Short: "Show how the hive was over time; for admins", Args: command.Wants(0, 64, "names of series"),
		Long: `Show how the hive was over time: what there was in the end of each stretch of time, and what went by in it. A sample is taken every
five minutes, kept for a day, then one an hour for a month, then one a day for ten years.`,
		Example: `  hive statistics --since 30d --points 30 bytes.stored   # each day of a month
  hive statistics --since 7d traffic.in/ traffic.out/    # traffic of a week by hive`,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			from, err := ago("--since", since)
			if err != nil {
				return err
			}
			got, err := c.Admin.Statistics(ctx, client.StatisticsQuery{Names: args, From: from, Points: int(min(points, math.MaxInt32))})
			if err != nil {
				return err
			}
			if err := empty(ctx, c.Admin, got, from); err != nil {
				return err
			}
			if a.JSON {
				return a.Value(got)
			}
			return terminal.List(a.Terminal, each(lines(got)), func(columns []string) string { return strings.Join(columns, "\t") })
		}),
	})
	c.Flags().StringVar(&since, "since", "1d", "from `TIME` ago: 12h, 30d")
	c.Flags().UintVar(&points, "points", 1, "`NUMBER` of stretches of time to show; 0: each sample")
	return c
}

// empty refuses a name that the hive has no numbers of. Those that every hive has may be too young.
func empty(ctx context.Context, admin *client.Admin, got apitype.Statistics, from time.Time) error {
	i := slices.IndexFunc(got.Series, func(one apitype.Series) bool { return len(one.Points) == 0 })
	if i < 0 {
		return nil
	}
	name := got.Series[i].Name
	all, err := admin.Statistics(ctx, client.StatisticsQuery{From: from, Points: 1})
	if err != nil || slices.ContainsFunc(all.Series, func(one apitype.Series) bool { return one.Name == name }) {
		return err
	}
	return fmt.Errorf("%w: there are no numbers of %s; hive statistics shows all that there are", command.ErrNotFound, terminal.Safe(name))
}

// lines are a series and its values, in columns.
func lines(s apitype.Statistics) (out [][]string) {
	for _, one := range s.Series {
		for _, p := range one.Points {
			out = append(out, []string{terminal.Safe(one.Name), terminal.Time(p.At.Truncate(time.Minute)), amount(one.Name, p.Value)})
		}
	}
	return out
}

// amount is a value with its unit.
func amount(name string, value int64) string {
	for _, bytes := range []string{"bytes.", "saved.", "traffic."} {
		if strings.HasPrefix(name, bytes) && value >= 0 {
			return terminal.Size(value)
		}
	}
	return strconv.FormatInt(value, 10)
}
