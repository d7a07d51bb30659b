package command

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer"
	"github.com/melissiproject/hive/node"
)

// Exit codes. They are documented in ExitCodes.
const (
	ExitOK          = 0
	ExitError       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitNotAllowed  = 4
	ExitConflict    = 5
	ExitSpace       = 6
	ExitUnreachable = 7
	ExitUnchecked   = 8
	ExitInterrupted = 130
)

// ExitCodes is the help topic of the exit codes.
func ExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "Exit codes, for scripts",
		Long: `hive exits with

    0  done
    1  an error that is none of the others; damage found by fsck
    2  the command line or the configuration makes no sense
    3  file, folder, user or what else was named is not there, or no more
    4  not signed in, or not allowed
    5  it exists already, or another change came first
    6  quota used up or disk full, here or on the hive
    7  the hive, or another one that was asked for, cannot be reached, or there is no hive at the address
    8  fsck cannot check: the database is not there, of another version, or does not answer
  130  interrupted

Where several files fail in different ways the code is 1. With --json the error is a JSON object on
standard error, with the code of the hive's API in "code".`,
	}
}

// ErrNotFound is for what a command looked for itself.
var ErrNotFound = errors.New("not found")

// ErrHiveUnreachable is for a hive that was looked for in vain.
var ErrHiveUnreachable = errors.New("the hive cannot be reached")

// codes has the exit codes of the API's error codes; others are ExitError.
var codes = map[string]int{
	apitype.CodeNotFound: ExitNotFound, apitype.CodeInvalidCursor: ExitNotFound,

	apitype.CodeWrongPassword: ExitNotAllowed, apitype.CodeTokenInvalid: ExitNotAllowed, apitype.CodeTokenExpired: ExitNotAllowed,
	apitype.CodeAccountDisabled: ExitNotAllowed, apitype.CodeScopeMissing: ExitNotAllowed, apitype.CodeAdminOnly: ExitNotAllowed,
	apitype.CodeTOTPRequired: ExitNotAllowed, apitype.CodeTOTPInvalid: ExitNotAllowed,
	apitype.CodeTooManyAttempts: ExitNotAllowed, apitype.CodeRegistrationClosed: ExitNotAllowed, apitype.CodeInvalidCode: ExitNotAllowed,

	apitype.CodeExists: ExitConflict, apitype.CodeAlreadyShared: ExitConflict, apitype.CodeIsFolder: ExitConflict, apitype.CodeNotFolder: ExitConflict,
	apitype.CodeIntoItself: ExitConflict, apitype.CodeCaseCollision: ExitConflict, apitype.CodeNameTaken: ExitConflict,
	apitype.CodeLastAdmin: ExitConflict, apitype.CodePreconditionFailed: ExitConflict,

	apitype.CodeQuotaExceeded: ExitSpace, apitype.CodeDiskReserve: ExitSpace,

	apitype.CodeInvalidPath: ExitUsage, apitype.CodeNameTooLong: ExitUsage, apitype.CodeInvalid: ExitUsage,

	apitype.CodeStopping: ExitUnreachable, apitype.CodeHiveUnreachable: ExitUnreachable,

	apitype.CodeAbsent: ExitUnreachable, apitype.CodeReadOnly: ExitNotAllowed, apitype.CodeMounted: ExitConflict,
	apitype.CodeNotAllowed: ExitNotAllowed, apitype.CodeInvalidInvitation: ExitNotAllowed,
	apitype.CodeHiveBlocked: ExitNotAllowed, apitype.CodeNoNetwork: ExitConflict,
	apitype.CodeNothingHeld: ExitConflict, apitype.CodeNotProposed: ExitConflict,
}

// Partly says that some files failed, or whole sources, which may be folders. Each was named before.
type Partly struct {
	Failed  int // files
	Sources int // of which not all may have been tried
	Exit    int // code to exit with
}

// Error counts the files and sources. That the others are done is known only where each source came to its end.
func (e *Partly) Error() string {
	files := terminal.Count(int64(e.Failed), "file") + " failed"
	if e.Sources == 0 {
		return files + "; the others are done"
	}
	sources := terminal.Count(int64(e.Sources), "source") + " failed before the end"
	if e.Failed == 0 {
		return sources
	}
	return files + ", " + sources
}

// Unchecked says why a hive cannot be checked.
type Unchecked struct{ Err error }

// Error is the text of the reason.
func (e *Unchecked) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Unchecked) Unwrap() error { return e.Err }

// ErrorCode is the code of the API that err has, or nothing.
func ErrorCode(err error) string {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*node.Failure](err); ok {
		return e.Code
	}
	switch {
	case errors.Is(err, ErrNotSignedIn):
		return "not_signed_in"
	case errors.Is(err, ErrHiveUnreachable):
		return apitype.CodeHiveUnreachable
	case errors.Is(err, client.ErrQuota):
		return apitype.CodeQuotaExceeded
	case errors.Is(err, client.ErrDiskReserve):
		return apitype.CodeDiskReserve
	}
	return ""
}

