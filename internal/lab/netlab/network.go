package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// lab is machines, each a network namespace, and the hives on them.
type lab struct {
	options options
	dir     string
	out     io.Writer
	began   time.Time

	spaces []machine.Space // in the order they were made
	hives  []*server.Hive
}

// The public segment. Nothing of it leaves this machine; a range that is set aside for documentation would not do, for
// hives rightly take that for unreachable.
const (
	publicNet  = "45.67.89."
	publicBits = "/24"
	core       = "core"
)

// machine makes a machine that only has its loopback.
func (l *lab) machine(ctx context.Context, name string) error {
	ns, err := machine.NewSpace(ctx, name)
	if err == nil {
		l.spaces = append(l.spaces, ns)
	}
	return err
}

// space is the full name of a machine's namespace.
func space(name string) string { return string(machine.Named(name)) }

// cable joins two machines. Interfaces are named after the machine at the other end.
func (l *lab) cable(ctx context.Context, a, b string) error {
	return errors.Join(
		machine.Run(ctx, "ip", "link", "add", b, "netns", space(a), "type", "veth", "peer", "name", a, "netns", space(b)),
		machine.Run(ctx, "ip", "-n", space(a), "link", "set", b, "up"),
		machine.Run(ctx, "ip", "-n", space(b), "link", "set", a, "up"),
	)
}

// address gives a machine an address on the cable to another, and a way out when gateway is not empty.
func (l *lab) address(ctx context.Context, name, to, addr, gateway string) error {
	err := machine.Run(ctx, "ip", "-n", space(name), "addr", "add", addr, "dev", to)
	if err == nil && gateway != "" {
		err = machine.Run(ctx, "ip", "-n", space(name), "route", "add", "default", "via", gateway)
	}
	return err
}

// public makes the segment that everybody can reach.
func (l *lab) public(ctx context.Context) error {
	if err := l.machine(ctx, core); err != nil {
		return err
	}
	return errors.Join(
		machine.Run(ctx, "ip", "-n", space(core), "link", "add", "segment", "type", "bridge"),
		machine.Run(ctx, "ip", "-n", space(core), "link", "set", "segment", "up"),
	)
}

// plug makes a machine on the public segment.
func (l *lab) plug(ctx context.Context, name string, host int) error {
	if err := l.machine(ctx, name); err != nil {
		return err
	}
	if err := l.cable(ctx, core, name); err != nil {
		return err
	}
	return errors.Join(
		machine.Run(ctx, "ip", "-n", space(core), "link", "set", name, "master", "segment"),
		l.address(ctx, name, core, publicNet+strconv.Itoa(host)+publicBits, ""),
	)
}

// home makes a machine behind a router that translates addresses, as homes have it, with a slow line.
func (l *lab) home(ctx context.Context, name string, host int, symmetric bool) error {
	router := name + "-r"
	if err := l.plug(ctx, router, host); err != nil {
		return err
	}
	if err := l.machine(ctx, name); err != nil {
		return err
	}
	if err := l.cable(ctx, router, name); err != nil {
		return err
	}
	lan := fmt.Sprintf("192.168.%d.", host)
	return errors.Join(
		l.address(ctx, router, name, lan+"1/24", ""),
		l.address(ctx, name, router, lan+"2/24", lan+"1"),
		l.in(ctx, router, "", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"),
		l.in(ctx, router, natRules(name, symmetric), "nft", "-f", "-"),
		machine.Run(ctx, "tc", "-n", space(router), "qdisc", "add", "dev", core, "root", "tbf", "rate", l.options.rate, "burst", "128kb", "latency", "100ms"),
	)
}

// in runs a program on a machine.
func (l *lab) in(ctx context.Context, name, input string, args ...string) error {
	return machine.Named(name).In(ctx, input, args[0], args[1:]...)
}

// natRules are those of a router at home: what comes from outside and is no answer is dropped without a word. A symmetric
// one takes another port for every destination, so that nobody outside can be told which.
func natRules(lan string, symmetric bool) string {
	masquerade := "masquerade"
	if symmetric {
		masquerade = "masquerade random,fully-random"
	}
	return fmt.Sprintf(`table ip home {
	chain out { type nat hook postrouting priority srcnat; oifname "%[1]s" %[3]s; }
	chain through { type filter hook forward priority filter; policy drop; ct state established,related accept; iifname "%[2]s" accept; }
	chain self { type filter hook input priority filter; policy accept; iifname "%[1]s" ct state new,invalid drop; }
}
`, core, lan, masquerade)
}

// silence drops all that a machine sends and gets on the network, or stops dropping it.
func (l *lab) silence(ctx context.Context, name string, on bool) error {
	if !on {
		return l.in(ctx, name, "", "nft", "delete", "table", "inet", "silence")
	}
	return l.in(ctx, name, `table inet silence {
	chain in { type filter hook input priority filter; policy drop; iifname "lo" accept; }
	chain out { type filter hook output priority filter; policy drop; oifname "lo" accept; }
}
`, "nft", "-f", "-")
}

// hive starts a hive on a machine, with an admin of the machine's name.
func (l *lab) hive(ctx context.Context, name string, bootstrap []string, env ...string) (*server.Hive, error) {
	dir := filepath.Join(l.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	h, err := server.New(ctx, server.Config{
		Binary: l.options.binary, Dir: dir, Admin: name, HTTP: "127.0.0.1:4483", Namespace: machine.Named(name),
		P2P:       []string{"/ip4/0.0.0.0/tcp/4484", "/ip4/0.0.0.0/udp/4484/quic-v1"},
		Bootstrap: bootstrap, Env: append(append([]string{"HIVE_NAME=" + name}, l.options.env...), env...),
	})
	if err != nil {
		return nil, err
	}
	l.hives = append(l.hives, h)
	if _, err := h.Start(ctx); err != nil {
		return nil, err
	}
	_, err = h.Login(ctx)
	return h, err
}
