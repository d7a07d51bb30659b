package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// try runs a short campaign against a pretender and returns what it printed.
func try(t *testing.T, mode string) (string, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = run(t.Context(), options{
		binary: binary, env: labtest.Env(mode), dir: t.TempDir(), rounds: 3, writers: 2, seed: 1, start: time.Minute,
	}, &out)
	return out.String(), err
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode string
		want []string // in the report
		err  error
	}{
		{labtest.Good, []string{"lost                 0\n", "damaged              0\n", "rounds               3\n", "fsck                 clean\n"}, nil},
		{labtest.Forgets, []string{"lost: /", " was acknowledged, newest is ", "the folder is kept"}, errFound},
		{labtest.Halves, []string{"has other bytes than were acknowledged"}, errFound},
		{labtest.Fails, []string{"misbehaved: PUT", "out of luck"}, errFound},
		{labtest.Unwell, []string{"block missing"}, errFound},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			got, err := try(t, tt.mode)
			if !errors.Is(err, tt.err) {
				t.Errorf("got error %v, want %v", err, tt.err)
			}
			if i := slices.IndexFunc(tt.want, func(s string) bool { return !strings.Contains(got, s) }); i >= 0 {
				t.Errorf("%q is not in the report:\n%s", tt.want[i], got)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	c := newCampaign(nil, options{seed: 1}, io.Discard)
	var empty, big int
	w := newWriter(c, nil, 1, 0, budget(1<<40))
	for range 2000 {
		n := len(w.body())
		if n > largest {
			t.Fatalf("got %d bytes", n)
		}
		if n == 0 {
			empty++
		}
		if n > 1<<20 {
			big++
		}
	}
	if empty < 50 || big < 50 {
		t.Errorf("got %d empty and %d big files of 2000", empty, big)
	}
	w = newWriter(c, nil, 1, 0, budget(0))
	for range 200 {
		if n := len(w.body()); n > small {
			t.Fatalf("got %d bytes after the share was used up", n)
		}
	}
}
