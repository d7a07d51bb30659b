package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/node"
)

const password = "correct horse battery"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hive": main})
}

// TestScripts runs each script against a hive of its own, where the user admin is signed in by a token.
func TestScripts(t *testing.T) {
	params := testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"ready": ready,
			"mtime": mtime,
			"id":    id,
			"until": until,
			"totp":  showTOTP,
		},
	}
	if testing.Short() { // those that have most going on at once
		params.Dir, params.Files = "", []string{"testdata/files.txtar", "testdata/hives.txtar", "testdata/sharing.txtar"}
	}
	testscript.Run(t, params)
}

// setup starts a hive and tells the script of it.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	data := filepath.Join(env.WorkDir, ".data")
	cfg, err := node.Prepare(data, map[string]string{"name": "bees", "http.listen": "127.0.0.1:0", "blocks.reserve": "1MiB", "p2p.enabled": "false"})
	if err != nil {
		return err
	}
	if err := node.Init(context.Background(), cfg, node.Admin{Name: "admin", Password: password}); err != nil {
		return err
	}
	n, err := node.New(context.Background(), cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(n.Run(ctx), n.Close()) }()
	env.Defer(func() {
		cancel()
		if err := <-ended; err != nil {
			env.T().Log(err)
			env.T().FailNow()
		}
	})
	token, err := signIn(n.URL())
	if err != nil {
		return err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer free.Close()
	free2, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer free2.Close()
	_, busyPort, _ := net.SplitHostPort(n.Addr().String())
	for key, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "TZ": "UTC", "GOCOVERDIR": os.Getenv("GOCOVERDIR"),
		"HIVE_URL": n.URL(), "HIVE_TOKEN": token, "PASSWORD": password,
		"FREE": free.Addr().String(), "FREE2": free2.Addr().String(), "BUSY": n.Addr().String(), "BUSYPORT": busyPort,
	} {
		env.Setenv(key, value)
	}
	return os.WriteFile(filepath.Join(env.WorkDir, "password"), []byte(password+"\n"), 0o600)
}

// signIn gives a token for the admin.
func signIn(url string) (string, error) {
	c, err := client.New(url, client.Options{})
	if err != nil {
		return "", err
	}
	defer c.Close()
	session, err := c.Login(context.Background(), "admin", password)
	return session.Token, err
}

// exits checks the exit code of a command: exits 3 hive get /nope.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// ready waits until a hive answers at an address.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: ready HOST:PORT")
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	limit := time.After(30 * time.Second)
	for {
		conn, err := net.Dial("tcp", args[0])
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-again.C:
		case <-limit:
			ts.Fatalf("no hive at %s: %v", args[0], err)
		}
	}
}

// until repeats a command until what it prints matches, or with ! does not: until TEXT COMMAND...
func until(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: until [!]TEXT COMMAND...")
	}
	text, absent := strings.CutPrefix(args[0], "!")
	wanted := regexp.MustCompile(text)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	limit := time.After(30 * time.Second)
	for {
		err := ts.Exec(args[1], args[2:]...)
		printed := ts.ReadFile("stdout")
		if err == nil && wanted.MatchString(printed) != absent {
			return
		}
		select {
		case <-again.C:
		case <-limit:
			ts.Fatalf("%v, and still: %s", err, printed)
		}
	}
}

// mtime sets the time of a file, or compares it: mtime FILE TIME, mtime FILE = FILE.
func mtime(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 2 {
		at, err := time.Parse(time.RFC3339Nano, args[1])
		ts.Check(err)
		ts.Check(os.Chtimes(ts.MkAbs(args[0]), at, at))
		return
	}
	var times [2]time.Time
	for i, name := range []string{args[0], args[2]} {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		times[i] = info.ModTime()
	}
	if times[0].Equal(times[1]) == neg {
		ts.Fatalf("%s: %v, %s: %v", args[0], times[0], args[2], times[1])
	}
}

// id sets a variable to the first column of the line of a file that holds a text: id VAR FILE TEXT.
func id(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg {
		ts.Fatalf("usage: id VAR FILE TEXT")
	}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if fields := strings.Fields(line); strings.Contains(line, args[2]) && len(fields) > 0 {
			ts.Setenv(args[0], fields[0])
			return
		}
	}
	ts.Fatalf("no line of %s has %q", args[1], args[2])
}

// showTOTP sets a variable to the code that an app shows for the secret in a file, so long from now.
func showTOTP(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg {
		ts.Fatalf("usage: totp VAR FILE IN")
	}
	in, err := time.ParseDuration(args[2])
	ts.Check(err)
	key, err := otp.NewKeyFromURL(strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	code, err := totp.GenerateCode(key.Secret(), time.Now().Add(in))
	ts.Check(err)
	ts.Setenv(args[0], code)
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, c := range walk(commands(newApp())) {
		path := c.CommandPath()
		switch {
		case c.Short == "":
			t.Errorf("%s says nothing about itself", path)
		case strings.HasSuffix(c.Short, "."):
			t.Errorf("%s: %q ends in a full stop", path, c.Short)
		case c.Runnable() && c.Args == nil && c.Name() != "ls":
			t.Errorf("%s does not check its arguments", path)
		}
		if len(c.Short) > 110 {
			t.Errorf("%s: %q is long for one line", path, c.Short)
		}
	}
}

func newApp() *command.App { return command.New("test") }

// walk gives a command and all below it.
func walk(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, walk(sub)...)
	}
	return all
}