// ExitCode is what a command exits with that ended with err.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if code, ok := codes[ErrorCode(err)]; ok {
		return code
	}
	if e, ok := errors.AsType[*Partly](err); ok {
		return e.Exit
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return ExitUsage
	}
	if e, ok := errors.AsType[*client.Error](err); ok && e.Code == "" {
		return exitStatus(e.Status)
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return ExitUnreachable
	}
	for _, known := range []struct {
		err  error
		code int
	}{
		{ErrNotFound, ExitNotFound},
		{ErrHiveUnreachable, ExitUnreachable},
		{client.ErrNoHive, ExitUnreachable},
		{ErrNotSignedIn, ExitNotAllowed},
		{node.ErrConfig, ExitUsage},
		{terminal.ErrNoTerminal, ExitUsage},
		{node.ErrNotInitialised, ExitNotFound},
		{node.ErrInitialised, ExitConflict},
		{node.ErrRunning, ExitConflict},
		{syscall.ENOSPC, ExitSpace},
		{syscall.EDQUOT, ExitSpace},
		{transfer.ErrExists, ExitConflict},
		{transfer.ErrSameName, ExitConflict},
		{transfer.ErrNotFolder, ExitConflict},
		{fs.ErrNotExist, ExitNotFound},
		{fs.ErrExist, ExitConflict},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	if _, ok := errors.AsType[*Unchecked](err); ok {
		return ExitUnchecked
	}
	return ExitError
}

// exitStatus is for answers without a code of a hive, as a proxy gives them.
func exitStatus(status int) int {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return ExitNotAllowed
	case http.StatusInsufficientStorage:
		return ExitSpace
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ExitUnreachable
	}
	return ExitError
}

// Asked has errors be JSON where the arguments ask for it, also behind one that makes no sense.
func (a *App) Asked(args []string) {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	a.JSON = a.JSON || slices.Contains(args, "--json")
}

// Report prints the error of a command and gives its exit code.
func (a *App) Report(ctx context.Context, err error) int {
	if err == nil {
		return ExitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		a.Warn("hive: interrupted")
		return ExitInterrupted
	}
	code, exit := ErrorCode(err), ExitCode(err)
	text := OneLine(Explain(err))
	if a.JSON {
		a.reportJSON(code, text, exit)
		return exit
	}
	if code != "" {
		text += " (" + code + ")"
	}
	a.Warn("hive: %s", text)
	return exit
}

func (a *App) reportJSON(code, text string, exit int) {
	_ = a.Fault(struct { // the exit code says it too
		Code   string `json:"code,omitempty"`
		Detail string `json:"detail"`
		Exit   int    `json:"exit"`
	}{code, text, exit})
}

// About is an error with what it is about.
type About struct {
	Subject string
	Err     error
}

// Error puts the subject first.
func (e *About) Error() string {
	return terminal.Safe(e.Subject) + ": " + Bare(e.Subject, e.Err).Error()
}

// Unwrap gives the error.
func (e *About) Unwrap() error { return e.Err }

// Bare is err without the name of the file that it is about, where that is said already.
func Bare(subject string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok && at.Path == subject && at.Error() == err.Error() {
		return at.Err
	}
	return err
}

// At says what an error is about, where it does not say so itself.
func At(subject string, err error) error {
	if _, ok := errors.AsType[*About](err); ok || err == nil || subject == "" {
		return err
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return err
	}
	return &About{subject, err}
}

// Explain is the text of an error with what can be done about it.
func Explain(err error) string {
	text := err.Error()
	for _, pkg := range []string{"client: ", "node: ", "signin: ", "account: "} {
		text = strings.TrimPrefix(text, pkg) // which part of the program it was helps nobody
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return unreachable(e)
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		text = strings.Replace(text, e.Error(), answer(e), 1)
	}
	switch {
	case errors.Is(err, node.ErrNotInitialised):
		_, dir, _ := strings.Cut(text, ": ")
		return fmt.Sprintf("%s holds no hive; make one with: hive init --data %s", dir, dir)
	case errors.Is(err, node.ErrOlder):
		return text + "; hive serve brings it to this one"
	case errors.Is(err, node.ErrRunning):
		return text + "; stop it first"
	case errors.Is(err, terminal.ErrNoTerminal):
		return "something is missing, and there is no terminal to ask on; see --help"
	case errors.Is(err, client.ErrTokenInvalid), errors.Is(err, client.ErrTokenExpired):
		return text + "; run hive login"
	case errors.Is(err, node.ErrNetwork) && strings.Contains(text, syscall.EADDRINUSE.Error()): // libp2p wraps it as text
		return text + "; another program or hive uses this port: choose one with --p2p MULTIADDR, or do without other hives with --set p2p.enabled=false"
	case errors.Is(err, syscall.EADDRINUSE):
		return text + "; another program uses this port: choose one with --http HOST:PORT"
	}
	return text
}

// answer is the text of an error that a hive answered, as a part of a line.
func answer(e *client.Error) string {
	text := strings.TrimSuffix(e.Error(), ".")
	switch {
	case e.Code == "":
		return fmt.Sprintf("this was not answered by a hive, but: %d %s", e.Status, http.StatusText(e.Status))
	case e.Code == apitype.CodeNoRoute:
		return "the hive does not know this request: is the address right, and the hive as new as this program?"
	case e.RetryAfter > 0:
		return fmt.Sprintf("too many attempts; try again in %v", e.RetryAfter)
	case e.Code == apitype.CodeInternal && e.RequestID != "":
		text += " " + e.RequestID
	}
	if len(e.Errors) > 0 {
		_, text, _ = strings.Cut(text, "; ") // the places say more
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}

// unreachable says why there was no answer.
func unreachable(e *url.Error) string {
	host := e.URL
	if u, err := url.Parse(e.URL); err == nil {
		host = u.Scheme + "://" + u.Host
	}
	if errors.Is(e, syscall.ECONNREFUSED) {
		return "no hive answers at " + host + ": is it running, and is the address right?"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](e); ok {
		return "the certificate of " + host + " is not trusted: " + e.Err.Error()
	}
	if strings.Contains(e.Err.Error(), "HTTP response to HTTPS client") {
		return host + " does not speak TLS: try http://"
	}
	return "cannot reach " + host + ": " + e.Err.Error()
}

// OneLine joins what errors.Join put on lines.
func OneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
