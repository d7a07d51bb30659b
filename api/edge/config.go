package edge

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/melissiproject/hive/internal/audit"
)

// Config of a Router.
type Config struct {
	Version        string        // of the hive, for the document
	TrustedProxies []string      // addresses or CIDR ranges whose X-Forwarded-For and X-Forwarded-Proto count; default none
	Stall          time.Duration // how long a client may neither send nor take bytes; default 2 min
	Audit          *audit.Log    // where Noted routes are recorded that have no transaction; default nowhere
	Log            *slog.Logger  // default slog.DiscardHandler
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	if c.Stall < 0 {
		return errors.New("edge: Stall must not be negative")
	}
	_, err := c.proxies()
	return err
}

func (c Config) withDefaults() Config {
	c.Stall = cmp.Or(c.Stall, 2*time.Minute)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c
}

// proxies parses TrustedProxies.
func (c Config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("edge: trusted proxy %q: %w", text, err)
		}
		out = append(out, prefix)
	}
	return out, nil
}
