package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/cmd/hive/internal/command"
)

func versionCommand(a *command.App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  command.Wants(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			commit := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						commit = s.Value
					}
				}
			}
			return a.Result(map[string]string{
				"version": a.Version, "commit": commit, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
			}, "hive %s %s/%s", a.Version, runtime.GOOS, runtime.GOARCH)
		},
	}
}

func environment() *cobra.Command {
	return &cobra.Command{
		Use:   "environment",
		Short: "Variables, for scripts and containers",
		Long: `Commands that talk to a hive read

  HIVE_URL        its address, such as https://hive.example.org
  HIVE_TOKEN      a token; else
  HIVE_USER       a name, and
  HIVE_PASSWORD   a password: the command signs in, and out again when it is done;
                  else what hive login stored counts

The commands of an owner read HIVE_DATA, the folder of the hive. Every key of its config.yaml is a variable too:
http.listen is HIVE_HTTP_LISTEN, log.level is HIVE_LOG_LEVEL.

HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR mean what they mean elsewhere.`,
	}
}
