package command

import (
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/melissiproject/hive/node"
)

// Private makes files from now on readable by their owner only, whoever makes them.
func Private() { syscall.Umask(0o077) }

// DataFlag gives a command the flag for the data folder.
func DataFlag(c *cobra.Command, dir *string, fallback, help string) {
	c.Flags().StringVar(dir, "data", fallback, "`DIR` "+help)
	_ = c.MarkFlagDirname("data")
}

// DataFolder is where a hive of this user lies when nothing is said.
func DataFolder() string {
	if dir := os.Getenv("HIVE_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hive")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "data"
	}
	return filepath.Join(home, ".local", "share", "hive")
}

// Logger prints the log on standard error.
func (a *App) Logger(cfg node.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level)) // node has checked it
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" || cfg.Format == "auto" && term.IsTerminal(int(a.Err.Fd())) {
		return slog.New(slog.NewTextHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, opts))
}
