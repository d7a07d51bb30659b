// Package owner is the commands of whoever has the data folder of a hive: making, running, checking it.
//
// It owns their flags and what they print. It does not own how any of that is done: package node does it.
package owner

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/node"
)

// settings are keys of the configuration given as flags.
type settings struct {
	http      string
	p2p       []string
	bootstrap []string
	mdns      bool
	pair      []string

	set *pflag.FlagSet // tells which were given
}

func (s *settings) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.http, "http", "", "`HOST:PORT` to listen on (key http.listen)")
	c.Flags().StringArrayVar(&s.p2p, "p2p", nil, "`MULTIADDR` to listen on for other hives, such as /ip4/0.0.0.0/tcp/4484; may be repeated (key p2p.listen)")
	c.Flags().StringArrayVar(&s.bootstrap, "bootstrap", nil, "`MULTIADDR` of a hive to begin with, as hive id prints it there; may be repeated (key p2p.bootstrap)")
	c.Flags().BoolVar(&s.mdns, "mdns", true, "find hives on the local network (key p2p.mdns)")
	c.Flags().StringArrayVar(&s.pair, "set", nil, "`KEY=VALUE` of another key of the configuration; may be repeated")
	s.set = c.Flags()
}

func (s *settings) values() (map[string]string, error) {
	values := map[string]string{}
	for _, pair := range s.pair {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, command.Usagef("--set %s: wants KEY=VALUE, such as log.level=debug", pair)
		}
		values[key] = value
	}
	if s.http != "" {
		values["http.listen"] = s.http
	}
	if s.set.Changed("p2p") {
		values["p2p.listen"] = strings.Join(s.p2p, ",")
	}
	if s.set.Changed("bootstrap") {
		values["p2p.bootstrap"] = strings.Join(s.bootstrap, ",")
	}
	if s.set.Changed("mdns") {
		values["p2p.mdns"] = strconv.FormatBool(s.mdns)
	}
	return values, nil
}

// Init is hive init.
func Init(a *command.App) *cobra.Command {
	var (
		set             settings
		data, admin     string
		password, label string
	)
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a hive: its folder, configuration, key and first admin",
		Long: `Make a hive in a folder: its configuration, a key of its own and a first admin.

What is not given is asked for. With --admin and --password-file nothing is asked.`,
		Args: command.Wants(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			values, err := set.values()
			if err != nil {
				return err
			}
			if label != "" {
				values["name"] = label
			}
			return initialise(cmd.Context(), a, data, admin, password, values)
		},
	}
	command.DataFlag(c, &data, "", "to make the hive in ($HIVE_DATA; else asked for)")
	c.Flags().StringVar(&admin, "admin", "", "`NAME` of the first admin")
	c.Flags().StringVar(&password, "password-file", "", "`FILE` with the admin's password; - is standard input")
	c.Flags().StringVar(&label, "name", "", "`NAME` of the hive (default: that of this machine)")
	set.flags(c)
	return c
}

func initialise(ctx context.Context, a *command.App, data, admin, passwordFile string, values map[string]string) (err error) {
	command.Private()
	if data == "" {
		data, err = a.Missing(ctx, "--data", "Folder for the hive", command.DataFolder(), os.Getenv("HIVE_DATA"))
		if err != nil {
			return err
		}
	}
	cfg, err := node.Prepare(data, values)
	if err != nil {
		return err
	}
	if err := node.Free(cfg.Data); err != nil {
		return err // before questions are asked
	}
	if admin == "" {
		if admin, err = a.Missing(ctx, "--admin", "Name of the first admin", "admin", ""); err != nil {
			return err
		}
	}
	secret, err := a.NewPassword(ctx, "Password for "+admin, passwordFile)
	if err != nil {
		return err
	}
	if err := node.Init(ctx, cfg, node.Admin{Name: admin, Password: node.Secret(secret)}); err != nil {
		return err
	}
	return a.Result(map[string]string{"data": cfg.Data, "admin": admin, "config": filepath.Join(cfg.Data, "config.yaml")},
		"Made a hive in %s, with the admin %s.\nRun it:  hive serve --data %s", cfg.Data, admin, data)
}
