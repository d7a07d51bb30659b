// Package api is the HTTP API of a hive: an http.Handler on accounts and catalog.
//
// It owns how the API is put together, the routes about the hive itself, and its configuration. Package edge is what every
// request passes, people, files, shares, peers and admin have the routes by noun, apitype the shapes, client the other end. Accounts belong to
// account, names and content to catalog, listening and TLS to node.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/admin"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/api/files"
	"github.com/melissiproject/hive/api/links"
	"github.com/melissiproject/hive/api/peers"
	"github.com/melissiproject/hive/api/people"
	"github.com/melissiproject/hive/api/shares"
	"github.com/melissiproject/hive/api/tus"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/internal/statistics"
	"github.com/melissiproject/hive/sharing"
	"github.com/melissiproject/hive/sharing/link"
	"github.com/melissiproject/hive/web"
)

// Config of a Server.
type Config struct {
	Version        string        // of the hive
	Name           string        // of the hive; default "hive"
	TrustedProxies []string      // addresses or CIDR ranges whose X-Forwarded-For and X-Forwarded-Proto count; default none
	Stall          time.Duration // how long a client may neither send nor take bytes; default 2 min
	Beat           time.Duration // pause between the signs of life of an event stream; default 15 s

	// Ready says nil when the hive can serve; for /readyz. Default: always.
	Ready func(context.Context) error
	// Store describes the block store, for GET /api/v1/storage.
	Store func(context.Context) (apitype.Storage, error)
	// Sharing is what users do with each other. Default: there are no routes for it.
	Sharing *sharing.Sharing
	// Links are public URLs. Default: there are no routes for them.
	Links *link.Links
	// Thumbnails are small pictures of files. Default: there are none.
	Thumbnails *thumbnail.Thumbnails
	// URL is where people reach the hive, for links. Default: links say no host.
	URL string
	// ShareQuota is what a share of another hive may take up, in bytes, where its receiver says nothing. Default -1, no limit.
	ShareQuota int64
	// Network is the hive among other hives. Default: it is alone.
	Network Network
	// Audit is the record of who did what. Default: there is no route for it.
	Audit *audit.Log
	// Settings go before Name and ShareQuota. Default: there is no route for them.
	Settings *settings.Settings
	// Health says in words how the hive is. Default: there is no route for it.
	Health func(context.Context) apitype.Health
	// Statistics are numbers over time. Default: there is no route for them.
	Statistics *statistics.Store
	// Log gets the access log (Debug, errors Info) and failures (Error). Default slog.DiscardHandler.
	Log *slog.Logger
}

// Network is the hive among other hives. Its errors are those below, where they fit.
type Network = peers.Network

// Alone is the Network of a hive that is on none.
type Alone = peers.Alone

// Errors of a Network, which the API answers with codes of their own.
var (
	ErrHiveBlocked     = edge.ErrBlocked
	ErrHiveSelf        = edge.ErrSelf
	ErrHiveUnreachable = edge.ErrUnreachable
	ErrNoNetwork       = edge.ErrNoNetwork
)

// Because adds words for the client to one of these errors.
func Because(err error, text string) error { return edge.Because(err, text) }

// Validate says what is wrong with c.
func (c Config) Validate() error {
	if c.Beat < 0 {
		return errors.New("api: Beat must not be negative")
	}
	return c.edge().Validate()
}

func (c Config) edge() edge.Config {
	return edge.Config{Version: c.Version, TrustedProxies: c.TrustedProxies, Stall: c.Stall, Audit: c.Audit, Log: c.Log}
}

// name is that of the hive now.
func (c Config) name() string {
	if c.Settings != nil {
		return c.Settings.Now().Name
	}
	return c.Name
}

// nameNow is name where it may change, else nil.
func (c Config) nameNow() func() string {
	if c.Settings == nil {
		return nil
	}
	return c.name
}

// shareQuota is what a share of another hive may take up now.
func (c Config) shareQuota() int64 {
	if c.Settings != nil {
		return c.Settings.Now().ShareQuota
	}
	return c.ShareQuota
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "hive"
	}
	if c.Beat == 0 {
		c.Beat = 15 * time.Second
	}
	if c.ShareQuota == 0 {
		c.ShareQuota = -1
	}
	if c.Network == nil {
		c.Network = Alone{Addrs: []string{}, Name: c.Name, Version: c.Version}
	}
	return c
}

// Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	accounts *account.Accounts
	cfg      Config
	router   *edge.Router
}

// New returns a server on accounts and names, neither of which it closes.
func New(accounts *account.Accounts, names *catalog.Catalog, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	router, err := edge.New(accounts, cfg.edge())
	if err != nil {
		return nil, err
	}
	s := &Server{accounts: accounts, cfg: cfg, router: router}
	people.Register(router, accounts, names, people.Hive{Quit: s.quit, Name: cfg.name})
	files.Register(router, names, files.Config{Beat: cfg.Beat, Thumbnails: cfg.Thumbnails})
	tus.Register(router, names)
	peers.Register(router, cfg.Network, cfg.nameNow())
	admin.Register(router, admin.Parts{Audit: cfg.Audit, Settings: cfg.Settings, Statistics: cfg.Statistics, Health: cfg.Health})
	if cfg.Sharing != nil {
		shares.Register(router, cfg.Sharing, cfg.shareQuota)
	}
	if cfg.Links != nil {
		links.Register(router, cfg.Links, links.Config{URL: cfg.URL, Thumbnails: cfg.Thumbnails})
	}
	page, err := web.New()
	if err != nil {
		return nil, err
	}
	router.Page(page.Serve)
	s.routes()
	return s, nil
}

// quit ends what a user shares with others.
func (s *Server) quit(ctx context.Context, user int64) error {
	if s.cfg.Sharing == nil {
		return nil
	}
	return shares.Quit(ctx, s.cfg.Sharing, user)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Close ends event streams and requests that wait for changes, so that http.Server.Shutdown need not wait for them: give
// it to RegisterOnShutdown. Other requests go on.
func (s *Server) Close() { s.router.Close() }

// Counts is how many requests there were, and how many of them the hive failed.
func (s *Server) Counts() (requests, failed int64) { return s.router.Counts() }

// Routes gives every route that is served, as "METHOD path".
func (s *Server) Routes() []string { return s.router.Routes() }
