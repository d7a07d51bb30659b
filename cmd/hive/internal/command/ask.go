package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Missing asks for what a flag did not say. Without a terminal fallback helps, or nothing does.
func (a *App) Missing(ctx context.Context, flag, question, suggestion, fallback string) (string, error) {
	if a.Interactive() {
		return a.Ask(ctx, question, suggestion)
	}
	if fallback == "" {
		return "", Usagef("%s is missing, and there is no terminal to ask on", flag)
	}
	return fallback, nil
}

// NewPassword reads a password for somebody from a file, or asks twice.
func (a *App) NewPassword(ctx context.Context, question, file string) (string, error) {
	if file != "" {
		return a.ReadPassword(file)
	}
	secret, err := a.NewSecret(ctx, question)
	if errors.Is(err, terminal.ErrNoTerminal) {
		return "", Usagef("--password-file is missing, and there is no terminal to ask on")
	}
	return secret, err
}

// ReadPassword takes the first line of a file.
func (a *App) ReadPassword(file string) (string, error) {
	f := a.In
	if file != "-" {
		var err error
		if f, err = os.Open(file); err != nil {
			return "", err
		}
		defer f.Close()
	}
	line, err := bufio.NewReader(io.LimitReader(f, 8<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", Usagef("%s holds no password on its first line", file)
	}
	return line, nil
}

// errDeclined means that a person said no.
var errDeclined = errors.New("nothing done")

// Sure asks before something that cannot be taken back.
func (a *App) Sure(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	if !a.Interactive() {
		return Usagef("this cannot be taken back: say --yes, for there is no terminal to ask on")
	}
	yes, err := a.Confirm(ctx, question)
	if err == nil && !yes {
		err = errDeclined
	}
	return err
}
