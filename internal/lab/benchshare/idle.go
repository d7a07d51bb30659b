package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

// Addresses of the two ends of the one cable that all traffic of the idle hive passes.
const (
	idleHere  = "10.77.44.1"
	idleThere = "10.77.44.2"
)

// idle measures what a hive costs that has nothing to do but be connected with others, which are members of a share of
// its. It is in a network namespace of its own, so that every byte it sends and gets, headers included, can be counted.
func (b *bench) idle(ctx context.Context) (err error) {
	ns := fmt.Sprintf("hiveidle%d", os.Getpid())
	if err := namespace(ctx, ns); err != nil {
		b.table.missing("idle", "needs root and network namespaces: "+err.Error())
		return nil
	}
	defer func() { err = errors.Join(err, command(context.WithoutCancel(ctx), "ip", "netns", "del", ns)) }()
	dir := filepath.Join(b.dir, "idle")
	hub, err := b.hive(ctx, server.Config{
		Dir: filepath.Join(dir, "hub"), Admin: "alice", Namespace: ns, HTTP: "127.0.0.1:4483",
		P2P: []string{"/ip4/" + idleThere + "/tcp/4484", "/ip4/" + idleThere + "/udp/4484/quic-v1"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), os.RemoveAll(dir)) }()
	who, err := server.Shares{Hive: hub}.Identity(ctx)
	if err != nil {
		return err
	}
	if err := hub.Put(ctx, "/shared/file", "idle"); err != nil {
		return err
	}
	for n := range b.options.peers {
		peer, err := b.guest(ctx, filepath.Join(dir, strconv.Itoa(n)), fmt.Sprintf("guest%d", n), hub, who)
		if peer != nil {
			defer peer.Close() // it is killed, and its folder goes with that of the hub
		}
		if err != nil {
			return err
		}
	}
	return b.count(ctx, ns, hub)
}

// guest is a hive that has accepted a share of the hub's.
func (b *bench) guest(ctx context.Context, dir, name string, hub *server.Hive, who server.Identity) (*server.Hive, error) {
	peer, err := b.hive(ctx, server.Config{Dir: dir, Admin: name, P2P: []string{"/ip4/" + idleHere + "/tcp/0"}, Bootstrap: who.Addrs[:1]})
	if err != nil {
		return nil, err
	}
	id, err := server.Shares{Hive: peer}.Identity(ctx)
	if err != nil {
		return peer, err
	}
	if _, err := (server.Shares{Hive: hub}).Meet(ctx, peer, "alice"); err != nil {
		return peer, err
	}
	share, err := server.Shares{Hive: hub}.Create(ctx, "/shared", "reader", name+"@"+id.ID)
	if err != nil {
		return peer, err
	}
	_, err = server.Shares{Hive: peer}.Take(ctx, share.ID, "/shared", editLimit)
	return peer, err
}

// count adds the rows. What is counted begins when all has settled.
func (b *bench) count(ctx context.Context, ns string, hub *server.Hive) error {
	settle := min(b.options.idle, time.Minute)
	if err := wait(ctx, settle); err != nil {
		return err
	}
	before, err := traffic(ctx, ns)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := wait(ctx, b.options.idle); err != nil {
		return err
	}
	after, err := traffic(ctx, ns)
	if err != nil {
		return err
	}
	rate := float64(after-before) / time.Since(begin).Seconds()
	doctor, err := server.Shares{Hive: hub}.Doctor(ctx, "")
	if err != nil {
		return err
	}
	anonymous, err := rssAnon(hub.PID())
	if err != nil {
		return err
	}
	const kb, mostRate, mostMemory = 1000, 12_000, 100 * mib
	detail := fmt.Sprintf("both ways, headers included, %s, %d connected", b.options.idle, doctor.Connected)
	b.table.within(fmt.Sprintf("idle traffic, %d peers", b.options.peers), fmt.Sprintf("%.1f KB/s", rate/kb), detail, "< 12 KB/s", rate < mostRate)
	b.table.within(fmt.Sprintf("idle memory, %d peers", b.options.peers), fmt.Sprintf("%d MB", anonymous/mib), "anonymous", "< 100 MB", anonymous < mostMemory)
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// namespace makes one at the end of a cable.
func namespace(ctx context.Context, ns string) error {
	if err := command(ctx, "ip", "netns", "add", ns); err != nil {
		return err
	}
	here := fmt.Sprintf("hive%d", os.Getpid()%100_000)
	for _, line := range []string{
		"link add " + here + " type veth peer name there netns " + ns,
		"addr add " + idleHere + "/30 dev " + here,
		"link set " + here + " up",
		"-n " + ns + " link set lo up",
		"-n " + ns + " addr add " + idleThere + "/30 dev there",
		"-n " + ns + " link set there up",
	} {
		if err := command(ctx, "ip", strings.Fields(line)...); err != nil {
			return errors.Join(err, command(ctx, "ip", "netns", "del", ns))
		}
	}
	return nil
}

// traffic is how many bytes the namespace has sent and got.
func traffic(ctx context.Context, ns string) (int64, error) {
	text, err := exec.CommandContext(ctx, "ip", "netns", "exec", ns, "cat", "/proc/net/dev").Output()
	if err != nil {
		return 0, err
	}
	return parseDev(string(text), "there")
}

// parseDev reads /proc/net/dev: bytes received are the first number of a line, bytes sent the ninth.
func parseDev(text, device string) (int64, error) {
	const sentAt = 8
	for line := range strings.Lines(text) {
		name, numbers, ok := strings.Cut(line, ":")
		fields := strings.Fields(numbers)
		if !ok || strings.TrimSpace(name) != device || len(fields) <= sentAt {
			continue
		}
		got, err := strconv.ParseInt(fields[0], 10, 64)
		sent, err2 := strconv.ParseInt(fields[sentAt], 10, 64)
		return got + sent, errors.Join(err, err2)
	}
	return 0, fmt.Errorf("no device %s in /proc/net/dev", device)
}

// rssAnon is the anonymous memory of a process in bytes: what the kernel cannot take back.
func rssAnon(pid int) (int64, error) {
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
