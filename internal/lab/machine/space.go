package machine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Space is a network namespace by its name. The empty one is that of this process.
type Space string

const prefix = "hivelab" // of the namespaces of the lab; the process id of who made them follows

var errUnable = errors.New("networks need Linux, root, ip, tc and ss (iproute2) and nft (nftables)")

// Able tells whether this machine can hold networks, and takes away what killed runs left.
func Able(ctx context.Context) error {
	for _, tool := range []string{"ip", "nft", "tc", "ss", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: %w", errUnable, err)
		}
	}
	if os.Getuid() != 0 {
		return errUnable
	}
	left, err := filepath.Glob("/run/netns/" + prefix + "*")
	if err != nil {
		return err
	}
	for _, file := range left {
		ns := Space(filepath.Base(file))
		pid, err := strconv.Atoi(strings.SplitN(strings.TrimPrefix(string(ns), prefix), "-", 2)[0])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			if err := ns.Remove(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Named is the namespace of this process for a machine with the name.
func Named(name string) Space { return Space(fmt.Sprintf("%s%d-%s", prefix, os.Getpid(), name)) }

// NewSpace makes a namespace that only has its loopback.
func NewSpace(ctx context.Context, name string) (Space, error) {
	s := Named(name)
	if err := Run(ctx, "ip", "netns", "add", string(s)); err != nil {
		return "", err
	}
	if err := Run(ctx, "ip", "-n", string(s), "link", "set", "lo", "up"); err != nil {
		return "", errors.Join(err, s.Remove())
	}
	return s, nil
}

// Remove takes the namespace away, also after an interrupt.
func (s Space) Remove() error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return Run(ctx, "ip", "netns", "del", string(s))
}

// In runs a program in the namespace to its end.
func (s Space) In(ctx context.Context, input, name string, args ...string) error {
	return Feed(ctx, input, "ip", append([]string{"netns", "exec", string(s), name}, args...)...)
}

// Command prepares a program to run in the namespace.
func (s Space) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if s != "" {
		name, args = "ip", append([]string{"netns", "exec", string(s), name}, args...)
	}
	return exec.CommandContext(ctx, name, args...)
}

// Dial opens a connection that begins in the namespace.
func (s Space) Dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	if s == "" {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	if err := s.within(func() { conn, err = new(net.Dialer).DialContext(ctx, network, addr) }); err != nil {
		return nil, err
	}
	return conn, err
}

// Client returns an HTTP client whose connections begin in the namespace.
func (s Space) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true, DialContext: s.Dial}}
}

// within runs do in a thread that has entered the namespace. A socket stays in the namespace it was made in.
func (s Space) within(do func()) error {
	there, err := os.Open("/run/netns/" + string(s))
	if err != nil {
		return fmt.Errorf("machine: namespace: %w", err)
	}
	defer there.Close()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread, which is elsewhere now, ends with the goroutine
		if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("machine: enter namespace %s: %w", s, err)
			return
		}
		do()
		done <- nil
	}()
	return <-done
}
