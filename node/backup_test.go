package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/node/internal/belonging"
)

// TestBackupAsTheManualSays: docs/operations.md names what a copy of a hive that runs consists of. Those made before it named all
// lack some.
func TestBackupAsTheManualSays(t *testing.T) {
	t.Parallel()
	cfg := made(t)
	n, c, stop := running(t, cfg)
	put(t, c, "/kept", "kept")
	backup := t.TempDir()
	if err := n.db.Backup(t.Context(), filepath.Join(backup, databaseFile)); err != nil {
		t.Fatal(err)
	}
	put(t, c, "/later", "later")
	copyFiles(t, cfg.Data, backup, configFile, identityFile, versionFile, belonging.File)
	if err := stop(); err != nil { // in place of a snapshot of the file system
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(backup, blocksFolder), os.DirFS(filepath.Join(cfg.Data, blocksFolder))); err != nil {
		t.Fatal(err)
	}
	for _, without := range [][]string{{}, {versionFile, belonging.File}} {
		restored := cfg
		restored.Data = t.TempDir()
		if err := os.CopyFS(restored.Data, os.DirFS(backup)); err != nil {
			t.Fatal(err)
		}
		for _, name := range append(without, identityFile) {
			if err := os.Remove(filepath.Join(restored.Data, name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := New(t.Context(), restored); err == nil || len(without) > 0 && !errors.Is(err, ErrNotInitialised) {
			t.Errorf("without its key: got %v", err)
		}
		copyFiles(t, backup, restored.Data, identityFile)
		if checked, found := fsck(t, restored); checked.Roots != 1 || len(found) > 0 {
			t.Errorf("without %v: %+v, %v", without, checked, found)
		}
		_, c, _ := running(t, restored)
		if got := content(t, c, "/kept"); got != "kept" {
			t.Errorf("without %v: got %q", without, got)
		}
	}
}

// copyFiles copies files of one folder to another, which nobody else can read.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
