package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

func TestExitCode(t *testing.T) {
	api := func(status int, code string) error {
		return fmt.Errorf("wrapped: %w", &client.Error{Status: status, Code: code})
	}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, ExitOK},
		{errors.New("x"), ExitError},
		{Usagef("x"), ExitUsage},
		{fmt.Errorf("x: %w", node.ErrConfig), ExitUsage},
		{node.ErrNotInitialised, ExitNotFound},
		{node.ErrRunning, ExitConflict},
		{&node.Failure{Code: apitype.CodeNameTaken, Err: errors.New("x")}, ExitConflict},
		{api(404, apitype.CodeNotFound), ExitNotFound},
		{api(404, apitype.CodeNoRoute), ExitError},
		{api(401, apitype.CodeTokenExpired), ExitNotAllowed},
		{api(403, apitype.CodeAdminOnly), ExitNotAllowed},
		{api(409, apitype.CodeExists), ExitConflict},
		{api(412, apitype.CodePreconditionFailed), ExitConflict},
		{api(507, apitype.CodeQuotaExceeded), ExitSpace},
		{api(507, apitype.CodeDiskReserve), ExitSpace},
		{api(503, apitype.CodeStopping), ExitUnreachable},
		{api(400, apitype.CodeInvalidPath), ExitUsage},
		{api(500, apitype.CodeInternal), ExitError},
		{api(404, ""), ExitUnreachable},
		{api(405, ""), ExitUnreachable},
		{fmt.Errorf("list: %w", client.ErrNoHive), ExitUnreachable},
		{api(401, ""), ExitNotAllowed},
		{api(502, ""), ExitUnreachable},
		{api(507, ""), ExitSpace},
		{api(418, ""), ExitError},
		{&url.Error{Op: "Get", URL: "http://x/", Err: syscall.ECONNREFUSED}, ExitUnreachable},
		{fmt.Errorf("write: %w", syscall.ENOSPC), ExitSpace},
		{fs.ErrNotExist, ExitNotFound},
		{ErrNotSignedIn, ExitNotAllowed},
		{&Partly{Failed: 2, Exit: ExitSpace}, ExitSpace},
	} {
		if got := ExitCode(tt.err); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestPartlySaysThatTheOthersAreDoneOnlyWhereTheyAre(t *testing.T) {
	for _, tt := range []struct {
		err  Partly
		want string
	}{
		{Partly{Failed: 1}, "1 file failed; the others are done"},
		{Partly{Failed: 2}, "2 files failed; the others are done"},
		{Partly{Sources: 1}, "1 source failed before the end"},
		{Partly{Failed: 1, Sources: 2}, "1 file failed, 2 sources failed before the end"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestEveryCodeOfTheAPIHasAnExitCodeThatIsDocumented(t *testing.T) {
	documented := ExitCodes().Long
	for code, exit := range codes {
		if !strings.Contains(documented, fmt.Sprintf("%3d  ", exit)) {
			t.Errorf("%s exits with %d, which the help does not have", code, exit)
		}
	}
}

func TestExplainIsOneHelpfulLine(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{At("/x", &client.Error{Code: apitype.CodeNotFound, Detail: "There is nothing at this path."}), "/x: there is nothing at this path"},
		{At("/x", At("/y", errors.New("z"))), "/y: z"},
		{At("/x", Usagef("wrong")), "wrong"},
		{At("", errors.New("z")), "z"},
		{At("f", &fs.PathError{Op: "stat", Path: "f", Err: syscall.ENOENT}), "f: no such file or directory"},
		{At("f", &fs.PathError{Op: "stat", Path: "g", Err: syscall.ENOENT}), "f: stat g: no such file or directory"},
		{At("a\x1bb", errors.New("z")), `"a\x1bb": z`},
		{&client.Error{Status: 502}, "this was not answered by a hive, but: 502 Bad Gateway"},
		{&client.Error{Code: apitype.CodeNoRoute}, "the hive does not know this request: is the address right, and the hive as new as this program?"},
		{&client.Error{Code: apitype.CodeTooManyAttempts, RetryAfter: 4 * time.Second}, "too many attempts; try again in 4s"},
		{&client.Error{Code: apitype.CodeInternal, Detail: "The hive failed.", RequestID: "R1"}, "the hive failed R1"},
		{&client.Error{Code: apitype.CodeInvalid, Detail: "Not valid.", Errors: []apitype.FieldError{{Location: "body.x", Message: "too long"}}}, "body.x: too long"},
		{&client.Error{Code: apitype.CodeTokenExpired, Detail: "The token has expired."}, "the token has expired; run hive login"},
		{fmt.Errorf("client: %w", &url.Error{Op: "Get", URL: "http://h:1/api", Err: syscall.ECONNREFUSED}), "no hive answers at http://h:1: is it running, and is the address right?"},
		{&url.Error{Op: "Get", URL: "http://h:1/api", Err: errors.New("odd")}, "cannot reach http://h:1: odd"},
		{fmt.Errorf("%w: /d", node.ErrNotInitialised), "/d holds no hive; make one with: hive init --data /d"},
		{fmt.Errorf("%w: /d", node.ErrRunning), "a hive runs on this folder: /d; stop it first"},
	} {
		if got := OneLine(Explain(tt.err)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	if got := OneLine(errors.Join(errors.New("a"), errors.New("b")).Error()); got != "a; b" {
		t.Errorf("got %s", got)
	}
}

// app is an App whose output the test reads.
func app(t *testing.T) (a *App, notes func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &App{Terminal: &terminal.Terminal{In: f, Out: f, Err: f}, Version: "1"}, func() string {
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
}

func TestReport(t *testing.T) {
	a, notes := app(t)
	if got := a.Report(t.Context(), nil); got != ExitOK || notes() != "" {
		t.Errorf("no error: %d, %q", got, notes())
	}
	err := At("/x", &client.Error{Status: http.StatusNotFound, Code: apitype.CodeNotFound, Detail: "Nothing there."})
	if got := a.Report(t.Context(), err); got != ExitNotFound || notes() != "hive: /x: nothing there (not_found)\n" {
		t.Errorf("%d, %q", got, notes())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := a.Report(ctx, ctx.Err()); got != ExitInterrupted || !strings.HasSuffix(notes(), "hive: interrupted\n") {
		t.Errorf("%d, %q", got, notes())
	}
	a.JSON = true
	if got := a.Report(t.Context(), err); got != ExitNotFound || !strings.Contains(notes(), `"code": "not_found"`) {
		t.Errorf("%d, %q", got, notes())
	}
}

func TestRemotePath(t *testing.T) {
	for text, want := range map[string]string{"/": "/", "/a": "/a", "//a//b/": "/a/b", "/a b/é": "/a b/é", "/...": "/...", "/.a": "/.a"} {
		if got, err := RemotePath(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "a", "./a", "/a/..", "/../a", "/./a", "~", `C:\a`} {
		if got, err := RemotePath(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
	for text, want := range map[string]string{"": "/", ".": "/", "..": "/", "../a": "/a", "a/": "/a"} {
		if _, err := RemotePath(text); !strings.HasSuffix(err.Error(), "those begin with /, as in "+want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := RemotePaths([]string{"/a", "b"}); ExitCode(err) != ExitUsage {
		t.Errorf("got %v", err)
	}
}

func TestNumber(t *testing.T) {
	if n, err := Number("12", "revision"); n != 12 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, text := range []string{"", "0", "-1", "1x", "x", "1.5", "+1", "99999999999999999999"} {
		if n, err := Number(text, "revision"); err == nil {
			t.Errorf("%q: got %d", text, n)
		}
	}
	for what, want := range map[string]string{"link": `"x" is not the number of a link`, "invitation": `"x" is not the number of an invitation`} {
		if _, err := Number("x", what); err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestWants(t *testing.T) {
	c := &cobra.Command{Use: "x A B"}
	for n, ok := range []bool{false, true, true, false} {
		if err := Wants(1, 2, "something")(c, make([]string, n)); (err == nil) != ok {
			t.Errorf("%d arguments: %v", n, err)
		}
	}
	if err := Wants(1, -1, "something")(c, make([]string, 99)); err != nil {
		t.Error(err)
	}
}

func TestChooseSuggests(t *testing.T) {
	c := Group("thing", "Things", &cobra.Command{Use: "list", Run: func(*cobra.Command, []string) {}}, &cobra.Command{Use: "rm", Run: func(*cobra.Command, []string) {}})
	root := &cobra.Command{Use: "hive"}
	root.AddCommand(c)
	for args, want := range map[string]string{
		"":      "hive thing needs one of: list, rm",
		"lisst": "there is no command hive thing lisst; did you mean list?",
		"xyz":   "there is no command hive thing xyz; see hive thing --help",
	} {
		if err := Choose(c, strings.Fields(args)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", args, err, want)
		}
	}
}

func TestFlagError(t *testing.T) {
	c := &cobra.Command{Use: "x"}
	c.Flags().Bool("bool", false, "")
	c.Flags().Int64("int", 0, "")
	c.Flags().Uint("uint", 0, "")
	for arg, want := range map[string]string{
		"--bool=y":                   `invalid argument "y" for "--bool": it is true or false; see x --help`,
		"--int=y":                    `invalid argument "y" for "--int": it is a number; see x --help`,
		"--int=99999999999999999999": `invalid argument "99999999999999999999" for "--int": that is beyond all bounds; see x --help`,
		"--uint=-1":                  `invalid argument "-1" for "--uint": it is a number from 0 on; see x --help`,
		"--boool":                    `unknown flag: --boool; did you mean --bool?; see x --help`,
	} {
		if err := FlagError(c, c.ParseFlags([]string{arg})); err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestReadPassword(t *testing.T) {
	a, _ := app(t)
	for text, want := range map[string]string{"secret\n": "secret", "secret": "secret", "two words\r\nmore": "two words", "": "", "\n": ""} {
		name := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := a.ReadPassword(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if _, err := a.ReadPassword("/nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestDataFolder(t *testing.T) {
	t.Setenv("HOME", "/home/anna")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HIVE_DATA", "")
	for _, tt := range []struct{ name, value, want string }{
		{"HOME", "/home/anna", "/home/anna/.local/share/hive"},
		{"XDG_DATA_HOME", "/data", "/data/hive"},
		{"HIVE_DATA", "/srv/hive", "/srv/hive"},
	} {
		t.Setenv(tt.name, tt.value)
		if got := DataFolder(); got != tt.want {
			t.Errorf("%s=%s: got %s, want %s", tt.name, tt.value, got, tt.want)
		}
	}
}

func TestSureWithoutATerminal(t *testing.T) {
	a, _ := app(t)
	if err := a.Sure(t.Context(), true, "Sure?"); err != nil {
		t.Error(err)
	}
	if err := a.Sure(t.Context(), false, "Sure?"); ExitCode(err) != ExitUsage {
		t.Errorf("got %v", err)
	}
}

func TestLogger(t *testing.T) {
	a, _ := app(t)
	for format, want := range map[string]bool{"json": true, "text": false, "auto": true} { // this is no terminal
		log := a.Logger(node.Log{Level: "warn", Format: format})
		if log.Enabled(t.Context(), -4) || !log.Enabled(t.Context(), 4) {
			t.Errorf("%s: wrong level", format)
		}
		if got := strings.Contains(fmt.Sprintf("%T", log.Handler()), "JSON"); got != want {
			t.Errorf("%s: %T", format, log.Handler())
		}
	}
}
