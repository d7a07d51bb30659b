package machine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	parameter := filepath.Join(t.TempDir(), "order")
	if err := os.WriteFile(parameter, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	order := func() string {
		got, err := os.ReadFile(parameter)
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	some := func() (int, error) { return 3<<20 + 5, nil }
	word, restore, err := keep(parameter, some)
	if err != nil || order() != never || word != "kept from the host" {
		t.Fatalf("%q, order %q, %v", word, order(), err)
	}
	if err := restore(); err != nil || order() != "9" {
		t.Errorf("order %q afterwards, %v", order(), err)
	}
	if word, _, err := keep(parameter+".none", some); err != nil || word != "its own" {
		t.Errorf("on another machine: %q, %v", word, err)
	}
	if err := os.WriteFile(parameter+".off", []byte("-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if word, _, err := keep(parameter+".off", some); err != nil || word != "its own" {
		t.Errorf("where nothing goes to a host: %q, %v", word, err)
	}
	failed := errors.New("unknown")
	if _, _, err := keep(parameter, func() (int, error) { return 0, failed }); !errors.Is(err, failed) || order() != "9" {
		t.Errorf("got %v, order %q", err, order())
	}
	if bytes, err := free(); err != nil || bytes <= 0 {
		t.Errorf("%d bytes are free, %v", bytes, err)
	}
}
