package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/client"
)

var noCondition client.Condition

// fsck runs Fsck and gives what it reported.
func fsck(t *testing.T, cfg Config) (Checked, []Finding) {
	t.Helper()
	var found []Finding
	checked, err := Fsck(t.Context(), cfg, func(f Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	return checked, found
}

// snapshot is what the files in a folder hold.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		files[strings.TrimPrefix(name, dir)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFsckOfAHealthyHive(t *testing.T) {
	cfg := made(t)
	if checked, found := fsck(t, cfg); checked != (Checked{}) || len(found) > 0 {
		t.Errorf("a new hive: %+v, %v", checked, found)
	}
	_, c, stop := running(t, cfg)
	put(t, c, "/small", "x")
	put(t, c, "/large", strings.Repeat("0123456789abcdef", 100_000))
	if _, err := Fsck(t.Context(), cfg, func(Finding) {}); !errors.Is(err, ErrRunning) {
		t.Errorf("beside a hive that runs: got %v, want ErrRunning", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, cfg.Data)
	checked, found := fsck(t, cfg)
	if checked.Roots != 2 || checked.Blocks < 2 || len(found) > 0 {
		t.Errorf("%+v, %v", checked, found)
	}
	after := snapshot(t, cfg.Data)
	if diff := cmp.Diff(before[string(filepath.Separator)+databaseFile], after[string(filepath.Separator)+databaseFile]); diff != "" {
		t.Error("fsck changed the database")
	}
}

func TestFsckFindsDamage(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	needle := strings.Repeat("needle in the value log ", 100)
	put(t, c, "/good", "x")
	e := put(t, c, "/bad", needle)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(cfg.Data, blocksFolder), []byte(needle))
	checked, found := fsck(t, cfg)
	if checked.Findings != int64(len(found)) || len(found) != 1 || found[0].Kind != "block" || found[0].Root != e.Root {
		t.Errorf("%+v, %+v; want the block %s", checked, found, e.Root)
	}
}

// flip changes a byte in the middle of the only place where content lies in dir.
func flip(t *testing.T, dir string, content []byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(raw, content); at >= 0 {
			raw[at+len(content)/2] ^= 1
			if err := os.WriteFile(name, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("content not found on disk")
}

func TestFsckFindsWhatIsMissing(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	e := put(t, c, "/gone", "gone")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(cfg.Data, blocksFolder)); err != nil {
		t.Fatal(err)
	}
	checked, found := fsck(t, cfg)
	if checked.Roots != 1 || len(found) != 1 || found[0].Kind != "root" || found[0].Root != e.Root {
		t.Errorf("%+v, %+v; want the root %s", checked, found, e.Root)
	}
}

func TestFsckWithoutHive(t *testing.T) {
	cfg := Default()
	cfg.Data = t.TempDir()
	if _, err := Fsck(t.Context(), cfg, func(Finding) {}); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("got %v, want ErrNotInitialised", err)
	}
}
