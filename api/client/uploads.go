package client

import (
	"context"
	"encoding/base64"
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

// Uploads are files that are sent in parts, by the tus protocol: what the hive said it has survives any break.
type Uploads struct{ c *Client }

// Progress is how far an upload is.
type Progress struct {
	ID     string
	Offset int64 // bytes that are safe
	Length int64 // bytes of the file; 0 in the answer to Append
	Entry  int64 // id of the file, once all is there
	ETag   string

	Metadata string // what Begin said, in the answer to Progress
}

// List lists unfinished uploads.
func (u *Uploads) List(ctx context.Context) iter.Seq2[apitype.Upload, error] {
	return all(func(after string) (apitype.Page[apitype.Upload], error) {
		return call[apitype.Page[apitype.Upload]](ctx, u.c, request{method: http.MethodGet, path: "/api/v1/tus", query: paging(after, 0)})
	})
}

// Begin makes an upload of opts.Length bytes. The file is put at path, as opts say, when all is there.
func (u *Uploads) Begin(ctx context.Context, path string, opts PutOptions) (Progress, error) {
	h := tus()
	h.Set("Upload-Length", number(opts.Length))
	h.Set("Upload-Metadata", opts.Metadata(path))
	resp, err := u.c.headers(ctx, request{method: http.MethodPost, path: "/api/v1/tus", header: h})
	if err != nil {
		return Progress{}, err
	}
	place, err := url.Parse(resp.Get("Location"))
	if err != nil {
		return Progress{}, fmt.Errorf("client: place of an upload: %w", err)
	}
	p := progress(place.Path[strings.LastIndexByte(place.Path, '/')+1:], resp)
	p.Length = opts.Length
	return p, nil
}

// Progress asks how far an upload is. A request that still sends to it is ended.
func (u *Uploads) Progress(ctx context.Context, id string) (Progress, error) {
	resp, err := u.c.headers(ctx, request{method: http.MethodHead, path: "/api/v1/tus/" + id, header: tus()})
	return progress(id, resp), err
}

// Append sends bytes that begin at offset. When it breaks, Progress tells what has come.
func (u *Uploads) Append(ctx context.Context, id string, offset int64, body io.Reader) (Progress, error) {
	h := tus()
	h.Set("Upload-Offset", number(offset))
	h.Set("Content-Type", "application/offset+octet-stream")
	resp, err := u.c.headers(ctx, request{method: http.MethodPatch, path: "/api/v1/tus/" + id, header: h, body: body, length: -1})
	return progress(id, resp), err
}

// Drop ends an upload.
func (u *Uploads) Drop(ctx context.Context, id string) error {
	return u.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/tus/" + id, header: tus()})
}

func tus() http.Header { return http.Header{"Tus-Resumable": {"1.0.0"}} }

func progress(id string, h http.Header) Progress {
	p := Progress{ID: id, ETag: h.Get("ETag"), Metadata: h.Get("Upload-Metadata")}
	for key, n := range map[string]*int64{"Upload-Offset": &p.Offset, "Upload-Length": &p.Length, "Hive-Entry": &p.Entry} {
		*n, _ = strconv.ParseInt(h.Get(key), 10, 64) // 0 where it is absent
	}
	return p
}

// Metadata is what Begin says of a file: pairs of a key and a value in base64, which commas separate.
func (o PutOptions) Metadata(path string) string {
	values := []string{"path", path, "ifMatch", o.IfMatch, "ifNoneMatch", o.IfNoneMatch}
	if !o.MTime.IsZero() {
		values = append(values, "mtime", o.MTime.UTC().Format(time.RFC3339Nano))
	}
	if o.Exec != nil {
		values = append(values, "exec", strconv.FormatBool(*o.Exec))
	}
	if o.Parents {
		values = append(values, "parents", "true")
	}
	var pairs []string
	for i := 0; i < len(values); i += 2 {
		if values[i+1] != "" {
			pairs = append(pairs, values[i]+" "+base64.StdEncoding.EncodeToString([]byte(values[i+1])))
		}
	}
	return strings.Join(pairs, ",")
}
