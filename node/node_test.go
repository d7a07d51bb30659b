package node

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/identity"
)

const password = "correct horse battery"

// made is the configuration of a hive that exists and does not run.
func made(t *testing.T) Config {
	t.Helper()
	cfg, err := Prepare(filepath.Join(t.TempDir(), "hive"), map[string]string{"http.listen": "127.0.0.1:0", "blocks.reserve": "1MiB", "p2p.enabled": "false"})
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(t.Context(), cfg, Admin{Name: "anna", Password: password}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// running is a hive that runs until stop or the end of the test, and its client, signed in as the admin.
func running(t *testing.T, cfg Config) (n *Node, c *client.Client, stop func() error) {
	t.Helper()
	n, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(n.Run(ctx), n.Close()) }()
	stopped := false
	stop = func() error {
		cancel()
		if stopped {
			return nil
		}
		stopped = true
		return <-ended
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if c, err = client.New(n.URL(), client.Options{User: "anna", Password: password, Retries: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return n, c, stop
}

func put(t *testing.T, c *client.Client, path, content string) apitype.Entry {
	t.Helper()
	e, _, err := c.Files.Put(t.Context(), path, strings.NewReader(content), client.PutOptions{Parents: true})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func content(t *testing.T, c *client.Client, path string) string {
	t.Helper()
	text, err := read(t.Context(), c, path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatWasPutIsThereAfterARestart(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	put(t, c, "/a/b", "hello")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, c, _ = running(t, cfg)
	if got := content(t, c, "/a/b"); got != "hello" {
		t.Errorf("got %q", got)
	}
}

func TestTwoHivesInOneProcess(t *testing.T) {
	_, one, _ := running(t, made(t))
	_, two, stop := running(t, made(t))
	put(t, one, "/x", "one")
	put(t, two, "/x", "two")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, one, "/x"); got != "one" {
		t.Errorf("got %q", got)
	}
}

func TestFolderIsClosedToOthers(t *testing.T) {
	cfg := made(t)
	for name, want := range map[string]fs.FileMode{"": 0o700, configFile: 0o600, identityFile: 0o600, versionFile: 0o600} {
		info, err := os.Stat(filepath.Join(cfg.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %v, want %v", name, got, want)
		}
	}
	identity := filepath.Join(cfg.Data, identityFile)
	if err := os.Chmod(identity, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "chmod 600 "+identity) {
		t.Errorf("got %v, want a word about the mode", err)
	}
}

func TestIdentityStays(t *testing.T) {
	cfg := made(t)
	n, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	key := n.PublicKey()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !key.Equal(again.PublicKey()) {
		t.Error("a restart gave the hive another key")
	}
}

func TestBrokenIdentityIsRefused(t *testing.T) {
	for _, text := range []string{"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		name := filepath.Join(t.TempDir(), identityFile)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := identity.Read(name); err == nil {
			t.Errorf("%q is taken as a key", text)
		}
		if err := identity.Make(name, folder.Replace); err == nil {
			t.Errorf("%q was replaced", text)
		}
	}
}

func TestInitDoesNotTouchAHive(t *testing.T) {
	cfg := made(t)
	before, err := os.ReadFile(filepath.Join(cfg.Data, identityFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(t.Context(), cfg, Admin{Name: "eve", Password: password}); !errors.Is(err, ErrInitialised) {
		t.Errorf("got %v, want ErrInitialised", err)
	}
	after, err := os.ReadFile(filepath.Join(cfg.Data, identityFile))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key has changed: %v", err)
	}
}

func TestInitCanBeRepeatedWhenItFailed(t *testing.T) {
	cfg, err := Prepare(filepath.Join(t.TempDir(), "hive"), map[string]string{"http.listen": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(t.Context(), cfg, Admin{Name: "anna", Password: "short"}); err == nil {
		t.Fatal("a short password is taken")
	}
	if _, err := New(t.Context(), cfg); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("got %v, want ErrNotInitialised", err)
	}
	for range 2 { // as if the end of the first had been lost
		if err := Init(t.Context(), cfg, Admin{Name: "anna", Password: password}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{configFile, versionFile} {
			if err := os.Rename(filepath.Join(cfg.Data, name), filepath.Join(cfg.Data, name+".last")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{configFile, versionFile} {
		if err := os.Rename(filepath.Join(cfg.Data, name+".last"), filepath.Join(cfg.Data, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, c, _ := running(t, cfg)
	if _, err := c.Account.Get(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	cfg := made(t)
	n, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), cfg); !errors.Is(err, ErrRunning) {
		t.Errorf("second hive on the folder: got %v, want ErrRunning", err)
	}
	busy := made(t)
	busy.HTTP.Listen = n.Addr().String()
	if _, err := New(t.Context(), busy); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("port in use: got %v, want EADDRINUSE", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"2\n": "use a newer hive", "x\n": "not a version number", "": "not a version number"} {
		if err := os.WriteFile(filepath.Join(cfg.Data, versionFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), cfg); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), want) {
			t.Errorf("version %q: got %v, want ErrVersion with %q", text, err, want)
		}
	}
	empty := cfg
	empty.Data = t.TempDir()
	if _, err := New(t.Context(), empty); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("empty folder: got %v, want ErrNotInitialised", err)
	}
	wrong := cfg
	wrong.Log.Level = "loud"
	if _, err := New(t.Context(), wrong); !errors.Is(err, ErrConfig) {
		t.Errorf("wrong configuration: got %v, want ErrConfig", err)
	}
}

func TestFailedNewLeavesNothingOpen(t *testing.T) {
	cfg := made(t)
	broken := cfg
	broken.Database = "sqlite:/nowhere/at/all.db"
	if _, err := New(t.Context(), broken); err == nil {
		t.Fatal("a database nowhere was opened")
	}
	n, err := New(t.Context(), cfg) // the lock is free
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsDoNotShowTheDatabasePassword(t *testing.T) {
	cfg := made(t)
	for _, dsn := range []Secret{"postgres://hive:tiger@127.0.0.1:1/hive", "postgres://hive:tiger@127.0.0.1:bad/hive", "mysql://hive:tiger@127.0.0.1:1/hive", "what://hive:tiger@x"} {
		cfg.Database = dsn
		_, err := New(t.Context(), cfg)
		if err == nil || strings.Contains(err.Error(), "tiger") {
			t.Errorf("%s: %v", dsn.Reveal(), err)
		}
	}
}

func TestURL(t *testing.T) {
	for listen, want := range map[string]string{"127.0.0.1:0": "http://127.0.0.1:", "0.0.0.0:0": "http://localhost:"} {
		cfg := made(t)
		cfg.HTTP.Listen = listen
		n, err := New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, port, _ := net.SplitHostPort(n.Addr().String()); n.URL() != want+port {
			t.Errorf("%s: got %s", listen, n.URL())
		}
		n.cfg.HTTP.URL = "https://hive.example.org"
		if got := n.URL(); got != "https://hive.example.org" {
			t.Errorf("got %s", got)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReadyAndStorage(t *testing.T) {
	n, c, _ := running(t, made(t))
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	put(t, c, "/x", "x")
	storage, err := c.Storage(t.Context())
	if err != nil || storage.Blocks != 1 || storage.Reserve != 1<<20 || storage.Free <= 0 {
		t.Errorf("%+v, %v", storage, err)
	}
	resp, err := http.Get(n.URL() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("healthz: %s", resp.Status)
	}
}

func TestRootIsTheOneTheHiveGives(t *testing.T) {
	_, c, _ := running(t, made(t))
	for _, text := range []string{"", "x", strings.Repeat("0123456789abcdef", 200_000)} {
		e := put(t, c, "/f", text)
		root, err := Root(t.Context(), strings.NewReader(text))
		if err != nil || root != e.Root {
			t.Errorf("%d bytes: got %s, %v; the hive has %s", len(text), root, err, e.Root)
		}
	}
}
