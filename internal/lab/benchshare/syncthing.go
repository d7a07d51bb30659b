package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	syncthingKey    = "benchshare" // of the API, on the loopback, for as long as the bench runs
	syncthingFolder = "shared"
)

// syncthing is one instance that talks to nobody but who it is told of.
type syncthing struct {
	dir  string
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

func startSyncthing(ctx context.Context, dir string) (s *syncthing, err error) {
	s = &syncthing{dir: dir}
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	if err := command(ctx, "syncthing", "generate", "--home", home, "--no-default-folder"); err != nil {
		return nil, err
	}
	if s.api, err = freeAddr(ctx); err != nil {
		return nil, err
	}
	if s.sync, err = freeAddr(ctx); err != nil {
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
	s.cmd = exec.CommandContext(ctx, "syncthing", "serve", "--home", home, "--no-browser", "--no-restart", "--no-upgrade",
		"--gui-address", s.api, "--gui-apikey", syncthingKey, "--logfile", filepath.Join(dir, "log"))
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
		err = errors.Join(err, s.stop())
	}
	return s, err
}

func (s *syncthing) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = s.cmd.Wait() // it has its own opinion of how to end
	return nil
}

func (s *syncthing) call(ctx context.Context, method, route string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.api+"/rest/"+route, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", syncthingKey)
	resp, err := http.DefaultClient.Do(req)
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

// knows makes another instance known. While it is paused there is no connection.
func (s *syncthing) knows(ctx context.Context, other *syncthing, paused bool) error {
	return s.call(ctx, http.MethodPut, "config/devices/"+other.id, map[string]any{
		"deviceID": other.id, "addresses": []string{"tcp://" + other.sync}, "paused": paused, "compression": "metadata",
	}, nil)
}

// shares offers the one folder to another instance, which does the same.
func (s *syncthing) shares(ctx context.Context, path string, other *syncthing) error {
	return s.call(ctx, http.MethodPut, "config/folders/"+syncthingFolder, map[string]any{
		"id": syncthingFolder, "path": path, "devices": []map[string]string{{"deviceID": s.id}, {"deviceID": other.id}},
		"fsWatcherEnabled": true, "fsWatcherDelayS": 1, "rescanIntervalS": 3600,
	}, nil)
}

// holds waits until the folder has this many files and lacks nothing.
func (s *syncthing) holds(ctx context.Context, files int, within time.Duration) error {
	return server.Until(ctx, within, func(ctx context.Context) error {
		var status struct {
			LocalFiles int    `json:"localFiles"`
			NeedBytes  int64  `json:"needBytes"`
			State      string `json:"state"`
		}
		if err := s.call(ctx, http.MethodGet, "db/status?folder="+syncthingFolder, nil, &status); err != nil {
			return err
		}
		if status.LocalFiles < files || status.NeedBytes > 0 || status.State != "idle" {
			return fmt.Errorf("syncthing is %s with %d of %d files", status.State, status.LocalFiles, files)
		}
		return nil
	})
}

// syncthings starts two instances that know each other and are not connected.
func (b *bench) syncthings(ctx context.Context) (from, to *syncthing, stop func() error, err error) {
	dir := filepath.Join(b.dir, "syncthing")
	from, err = startSyncthing(ctx, filepath.Join(dir, "from"))
	if err != nil {
		return nil, nil, nil, err
	}
	to, err = startSyncthing(ctx, filepath.Join(dir, "to"))
	if err != nil {
		return nil, nil, nil, errors.Join(err, from.stop())
	}
	stop = func() error { return errors.Join(from.stop(), to.stop(), os.RemoveAll(dir)) }
	if err := errors.Join(from.knows(ctx, to, true), to.knows(ctx, from, false)); err != nil {
		return nil, nil, nil, errors.Join(err, stop())
	}
	return from, to, stop, nil
}

// syncthing times a first transfer of source, which has already been scanned, into a new folder of the other instance,
// where there is a Syncthing. It begins with the connection.
func (b *bench) syncthing(ctx context.Context, source string, files int, times *series) error {
	if !installed("syncthing") {
		return nil
	}
	from, to, stop, err := b.syncthings(ctx)
	if err != nil {
		return err
	}
	once := func() error {
		if err := from.shares(ctx, source, to); err != nil {
			return err
		}
		if err := from.holds(ctx, files, patience); err != nil {
			return err
		}
		if err := to.shares(ctx, filepath.Join(to.dir, "shared"), from); err != nil {
			return err
		}
		return times.measure(func() error {
			if err := from.knows(ctx, to, false); err != nil {
				return err
			}
			return to.holds(ctx, files, patience)
		})
	}
	return errors.Join(once(), stop(), os.RemoveAll(filepath.Join(source, ".stfolder")))
}
