package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/node/internal/belonging"
)

// used is a hive that has stopped and keeps a file.
func used(t *testing.T) Config {
	t.Helper()
	cfg := made(t)
	_, c, stop := running(t, cfg)
	put(t, c, "/kept", strings.Repeat("kept", 1000))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// older makes the database of a hive one that an older version left: without an id, in the folder too.
func older(t *testing.T, cfg Config) {
	t.Helper()
	change(t, cfg, "DELETE FROM settings WHERE name = 'database.id'")
	if err := os.Remove(filepath.Join(cfg.Data, belonging.File)); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, cfg Config, statements ...string) {
	t.Helper()
	databasetest.Change(t, cfg.dsn(), statements...)
}

func TestNoHiveOnAnotherDatabase(t *testing.T) {
	t.Parallel()
	file := func(c Config) string { return filepath.Join(c.Data, databaseFile) }
	for name, spoil := range map[string]func(t *testing.T, cfg *Config) error{
		"missing":               func(_ *testing.T, cfg *Config) error { return os.Remove(file(*cfg)) },
		"empty":                 func(_ *testing.T, cfg *Config) error { return os.Truncate(file(*cfg), 0) },
		"of another hive":       func(t *testing.T, cfg *Config) error { return os.Rename(file(made(t)), file(*cfg)) },
		"another by DSN":        func(t *testing.T, cfg *Config) error { cfg.Database = Secret(made(t).dsn()); return nil },
		"missing, of old times": func(t *testing.T, cfg *Config) error { older(t, *cfg); return os.Remove(file(*cfg)) },
		"empty, of old times":   func(t *testing.T, cfg *Config) error { older(t, *cfg); return os.Truncate(file(*cfg), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := used(t)
			if err := spoil(t, &cfg); err != nil {
				t.Fatal(err)
			}
			_, thereBefore := os.Lstat(file(cfg))
			opens := map[string]func() error{
				"serve": func() error { _, err := New(t.Context(), cfg); return err },
				"fsck":  func() error { _, err := Fsck(t.Context(), cfg, func(Finding) {}); return err },
				"users": func() error { _, err := OpenUsers(t.Context(), cfg); return err },
			}
			for _, what := range []string{"serve", "fsck", "users", "serve"} { // none makes it right for the next
				if err := opens[what](); !errors.Is(err, ErrDatabase) || !strings.Contains(err.Error(), "HIVE_DATABASE") {
					t.Errorf("%s: got %v, want ErrDatabase with what to do", what, err)
				}
			}
			if _, err := os.Lstat(file(cfg)); (err == nil) != (thereBefore == nil) {
				t.Error("a database was made")
			}
		})
	}
}

func TestOlderHiveTakesItsDatabaseOver(t *testing.T) {
	t.Parallel()
	cfg := used(t)
	older(t, cfg)
	if checked, found := fsck(t, cfg); checked.Roots != 1 || len(found) > 0 {
		t.Errorf("%+v, %v", checked, found)
	}
	if _, err := os.Lstat(filepath.Join(cfg.Data, belonging.File)); err == nil {
		t.Error("fsck gave it an id")
	}
	for range 2 {
		_, c, stop := running(t, cfg)
		if got := content(t, c, "/kept"); got != strings.Repeat("kept", 1000) {
			t.Error("the file is not there")
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := database.Open(t.Context(), database.Config{DSN: cfg.dsn()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	theirs, err := settings.DatabaseID(t.Context(), db)
	ours, missing := os.ReadFile(filepath.Join(cfg.Data, belonging.File))
	if err != nil || missing != nil || string(ours) != theirs+"\n" || theirs == "" {
		t.Errorf("the folder has %q, %v, the database %q, %v", ours, missing, theirs, err)
	}
}

func TestFolderThatLostItsIDFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	cfg := used(t)
	name := filepath.Join(cfg.Data, belonging.File)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	running(t, cfg)
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
		t.Errorf("got %q, %v, want %q", after, err, before)
	}
}

func TestDataOfAnOlderVersionIsNamed(t *testing.T) {
	t.Parallel()
	cfg := used(t)
	change(t, cfg, "DELETE FROM schema_versions WHERE version_id > 15", "DROP TABLE settings")
	if err := os.Remove(filepath.Join(cfg.Data, belonging.File)); err != nil {
		t.Fatal(err)
	}
	if _, err := Fsck(t.Context(), cfg, func(Finding) {}); !errors.Is(err, ErrOlder) {
		t.Errorf("fsck: got %v, want ErrOlder", err)
	}
	lock, err := lockFolder(cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := OpenUsers(t.Context(), cfg); !errors.Is(err, ErrOlder) {
		t.Errorf("users beside a hive of that version: got %v, want ErrOlder", err)
	}
	newer := made(t)
	change(t, newer, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9000, 1)")
	if _, err := Fsck(t.Context(), newer, func(Finding) {}); !errors.Is(err, belonging.ErrNewer) {
		t.Errorf("fsck of a newer hive: got %v, want belonging.ErrNewer", err)
	}
}

func TestInitLeavesWhatIsLeftOfAHive(t *testing.T) {
	t.Parallel()
	for _, lost := range [][]string{{configFile}, {configFile, versionFile, belonging.File}, {configFile, belonging.File, databaseFile, versionFile}} {
		cfg := used(t)
		for _, name := range lost {
			if err := os.Remove(filepath.Join(cfg.Data, name)); err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, cfg.Data)
		if err := Init(t.Context(), cfg, Admin{Name: "eve", Password: password}); !errors.Is(err, ErrInitialised) {
			t.Errorf("without %v: got %v, want ErrInitialised", lost, err)
		}
		after := snapshot(t, cfg.Data)
		delete(before, "/"+lockFile)
		delete(after, "/"+lockFile)
		if len(before) != len(after) || before["/"+databaseFile] != after["/"+databaseFile] {
			t.Errorf("without %v: files came or changed", lost)
		}
	}
}

func TestInitTakesNoDatabaseOfAnotherHive(t *testing.T) {
	t.Parallel()
	other := made(t)
	cfg, err := Prepare(filepath.Join(t.TempDir(), "hive"), map[string]string{"database": other.dsn()})
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(t.Context(), cfg, Admin{Name: "eve", Password: password}); !errors.Is(err, ErrInitialised) {
		t.Errorf("got %v, want ErrInitialised", err)
	}
}

func TestNoHiveWithoutItsBlocks(t *testing.T) {
	t.Parallel()
	blocks := func(c Config) string { return filepath.Join(c.Data, blocksFolder) }
	for name, spoil := range map[string]func(t *testing.T, cfg Config) error{
		"missing": func(_ *testing.T, cfg Config) error { return os.RemoveAll(blocks(cfg)) },
		"of a disk that is not mounted": func(_ *testing.T, cfg Config) error {
			return errors.Join(os.RemoveAll(blocks(cfg)), os.MkdirAll(filepath.Join(blocks(cfg), "lost+found"), 0o700))
		},
		"of another hive": func(t *testing.T, cfg Config) error {
			return errors.Join(os.RemoveAll(blocks(cfg)), os.Rename(blocks(used(t)), blocks(cfg)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := used(t)
			if err := spoil(t, cfg); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, cfg.Data)
			for range 2 {
				if _, err := New(t.Context(), cfg); !errors.Is(err, ErrBlocks) || !strings.Contains(err.Error(), blocks(cfg)) {
					t.Errorf("serve: got %v, want ErrBlocks with their folder", err)
				}
				if _, err := Fsck(t.Context(), cfg, func(Finding) {}); !errors.Is(err, ErrBlocks) {
					t.Errorf("fsck: got %v, want ErrBlocks", err)
				}
			}
			if after := snapshot(t, cfg.Data); len(before) != len(after) {
				t.Error("files came")
			}
		})
	}
}

func TestBlocksOfOldTimesAreSigned(t *testing.T) {
	t.Parallel()
	cfg := used(t)
	name := filepath.Join(cfg.Data, blocksFolder, belonging.File)
	before, err := os.ReadFile(name)
	if err != nil || len(before) == 0 {
		t.Fatalf("%q, %v", before, err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	running(t, cfg)
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(before, after) {
		t.Errorf("got %q, %v, want %q", after, err, before)
	}
}
