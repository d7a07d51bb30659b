package peers

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// Doctor is hive doctor.
func Doctor(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:   "doctor [PEER]",
		Short: "Say whether other hives can reach this one and, with PEER, whether it reaches that hive, and why not",
		Long: `Say how well this hive is reached by others: addresses, whether the router lets anyone in, relays, and what would help.

With a PEER (the id of a hive, an address of it, a user as name@id, or one of your contacts) it tries every address of that
hive and says which way it goes, or why it does not. It exits with 7 when the hive cannot be reached.`,
		Args: command.Wants(0, 1, "one hive"),
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			target := ""
			if len(args) > 0 {
				var err error
				if target, err = resolve(ctx, c, args[0]); err != nil {
					return command.At(args[0], err)
				}
			}
			report, err := c.Peers.Doctor(ctx, target)
			if err != nil {
				return err
			}
			if err := a.Result(report, "%s", strings.TrimRight(describe(report), "\n")); err != nil {
				return err
			}
			if report.Target != nil && report.Target.Way == apitype.WayNone {
				return command.At(args[0], command.ErrHiveUnreachable)
			}
			return nil
		}),
	})
}

// sheet collects lines of a label and what there is to say.
type sheet struct{ strings.Builder }

func (s *sheet) line(label, format string, args ...any) {
	fmt.Fprintf(s, "%-13s "+format+"\n", append([]any{label}, args...)...)
}

func (s *sheet) list(label string, items []string) {
	for _, item := range items {
		s.line(label, "%s", terminal.Safe(item))
		label = ""
	}
}

// describe puts a report in words.
func describe(d apitype.Doctor) string {
	var s sheet
	s.line("This hive", "%s", d.ID)
	said := map[string]string{"public": "everyone can connect to it", "private": "only hives on the same network can connect to it directly"}[d.Reachability]
	if said == "" {
		said = "not known yet whether others can connect to it"
	}
	if d.Because != "" {
		said += " (" + terminal.Safe(d.Because) + ")"
	}
	s.line("Reachability", "%s", said)
	s.list("Listens on", d.Listening)
	s.list("Tells others", d.Announced)
	s.list("Router", d.Mapping)
	s.list("Relays", d.Relays)
	if d.Relaying {
		s.line("Relay", "it relays for other hives")
	}
	s.line("Hash table", "%s, %s in its table", d.DHT, terminal.Count(int64(d.Table), "hive"))
	s.line("Connected", "with %s", terminal.Count(int64(d.Connected), "hive"))
	for _, advice := range d.Advice {
		s.line("What helps", "%s", terminal.Safe(advice))
	}
	if d.Target != nil {
		s.target(*d.Target)
	}
	return s.String()
}

// target tells of the way to another hive.
func (s *sheet) target(t apitype.DoctorTarget) {
	s.WriteString("\n")
	s.line("Hive", "%s", t.ID)
	if f := t.Found; f != nil {
		s.line("Hash table", "%s, %s, %s", terminal.Count(int64(len(f.Addrs)), "address"), terminal.Count(int64(f.Hops), "hop"), span(f.TookMS))
	}
	if len(t.Addrs) == 0 {
		s.line("Addresses", "none is known")
	}
	s.list("Addresses", t.Addrs)
	for _, dial := range t.Attempts {
		outcome := "answers in " + span(dial.TookMS)
		if !dial.OK {
			outcome = terminal.Safe(dial.Error) + " after " + span(dial.TookMS)
		}
		s.line("Tried", "%s: %s", dial.Addr, outcome)
	}
	switch t.Way {
	case apitype.WayNone:
		reason := terminal.Safe(t.Error)
		if reason == "" {
			reason = "no address of it answers"
		}
		s.line("Way", "none: %s", reason)
	case apitype.WayPunched:
		s.line("Way", "direct, through a hole punched in both routers%s", after(t))
	default:
		s.line("Way", "%s%s", t.Way, after(t))
	}
}

// after is where the way leads and how long it takes.
func after(t apitype.DoctorTarget) string {
	text := ""
	if t.Addr != "" {
		text = ", " + t.Addr
	}
	if t.LatencyMS > 0 {
		text += ", " + span(t.LatencyMS)
	}
	return text
}
