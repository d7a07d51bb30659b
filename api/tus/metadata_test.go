package tus

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/melissiproject/hive/catalog"
)

// FuzzMetadata holds the parser to what it says: no key is odd, and what it understood it understands again.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{"", "path", "mtime", "path L2E=", "path L2E=,parents,mtime MjAyMC0wMS0wMlQwMzowNDowNVo=", "a,,b", "path  L2E=", "path L2E=\x00", ",", "é L2E=", "exec dHJ1ZQ==,exec"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		m, err := parseMetadata(header)
		if err != nil {
			return
		}
		if len(m) > maxPairs {
			t.Errorf("%d pairs", len(m))
		}
		var pairs []string
		for key, value := range m {
			if strings.ContainsAny(key, " ,\r\n\x00") || key == "" {
				t.Errorf("key %q", key)
			}
			pairs = append(pairs, key+" "+base64.StdEncoding.EncodeToString([]byte(value)))
		}
		again, err := parseMetadata(strings.Join(pairs, ","))
		if err == nil && len(again) != len(m) {
			t.Errorf("%v became %v", m, again)
		}
		path, opts, err := m.place()
		if err == nil && (m["path"] == "" || max(len(opts.IfMatch), len(opts.IfNoneMatch)) > maxCondition) {
			t.Errorf("%v at %v", opts, path)
		}
		if again, bad := catalog.ParsePath(path.String()); err == nil && (bad != nil || again.String() != path.String()) {
			t.Errorf("%v: %v", path, bad)
		}
	})
}
