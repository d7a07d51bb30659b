// Package peers runs what hives are measured beside: an rsync daemon, and two
// instances of Syncthing that know nobody but each other. Both can be in
// network namespaces of their own.
package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// Names of the programs; machine.Has tells whether they are installed.
const (
	RsyncProgram     = "rsync"
	SyncthingProgram = "syncthing"
)

// Place is where one end of a peer is.
type Place struct {
	Dir   string        // folder for what it keeps
	Space machine.Space // network namespace; empty is that of this process
	IP    string        // address that the other end reaches it by; the loopback when empty
	Port  int           // a free one when zero, which only the loopback has
}

// addr is HOST:PORT.
func (p Place) addr(ctx context.Context) (string, error) {
	if p.Port == 0 {
		return machine.FreeAddr(ctx)
	}
	return net.JoinHostPort(p.IP, fmt.Sprint(p.Port)), nil
}

// Rsync is a daemon that gives away one folder.
type Rsync struct {
	addr   string
	daemon *exec.Cmd
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

// StartRsync starts a daemon that gives away source.
func StartRsync(ctx context.Context, at Place, source string) (r *Rsync, err error) {
	if err := os.MkdirAll(at.Dir, 0o700); err != nil {
		return nil, err
	}
	config := filepath.Join(at.Dir, "rsyncd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, rsyncConfig, at.Dir, os.Getuid(), os.Getgid(), source), 0o600); err != nil {
		return nil, err
	}
	r = new(Rsync)
	if r.addr, err = at.addr(ctx); err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(r.addr)
	r.daemon = at.Space.Command(ctx, RsyncProgram, "--daemon", "--no-detach", "--address="+host, "--port="+port, "--config="+config)
	if err := r.daemon.Start(); err != nil {
		return nil, err
	}
	const patience = 30 * time.Second
	err = server.Until(ctx, patience, func(ctx context.Context) error {
		return greets(ctx, at.Space, r.addr)
	})
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// greets tells whether a daemon answers.
func greets(ctx context.Context, from machine.Space, addr string) error {
	conn, err := from.Dial(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	const soon, greeting = time.Second, "@RSYNCD:"
	if err := conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
		return err
	}
	got := make([]byte, len(greeting))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if string(got) != greeting {
		return fmt.Errorf("no rsync at %s: %q", addr, got)
	}
	return nil
}

// Pull makes target like the folder, from a namespace.
func (r *Rsync) Pull(ctx context.Context, from machine.Space, target string, flags ...string) error {
	args := append(append([]string{"-a"}, flags...), "rsync://"+r.addr+"/source/", target+"/")
	if out, err := from.Command(ctx, RsyncProgram, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("rsync: %w: %s", err, out)
	}
	return nil
}

// Close ends the daemon. Its folder stays.
func (r *Rsync) Close() error {
	_ = r.daemon.Process.Kill() // it may have ended
	_ = r.daemon.Wait()         // that it was killed is known
	return nil
}
