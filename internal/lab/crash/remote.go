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
	"net/url"
	"strconv"
	"strings"
	"time"
)

// errStatus is an answer of the hive that is no success. No connection, or half
// an answer, is another error: then nobody knows what the hive did.
var errStatus = errors.New("hive answered")

// remote speaks to the hive over HTTP, without retries.
type remote struct {
	url   string
	token string
	http  *http.Client
}

func newRemote(url, token string, conns int) *remote {
	const patience = time.Minute
	transport := &http.Transport{MaxIdleConnsPerHost: conns, DisableCompression: true}
	return &remote{url: url, token: token, http: &http.Client{Transport: transport, Timeout: patience}}
}

func (r *remote) do(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	u := r.url + "/api/v1" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // it only explains the status
	return resp, fmt.Errorf("%w %d: %s", errStatus, resp.StatusCode, bytes.TrimSpace(text))
}

func (r *remote) mkdir(ctx context.Context, path string) error {
	resp, err := r.do(ctx, http.MethodPut, "/folders"+path, nil, http.NoBody)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// put writes a file and returns the revision that the hive acknowledged.
func (r *remote) put(ctx context.Context, path string, content []byte, parents bool) (int64, error) {
	query := url.Values{}
	if parents {
		query.Set("parents", "true")
	}
	resp, err := r.do(ctx, http.MethodPut, "/files"+path, query, bytes.NewReader(content))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var entry struct {
		Size     int64 `json:"size"`
		Revision int64 `json:"revision"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&entry); err != nil {
		return 0, err
	}
	if entry.Revision == 0 || entry.Size != int64(len(content)) {
		return 0, fmt.Errorf("%w %d with revision %d and size %d for %d bytes",
			errStatus, resp.StatusCode, entry.Revision, entry.Size, len(content))
	}
	return entry.Revision, nil
}

// get reads a file to its end and returns the revision it is of and its hash.
// Revision 0 asks for the newest; no such file or revision is 0 without error.
func (r *remote) get(ctx context.Context, path string, revision int64) (int64, sum, error) {
	query := url.Values{}
	if revision != 0 {
		query.Set("revision", strconv.FormatInt(revision, 10))
	}
	resp, err := r.do(ctx, http.MethodGet, "/files"+path, query, http.NoBody)
	if resp != nil && resp.StatusCode == http.StatusNotFound {
		return 0, sum{}, nil
	}
	if err != nil {
		return 0, sum{}, err
	}
	defer resp.Body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, resp.Body); err != nil {
		return 0, sum{}, err
	}
	tag, _, _ := strings.Cut(strings.Trim(resp.Header.Get("ETag"), `"`), "-")
	got, err := strconv.ParseInt(tag, 10, 64)
	if err != nil {
		return 0, sum{}, fmt.Errorf("%w with ETag %s", errStatus, resp.Header.Get("ETag"))
	}
	return got, sum(h.Sum(nil)), nil
}
