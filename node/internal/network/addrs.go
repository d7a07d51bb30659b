package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Exactly puts the addresses of this machine in the place of "every address of it", and drops one of any port.
func Exactly(addr string) (exact []string) {
	if strings.Contains(addr+"/", "/tcp/0/") || strings.Contains(addr+"/", "/udp/0/") {
		return nil
	}
	parsed, err := ma.NewMultiaddr(addr)
	if err != nil {
		return nil
	}
	resolved, err := manet.ResolveUnspecifiedAddress(parsed, nil)
	if err != nil {
		return nil
	}
	for _, addr := range resolved {
		exact = append(exact, addr.String())
	}
	return exact
}

// every is how often a running hive looks whether its addresses have changed.
const every = 10 * time.Second

// Addrs is the file in which a running hive leaves the addresses it really has, for hive id.
type Addrs struct {
	Name    string                                  // of the file
	Now     func() []string                         // the addresses
	Replace func(name string, content []byte) error // writes a file in one step
	Log     *slog.Logger
}

// ReadAddrs gives the addresses of the hive that runs, as far as there is one.
func ReadAddrs(name string) (addrs []string, ok bool) {
	raw, err := os.ReadFile(name)
	if err != nil || json.Unmarshal(raw, &addrs) != nil {
		return nil, false
	}
	return addrs, true
}

// Note writes the file where it is not as before, and gives its content.
func (a *Addrs) Note(before []byte) []byte {
	raw, err := json.Marshal(a.Now())
	if err == nil && !bytes.Equal(raw, before) {
		err = a.Replace(a.Name, raw)
	}
	if err != nil {
		a.Log.Warn("addresses not noted", "path", a.Name, "err", err)
	}
	return raw
}

// Follow keeps the file true until ctx ends.
func (a *Addrs) Follow(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for before := a.Note(nil); ; before = a.Note(before) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Forget removes the file, for a hive that stops is reached nowhere.
func (a *Addrs) Forget() error {
	err := os.Remove(a.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
