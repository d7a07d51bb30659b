// Package terminal is how the command line talks to people and to scripts: tables, JSON, questions, progress.
//
// It owns the form of what is printed. It does not own what is said: commands bring values of api/apitype.
package terminal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"unicode"

	"golang.org/x/term"
)

// ErrNoTerminal means that a question cannot be asked.
var ErrNoTerminal = errors.New("terminal: nobody to ask")

var errNoAnswer = errors.New("nothing was answered")

// Terminal is where a command reads and prints. Its methods may be used by several goroutines.
type Terminal struct {
	In    *os.File
	Out   io.Writer
	Err   *os.File
	JSON  bool // values instead of text
	Quiet bool // no notes, no progress

	mu  sync.Mutex // of Err
	bar *bar       // drawn on Err; nil when there is none
}

// New is the terminal of this process.
func New() *Terminal { return &Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr} }

// Interactive tells whether a person can be asked.
func (t *Terminal) Interactive() bool { return term.IsTerminal(int(t.In.Fd())) }

// prompts is where questions are shown: on the terminal, even when errors go to a file.
func (t *Terminal) prompts() (w io.Writer, done func()) {
	if term.IsTerminal(int(t.Err.Fd())) {
		return t.Err, func() {}
	}
	tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0)
	if err != nil {
		return t.Err, func() {}
	}
	return tty, func() { tty.Close() }
}

// OutIsTerminal tells whether what is printed is read by a person, or binary data would break a terminal.
func (t *Terminal) OutIsTerminal() bool {
	f, ok := t.Out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Note tells a person something that is not the result.
func (t *Terminal) Note(format string, args ...any) {
	if !t.Quiet {
		t.Warn(format, args...)
	}
}

// Warn tells a person what must not be missed. A bar on the same line makes room.
func (t *Terminal) Warn(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		t.bar.clear()
	}
	fmt.Fprintf(t.Err, format+"\n", args...)
}

// Result prints value as JSON, or the text.
func (t *Terminal) Result(value any, format string, args ...any) error {
	if t.JSON {
		return t.Value(value)
	}
	_, err := fmt.Fprintf(t.Out, format+"\n", args...)
	return err
}

// Value prints one JSON document.
func (t *Terminal) Value(v any) error { return encode(t.Out, v) }

// Fault prints what went wrong, as one JSON document, where warnings go.
func (t *Terminal) Fault(v any) error { return encode(t.Err, v) }

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// flusher is where Each writes lines.
type flusher interface {
	io.Writer
	Flush() error
}

// aligned says how a table looks: columns two spaces apart.
func aligned(w io.Writer) flusher { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// List prints items as they come: a JSON array, or for each a line whose columns are separated by tabs.
func List[T any](t *Terminal, items iter.Seq2[T, error], line func(T) string) error {
	if t.JSON {
		return listJSON(t, items)
	}
	out := aligned(t.Out)
	lines := 0
	for item, err := range items {
		if err != nil {
			return errors.Join(out.Flush(), err)
		}
		fmt.Fprintln(out, line(item))
		if lines++; lines%1000 == 0 { // a long list is shown while it comes
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// listJSON keeps what it printed valid JSON when the list breaks off.
func listJSON[T any](t *Terminal, items iter.Seq2[T, error]) error {
	out := bufio.NewWriter(t.Out)
	separator, end := "[\n  ", "[]\n"
	var fault error
	for item, err := range items {
		if fault = err; err != nil {
			break
		}
		raw, err := json.Marshal(item)
		if err != nil {
			return err
		}
		_, _ = out.WriteString(separator) // Flush tells what went wrong
		_, _ = out.Write(raw)
		separator, end = ",\n  ", "\n]\n"
	}
	_, _ = out.WriteString(end)
	return errors.Join(fault, out.Flush())
}

// Safe is a name of a file as it can be printed: one with control characters, which could play tricks on a terminal, is
// quoted.
func Safe(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u200d' && r != '\ufe0f' }) {
		return strconv.Quote(name)
	}
	return name
}

// Ask asks for a line. An empty one gives the fallback.
func (t *Terminal) Ask(ctx context.Context, question, fallback string) (string, error) {
	if fallback != "" {
		question += " [" + fallback + "]"
	}
	answer, err := t.ask(ctx, question+": ", func() ([]byte, error) {
		line, err := bufio.NewReader(t.In).ReadBytes('\n')
		if len(line) > 0 {
			err = nil
		}
		return line, err
	})
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = fallback
	}
	return answer, err
}

// Secret asks for a line that is not shown.
func (t *Terminal) Secret(ctx context.Context, question string) (string, error) {
	return t.ask(ctx, question+": ", func() ([]byte, error) {
		secret, err := term.ReadPassword(int(t.In.Fd()))
		w, done := t.prompts()
		defer done()
		fmt.Fprintln(w) // the one that was typed is not shown either
		return secret, err
	})
}

// NewSecret asks for a secret twice.
func (t *Terminal) NewSecret(ctx context.Context, question string) (string, error) {
	first, err := t.Secret(ctx, question)
	if err != nil {
		return "", err
	}
	second, err := t.Secret(ctx, question+" again")
	if err == nil && first != second {
		err = errors.New("the two are not the same")
	}
	return first, err
}

// Confirm asks a question whose answer is no unless it is yes.
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := t.Ask(ctx, question+" [y/N]", "")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// ask reads an answer and puts the terminal right again when it is interrupted.
func (t *Terminal) ask(ctx context.Context, prompt string, read func() ([]byte, error)) (string, error) {
	if !t.Interactive() {
		return "", ErrNoTerminal
	}
	state, err := term.GetState(int(t.In.Fd()))
	if err != nil {
		return "", err
	}
	w, done := t.prompts()
	fmt.Fprint(w, prompt)
	done()
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // ends with the answer, or with the process
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		if errors.Is(a.err, io.EOF) {
			a.err = errNoAnswer
		}
		return string(a.text), a.err
	case <-ctx.Done():
		return "", errors.Join(context.Cause(ctx), term.Restore(int(t.In.Fd()), state))
	}
}
