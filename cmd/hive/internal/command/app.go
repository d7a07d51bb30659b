// Package command is what all commands of hive share: the terminal, the way to a hive, errors and exit codes.
//
// It owns how a command line is refused and what an error looks like. It does not own any command.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/signin"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// defaultURL is where a hive listens that was told nothing.
const defaultURL = "http://127.0.0.1:4483"

// App is what all commands share.
type App struct {
	*terminal.Terminal
	Version string

	url string // flag --url
}

// New returns the App of this process.
func New(version string) *App { return &App{Terminal: terminal.New(), Version: version} }

// Remote gives a command the flags of those that talk to a hive.
func (a *App) Remote(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.url, "url", "", "`URL` of the hive (default $HIVE_URL, or where you signed in last)")
	return c
}

// ErrNotSignedIn means that there is no token for the hive.
var ErrNotSignedIn = errors.New("not signed in")

// Address finds out which hive is meant.
func (a *App) Address(logins *signin.Logins) string {
	for _, url := range []string{a.url, os.Getenv("HIVE_URL"), logins.Current} {
		if url != "" {
			return strings.TrimRight(url, "/")
		}
	}
	return defaultURL
}

// NewClient makes a client that says who it is.
func (a *App) NewClient(url string, opts client.Options) (*client.Client, error) {
	opts.UserAgent = "hive/" + a.Version
	c, err := client.New(url, opts)
	if err != nil {
		return nil, Usagef("%s is not the address of a hive; it looks like https://hive.example.org", url)
	}
	return c, nil
}

// Client is signed in by HIVE_TOKEN, by HIVE_USER and HIVE_PASSWORD, or by what hive login stored for this hive. The
// function it gives ends a session that was opened for this command, and the connections.
func (a *App) Client(ctx context.Context) (*client.Client, func(), error) {
	logins, err := signin.Open()
	if err != nil {
		return nil, nil, err
	}
	url := a.Address(logins)
	opts, err := credentials(logins, url)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.NewClient(url, opts)
	if err != nil {
		return nil, nil, err
	}
	return c, func() {
		if opts.Password != "" && c.Token() != "" {
			_ = c.Logout(context.WithoutCancel(ctx)) // a session that stays expires
		}
		c.Close()
	}, nil
}

// credentials finds out who uses a hive.
func credentials(logins *signin.Logins, url string) (client.Options, error) {
	user, password := os.Getenv("HIVE_USER"), os.Getenv("HIVE_PASSWORD")
	switch token := os.Getenv("HIVE_TOKEN"); {
	case token != "":
		return client.Options{Token: token}, nil
	case user != "" && password != "":
		return client.Options{User: user, Password: password}, nil
	case password != "":
		return client.Options{}, Usagef("HIVE_PASSWORD is set but HIVE_USER is not")
	}
	login, ok := logins.Hives[url]
	if !ok || (user != "" && user != login.User) {
		return client.Options{}, fmt.Errorf("%w to %s: run hive login %s", ErrNotSignedIn, url, url)
	}
	return client.Options{Token: login.Token}, nil
}

// With runs do with a client.
func (a *App) With(do func(ctx context.Context, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, leave, err := a.Client(cmd.Context())
		if err != nil {
			return err
		}
		defer leave()
		return do(cmd.Context(), c, args)
	}
}
