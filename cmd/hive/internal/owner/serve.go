package owner

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/node"
)

// Serve is hive serve.
func Serve(a *command.App) *cobra.Command {
	var (
		set  settings
		data string
	)
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a hive",
		Long: `Run the hive in a folder until it is interrupted. Requests under way may end then; a second interrupt ends
them.

Other hives find it on the local network, by the hives of --bootstrap, and by those it has met before:

  hive serve --p2p /ip4/0.0.0.0/tcp/4484 --bootstrap /dns4/hive.example.org/tcp/4484/p2p/12D3KooW…

Every key of config.yaml is also a variable (http.listen is HIVE_HTTP_LISTEN) and can be given by --set; the flag goes
first, then the variable, then the file.`,
		Args: command.Wants(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			values, err := set.values()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), a, data, values)
		},
	}
	command.DataFlag(c, &data, command.DataFolder(), "of the hive ($HIVE_DATA)")
	set.flags(c)
	return c
}

func serve(ctx context.Context, a *command.App, data string, values map[string]string) (err error) {
	command.Private()
	cfg, err := node.Load(data, values)
	if err != nil {
		return err
	}
	cfg.Version, cfg.Logger = a.Version, a.Logger(cfg.Log)
	for _, name := range node.UnknownVariables() {
		cfg.Logger.Warn("variable sets nothing", "name", name)
	}
	n, err := node.New(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	cfg.Logger.Info("serving", "hive", cfg.Name, "url", n.URL(), "listen", n.Addr().String(), "data", cfg.Data, "version", a.Version,
		"id", n.ID().String())
	if term.IsTerminal(int(a.Err.Fd())) {
		a.Note("\n  %s\n\n  Sign in from another terminal:  hive login %s\n  Stop: Ctrl-C\n", n.URL(), n.URL())
	}
	err = n.Run(ctx)
	if err == nil {
		cfg.Logger.Info("stopped")
	}
	return err
}

// Config is hive config.
func Config(a *command.App) *cobra.Command {
	var data string
	show := &cobra.Command{
		Use:   "show",
		Short: "Print the configuration in effect, without secrets",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := node.Load(data, nil)
			if err != nil {
				return err
			}
			if a.JSON {
				return a.Value(cfg.Settings())
			}
			text, err := cfg.Show()
			if err == nil {
				_, err = a.Out.Write(text)
			}
			return err
		},
	}
	check := &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with the configuration",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if _, err := node.Load(data, nil); err != nil {
				return err
			}
			unknown := node.UnknownVariables()
			for _, name := range unknown {
				a.Warn("%s sets nothing", name)
			}
			return a.Result(map[string]any{"ok": true, "unknown_variables": append([]string{}, unknown...)}, "The configuration is right.")
		},
	}
	for _, c := range []*cobra.Command{show, check} {
		command.DataFlag(c, &data, command.DataFolder(), "of the hive ($HIVE_DATA)")
	}
	return command.Group("config", "Show or check the configuration of a hive", show, check)
}
