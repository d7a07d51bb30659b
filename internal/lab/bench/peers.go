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

	"github.com/melissiproject/hive/internal/lab/machine"
)

// dd copies a file and waits until it is on disk.
func dd(ctx context.Context, from, to string) error {
	return machine.Run(ctx, "dd", "if="+from, "of="+to, "bs=1M", "conv=fdatasync")
}

// digest hashes a file.
func digest(ctx context.Context, name string) error {
	return machine.Run(ctx, "openssl", "dgst", "-sha256", name)
}

var errNoNginx = errors.New("no nginx with the dav module here (Debian: apt install nginx-light)")

// nginx is a plain web server that takes PUT and serves files.
type nginx struct {
	cmd *exec.Cmd
	url string // ends in a slash
}

const nginxConfig = `daemon off;
%[3]s
worker_processes auto;
pid %[1]s/pid;
error_log %[1]s/error.log;
events {}
http {
	access_log off;
	sendfile on;
	client_max_body_size 0;
	client_body_temp_path %[1]s/temp;
	proxy_temp_path %[1]s/unused1;
	fastcgi_temp_path %[1]s/unused2;
	uwsgi_temp_path %[1]s/unused3;
	scgi_temp_path %[1]s/unused4;
	server {
		listen %[2]s;
		root %[1]s/files;
		location / { dav_methods PUT DELETE; create_full_put_path on; }
	}
}
`

// startNginx runs one with its files in dir.
func startNginx(ctx context.Context, dir string) (*nginx, error) {
	out, err := exec.CommandContext(ctx, "nginx", "-V").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "http_dav_module") {
		return nil, errNoNginx
	}
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o700); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // else its workers cannot reach our folder
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, addr, user), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "nginx", "-c", config, "-e", filepath.Join(dir, "error.log"))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // its workers go with it, unlike after a kill
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	n := &nginx{cmd: cmd, url: "http://" + addr + "/"}
	if err := reachable(ctx, addr); err != nil {
		return nil, errors.Join(err, n.stop())
	}
	return n, nil
}

func reachable(ctx context.Context, addr string) error {
	const patience, pause = 10 * time.Second, 20 * time.Millisecond
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

func (n *nginx) stop() error {
	if err := n.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return n.cmd.Wait()
}
