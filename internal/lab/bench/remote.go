package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

var errStatus = errors.New("server answered")

// remote is the one HTTP client for all servers, so that it weighs alike on each.
type remote struct {
	base  string // ends in a slash
	token string
	http  *http.Client
}

func newRemote(base, token string) *remote {
	const conns = 64
	return &remote{base: base, token: token, http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: conns, DisableCompression: true},
	}}
}

// request sends body, which may be nil, and gives the answer if it is a success.
func (r *remote) request(ctx context.Context, method, path string, body io.Reader, size int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	const some = 512
	text, _ := io.ReadAll(io.LimitReader(resp.Body, some)) // it only explains the status
	return nil, fmt.Errorf("%s %s: %w %d: %s", method, path, errStatus, resp.StatusCode, bytes.TrimSpace(text))
}

// done sends a request whose answer does not matter beyond success.
func (r *remote) done(ctx context.Context, method, path string, body io.Reader, size int64) error {
	resp, err := r.request(ctx, method, path, body, size)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// put uploads the file name.
func (r *remote) put(ctx context.Context, path, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return r.done(ctx, http.MethodPut, path, f, info.Size())
}

// get downloads into w and fails when it is not size bytes.
func (r *remote) get(ctx context.Context, path string, w io.Writer, size int64) error {
	resp, err := r.request(ctx, http.MethodGet, path, http.NoBody, 0)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	const buffer = 256 << 10
	n, err := io.CopyBuffer(w, resp.Body, make([]byte, buffer))
	if err == nil && n != size {
		err = fmt.Errorf("GET %s: got %d bytes, want %d", path, n, size)
	}
	return err
}

// sum downloads and hashes.
func (r *remote) sum(ctx context.Context, path string, size int64) ([]byte, error) {
	h := sha256.New()
	err := r.get(ctx, path, h, size)
	return h.Sum(nil), err
}

// json gets a JSON document.
func (r *remote) json(ctx context.Context, path string, into any) error {
	resp, err := r.request(ctx, http.MethodGet, path, http.NoBody, 0)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// void takes bytes and has no other methods, so that copying to it goes through a buffer as to a file.
type void struct{}

func (void) Write(p []byte) (int, error) { return len(p), nil }
