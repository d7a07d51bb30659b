package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/melissiproject/hive/api/apitype"
)

// request is one call of the API before it is sent.
type request struct {
	method string
	path   string // not escaped
	query  url.Values
	header http.Header
	json   any       // body as JSON, or
	body   io.Reader // body as it is,
	length int64     // with its length, -1 when unknown
	public bool      // needs no token
	once   bool      // must not be sent twice, though its method allows it
}

// idempotent says whether r does no harm when it is sent twice. A write with a condition does not count: when the
// first answer is lost, the second one would be a refusal.
func (r request) idempotent() bool {
	switch r.method {
	case http.MethodGet, http.MethodHead:
		return !r.once
	case http.MethodPut, http.MethodDelete:
		return !r.once && r.header.Get("If-Match") == "" && r.header.Get("If-None-Match") == ""
	}
	return false
}

// content gives the body of r in a form that can be sent again where it can seek.
func (r request) content() (*content, error) {
	if r.json != nil {
		raw, err := json.Marshal(r.json)
		if err != nil {
			return nil, fmt.Errorf("client: encode request: %w", err)
		}
		return newContent(bytes.NewReader(raw), -1)
	}
	return newContent(r.body, r.length)
}

// build makes the HTTP request for one attempt.
func (c *Client) build(ctx context.Context, r request, body *content, token string) (*http.Request, error) {
	u := *c.base
	u.Path, u.RawPath, u.RawQuery = c.base.Path+r.path, "", r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("client: build request: %w", err)
	}
	body.attach(req)
	for key, values := range r.header {
		req.Header[key] = values
	}
	if r.json != nil {
		req.Header.Set("Content-Type", "application/json")
	} else if body.large() {
		req.Header.Set("Expect", "100-continue") // a refusal comes before the body
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// call sends r and decodes the JSON answer.
func call[T any](ctx context.Context, c *Client, r request) (T, error) {
	out, _, err := callStatus[T](ctx, c, r)
	return out, err
}

// callStatus is call for those who must know which success it was.
func callStatus[T any](ctx context.Context, c *Client, r request) (T, int, error) {
	var out T
	resp, err := c.do(ctx, r)
	if err != nil {
		return out, 0, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return out, resp.StatusCode, fmt.Errorf("client: decode answer of %s %s: %w", r.method, r.path, err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxProblem)) // lets the connection be used again
	return out, resp.StatusCode, nil
}

// headers sends r and drops the answer but its headers.
func (c *Client) headers(ctx context.Context, r request) (http.Header, error) {
	resp, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxProblem))
	return resp.Header, resp.Body.Close()
}

// send sends r and drops the answer.
func (c *Client) send(ctx context.Context, r request) error {
	_, err := c.headers(ctx, r)
	return err
}

// stream sends r and gives the answer as it comes.
func (c *Client) stream(ctx context.Context, r request) (io.ReadCloser, error) {
	resp, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// all walks the pages that get gives.
func all[T any](get func(after string) (apitype.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := ""; ; {
			page, err := get(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// paging gives the query of a page.
func paging(after string, limit int) url.Values {
	q := url.Values{}
	setQuery(q, "after", after)
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}

func setQuery(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
