package transfer

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOpenSpecial: what must not be replaced by a file is written to.
func TestOpenSpecial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("file"), nil, 0o600))
	must(os.Symlink(at("file"), at("link")))
	for _, name := range []string{at("file"), at("link"), at("nothing"), at("no/thing"), dir} {
		if f, err := OpenSpecial(name); f != nil || err != nil {
			t.Errorf("%s: got %v, %v", name, f, err)
		}
	}
	must(os.Symlink("/dev/null", at("null")))
	must(syscall.Mkfifo(at("pipe"), 0o600))
	end, err := os.OpenFile(at("pipe"), os.O_RDWR, 0) // so that nobody waits for the other
	must(err)
	defer end.Close()
	redirected, err := os.Create(at("redirected"))
	must(err)
	defer redirected.Close()
	must(os.Symlink(fmt.Sprintf("/proc/self/fd/%d", redirected.Fd()), at("stdout")))
	for _, name := range []string{at("null"), at("pipe"), at("stdout")} {
		f, err := OpenSpecial(name)
		must(err)
		if _, err = io.WriteString(f, "x"); err != nil {
			t.Error(err)
		}
		must(f.Close())
	}
	if got, err := os.ReadFile(at("redirected")); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
	if info, err := os.Lstat(at("pipe")); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("got %v, %v", info, err)
	}
}
