package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// ErrStatus means that a hive refused or failed.
var ErrStatus = errors.New("server: hive answered")

// Login signs the admin in and returns a bearer token, which calls and client commands use from then on.
func (h *Hive) Login(ctx context.Context) (string, error) {
	var session struct {
		Token string `json:"token"`
	}
	credentials := map[string]string{"user": h.cfg.Admin, "password": password}
	if err := h.Call(ctx, http.MethodPost, "login", credentials, &session); err != nil {
		return "", fmt.Errorf("server: login: %w", err)
	}
	if session.Token == "" {
		return "", errors.New("server: login: no token")
	}
	h.token = session.Token
	return h.token, nil
}

// Call sends in as JSON and decodes the answer into out; both may be nil. route is what follows /api/v1/.
func (h *Hive) Call(ctx context.Context, method, route string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("server: %w", err)
		}
		body = bytes.NewReader(data)
	}
	data, err := h.Send(ctx, method, route, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("server: %s %s: %w: %s", method, route, err, data)
	}
	return nil
}

// Send is Call with the bytes themselves. The answer is held in memory.
func (h *Hive) Send(ctx context.Context, method, route string, body io.Reader) ([]byte, error) {
	resp, err := h.Open(ctx, method, route, body)
	if err != nil {
		return nil, err
	}
	defer resp.Close()
	return io.ReadAll(resp)
}

// Open is Send with an answer that is read as it comes. The caller closes it.
func (h *Hive) Open(ctx context.Context, method, route string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, h.URL()+"/api/v1/"+route, body)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if strings.HasPrefix(route, "files/") {
		req.Header.Set("Content-Type", "application/octet-stream")
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	resp, err := h.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	const some = 1 << 10
	text, _ := io.ReadAll(io.LimitReader(resp.Body, some)) // it only explains the status
	return nil, fmt.Errorf("%w %d to %s %s: %s", ErrStatus, resp.StatusCode, method, route, bytes.TrimSpace(text))
}

// Put writes a file; folders above it are made.
func (h *Hive) Put(ctx context.Context, path, content string) error {
	return h.Write(ctx, path, strings.NewReader(content))
}

// Get reads a file.
func (h *Hive) Get(ctx context.Context, path string) (string, error) {
	data, err := h.Send(ctx, http.MethodGet, Route("files", path), http.NoBody)
	return string(data), err
}

// Remove deletes an entry, or unmounts it.
func (h *Hive) Remove(ctx context.Context, path string) error {
	_, err := h.Send(ctx, http.MethodDelete, Route("files", path), http.NoBody)
	return err
}

// Entry is what a listing tells of a file or folder.
type Entry struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Root   string `json:"root"`
	Size   int64  `json:"size"`
	Absent bool   `json:"absent"`
}

// Stat tells of one entry.
func (h *Hive) Stat(ctx context.Context, path string) (e Entry, err error) {
	err = h.Call(ctx, http.MethodGet, Route("entries", path), nil, &e)
	return e, err
}

// Write writes a file from a reader.
func (h *Hive) Write(ctx context.Context, path string, content io.Reader) error {
	_, err := h.Send(ctx, http.MethodPut, Route("files", path)+"?parents=true", content)
	return err
}

// Page is how many entries one page of a folder has at most.
const Page = 1000

// List gives the first page of a folder.
func (h *Hive) List(ctx context.Context, path string) ([]Entry, error) {
	var page struct {
		Items []Entry `json:"items"`
	}
	err := h.Call(ctx, http.MethodGet, Route("folders", path)+fmt.Sprintf("?limit=%d", Page), nil, &page)
	return page.Items, err
}

// Route is the rest of an address for what is done to a path.
func Route(noun, path string) string {
	return noun + (&url.URL{Path: "/" + strings.TrimPrefix(path, "/")}).EscapedPath()
}
