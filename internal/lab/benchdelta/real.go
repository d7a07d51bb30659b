package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/melissiproject/hive/internal/lab/machine"
)

// Statements of the database: rows as an application has them, of about 300 bytes with their index, and a day's work on them.
const (
	createRows = `PRAGMA page_size = 4096;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, product TEXT, note TEXT, amount INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO orders SELECT i, 'customer ' || abs(random() %% 100000), hex(randomblob(16)), hex(randomblob(96)), abs(random() %% 10000) FROM n;
CREATE INDEX by_customer ON orders (customer);
`
	changeRows = `BEGIN;
UPDATE orders SET amount = amount + 1, note = hex(randomblob(96)) WHERE id %% %[1]d = 7;
DELETE FROM orders WHERE id %% %[2]d = 11;
INSERT INTO orders SELECT NULL, 'customer ' || abs(random() %% 100000), hex(randomblob(16)), hex(randomblob(96)), 1 FROM orders LIMIT 2000;
COMMIT;
`
	rowSize = 300
)

// database measures two versions of an SQLite database.
func (b *bench) database(ctx context.Context) error {
	const name = "database.sqlite"
	if !machine.Has("sqlite3") {
		b.table.missing("SQLite database", "no sqlite3 here")
		return nil
	}
	rows := b.options.size / 10 * 3 / rowSize
	if err := machine.Feed(ctx, fmt.Sprintf(createRows, rows), "sqlite3", b.local(name)); err != nil {
		return err
	}
	if err := b.load(ctx, name); err != nil {
		return err
	}
	const updates, deletes = 1000, 500
	what := fmt.Sprintf("SQLite, %s, %d rows updated, %d deleted, 2,000 new", b.sizeOf(name), updates, deletes)
	return b.edits(ctx, edit{what: what, do: func(int) (change, error) {
		statements := fmt.Sprintf(changeRows, max(rows/updates, 20), max(rows/deletes, 20))
		return change{written: []string{name}}, machine.Feed(ctx, statements, "sqlite3", b.local(name))
	}})
}

// tar measures two archives of a tree of which one package differs.
func (b *bench) tar(ctx context.Context) error {
	const name, changed = "source.tar", "http"
	if b.options.tree == "" {
		b.table.missing("tar of a tree", "no tree given")
		return nil
	}
	if err := pack(b.local(name), b.options.tree, "", ""); err != nil {
		return err
	}
	if err := b.load(ctx, name); err != nil {
		return err
	}
	what := fmt.Sprintf("tar, %s, a line more in each file of package %s", b.sizeOf(name), changed)
	return b.edits(ctx, edit{what: what, do: func(run int) (change, error) {
		return change{written: []string{name}}, pack(b.local(name), b.options.tree, changed, fmt.Sprintf("// Changed in run %d.\n", run))
	}})
}

// pack makes an archive of a tree, with a line more in each file of the packages so named.
func pack(name, tree, changed, line string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := tar.NewWriter(f)
	root := os.DirFS(tree)
	err = fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if changed != "" && path.Base(path.Dir(file)) == changed {
			text = append(text, line...)
		}
		head, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		head.Name, head.Size = file, int64(len(text))
		if err := w.WriteHeader(head); err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	return errors.Join(err, w.Close(), f.Close())
}

// program measures two versions of a compiled program: that of an older revision of this repository, and of today's.
func (b *bench) program(ctx context.Context) error {
	const name = "program"
	old, err := b.older(ctx)
	if err != nil {
		b.table.missing("compiled program", err.Error())
		return nil
	}
	if err := copyFile(old, b.local(name)); err != nil {
		return err
	}
	if err := b.load(ctx, name); err != nil {
		return err
	}
	what := fmt.Sprintf("program, %s, %s to today's", b.sizeOf(name), b.options.revision)
	return b.edits(ctx, edit{what: what, once: true, do: func(int) (change, error) {
		return change{written: []string{name}}, copyFile(b.options.binary, b.local(name))
	}})
}

// older builds the program of an older revision as make build does.
func (b *bench) older(ctx context.Context) (string, error) {
	source, binary := filepath.Join(b.dir, "older"), filepath.Join(b.dir, "hive-older")
	if b.options.revision == "" {
		return "", errors.New("no revision given")
	}
	if err := os.Mkdir(source, 0o700); err != nil {
		return "", err
	}
	archive := filepath.Join(b.dir, "older.tar")
	build := machine.Space("").Command(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+b.options.revision, "-o", binary, "./cmd/hive")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	err := machine.Run(ctx, "git", "archive", "-o", archive, b.options.revision)
	if err == nil {
		err = machine.Run(ctx, "tar", "-xf", archive, "-C", source)
	}
	if err == nil {
		if out, fault := build.CombinedOutput(); fault != nil {
			err = fmt.Errorf("go build: %w: %s", fault, out)
		}
	}
	return binary, errors.Join(err, os.RemoveAll(source), os.RemoveAll(archive))
}
