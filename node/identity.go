package node

import (
	"crypto/ed25519"
	"path/filepath"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/node/internal/identity"
	"github.com/melissiproject/hive/node/internal/network"
	"github.com/melissiproject/hive/sharing"
)

// Identity tells who the hive in cfg.Data is and how others reach it, whether it runs or not. Where it does not run the
// addresses are those it would tell others, as far as the configuration says.
func Identity(cfg Config) (apitype.Hive, error) {
	hive := apitype.Hive{Addrs: []string{}, Name: cfg.Name, Version: cfg.Version}
	if err := checkFolder(cfg.Data); err != nil {
		return hive, err
	}
	key, err := identity.Read(filepath.Join(cfg.Data, identityFile))
	if err != nil {
		return hive, err
	}
	hive.ID = sharing.IDOf(key.Public().(ed25519.PublicKey)).String()
	if !cfg.P2P.Enabled {
		return hive, nil
	}
	if addrs, ok := network.ReadAddrs(filepath.Join(cfg.Data, addrsFile)); ok {
		hive.Addrs = addrs
		return hive, nil
	}
	addrs := cfg.P2P.Announce
	if len(addrs) == 0 {
		addrs = cfg.P2P.Listen
	}
	for _, addr := range addrs {
		for _, exact := range network.Exactly(addr) {
			hive.Addrs = append(hive.Addrs, exact+"/p2p/"+hive.ID)
		}
	}
	return hive, nil
}
