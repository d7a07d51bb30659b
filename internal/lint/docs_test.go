package lint

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the Markdown files of this module, by name.
func pages(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && foreign(name) {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			b, err := fs.ReadFile(fsys, name)
			found[name] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)

// TestLinks follows every link of a page to another page or place of this module.
func TestLinks(t *testing.T) {
	fsys := os.DirFS("../..")
	all := pages(t, fsys)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := name
			if m[1] != "" {
				target = path.Join(path.Dir(name), m[1])
			}
			if _, err := fs.Stat(fsys, target); err != nil {
				t.Errorf("%s: link to %s: %v", name, m[1], err)
				continue
			}
			if m[2] != "" && !slices.Contains(anchors(all[target]), m[2]) {
				t.Errorf("%s: %s has no heading %s", name, target, m[2])
			}
		}
	}
}

var punctuation = regexp.MustCompile(`[^\w\- ]`)

// anchors are the headings of a page as links name them.
func anchors(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			heading = punctuation.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			list = append(list, "#"+strings.ReplaceAll(heading, " ", "-"))
		}
	}
	return list
}

// TestDependenciesHaveReasons compares the direct requirements of go.mod with the page that explains them.
func TestDependenciesHaveReasons(t *testing.T) {
	fsys := os.DirFS("../..")
	reasons := pages(t, fsys)["docs/decisions/dependencies.md"]
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)
	var wanted []string
	for _, m := range direct.FindAllStringSubmatch(string(mod), -1) {
		wanted = append(wanted, m[1])
		if !strings.Contains(reasons, "`"+m[1]+"`") {
			t.Errorf("docs/decisions/dependencies.md gives no reason for %s", m[1])
		}
	}
	rows := regexp.MustCompile("(?m)^\\| (`.*?`) \\|").FindAllStringSubmatch(reasons, -1)
	for _, row := range rows {
		for name := range strings.SplitSeq(row[1], ", ") {
			if name = strings.Trim(name, "`"); !slices.Contains(wanted, name) {
				t.Errorf("docs/decisions/dependencies.md: %s is not a direct requirement", name)
			}
		}
	}
}

// TestSettingsAreDocumented compares the keys of the configuration file with the page for those who run a hive.
func TestSettingsAreDocumented(t *testing.T) {
	fsys := os.DirFS("../..")
	page := pages(t, fsys)["docs/operations.md"]
	config, err := fs.ReadFile(fsys, "node/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^( *)([a-z0-9_]+):(.*)$`)
	var outer []string
	for text := range strings.Lines(string(config)) {
		m := line.FindStringSubmatch(strings.TrimRight(text, "\n"))
		if m == nil {
			continue
		}
		outer = append(outer[:len(m[1])/2:len(m[1])/2], m[2])
		if key := strings.Join(outer, "."); m[3] != "" && !strings.Contains(page, "`"+key+"`") {
			t.Errorf("docs/operations.md does not explain %s", key)
		}
	}
}

// TestErrorsAreDocumented compares the table from errors to statuses with the page for those who write programs.
func TestErrorsAreDocumented(t *testing.T) {
	fsys := os.DirFS("../..")
	page := pages(t, fsys)["docs/api.md"]
	names, err := fs.ReadFile(fsys, "api/apitype/problem.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, m := range regexp.MustCompile(`(Code\w+)\s+= "(\w+)"`).FindAllStringSubmatch(string(names), -1) {
		codes[m[1]] = m[2]
	}
	table, err := fs.ReadFile(fsys, "api/edge/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	served := regexp.MustCompile(`([1-5]\d\d), apitype\.(Code\w+),`).FindAllStringSubmatch(string(table), -1)
	want := map[string]bool{}
	for _, m := range served {
		want["| "+m[1]+" | `"+codes[m[2]]+"` |"] = true
	}
	for row := range want {
		if !strings.Contains(page, row) {
			t.Errorf("docs/api.md has no row %s", row)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| \\d+ \\| `\\w+` \\|").FindAllString(page, -1) {
		if !want[row] {
			t.Errorf("docs/api.md: no error has %s", row)
		}
	}
	if len(want) < len(codes) {
		t.Errorf("%d codes, %d of them in the table", len(codes), len(want))
	}
}
