package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/folder"
)

// Config of a hive. Load fills it; the keys are those of config.yaml, where each is explained, and each is also a variable:
// http.tls.cert is HIVE_HTTP_TLS_CERT.
type Config struct {
	// Data is the folder that holds everything the hive keeps.
	Data string `yaml:"-"`
	// Version of the program, shown to clients.
	Version string `yaml:"-"`
	// Logger receives what happens; discarded when nil. Log says how the command line makes one.
	Logger *slog.Logger `yaml:"-"`

	Name       string     `yaml:"name"`
	HTTP       HTTP       `yaml:"http"`
	Database   Secret     `yaml:"database"` // DSN; SQLite in Data when empty
	Blocks     Blocks     `yaml:"blocks"`
	Accounts   Accounts   `yaml:"accounts"`
	Catalog    Catalog    `yaml:"catalog"`
	Trash      Trash      `yaml:"trash"`
	Revisions  Revisions  `yaml:"revisions"`
	Thumbnails Thumbnails `yaml:"thumbnails"`
	GC         GC         `yaml:"gc"`
	Scrub      Scrub      `yaml:"scrub"`
	P2P        P2P        `yaml:"p2p"`
	Sharing    Sharing    `yaml:"sharing"`
	Audit      Audit      `yaml:"audit"`
	Log        Log        `yaml:"log"`
}

// HTTP says where the hive is reached.
type HTTP struct {
	Listen         string   `yaml:"listen"`          // HOST:PORT
	URL            string   `yaml:"url"`             // public address, made from Listen when empty
	TrustedProxies []string `yaml:"trusted_proxies"` // addresses or networks
	TLS            TLS      `yaml:"tls"`
	StopTimeout    Duration `yaml:"stop_timeout"` // for running requests when the hive stops
}

// TLS names the files of a certificate. Both or none.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Blocks is about the block store.
type Blocks struct {
	Reserve Size `yaml:"reserve"` // free space under which writes are refused
}

// Accounts is about new users and sessions.
type Accounts struct {
	Registration string   `yaml:"registration"` // open, closed or code
	Quota        Size     `yaml:"quota"`        // of new users; negative is no limit
	SessionLife  Duration `yaml:"session_life"`
}

// Catalog is about names.
type Catalog struct {
	RefuseCaseCollisions bool `yaml:"refuse_case_collisions"`
}

// Trash is about deleted entries.
type Trash struct {
	Days int `yaml:"days"` // 0 keeps them until the trash is emptied
}

// Revisions is about old states of files.
type Revisions struct {
	Thin bool `yaml:"thin"`
}

// Thumbnails is about small pictures of files.
type Thumbnails struct {
	Space Size `yaml:"space"` // bytes that all may take
}

// GC is about blocks that nothing names any more.
type GC struct {
	Every Duration `yaml:"every"` // 0 is never
}

// Scrub is about reading all blocks again.
type Scrub struct {
	Every Duration `yaml:"every"` // 0 is never
	Rate  Size     `yaml:"rate"`  // bytes a second; 0 is no limit
}

// Audit is about the record of who did what.
type Audit struct {
	Keep Duration `yaml:"keep"` // 0 is for ever
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // auto, text or json
}

// Default is the configuration of a hive whose file is empty.
func Default() Config {
	return Config{
		Name:       "hive",
		HTTP:       HTTP{Listen: "127.0.0.1:4483", StopTimeout: Duration(30 * time.Second)},
		Blocks:     Blocks{Reserve: 1 << 30},
		Accounts:   Accounts{Registration: "closed", Quota: Unlimited, SessionLife: Duration(30 * day)},
		Trash:      Trash{Days: 30},
		Revisions:  Revisions{Thin: true},
		Thumbnails: Thumbnails{Space: 1 << 30},
		GC:         GC{Every: Duration(day)},
		Scrub:      Scrub{Every: Duration(30 * day), Rate: 20 << 20},
		P2P:        defaultP2P(),
		Sharing:    Sharing{Quota: Unlimited},
		Audit:      Audit{Keep: Duration(365 * day)},
		Log:        Log{Level: "info", Format: "auto"},
	}
}

