// Package client speaks the HTTP API of a hive for Go programs; the command line is one of them.
//
// It owns requests, retries, the connection pool and the way back from error answers to Go errors. It does not own
// the shapes (api/apitype), nor files on the local disk, progress or any choice a user makes.
//
// Every method takes a context and follows it. Requests that may be sent twice without harm are sent again, up to
// Options.Retries times, after a failed connection and the statuses 429, 502, 503 and 504. Bodies are streamed: a body
// that can seek is replayed on a retry, another is sent once.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client/internal/traffic"
)

// Options of a client. The zero value makes a client that is not signed in.
type Options struct {
	Token    string // bearer token; goes before User and Password
	User     string // signs in at the first request that needs it, where there is no Token
	Password string
	Device   string // name of this device for Login; default none

	Retries   int               // how often a failed request is sent again; default 3, negative for never
	Backoff   time.Duration     // pause before the first retry, doubled for each further one; default 200 ms
	Transport http.RoundTripper // default: a pool for 64 parallel transfers
	UserAgent string            // default "hive-client"
}

// Client talks to one hive. It is safe for concurrent use. Its parts are grouped by noun.
type Client struct {
	Account *Account // the user's own account, tokens and devices
	Users   *Users   // accounts and registration codes; for admins
	Admin   *Admin   // the hive itself; for admins
	Files   *Files   // files and folders by path
	History *History // revisions, trash and changes
	Chunks  *Chunks  // files as differences to what is there
	Uploads *Uploads // files that are sent in parts

	Peers    *Peers    // the hive among other hives
	Contacts *Contacts // users of other hives, and invitations
	Links    *Links    // public URLs
	Shares   *Shares   // shares, offers, and messages to other hives

	base    *url.URL
	http    *http.Client
	opts    Options
	token   atomic.Pointer[string]
	signing sync.Mutex // held during the Login that concurrent requests share
	traffic traffic.Counter
}

// New returns a client for the hive at baseURL, for example https://hive.example.org. It sends nothing.
func New(baseURL string, opts Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("client: address of the hive: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, errors.New("client: address of the hive must be http://HOST or https://HOST, not " + baseURL)
	}
	base.RawQuery, base.Fragment, base.User = "", "", nil
	c := &Client{base: base, opts: opts.withDefaults()}
	if c.opts.Transport == nil {
		c.opts.Transport = c.traffic.Transport()
	}
	c.http = &http.Client{Transport: c.opts.Transport, CheckRedirect: refuseRedirect}
	if opts.Token != "" {
		c.token.Store(&opts.Token)
	}
	c.Account, c.Users, c.Files, c.History, c.Chunks = &Account{c}, &Users{c}, &Files{c}, &History{c}, &Chunks{c}
	c.Uploads, c.Links = &Uploads{c}, &Links{c}
	c.Admin = &Admin{c}
	c.Peers, c.Contacts, c.Shares = &Peers{c}, &Contacts{c}, &Shares{c}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Retries == 0 {
		o.Retries = 3
	}
	if o.Backoff == 0 {
		o.Backoff = 200 * time.Millisecond
	}
	if o.UserAgent == "" {
		o.UserAgent = "hive-client"
	}
	return o
}

// refuseRedirect keeps tokens from going to another address than the one that was asked for.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Token is the bearer token in use, empty before signing in.
func (c *Client) Token() string {
	if t := c.token.Load(); t != nil {
		return *t
	}
	return ""
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Login opens a session and uses its token from now on.
func (c *Client) Login(ctx context.Context, user, password string) (apitype.Session, error) {
	return c.LoginBy(ctx, apitype.Login{User: user, Password: password})
}

// LoginBy is Login for who has a second factor too.
func (c *Client) LoginBy(ctx context.Context, in apitype.Login) (apitype.Session, error) {
	in.Device = c.opts.Device
	session, err := call[apitype.Session](ctx, c, request{method: http.MethodPost, path: "/api/v1/login", json: in, public: true})
	if err == nil {
		c.token.Store(&session.Token)
	}
	return session, err
}

// Logout ends the present token.
func (c *Client) Logout(ctx context.Context) error {
	return c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/session"})
}

// Register makes an account where the hive lets people register.
func (c *Client) Register(ctx context.Context, r apitype.Registration) (apitype.User, error) {
	return call[apitype.User](ctx, c, request{method: http.MethodPost, path: "/api/v1/register", json: r, public: true})
}

// Server asks what the hive tells everyone.
func (c *Client) Server(ctx context.Context) (apitype.Server, error) {
	return call[apitype.Server](ctx, c, request{method: http.MethodGet, path: "/api/v1/server", public: true})
}

// Storage asks for the state of the block store; for admins.
func (c *Client) Storage(ctx context.Context) (apitype.Storage, error) {
	return call[apitype.Storage](ctx, c, request{method: http.MethodGet, path: "/api/v1/storage"})
}

// Ready returns nil when the hive can serve requests.
func (c *Client) Ready(ctx context.Context) error {
	return c.send(ctx, request{method: http.MethodGet, path: "/readyz", public: true})
}

// Traffic is how many bytes went to the hive and came from it so far, headers and TLS included. With a Transport of one's own
// it counts nothing.
func (c *Client) Traffic() (sent, received int64) { return c.traffic.Bytes() }
