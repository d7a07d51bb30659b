// Package peers is the commands on the network of hives: who this hive is, which others it knows, and why one cannot be
// reached.
//
// It owns their flags and what they print. It does not own users of other hives (package shares), nor how hives reach each
// other: the hive does that.
package peers

import (
	"context"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Peers is hive peers.
func Peers(a *command.App) *cobra.Command {
	c := command.Group("peers", "Manage the other hives that this one knows", list(a), add(a), remove(a), find(a),
		block(a, "block", "Keep a hive out: it can neither connect nor send anything", true),
		block(a, "unblock", "Let a blocked hive in again", false))
	c.Long = `Manage the other hives that this one knows. For admins.

A PEER is the id of a hive (12D3KooW…), an address that ends in /p2p/ and the id, a user as name@id, or one of your
contacts.

  hive id                         prints the addresses of this hive, for the owner of another
  hive peers add /dns4/hive.example.org/tcp/4484/p2p/12D3KooW…
  hive doctor 12D3KooW…           says whether that hive can be reached, and why not`
	return c
}

func list(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "list", Short: "List the hives that are known or connected", Aliases: []string{"ls"}, Args: command.Wants(0, 0, "no arguments"),
		RunE: a.With(func(ctx context.Context, c *client.Client, _ []string) error {
			peers, err := c.Peers.List(ctx)
			return terminal.List(a.Terminal, command.All(peers, err), line)
		}),
	})
}

// line is a hive as people read it.
func line(p apitype.Peer) string {
	state := "-"
	switch {
	case p.Blocked:
		state = "blocked"
	case p.Connected:
		state = p.Way
	}
	name := terminal.Safe(p.Name)
	if name == "" {
		name = "-"
	}
	latency := "-"
	if p.LatencyMS > 0 {
		latency = span(p.LatencyMS)
	}
	return strings.Join([]string{p.ID, name, state, orDash(p.Transport), latency, orDash(p.Discovered)}, "\t")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return terminal.Safe(text)
}

// span is a number of milliseconds as people read it.
func span(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	switch {
	case d < time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

func add(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "add ADDRESS",
		Short: "Remember an address of a hive and connect with it",
		Long: `Remember an address of a hive and connect with it. hive id prints the addresses of a hive where it runs; they look like

  /dns4/hive.example.org/tcp/4484/p2p/12D3KooW…`,
		Args: command.Wants(1, 1, "an address"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			if _, err := peer.AddrInfoFromString(args[0]); err != nil {
				return command.Usagef("%q is not the address of a hive: those look like /dns4/hive.example.org/tcp/4484/p2p/12D3KooW…, and hive id prints them there", args[0])
			}
			added, err := c.Peers.Add(ctx, args[0])
			if err != nil {
				return err
			}
			if added.Connected {
				return a.Result(added, "%s.", strings.TrimSpace("Connected with "+added.ID+" "+bracketed(added.Name)))
			}
			return a.Result(added, "Remembered %s, which does not answer now: %s. It will be tried again.", added.ID, terminal.Safe(added.Error))
		}),
	})
}

func bracketed(name string) string {
	if name == "" {
		return ""
	}
	return "(" + terminal.Safe(name) + ")"
}

func remove(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: "rm PEER", Short: "Forget a hive and its addresses", Args: command.Wants(1, 1, "a hive"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			id, err := resolve(ctx, c, args[0])
			if err == nil {
				err = c.Peers.Forget(ctx, id)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			return a.Result(map[string]string{"id": id}, "Forgot %s.", id)
		}),
	})
}

func block(a *command.App, use, short string, on bool) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use: use + " PEER", Short: short, Args: command.Wants(1, 1, "a hive"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			id, err := resolve(ctx, c, args[0])
			if err == nil {
				err = c.Peers.Block(ctx, id, on)
			}
			if err != nil {
				return command.At(args[0], err)
			}
			said := "Blocked"
			if !on {
				said = "No longer blocked:"
			}
			return a.Result(map[string]any{"id": id, "blocked": on}, "%s %s.", said, id)
		}),
	})
}

func find(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "find PEER",
		Short: "Look a hive up in the distributed hash table",
		Long: `Look a hive up in the distributed hash table of hives: where it is, and the record it signed about itself. It does not
try to connect; hive doctor PEER does.`,
		Args: command.Wants(1, 1, "a hive"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			id, err := resolve(ctx, c, args[0])
			if err != nil {
				return command.At(args[0], err)
			}
			found, err := c.Peers.Find(ctx, id)
			if err != nil {
				return command.At(args[0], err)
			}
			var text strings.Builder
			if found.Name != "" {
				text.WriteString(strings.TrimSpace(terminal.Safe(found.Name)+" "+terminal.Safe(found.URL)) + "\n")
			}
			for _, addr := range found.Addrs {
				text.WriteString(addr + "\n")
			}
			text.WriteString(terminal.Count(int64(found.Hops), "hop") + ", " + terminal.Count(int64(found.Messages), "message") + ", " + span(found.TookMS))
			return a.Result(found, "%s", text.String())
		}),
	})
}

// resolve finds the id of the hive that somebody typed: an id, an address, name@id or the local name of a contact.
func resolve(ctx context.Context, c *client.Client, text string) (string, error) {
	id := text
	if at := strings.LastIndex(text, "/p2p/"); at >= 0 { // the last: before it may be a relay
		id = text[at+len("/p2p/"):]
	} else if _, after, ok := strings.Cut(text, "@"); ok {
		id = after
	}
	if decoded, err := peer.Decode(id); err == nil {
		return decoded.String(), nil
	}
	if strings.ContainsAny(text, "/@") {
		return "", command.Usagef("%q does not end in the id of a hive, which looks like 12D3KooW…", text)
	}
	contacts, err := c.Contacts.List(ctx)
	if err != nil {
		return "", err
	}
	for _, contact := range contacts {
		if contact.Name == text {
			return contact.Hive, nil
		}
	}
	return "", command.Usagef("%q is neither the id of a hive, which looks like 12D3KooW…, nor one of your contacts; see hive peers list and hive contact list", text)
}
