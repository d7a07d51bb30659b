// Package admin is the commands of who runs a hive: who did what.
//
// It owns their flags and what they print. What is recorded and who may see it is up to the hive.
package admin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// Audit is hive audit.
func Audit(a *command.App) *cobra.Command {
	var (
		q           client.AuditQuery
		since, till string
		limit       uint
	)
	c := a.Remote(&cobra.Command{
		Use: "audit", Short: "Show who did what, newest first; for admins", Args: command.Wants(0, 0, "no arguments"),
		Example: `  hive audit --since 7d --action session.      # sign-ins of a week, failed ones too
  hive audit --target bob                      # what was done to bob`,
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) (err error) {
			if q.Since, err = ago("--since", since); err != nil {
				return err
			}
			if q.Until, err = ago("--until", till); err != nil {
				return err
			}
			return terminal.List(a.Terminal, first(limit, c.Admin.Audit(ctx, q)), auditLine)
		}),
	})
	c.Flags().StringVar(&q.Actor, "actor", "", "`NAME` of who did it; system is the owner of the machine")
	c.Flags().StringVar(&q.Action, "action", "", "`ACTION`, such as user.create; user. stands for all that begin so")
	c.Flags().StringVar(&q.Target, "target", "", "`WHAT` it was done to: a user, an id, a path")
	c.Flags().StringVar(&since, "since", "", "only what is younger than this `TIME`: 12h, 30d")
	c.Flags().StringVar(&till, "until", "", "only what is older than this `TIME`")
	c.Flags().UintVar(&limit, "limit", 100, "`NUMBER` of records at most; 0 is all")
	return c
}

// ago is the time a span ago; zero when text is empty.
func ago(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	span, err := node.ParseDuration(text)
	if err != nil || span < 0 {
		return time.Time{}, command.Usagef("%s: %q is not a span such as 12h or 30d", flag, text)
	}
	return time.Now().Add(-time.Duration(span)), nil
}

// auditLine is a record for people.
func auditLine(r apitype.AuditRecord) string {
	actor, action := r.Actor, r.Action
	if actor == "" {
		actor = "-"
	}
	if r.Outcome != "ok" {
		action += " (" + r.Outcome + ")"
	}
	details := string(r.Details)
	if details == "{}" {
		details = ""
	}
	columns := []string{terminal.Time(r.At), actor, r.Address, action, r.Target, details}
	for i := range columns {
		columns[i] = terminal.Safe(columns[i])
	}
	return strings.Join(columns, "\t")
}
