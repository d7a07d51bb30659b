package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// Files is the tree of the user, by absolute path.
type Files struct{ c *Client }

// Condition makes a write depend on the ETag of what is there. "*" stands for any entry; the zero value is no condition.
type Condition struct {
	IfMatch     string
	IfNoneMatch string
}

// PutOptions say how a file is stored. The zero value replaces what is there.
type PutOptions struct {
	Condition
	Length  int64     // bytes of the body where it cannot seek; 0 or -1 is unknown
	MTime   time.Time // default now
	Exec    *bool     // default: as it was
	Parents bool      // make the folders above
}

// OpenOptions say which content is wanted. The zero value is all of the newest revision.
type OpenOptions struct {
	Revision    int64  // 0 is the newest
	Range       string // a value of the Range header, such as bytes=100-
	IfMatch     string
	IfNoneMatch string
}

// ListOptions sort and page a folder. The zero value lists by name from the start.
type ListOptions struct {
	Sort  string // name, size or mtime
	Desc  bool
	After string
	Limit int // 0 is the hive's default
}

// Stat asks for the metadata of an entry.
func (f *Files) Stat(ctx context.Context, path string) (apitype.Entry, error) {
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodGet, path: under("entries", path)})
}

// SetMeta changes what is not nil in in.
func (f *Files) SetMeta(ctx context.Context, path string, in apitype.Meta, cond Condition) (apitype.Entry, error) {
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPatch, path: under("entries", path), json: in, header: cond.header()})
}

// List gives a page of a folder, folders first.
func (f *Files) List(ctx context.Context, path string, opts ListOptions) (apitype.Page[apitype.Entry], error) {
	q := paging(opts.After, opts.Limit)
	setQuery(q, "sort", opts.Sort)
	if opts.Desc {
		q.Set("order", "desc")
	}
	return call[apitype.Page[apitype.Entry]](ctx, f.c, request{method: http.MethodGet, path: under("folders", path), query: q})
}

// All lists a whole folder, page by page.
func (f *Files) All(ctx context.Context, path string, opts ListOptions) iter.Seq2[apitype.Entry, error] {
	return all(func(after string) (apitype.Page[apitype.Entry], error) {
		opts.After = after
		return f.List(ctx, path, opts)
	})
}

// Search finds entries whose name contains query, in upper or lower case.
func (f *Files) Search(ctx context.Context, query, after string, limit int) (apitype.Page[apitype.Entry], error) {
	q := paging(after, limit)
	q.Set("q", query)
	return call[apitype.Page[apitype.Entry]](ctx, f.c, request{method: http.MethodGet, path: "/api/v1/search", query: q})
}

// Mkdir makes a folder, with parents also those above; then it is no error when the folder exists.
func (f *Files) Mkdir(ctx context.Context, path string, parents bool) (apitype.Entry, error) {
	q := url.Values{}
	if parents {
		q.Set("parents", "true")
	}
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPut, path: under("folders", path), query: q, once: !parents})
}

// Move moves or renames an entry.
func (f *Files) Move(ctx context.Context, in apitype.Transfer) (apitype.Entry, error) {
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPost, path: "/api/v1/move", json: in})
}

// Copy copies an entry with all that is in it. It takes no space for content.
func (f *Files) Copy(ctx context.Context, in apitype.Transfer) (apitype.Entry, error) {
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPost, path: "/api/v1/copy", json: in})
}

// Remove puts an entry in the trash.
func (f *Files) Remove(ctx context.Context, path string, cond Condition) (apitype.Trashed, error) {
	return call[apitype.Trashed](ctx, f.c, request{method: http.MethodDelete, path: under("files", path), header: cond.header()})
}

// Put stores a file and says whether it is a new one. The body is streamed; one that can seek may be sent again.
func (f *Files) Put(ctx context.Context, path string, body io.Reader, opts PutOptions) (e apitype.Entry, created bool, err error) {
	q := opts.query()
	if opts.Length == 0 {
		opts.Length = -1
	}
	r := request{method: http.MethodPut, path: under("files", path), query: q, header: opts.header(), body: body, length: opts.Length}
	e, status, err := callStatus[apitype.Entry](ctx, f.c, r)
	return e, status == http.StatusCreated, err
}

