package terminal

import (
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fake is a terminal that is none: what it prints is read afterwards.
func fake(t *testing.T) (term *Terminal, out *strings.Builder, notes func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	out = new(strings.Builder)
	return &Terminal{In: f, Out: out, Err: f}, out, func() string {
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
}

type item struct {
	Name string `json:"name"`
}

func items(err error, names ...string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for _, name := range names {
			if !yield(item{name}, nil) {
				return
			}
		}
		if err != nil {
			yield(item{}, err)
		}
	}
}

func TestListAlignsColumns(t *testing.T) {
	term, out, _ := fake(t)
	err := List(term, items(nil, "a", "long"), func(i item) string { return i.Name + "\t" + i.Name })
	if want := "a     a\nlong  long\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v; want %q", out.String(), err, want)
	}
}

func TestLongListIsShownWhileItComes(t *testing.T) {
	term, out, _ := fake(t)
	shown := 0
	many := func(yield func(item, error) bool) {
		for range 1500 {
			if !yield(item{"x"}, nil) {
				return
			}
		}
		shown = strings.Count(out.String(), "\n")
	}
	if err := List(term, many, func(i item) string { return i.Name }); err != nil {
		t.Fatal(err)
	}
	if shown < 1000 || strings.Count(out.String(), "\n") != 1500 {
		t.Errorf("%d lines were shown before the end, %d after", shown, strings.Count(out.String(), "\n"))
	}
}

func TestJSONListIsValidWhateverHappens(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		names []string
		err   error
	}{{nil, nil}, {nil, broken}, {[]string{"a"}, nil}, {[]string{"a", "<b>"}, broken}} {
		term, out, _ := fake(t)
		term.JSON = true
		if err := List(term, items(tt.err, tt.names...), nil); !errors.Is(err, tt.err) {
			t.Errorf("got %v, want %v", err, tt.err)
		}
		var back []item
		if err := json.Unmarshal([]byte(out.String()), &back); err != nil || len(back) != len(tt.names) {
			t.Errorf("%v: %q, %v", tt.names, out.String(), err)
		}
	}
}

func TestTextListGivesWhatItHasBeforeAnError(t *testing.T) {
	term, out, _ := fake(t)
	broken := errors.New("broken")
	err := List(term, items(broken, "a"), func(i item) string { return i.Name })
	if !errors.Is(err, broken) || out.String() != "a\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestResult(t *testing.T) {
	term, out, notes := fake(t)
	term.Note("a note of %d", 1)
	term.Quiet = true
	term.Note("not shown")
	term.Warn("a warning")
	if err := term.Result(item{"x"}, "text %s", "x"); err != nil {
		t.Fatal(err)
	}
	term.JSON = true
	if err := errors.Join(term.Result(item{"<x>"}, "text"), term.Fault(item{"fault"})); err != nil {
		t.Fatal(err)
	}
	if want := "text x\n{\n  \"name\": \"<x>\"\n}\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if want := "a note of 1\na warning\n{\n  \"name\": \"fault\"\n}\n"; notes() != want {
		t.Errorf("got %q, want %q", notes(), want)
	}
}

func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	term, _, notes := fake(t)
	_, asked := term.Ask(t.Context(), "Name", "fallback")
	_, secret := term.Secret(t.Context(), "Password")
	_, fresh := term.NewSecret(t.Context(), "Password")
	_, confirmed := term.Confirm(t.Context(), "Sure?")
	for _, err := range []error{asked, secret, fresh, confirmed} {
		if !errors.Is(err, ErrNoTerminal) {
			t.Errorf("got %v, want ErrNoTerminal", err)
		}
	}
	if notes() != "" || term.OutIsTerminal() || term.Interactive() {
		t.Errorf("printed %q", notes())
	}
}

func TestNoBarWithoutATerminal(t *testing.T) {
	term, _, notes := fake(t)
	stop := term.Watch("put", func() Progress { t.Error("asked"); return Progress{} })
	stop()
	stop()
	if notes() != "" {
		t.Errorf("printed %q", notes())
	}
}

func TestSafe(t *testing.T) {
	for name, want := range map[string]string{
		"plain": "plain", "é 🐝 \"quoted\"": "é 🐝 \"quoted\"", "👩‍🚀": "👩‍🚀",
		"\x1b[31mred": `"\x1b[31mred"`, "line\nbreak": `"line\nbreak"`, "\u202etxt.exe": `"\u202etxt.exe"`,
	} {
		if got := Safe(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "unlimited", 0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 10 << 10: "10 KiB", 1<<20 - 1: "1.0 MiB",
		157 << 20: "157 MiB", 1 << 30: "1.0 GiB", 5 << 40: "5.0 TiB", 1 << 62: "4096 PiB",
	} {
		if got := Size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestTimeAndCount(t *testing.T) {
	at := time.Date(2001, 2, 3, 4, 5, 6, 0, time.Local)
	for got, want := range map[string]string{
		Time(at): "2001-02-03 04:05", Time(time.Time{}): "-", TimeOr(&at, "never"): "2001-02-03 04:05", TimeOr(nil, "never"): "never",
		Count(0, "file"): "0 files", Count(1, "file"): "1 file", Count(2, "entry"): "2 entries",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
