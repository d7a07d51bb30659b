package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// maxPause bounds the pause between two attempts, whatever Retry-After says.
const maxPause = 30 * time.Second

// do sends r until it succeeds, fails for good or has been tried often enough. The answer is a success with its body open.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	body, err := r.content()
	if err != nil {
		return nil, err
	}
	defer body.release()
	renewed := false
	for try := 0; ; try++ {
		token, err := c.signedIn(ctx, r)
		if err != nil {
			return nil, err
		}
		resp, err := c.attempt(ctx, r, body, token)
		if err == nil {
			return resp, nil
		}
		if !renewed && c.mayRenew(r, err) && body.rewind() {
			c.forget(token)
			renewed = true
			continue
		}
		pause, again := c.pause(err, try)
		if !again || !r.idempotent() || ctx.Err() != nil || !body.rewind() {
			return nil, err
		}
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// attempt sends r once.
func (c *Client) attempt(ctx context.Context, r request, body *content, token string) (*http.Response, error) {
	req, err := c.build(ctx, r, body, token)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if failed := body.err(); failed != nil {
			return nil, fmt.Errorf("client: read body: %w", failed)
		}
		return nil, &connError{fmt.Errorf("client: %w", err)}
	}
	if resp.StatusCode/100 == 2 && page(resp.Header) {
		return nil, errors.Join(fmt.Errorf("%w: it is a page", ErrNoHive), resp.Body.Close())
	}
	if resp.StatusCode/100 == 2 || resp.StatusCode == http.StatusNotModified {
		return resp, nil
	}
	return nil, readError(resp)
}

// page tells whether a success is a web page, as of a portal that wants a login, and no file of a hive.
func page(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "text/html" && h.Get("Hive-Root") == ""
}

// connError marks what went wrong before there was an answer.
type connError struct{ error }

func (e *connError) Unwrap() error { return e.error }

// pause says whether err may pass by itself, and how long to wait before the next try.
func (c *Client) pause(err error, try int) (time.Duration, bool) {
	if try >= c.opts.Retries {
		return 0, false
	}
	pause := min(c.opts.Backoff<<try, maxPause)
	pause += rand.N(pause/4 + 1)
	if answer, ok := errors.AsType[*Error](err); ok {
		if answer.Code == apitype.CodeHiveUnreachable || answer.Code == apitype.CodeAbsent {
			return 0, false // the hive has tried for long enough
		}
		switch answer.Status {
		case http.StatusTooManyRequests:
			return answer.RetryAfter, answer.RetryAfter > 0 && answer.RetryAfter <= maxPause
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return max(pause, min(answer.RetryAfter, maxPause)), true
		}
		return 0, false
	}
	_, conn := errors.AsType[*connError](err)
	return pause, conn && !final(err)
}

// wait waits for d or for the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// signedIn gives the token for r, after signing in with name and password where there is none yet.
func (c *Client) signedIn(ctx context.Context, r request) (string, error) {
	if r.public {
		return "", nil
	}
	if token := c.Token(); token != "" || c.opts.Password == "" {
		return token, nil
	}
	c.signing.Lock()
	defer c.signing.Unlock()
	if token := c.Token(); token != "" {
		return token, nil
	}
	session, err := c.Login(ctx, c.opts.User, c.opts.Password)
	return session.Token, err
}

// mayRenew says whether err is a session that ended and that a new Login can replace.
func (c *Client) mayRenew(r request, err error) bool {
	return !r.public && c.opts.Password != "" && c.opts.Token == "" &&
		(errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenInvalid))
}

// forget drops token, unless another request has replaced it meanwhile.
func (c *Client) forget(token string) {
	if held := c.token.Load(); held != nil && *held == token {
		c.token.CompareAndSwap(held, nil)
	}
}