func (o PutOptions) query() url.Values {
	q := url.Values{}
	if !o.MTime.IsZero() {
		q.Set("mtime", o.MTime.UTC().Format(time.RFC3339Nano))
	}
	if o.Exec != nil {
		q.Set("exec", strconv.FormatBool(*o.Exec))
	}
	if o.Parents {
		q.Set("parents", "true")
	}
	return q
}

// Content is the content of a file on its way. The caller closes it.
type Content struct {
	io.ReadCloser
	Length      int64 // bytes that come, -1 when unknown
	ETag        string
	Root        string
	Revision    int64
	MTime       time.Time
	Exec        bool
	NotModified bool   // IfNoneMatch held: there is no content
	Range       string // Content-Range where a part was asked for
}

// Open asks for the content of a file.
func (f *Files) Open(ctx context.Context, path string, opts OpenOptions) (*Content, error) {
	q, h := url.Values{}, http.Header{}
	if opts.Revision > 0 {
		q.Set("revision", number(opts.Revision))
	}
	setHeader(h, "Range", opts.Range)
	setHeader(h, "If-Match", opts.IfMatch)
	setHeader(h, "If-None-Match", opts.IfNoneMatch)
	r := request{method: http.MethodGet, path: under("files", path), query: q, header: h}
	resp, err := f.c.do(ctx, r) //nolint:bodyclose // it is the Content, which the caller closes
	if err != nil {
		return nil, err
	}
	c := &Content{
		ReadCloser: resp.Body, Length: resp.ContentLength, ETag: resp.Header.Get("ETag"),
		Root: resp.Header.Get("Hive-Root"), Exec: resp.Header.Get("Hive-Exec") == "true",
		NotModified: resp.StatusCode == http.StatusNotModified, Range: resp.Header.Get("Content-Range"),
	}
	c.Revision, _ = strconv.ParseInt(resp.Header.Get("Hive-Revision"), 10, 64)
	c.MTime, _ = time.Parse(time.RFC3339Nano, resp.Header.Get("Hive-MTime"))
	return c, nil
}

// Archive asks for a folder or file as a zip. A broken answer ends in an error of Read, never in a valid zip.
func (f *Files) Archive(ctx context.Context, path string) (io.ReadCloser, error) {
	return f.c.stream(ctx, request{method: http.MethodGet, path: under("archive", path)})
}

// Export asks for an entry as a CAR.
func (f *Files) Export(ctx context.Context, path string) (io.ReadCloser, error) {
	return f.c.stream(ctx, request{method: http.MethodGet, path: under("car", path)})
}

// Import stores the content of a CAR at path.
func (f *Files) Import(ctx context.Context, path string, car io.Reader) (apitype.Imported, error) {
	return call[apitype.Imported](ctx, f.c, request{method: http.MethodPost, path: under("car", path), body: car, length: -1})
}

func (c Condition) header() http.Header {
	h := http.Header{}
	setHeader(h, "If-Match", c.IfMatch)
	setHeader(h, "If-None-Match", c.IfNoneMatch)
	return h
}

func setHeader(h http.Header, key, value string) {
	if value != "" {
		h.Set(key, value)
	}
}

// under gives the route of a path.
func under(noun, path string) string {
	return fmt.Sprintf("/api/v1/%s/%s", noun, strings.TrimPrefix(path, "/"))
}

// ErrLater says that a thumbnail is being made: ask again in a second.
var ErrLater = errors.New("client: it is being made")

// Thumbnail asks for a small picture of a file: size is small or large, revision 0 the newest. ErrLater while it is being made, ErrNotFound
// where there is none. The caller closes it.
func (f *Files) Thumbnail(ctx context.Context, path, size string, revision int64) (io.ReadCloser, error) {
	q := url.Values{"size": {size}}
	if revision > 0 {
		q.Set("revision", number(revision))
	}
	resp, err := f.c.do(ctx, request{method: http.MethodGet, path: under("thumbnails", path), query: q})
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusAccepted {
		return nil, errors.Join(ErrLater, resp.Body.Close())
	}
	return resp.Body, nil
}
