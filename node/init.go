package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/melissiproject/hive/account"
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
		cfg.Name = truncate(host, 60)
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
	if err := makeFolder(cfg.Data); err != nil {
		return err
	}
	lock, err := lockFolder(cfg.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := os.Lstat(filepath.Join(cfg.Data, configFile)); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrInitialised, cfg.Data)
	}
	if err := makeIdentity(filepath.Join(cfg.Data, identityFile)); err != nil {
		return err
	}
	if err := makeAdmin(ctx, cfg, admin); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(cfg.Data, versionFile), fmt.Appendln(nil, layout)); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	var text bytes.Buffer
	if err := cfg.write(&text); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(cfg.Data, configFile), text.Bytes()); err != nil {
		return fmt.Errorf("node: write configuration: %w", err)
	}
	if err := syncFolder(cfg.Data); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	return nil
}

// makeFolder makes the data folder, closed to others. One that has content already keeps its mode: it may be a home.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("node: make data folder: %w", err)
	}
	content, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("node: data folder: %w", err)
	}
	if len(content) == 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("node: close data folder to others: %w", err)
		}
	}
	return nil
}

// makeAdmin makes the first user. An Init that was cut short after this finds the user there, and sets the password.
func makeAdmin(ctx context.Context, cfg Config, admin Admin) (err error) {
	users, err := openUsers(ctx, cfg, true)
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

// makeIdentity makes the Ed25519 key that the hive is known by. One that is there stays: it may be known already.
func makeIdentity(name string) error {
	_, err := readIdentity(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("node: make identity: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("node: make identity: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := replaceFile(name, block); err != nil {
		return fmt.Errorf("node: make identity: %w", err)
	}
	return nil
}

// readIdentity reads the key of the hive, which nobody else may be able to read.
func readIdentity(name string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("node: identity: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("node: identity: others can read %s; close it with: chmod 600 %s", name, name)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("node: identity: %w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("node: identity: %s holds no PEM private key", name)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("node: identity: %s: %w", name, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("node: identity: %s holds a key of type %T, not Ed25519", name, parsed)
	}
	return key, nil
}
