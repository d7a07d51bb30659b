package server

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program itself stand in for hive: what these tests are
// about is the child process, and the real one is tried by the lab.
func TestMain(m *testing.M) {
	mode := os.Getenv("HIVE_PRETEND")
	if mode == "" {
		os.Exit(m.Run())
	}
	os.Exit(pretend(mode, os.Args[1:]))
}

func pretend(mode string, args []string) int {
	if args[0] == "init" {
		fmt.Println(strings.Join(args, " "))
		return 0
	}
	if mode == "exit" {
		fmt.Println("giving up")
		return 3
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if mode == "never" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/api/v1/login", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, map[string]string{"deny": "{}"}[mode])
		if mode != "deny" {
			fmt.Fprint(w, `{"token": "secret"}`)
		}
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	srv := &http.Server{Addr: args[len(args)-1], Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { fmt.Println(srv.ListenAndServe()) }()
	for {
		<-stop
		if mode != "stubborn" {
			return 0
		}
	}
}

func pretender(t *testing.T, mode string) *Hive {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(t.Context(), Config{
		Binary: binary, Dir: t.TempDir(), Wait: 2 * time.Second, Env: []string{"HIVE_PRETEND=" + mode},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func TestKillAndStartAgain(t *testing.T) {
	h := pretender(t, "good")
	for range 3 {
		if took, err := h.Start(t.Context()); err != nil || took <= 0 {
			t.Fatalf("start: got %v, %v", took, err)
		}
		if err := h.Launch(); !errors.Is(err, ErrRunning) {
			t.Errorf("launch of a running hive: got %v, want ErrRunning", err)
		}
		pid := h.PID()
		if err := h.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d is still there after Kill", pid)
		}
	}
	if err := h.Kill(); err != nil {
		t.Errorf("kill of nothing: got %v", err)
	}
}

func TestStop(t *testing.T) {
	h := pretender(t, "good")
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(time.Minute); err != nil {
		t.Error(err)
	}
	h = pretender(t, "stubborn")
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(10 * time.Millisecond); err == nil {
		t.Error("stop of a hive that does not listen: got no error")
	}
}

func TestStartFails(t *testing.T) {
	h := pretender(t, "exit")
	if _, err := h.Start(t.Context()); !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "giving up") {
		t.Errorf("a hive that exits: got %v, want ErrExited with its last words", err)
	}
	h = pretender(t, "never")
	if _, err := h.Start(t.Context()); !errors.Is(err, ErrNotReady) {
		t.Errorf("a hive that is never ready: got %v, want ErrNotReady", err)
	}
	if _, err := New(t.Context(), Config{Binary: filepath.Join(t.TempDir(), "none"), Dir: t.TempDir()}); err == nil {
		t.Error("no program: got no error")
	}
}

func TestExitIsNoticedByKill(t *testing.T) {
	h := pretender(t, "good")
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(h.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	exited := <-h.exited
	h.exited <- exited
	if err := h.Kill(); !errors.Is(err, ErrExited) {
		t.Errorf("got %v, want ErrExited", err)
	}
}

func TestLogin(t *testing.T) {
	h := pretender(t, "good")
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Login(t.Context()); err != nil || got != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	h = pretender(t, "deny")
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Login(t.Context()); err == nil {
		t.Error("no token: got no error")
	}
}
