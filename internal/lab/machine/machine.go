// Package machine is what programs of the lab need of the machine they run on:
// its other programs, free addresses, how busy it is, and network namespaces
// with a cable between them on which every byte is counted.
package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Has tells whether this machine has a program.
func Has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// Run runs a program to its end. What it printed is in the error.
func Run(ctx context.Context, name string, args ...string) error { return Feed(ctx, "", name, args...) }

// Feed is Run with an input.
func Feed(ctx context.Context, input, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// FreeAddr is an address of the loopback that nobody listens on.
func FreeAddr(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Load is the average of the last minute: numbers of a busy machine say little.
func Load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	average, _, _ := strings.Cut(string(text), " ")
	return average
}

// Anonymous is the anonymous memory of a process in bytes: what the kernel cannot take back.
func Anonymous(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			const kib = 1 << 10
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return n * kib, err
		}
	}
	return 0, errors.New("no RssAnon in /proc/PID/status")
}

// Wait lets time pass.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
