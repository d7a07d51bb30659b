package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// installed tells whether this machine has a program.
func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

func freeAddr(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// reachable waits until somebody listens.
func reachable(ctx context.Context, addr string) error {
	const patience, pause = 30 * time.Second, 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

const rsyncConfig = `pid file = %[1]s/pid
lock file = %[1]s/lock
log file = %[1]s/log
use chroot = no
uid = %[2]d
gid = %[3]d
[source]
path = %[4]s
read only = yes
`

// rsync times a first transfer of source from a daemon on the loopback into a new folder, where there is an rsync.
func (b *bench) rsync(ctx context.Context, source string, times *series) (err error) {
	if !installed("rsync") {
		return nil
	}
	dir := filepath.Join(b.dir, "rsync")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config := filepath.Join(dir, "rsyncd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, rsyncConfig, dir, os.Getuid(), os.Getgid(), source), 0o600); err != nil {
		return err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(addr)
	daemon := exec.CommandContext(ctx, "rsync", "--daemon", "--no-detach", "--address="+host, "--port="+port, "--config="+config)
	if err := daemon.Start(); err != nil {
		return err
	}
	defer func() {
		_ = daemon.Process.Kill() // it may have ended
		_ = daemon.Wait()         // that it was killed is known
	}()
	if err := reachable(ctx, addr); err != nil {
		return err
	}
	target := filepath.Join(dir, "target")
	return times.measure(func() error { return command(ctx, "rsync", "-a", "rsync://"+addr+"/source/", target+"/") })
}
