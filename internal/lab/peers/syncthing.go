package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	key    = "lab" // of the API, on the loopback, for as long as the program runs
	folder = "shared"
)

// Syncthing is one instance that talks to nobody but who it is told of.
type Syncthing struct {
	Dir string

	http *http.Client
	cmd  *exec.Cmd
	api  string // HOST:PORT
	sync string // HOST:PORT
	id   string
}

// private turns off in a new configuration all that would look for others.
var private = strings.NewReplacer(
	"<globalAnnounceEnabled>true", "<globalAnnounceEnabled>false",
	"<localAnnounceEnabled>true", "<localAnnounceEnabled>false",
	"<relaysEnabled>true", "<relaysEnabled>false",
	"<natEnabled>true", "<natEnabled>false",
	"<crashReportingEnabled>true", "<crashReportingEnabled>false",
	"<urAccepted>0", "<urAccepted>-1",
	"<reconnectionIntervalS>60", "<reconnectionIntervalS>5",
	"<autoUpgradeIntervalH>12", "<autoUpgradeIntervalH>0",
)

// StartSyncthing starts an instance and waits until it answers.
func StartSyncthing(ctx context.Context, at Place) (s *Syncthing, err error) {
	s = &Syncthing{Dir: at.Dir, http: at.Space.Client()}
	home := filepath.Join(s.Dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	if err := machine.Run(ctx, SyncthingProgram, "generate", "--home", home, "--no-default-folder"); err != nil {
		return nil, err
	}
	if s.api, err = machine.FreeAddr(ctx); err != nil {
		return nil, err
	}
	if s.sync, err = at.addr(ctx); err != nil {
		return nil, err
	}
	config := filepath.Join(home, "config.xml")
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	changed := strings.ReplaceAll(private.Replace(string(text)), "<listenAddress>default", "<listenAddress>tcp://"+s.sync)
	if err := os.WriteFile(config, []byte(changed), 0o600); err != nil {
		return nil, err
	}
	s.cmd = at.Space.Command(ctx, SyncthingProgram, "serve", "--home", home, "--no-browser", "--no-restart", "--no-upgrade",
		"--gui-address", s.api, "--gui-apikey", key, "--logfile", filepath.Join(s.Dir, "log"))
	s.cmd.Env = append(os.Environ(), "STNODEFAULTFOLDER=1", "STNOUPGRADE=1")
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	err = server.Until(ctx, time.Minute, func(ctx context.Context) error {
		var status struct {
			MyID string `json:"myID"`
		}
		err := s.call(ctx, http.MethodGet, "system/status", nil, &status)
		s.id = status.MyID
		return err
	})
	if err != nil {
		err = errors.Join(err, s.Close())
	}
	return s, err
}

// Close ends the instance. Its folder stays.
func (s *Syncthing) Close() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = s.cmd.Wait() // it has its own opinion of how to end
	return nil
}

func (s *Syncthing) call(ctx context.Context, method, route string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.api+"/rest/"+route, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", key)
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("syncthing: %s %s: %s: %s", method, route, resp.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// Knows makes another instance known. While it is paused there is no connection.
func (s *Syncthing) Knows(ctx context.Context, other *Syncthing, paused bool) error {
	return s.call(ctx, http.MethodPut, "config/devices/"+other.id, map[string]any{
		"deviceID": other.id, "addresses": []string{"tcp://" + other.sync}, "paused": paused, "compression": "metadata",
	}, nil)
}

// Shares offers the one folder to another instance, which does the same. It looks for changes by itself when it watches,
// after a second, and else when it is told to.
func (s *Syncthing) Shares(ctx context.Context, path string, other *Syncthing, watches bool) error {
	return s.call(ctx, http.MethodPut, "config/folders/"+folder, map[string]any{
		"id": folder, "path": path, "devices": []map[string]string{{"deviceID": s.id}, {"deviceID": other.id}},
		"fsWatcherEnabled": watches, "fsWatcherDelayS": 1, "rescanIntervalS": 3600,
	}, nil)
}

// Holds waits until the folder has this many files and lacks nothing.
func (s *Syncthing) Holds(ctx context.Context, files int, within time.Duration) error {
	return server.Until(ctx, within, func(ctx context.Context) error {
		var status struct {
			LocalFiles int    `json:"localFiles"`
			NeedBytes  int64  `json:"needBytes"`
			State      string `json:"state"`
		}
		if err := s.call(ctx, http.MethodGet, "db/status?folder="+folder, nil, &status); err != nil {
			return err
		}
		if status.LocalFiles < files || status.NeedBytes > 0 || status.State != "idle" {
			return fmt.Errorf("syncthing is %s with %d of %d files", status.State, status.LocalFiles, files)
		}
		return nil
	})
}

// Scan has the folder looked through now, and returns when that is done.
func (s *Syncthing) Scan(ctx context.Context) error {
	return s.call(ctx, http.MethodPost, "db/scan?folder="+folder, nil, nil)
}

// Follows waits until the instance has the same version of files as another, or has deleted what that has.
func (s *Syncthing) Follows(ctx context.Context, other *Syncthing, within time.Duration, files ...string) error {
	for _, name := range files {
		err := server.Until(ctx, within, func(ctx context.Context) error {
			want, err := other.version(ctx, name)
			if err != nil {
				return err
			}
			got, err := s.version(ctx, name)
			if err == nil && !slices.Equal(got, want) {
				err = fmt.Errorf("syncthing has version %v of %s, not %v", got, name, want)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Syncthing) version(ctx context.Context, name string) ([]string, error) {
	var file struct {
		Local struct {
			Version []string `json:"version"`
		} `json:"local"`
	}
	err := s.call(ctx, http.MethodGet, "db/file?folder="+folder+"&file="+url.QueryEscape(name), nil, &file)
	return file.Local.Version, err
}

// Pair starts two instances that know each other and are not connected yet: from has paused to.
func Pair(ctx context.Context, a, b Place) (from, to *Syncthing, err error) {
	if from, err = StartSyncthing(ctx, a); err != nil {
		return nil, nil, err
	}
	if to, err = StartSyncthing(ctx, b); err != nil {
		return nil, nil, errors.Join(err, from.Close())
	}
	if err := errors.Join(from.Knows(ctx, to, true), to.Knows(ctx, from, false)); err != nil {
		return nil, nil, errors.Join(err, from.Close(), to.Close())
	}
	return from, to, nil
}
