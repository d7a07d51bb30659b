package guess_test

import (
	"testing"

	"github.com/melissiproject/hive/node/internal/guess"
)

func TestNearest(t *testing.T) {
	names := []string{"http.listen", "log.level", "name"}
	for text, want := range map[string]string{"listn": "http.listen", "http.lisen": "http.listen", "levl": "log.level", "xyz": "", "": ""} {
		if got := guess.Nearest(text, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", text, got, want)
		}
	}
}
