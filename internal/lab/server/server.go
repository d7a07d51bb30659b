// Package server runs a real hive as a child process for the programs of the
// lab: it makes a folder for it, starts it on a free port of this machine, waits
// until it is ready, and stops or kills it. It knows the command line and the
// HTTP API as a stranger would, and shares no code with them.
package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
)

// Errors of this package.
var (
	ErrNotReady = errors.New("server: hive is not ready in time")
	ErrExited   = errors.New("server: hive exited by itself")
	ErrRunning  = errors.New("server: hive runs already")
)

const password = "correct horse battery staple"

// Config of a hive in the lab.
type Config struct {
	Binary string        // path of the hive program
	Dir    string        // folder for its data, password file and log; must exist
	Env    []string      // settings such as HIVE_LOG_LEVEL=warn
	Wait   time.Duration // how long Start waits for readiness; one minute when zero
	Admin  string        // name of its first user; admin when empty
	HTTP   string        // HOST:PORT of its API; a free port of the loopback when empty

	P2P       []string      // multiaddrs to listen on for other hives; none keeps it off the network of hives
	Bootstrap []string      // multiaddrs of hives to begin with
	Namespace machine.Space // that it runs and is reached in; empty is that of this process
}

// Hive is one hive and its folder. Its methods are for one goroutine, but for URL.
type Hive struct {
	cfg    Config
	addr   string
	token  string // after Login
	http   *http.Client
	log    *os.File
	cmd    *exec.Cmd
	exited chan error // receives the end of cmd once
}

// New initialises a hive in cfg.Dir. It does not start it.
func New(ctx context.Context, cfg Config) (*Hive, error) {
	if cfg.Wait == 0 {
		cfg.Wait = time.Minute
	}
	abs, err := filepath.Abs(cfg.Binary)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	cfg.Binary = abs
	cfg.Admin = cmp.Or(cfg.Admin, "admin")
	if cfg.HTTP == "" {
		if cfg.HTTP, err = machine.FreeAddr(ctx); err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
	}
	h := &Hive{cfg: cfg, addr: cfg.HTTP, http: cfg.Namespace.Client()}
	secret := filepath.Join(cfg.Dir, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if out, err := h.Command(ctx, "init", "--data", h.Data(), "--admin", cfg.Admin, "--password-file", secret).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("server: init: %w: %s", err, bytes.TrimSpace(out))
	}
	if h.log, err = os.Create(h.LogFile()); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return h, nil
}

// Data is the folder that hive keeps its things in.
func (h *Hive) Data() string { return filepath.Join(h.cfg.Dir, "hive") }

// LogFile is where everything that the process prints is appended.
func (h *Hive) LogFile() string { return filepath.Join(h.cfg.Dir, "hive.log") }

// URL of the hive, without a slash at its end.
func (h *Hive) URL() string { return "http://" + h.addr }

// PID of the running process.
func (h *Hive) PID() int { return h.cmd.Process.Pid }

// Command prepares a run of the hive program that sees no setting but those of
// the lab. Client commands are signed in as the admin.
func (h *Hive) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := h.cfg.Namespace.Command(ctx, h.cfg.Binary, args...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "HIVE_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	if len(h.cfg.P2P) == 0 {
		cmd.Env = append(cmd.Env, "HIVE_P2P_ENABLED=false")
	}
	cmd.Env = append(cmd.Env, h.cfg.Env...)
	if args[0] != "init" && args[0] != "serve" {
		cmd.Env = append(cmd.Env, "HIVE_URL="+h.URL())
		if h.token != "" {
			cmd.Env = append(cmd.Env, "HIVE_TOKEN="+h.token)
		} else {
			cmd.Env = append(cmd.Env, "HIVE_USER="+h.cfg.Admin, "HIVE_PASSWORD="+password)
		}
	}
	return cmd
}

// Launch starts the process and does not wait for it.
func (h *Hive) Launch() error {
	if h.cmd != nil {
		return ErrRunning
	}
	// The process outlives any single request of the lab; Kill and Stop end it.
	cmd := h.Command(context.Background(), h.serve()...)
	cmd.Stdout, cmd.Stderr = h.log, h.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	h.cmd, h.exited = cmd, make(chan error, 1)
	go func(exited chan<- error) { exited <- cmd.Wait() }(h.exited)
	return nil
}

func (h *Hive) serve() []string {
	args := []string{"serve", "--data", h.Data(), "--http", h.addr}
	if len(h.cfg.P2P) == 0 {
		return args
	}
	args = append(args, "--mdns=false")
	for _, addr := range h.cfg.P2P {
		args = append(args, "--p2p", addr)
	}
	for _, addr := range h.cfg.Bootstrap {
		args = append(args, "--bootstrap", addr)
	}
	return args
}

// Start launches the hive and waits until it is ready. It tells how long that took.
func (h *Hive) Start(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	if err := h.Launch(); err != nil {
		return 0, err
	}
	err := h.ready(ctx)
	return time.Since(begin), err
}

func (h *Hive) ready(ctx context.Context) error {
	const pause = 5 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Wait)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if h.status(ctx, h.URL()+"/readyz") == http.StatusOK {
			return nil
		}
		select {
		case err := <-h.exited:
			h.cmd = nil
			return fmt.Errorf("%w: %w: %s", ErrExited, errOr(err, "status 0"), h.Tail())
		case <-ctx.Done():
			return fmt.Errorf("%w: %w: %s", ErrNotReady, ctx.Err(), h.Tail())
		case <-tick.C:
		}
	}
}

// status of a GET, 0 when there was no answer.
func (h *Hive) status(ctx context.Context, url string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0
	}
	resp, err := h.http.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// Kill ends the process as a power cut would (SIGKILL) and waits until it is
// gone. A process that had gone by itself is ErrExited.
func (h *Hive) Kill() error {
	if h.cmd == nil {
		return nil
	}
	cmd, exited := h.cmd, h.exited
	h.cmd = nil
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("server: %w", err)
	}
	err := <-exited
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return nil
	}
	return fmt.Errorf("%w: %w: %s", ErrExited, errOr(err, "status 0"), h.Tail())
}

// Stop asks the process to end (SIGTERM) and waits for it; after grace it kills it.
func (h *Hive) Stop(grace time.Duration) error {
	if h.cmd == nil {
		return nil
	}
	cmd, exited := h.cmd, h.exited
	h.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("server: %w", err)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-exited:
		if err != nil {
			return fmt.Errorf("server: stop: %w: %s", err, h.Tail())
		}
		return nil
	case <-timer.C:
		killed := cmd.Process.Kill()
		return fmt.Errorf("server: hive did not stop within %s: %w", grace, errors.Join(killed, <-exited))
	}
}

// Close kills what still runs and closes the log. The folder stays.
func (h *Hive) Close() error { return errors.Join(h.Kill(), h.log.Close()) }

// Tail is the end of the log.
func (h *Hive) Tail() string {
	const most = 2048
	b, err := os.ReadFile(h.LogFile())
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(b[max(0, len(b)-most):]))
}

func errOr(err error, text string) error {
	if err == nil {
		return errors.New(text)
	}
	return err
}
