package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func pretender(t *testing.T, mode string) *Hive {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(t.Context(), Config{
		Binary: binary, Dir: t.TempDir(), Wait: 2 * time.Second, Env: labtest.Env(mode),
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
	h := pretender(t, labtest.Good)
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
	h := pretender(t, labtest.Good)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(time.Minute); err != nil {
		t.Error(err)
	}
	h = pretender(t, labtest.Stubborn)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(10 * time.Millisecond); err == nil {
		t.Error("stop of a hive that does not listen: got no error")
	}
}

func TestStartFails(t *testing.T) {
	h := pretender(t, labtest.Exits)
	if _, err := h.Start(t.Context()); !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "giving up") {
		t.Errorf("a hive that exits: got %v, want ErrExited with its last words", err)
	}
	h = pretender(t, labtest.Never)
	if _, err := h.Start(t.Context()); !errors.Is(err, ErrNotReady) {
		t.Errorf("a hive that is never ready: got %v, want ErrNotReady", err)
	}
	if _, err := New(t.Context(), Config{Binary: filepath.Join(t.TempDir(), "none"), Dir: t.TempDir()}); err == nil {
		t.Error("no program: got no error")
	}
}

func TestExitIsNoticedByKill(t *testing.T) {
	h := pretender(t, labtest.Good)
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
	h := pretender(t, labtest.Good)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Login(t.Context()); err != nil || got != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	h = pretender(t, labtest.Denies)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Login(t.Context()); err == nil {
		t.Error("no token: got no error")
	}
}
