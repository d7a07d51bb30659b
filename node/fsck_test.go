package node

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

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

// contents is the sums of all files of a hive but those of who has it open. Badger begins files as it likes: of its folder only those
// count that hold blocks.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for name, text := range snapshot(t, dir) {
		if filepath.Dir(name) == "/"+blocksFolder {
			if text = strings.TrimRight(text, "\x00"); filepath.Ext(name) != ".vlog" || len(text) <= 20 { // a head alone
				continue
			}
		}
		if name != "/"+lockFile {
			sums[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
		}
	}
	return sums
}

func TestFsckOfAHealthyHive(t *testing.T) {
	cfg := made(t)
	made := contents(t, cfg.Data)
	if checked, found := fsck(t, cfg); checked != (Checked{}) || len(found) > 0 {
		t.Errorf("a new hive: %+v, %v", checked, found)
	}
	if diff := cmp.Diff(made, contents(t, cfg.Data)); diff != "" {
		t.Errorf("fsck changed a new hive: %s", diff)
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
	before := contents(t, cfg.Data)
	checked, found := fsck(t, cfg)
	if checked.Roots != 2 || checked.Blocks < 2 || len(found) > 0 {
		t.Errorf("%+v, %v", checked, found)
	}
	if diff := cmp.Diff(before, contents(t, cfg.Data)); diff != "" {
		t.Errorf("fsck changed the hive: %s", diff)
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
	n, c, stop := running(t, cfg)
	e := put(t, c, "/gone", "gone")
	put(t, c, "/here", "here")
	root, err := cid.Decode(e.Root)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.engine.Delete(t.Context(), []mh.Multihash{root.Hash()}); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	checked, found := fsck(t, cfg)
	if checked.Roots != 2 || len(found) != 1 || found[0].Kind != "root" || found[0].Root != e.Root {
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
