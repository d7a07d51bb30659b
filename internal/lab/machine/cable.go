package machine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The addresses of the two ends of a cable.
const (
	HereAddr  = "10.77.44.1"
	ThereAddr = "10.77.44.2"
)

const end = "cable" // name of the interface at both ends

// Cable joins two namespaces, which reach nothing but each other.
type Cable struct{ Here, There Space }

// NewCable makes two namespaces and a cable between them, on which all traffic is counted.
func NewCable(ctx context.Context, name string) (c *Cable, err error) {
	if err := Able(ctx); err != nil {
		return nil, err
	}
	c = new(Cable)
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.Here, err = NewSpace(ctx, name+"-here"); err != nil {
		return c, err
	}
	if c.There, err = NewSpace(ctx, name+"-there"); err != nil {
		return c, err
	}
	here, there := string(c.Here), string(c.There)
	for _, line := range []string{
		"link add " + end + " netns " + here + " type veth peer name " + end + " netns " + there,
		"-n " + here + " addr add " + HereAddr + "/30 dev " + end,
		"-n " + there + " addr add " + ThereAddr + "/30 dev " + end,
		"-n " + here + " link set " + end + " addrgenmode none up", // no IPv6, which would not be counted
		"-n " + there + " link set " + end + " addrgenmode none up",
	} {
		if err := Run(ctx, "ip", strings.Fields(line)...); err != nil {
			return c, err
		}
	}
	return c, c.There.In(ctx, countRules(), "nft", "-f", "-")
}

// Close removes the namespaces. Processes in them must have ended.
func (c *Cable) Close() error {
	var faults []error
	for _, s := range []Space{c.Here, c.There} {
		if s != "" {
			faults = append(faults, s.Remove())
		}
	}
	return errors.Join(faults...)
}

// Bounds of the header of TCP, in words of four bytes, and the sizes of the others.
const (
	leastWords, mostWords, word = 5, 15, 4
	ipHeader, udpHeader         = 20, 8
)

// countRules count packets by the size of their headers, so that what is left is what passed the sockets.
func countRules() string {
	var counters, rules strings.Builder
	count := func(name, match string) {
		fmt.Fprintf(&counters, "\tcounter %s { }\n", name)
		fmt.Fprintf(&rules, "\t\t%s counter name %s return\n", match, name)
	}
	for words := leastWords; words <= mostWords; words++ {
		count(fmt.Sprintf("words%d", words), fmt.Sprintf("tcp doff %d", words))
	}
	count("datagrams", "meta l4proto udp")
	count("others", "")
	return fmt.Sprintf(`table ip count {
%[1]s	chain both {
%[2]s	}
	chain in { type filter hook input priority filter; iifname "%[3]s" jump both; }
	chain out { type filter hook output priority filter; oifname "%[3]s" jump both; }
}
`, counters.String(), rules.String(), end)
}

// Traffic is what passed a cable, both ways.
type Traffic struct {
	Payload int64 // bytes that TCP and UDP carried: what was written to sockets, and what TCP sent again
	Packets int64 // bytes with the headers of IP and what is in it
}

// Count is the traffic since the cable was laid.
func (c *Cable) Count(ctx context.Context) (t Traffic, err error) {
	text, err := c.There.Command(ctx, "nft", "list", "counters").Output()
	if err != nil {
		return t, fmt.Errorf("machine: nft: %w", err)
	}
	return parseCounters(string(text))
}

var counter = regexp.MustCompile(`counter (words|datagrams|others)(\d*) \{\s+packets (\d+) bytes (\d+)`)

func parseCounters(text string) (t Traffic, err error) {
	found := counter.FindAllStringSubmatch(text, -1)
	if len(found) != mostWords-leastWords+3 {
		return t, fmt.Errorf("machine: %d counters in %q", len(found), text)
	}
	for _, m := range found {
		packets, err := strconv.ParseInt(m[3], 10, 64)
		if err != nil {
			return t, err
		}
		bytes, err := strconv.ParseInt(m[4], 10, 64)
		if err != nil {
			return t, err
		}
		t.Packets += bytes
		switch m[1] {
		case "words":
			words, err := strconv.ParseInt(m[2], 10, 64)
			if err != nil {
				return t, err
			}
			t.Payload += bytes - packets*(ipHeader+word*words)
		case "datagrams":
			t.Payload += bytes - packets*(ipHeader+udpHeader)
		}
	}
	return t, nil
}

// Settled is the traffic once nothing has passed for a moment. Where something always passes it is that after a while.
func (c *Cable) Settled(ctx context.Context) (t Traffic, err error) {
	const moment, while = 250 * time.Millisecond, 5 * time.Second
	if t, err = c.Count(ctx); err != nil {
		return t, err
	}
	for range while / moment {
		if err := Wait(ctx, moment); err != nil {
			return t, err
		}
		before := t
		if t, err = c.Count(ctx); err != nil || t == before {
			return t, err
		}
	}
	return t, nil
}

const queue = 100 * time.Millisecond // that a slow cable holds at most

// Slow gives the cable a rate, as tc wants it, in both directions.
func (c *Cable) Slow(ctx context.Context, rate string) error {
	var faults []error
	for _, s := range []Space{c.Here, c.There} {
		faults = append(faults, Run(ctx, "tc", "-n", string(s), "qdisc", "replace", "dev", end, "root", "tbf",
			"rate", rate, "burst", "256kb", "latency", queue.String()))
	}
	return errors.Join(faults...)
}

// Cut ends every TCP connection over the cable, at both ends. New ones can be made. What was on its way is lost first, so
// that Count has what reached the sockets and no more.
func (c *Cable) Cut(ctx context.Context) error {
	ends := []Space{c.Here, c.There}
	each := func(input string, args ...string) error {
		var faults []error
		for _, s := range ends {
			faults = append(faults, s.In(ctx, input, args[0], args[1:]...))
		}
		return errors.Join(faults...)
	}
	dead := fmt.Sprintf("table ip dead { chain first { type filter hook prerouting priority raw; iifname %q drop; }\n}\n", end)
	if err := each(dead, "nft", "-f", "-"); err != nil {
		return err
	}
	return errors.Join(
		Wait(ctx, queue+queue/2),
		each("", "ss", "-K", "-t", "src", HereAddr, "or", "src", ThereAddr),
		each("", "nft", "delete", "table", "ip", "dead"),
	)
}
