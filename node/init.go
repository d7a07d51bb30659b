package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/identity"
)

// Admin is the first admin of a hive.
type Admin struct {
	Name     string
	Password Secret
}

// Prepare gives the configuration for a hive that does not exist yet: defaults, variables and set, as in Load.
func Prepare(data string, set map[string]string) (Config, error) {
	cfg := Default()
	if host, err := os.Hostname(); err == nil && host != "" {
		cfg.Name = host[:min(len(host), 60)]
	}
	err := cfg.complete(data, set)
	return cfg, err
}

// Init makes a hive in cfg.Data: a folder that only its owner can read, with the configuration, a key of its own and an
// admin. The configuration comes last, so that an Init that failed can be repeated.
func Init(ctx context.Context, cfg Config, admin Admin) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if err := folder.Make(cfg.Data); err != nil {
		return err
	}
	lock, err := lockFolder(cfg.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := Free(cfg.Data); err != nil {
		return err
	}
	if err := cfg.folder().Mark(); err != nil {
		return err
	}
	if err := identity.Make(filepath.Join(cfg.Data, identityFile), folder.Replace); err != nil {
		return err
	}
	if err := makeAdmin(ctx, cfg, admin); err != nil {
		return err
	}
	if err := folder.Mark(cfg.Data); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	var text bytes.Buffer
	if err := cfg.write(&text); err != nil {
		return err
	}
	if err := folder.Replace(filepath.Join(cfg.Data, configFile), text.Bytes()); err != nil {
		return fmt.Errorf("node: write configuration: %w", err)
	}
	return folder.Sync(cfg.Data)
}

// Free says whether dir can become the folder of a hive: ErrInitialised where there is one, or what is left of one.
func Free(dir string) error {
	there := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return !errors.Is(err, fs.ErrNotExist)
	}
	if there(configFile) {
		return fmt.Errorf("%w: %s", ErrInitialised, dir)
	}
	begun := there(belonging.File) && !there(versionFile) // an Init that was cut short
	for _, name := range []string{versionFile, identityFile, databaseFile, blocksFolder} {
		if there(name) && !begun {
			return fmt.Errorf("%w: %s has %s but no %s: put that back from a backup, copy one that hive init makes in another folder, or choose another folder",
				ErrInitialised, dir, name, configFile)
		}
	}
	return nil
}

// makeAdmin makes the first user. An Init that was cut short after this finds the user there, and sets the password.
func makeAdmin(ctx context.Context, cfg Config, admin Admin) (err error) {
	db, err := belonging.Make(ctx, cfg.folder())
	if errors.Is(err, belonging.ErrTaken) {
		return fmt.Errorf("%w: %w; name an empty one by database or HIVE_DATABASE", ErrInitialised, err)
	}
	if err != nil {
		return err
	}
	users, err := usersOf(ctx, cfg, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, users.Close()) }()
	_, err = users.accounts.Create(bySystem(ctx), account.NewUser{Name: admin.Name, Password: admin.Password.Reveal(), Admin: true})
	if !errors.Is(err, account.ErrNameTaken) {
		return failure(err)
	}
	yes := true
	if _, err := users.accounts.Update(bySystem(ctx), admin.Name, account.Change{Admin: &yes}); err != nil {
		return err
	}
	return users.accounts.SetPassword(bySystem(ctx), admin.Name, admin.Password.Reveal(), 0)
}