// dsn is where the names lie.
func (c Config) dsn() string {
	if dsn := c.Database.Reveal(); dsn != "" {
		return dsn
	}
	return "sqlite:" + filepath.Join(c.Data, databaseFile)
}

// folder is what holds the database and the data folder together.
func (c Config) folder() belonging.Folder {
	return belonging.Folder{Dir: c.Data, Blocks: blocksFolder, DSN: c.dsn(), Log: c.logger(), Replace: folder.Replace}
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// Validate tells everything that is wrong with c, by key.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, key, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("%s: "+format, append([]any{key}, args...)...))
		}
	}
	check(c.Data != "", "data", "no folder given")
	check(len(c.Name) > 0 && len(c.Name) <= 64 && !strings.ContainsFunc(c.Name, isControl), "name", "must be 1 to 64 characters, on one line")
	if err := (database.Config{DSN: c.dsn()}).Validate(); err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, c.HTTP.validate()...)
	check(c.Blocks.Reserve > 0, "blocks.reserve", "must be more than 0: a disk that is full to the last byte ends a hive")
	check(oneOf(c.Accounts.Registration, "open", "closed", "code"), "accounts.registration", "is %q, must be open, closed or code", c.Accounts.Registration)
	check(c.Accounts.Quota != 0, "accounts.quota", "must not be 0: new users could keep nothing")
	check(c.Accounts.SessionLife >= Duration(time.Minute), "accounts.session_life", "must be 1m or longer")
	check(c.Trash.Days >= 0, "trash.days", "must not be negative")
	check(c.GC.Every == 0 || c.GC.Every >= Duration(time.Minute), "gc.every", "must be 1m or longer, or 0 for never")
	check(c.Scrub.Every == 0 || c.Scrub.Every >= Duration(time.Minute), "scrub.every", "must be 1m or longer, or 0 for never")
	check(c.Scrub.Rate >= 0, "scrub.rate", "must not be negative")
	faults = append(faults, c.P2P.validate()...)
	check(c.Sharing.Quota != 0, "sharing.quota", "must not be 0: nothing of a share could be kept")
	check(c.Audit.Keep >= 0, "audit.keep", "must not be negative; 0 is for ever")
	check(oneOf(c.Log.Level, "debug", "info", "warn", "error"), "log.level", "is %q, must be debug, info, warn or error", c.Log.Level)
	check(oneOf(c.Log.Format, "auto", "text", "json"), "log.format", "is %q, must be auto, text or json", c.Log.Format)
	return errors.Join(faults...)
}

func (h HTTP) validate() (faults []error) {
	if _, port, err := net.SplitHostPort(h.Listen); err != nil || !isPort(port) {
		faults = append(faults, fmt.Errorf("http.listen: %q is not HOST:PORT, for example 127.0.0.1:4483, or :4483 for every address", h.Listen))
	}
	if u, err := url.Parse(h.URL); h.URL != "" && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "") {
		faults = append(faults, fmt.Errorf("http.url: %q is not an address such as https://hive.example.org", h.URL))
	}
	for _, proxy := range h.TrustedProxies {
		if _, err := netip.ParsePrefix(proxy); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(proxy); err != nil {
			faults = append(faults, fmt.Errorf("http.trusted_proxies: %q is neither an address nor a network such as 10.0.0.0/8", proxy))
		}
	}
	if (h.TLS.Cert == "") != (h.TLS.Key == "") {
		faults = append(faults, errors.New("http.tls: cert and key belong together; only one is given"))
	}
	faults = append(faults, readable("http.tls.cert", h.TLS.Cert)...)
	faults = append(faults, readable("http.tls.key", h.TLS.Key)...)
	if h.StopTimeout < 0 {
		faults = append(faults, errors.New("http.stop_timeout: must not be negative"))
	}
	return faults
}

func readable(key, name string) []error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", key, err)}
	}
	f.Close()
	return nil
}

func isPort(s string) bool {
	_, err := net.LookupPort("tcp", s)
	return err == nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func oneOf(s string, allowed ...string) bool { return slices.Contains(allowed, s) }
