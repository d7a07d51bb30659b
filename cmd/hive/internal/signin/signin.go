// Package signin keeps the sessions that hive login opened, in a file that only its owner can read.
//
// It owns that file and which session belongs to which hive. It does not own requests: api/client signs in.
package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Login is a session with one hive.
type Login struct {
	User    string     `json:"user"`
	Token   string     `json:"token"`
	Expires *time.Time `json:"expires,omitempty"`
}

// Logins are the sessions with all hives, by address. Current is the one that commands use.
type Logins struct {
	Current string           `json:"current,omitempty"`
	Hives   map[string]Login `json:"hives"`

	name string
}

// errHomeless means that there is no place for the file.
var errHomeless = errors.New("signin: no home to keep the session in: set HOME or XDG_CONFIG_HOME")

// Open reads the logins of this user. None is no error, nor is it to have no home, as a service may: such a user has none.
func Open() (*Logins, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return &Logins{Hives: map[string]Login{}}, nil //nolint:nilerr // Set says it
	}
	l := &Logins{name: filepath.Join(dir, "hive", "logins.json"), Hives: map[string]Login{}}
	raw, err := os.ReadFile(l.name)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, l)
	}
	if err != nil {
		return nil, fmt.Errorf("signin: %s: %w", l.name, err)
	}
	if l.Hives == nil {
		l.Hives = map[string]Login{}
	}
	return l, nil
}

// Set stores a login and makes its hive the current one.
func (l *Logins) Set(url string, login Login) error {
	l.Hives[url], l.Current = login, url
	return l.save()
}

// Remove forgets a login.
func (l *Logins) Remove(url string) error {
	delete(l.Hives, url)
	if l.Current == url {
		l.Current = ""
		for other := range l.Hives {
			if l.Current == "" || other < l.Current {
				l.Current = other
			}
		}
	}
	return l.save()
}

// save writes the file in one step. Others could never read it, not even for a moment.
func (l *Logins) save() error {
	if l.name == "" {
		return errHomeless
	}
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("signin: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(l.name), 0o700); err != nil {
		return fmt.Errorf("signin: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(l.name), ".logins-*") // 0600
	if err != nil {
		return fmt.Errorf("signin: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), l.name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("signin: %w", err), os.Remove(f.Name()))
	}
	return nil
}
