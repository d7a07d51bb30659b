package admin

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// Settings is hive settings.
func Settings(a *command.App) *cobra.Command {
	show := a.Remote(&cobra.Command{
		Use: "show", Short: "Show what may change while the hive runs", Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			s, err := c.Admin.Settings(ctx)
			if err != nil {
				return err
			}
			return showSettings(a, s)
		}),
	})
	set := a.Remote(&cobra.Command{
		Use: "set KEY=VALUE...", Short: "Change settings, all or none, at once", Args: command.Wants(1, 16, "settings such as registration=open"),
		Example: `  hive settings set registration=code quota=10GiB   # at once, kept over a restart
  hive settings set quota=                          # again as in the configuration file`,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			change, err := parseChange(args)
			if err != nil {
				return err
			}
			s, err := c.Admin.ChangeSettings(ctx, change)
			if err != nil {
				return err
			}
			return showSettings(a, s)
		}),
	})
	c := command.Group("settings", "Change how the hive works while it runs; for admins", show, set)
	c.Long = "Change how the hive works while it runs. What is set here goes before the configuration file, which has the rest."
	return c
}

// setting is one key with its value as text.
type setting struct{ key, value string }

func settingsOf(s apitype.Settings) []setting {
	return []setting{
		{"name", s.Name},
		{"registration", s.Registration},
		{"quota", node.Size(s.Quota).String()},
		{"session_life", spanText(s.SessionLife)},
		{"trash_days", strconv.Itoa(s.TrashDays)},
		{"thin_revisions", strconv.FormatBool(s.ThinRevisions)},
		{"share_quota", node.Size(s.ShareQuota).String()},
		{"audit_keep", spanText(s.AuditKeep)},
	}
}

func spanText(seconds int64) string {
	return node.Duration(time.Duration(seconds) * time.Second).String()
}

func showSettings(a *command.App, s apitype.Settings) error {
	if a.JSON {
		return a.Value(s)
	}
	return terminal.List(a.Terminal, each(settingsOf(s)), func(one setting) string {
		from := ""
		if i := slices.IndexFunc(s.Changed, func(c apitype.SettingChanged) bool { return c.Name == one.key }); i >= 0 {
			from = "set " + terminal.Time(s.Changed[i].At) + " by " + terminal.Safe(s.Changed[i].By)
		}
		return one.key + "\t" + terminal.Safe(one.value) + "\t" + from
	})
}

func each[T any](items []T) iter.Seq2[T, error] { return command.All(items, nil) }

// parseChange reads KEY=VALUE. No value is that of the configuration file.
func parseChange(args []string) (c apitype.SettingsChange, err error) {
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return c, command.Usagef("%q is not KEY=VALUE", arg)
		}
		if value == "" {
			c.Reset = append(c.Reset, key)
			continue
		}
		if err := parseSetting(&c, key, value); err != nil {
			return c, command.Usagef("%s: %v", key, err)
		}
	}
	return c, nil
}

func parseSetting(c *apitype.SettingsChange, key, value string) (err error) {
	switch key {
	case "name":
		c.Name = &value
	case "registration":
		c.Registration = &value
	case "quota":
		c.Quota, err = parsed(parseSize, value)
	case "session_life":
		c.SessionLife, err = parsed(parseSeconds, value)
	case "trash_days":
		c.TrashDays, err = parsed(strconv.Atoi, value)
	case "thin_revisions":
		c.ThinRevisions, err = parsed(strconv.ParseBool, value)
	case "share_quota":
		c.ShareQuota, err = parsed(parseSize, value)
	case "audit_keep":
		c.AuditKeep, err = parsed(parseSeconds, value)
	default:
		err = command.Usagef("there is no such setting; hive settings show lists them")
	}
	return err
}

func parsed[T any](parse func(string) (T, error), text string) (*T, error) {
	v, err := parse(text)
	return &v, err
}

func parseSize(text string) (int64, error) {
	size, err := node.ParseSize(text)
	return int64(size), err
}

func parseSeconds(text string) (int64, error) {
	d, err := node.ParseDuration(text)
	return int64(time.Duration(d) / time.Second), err
}
