package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/sharing"
)

// addrsFile is where a running hive leaves the addresses it really has, for hive id.
const addrsFile = "addrs.json"

// Identity tells who the hive in cfg.Data is and how others reach it, whether it runs or not. Where it does not run the
// addresses are those it would tell others, as far as the configuration says.
func Identity(cfg Config) (apitype.Hive, error) {
	hive := apitype.Hive{Addrs: []string{}, Name: cfg.Name, Version: cfg.Version}
	if err := checkFolder(cfg.Data); err != nil {
		return hive, err
	}
	key, err := readIdentity(filepath.Join(cfg.Data, identityFile))
	if err != nil {
		return hive, err
	}
	hive.ID = sharing.IDOf(key.Public().(ed25519.PublicKey)).String()
	if !cfg.P2P.Enabled {
		return hive, nil
	}
	if raw, err := os.ReadFile(filepath.Join(cfg.Data, addrsFile)); err == nil {
		if err := json.Unmarshal(raw, &hive.Addrs); err == nil {
			return hive, nil
		}
	}
	addrs := cfg.P2P.Announce
	if len(addrs) == 0 {
		addrs = cfg.P2P.Listen
	}
	for _, addr := range addrs {
		for _, exact := range exactly(addr) {
			hive.Addrs = append(hive.Addrs, exact+"/p2p/"+hive.ID)
		}
	}
	return hive, nil
}

// exactly puts the addresses of this machine in the place of "every address of it", and drops one of any port.
func exactly(addr string) (exact []string) {
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

// addrsEvery is how often a running hive looks whether its addresses have changed.
const addrsEvery = 10 * time.Second

// noteAddrs writes addrsFile, where it is not as before, and gives its content.
func (n *Node) noteAddrs(before []byte) []byte {
	raw, err := json.Marshal(n.network.Addrs())
	if err == nil && !bytes.Equal(raw, before) {
		err = replaceFile(filepath.Join(n.cfg.Data, addrsFile), raw)
	}
	if err != nil {
		n.log.Warn("addresses not noted", "path", addrsFile, "err", err)
	}
	return raw
}

// followAddrs keeps addrsFile true until ctx ends.
func (n *Node) followAddrs(ctx context.Context) {
	ticker := time.NewTicker(addrsEvery)
	defer ticker.Stop()
	for before := n.noteAddrs(nil); ; before = n.noteAddrs(before) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// forgetAddrs removes addrsFile, for a hive that stops is reached nowhere.
func (n *Node) forgetAddrs() error {
	err := os.Remove(filepath.Join(n.cfg.Data, addrsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
