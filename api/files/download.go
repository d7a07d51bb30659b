package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
)

// getFile answers GET and HEAD: ranges and conditions are net/http's. What they say without the content does not wait for a hive
// that has it.
func (h contents) getFile(c *gin.Context) error {
	q := edge.ParamsOf(c)
	revision, inline := q.Number("revision"), q.Bool("inline")
	if q.Err != nil {
		return q.Err
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	entry, err := look(c.Request.Context(), tree, catalog.FileAt{Path: path, Number: revision})
	if err != nil {
		return err
	}
	describe(c.Writer.Header(), entry, inline)
	return serve(c, entry.Size, func() (*blockstore.Reader, error) {
		content, err := tree.OpenEntry(c.Request.Context(), entry)
		return content, edge.Explained(err, catalog.ErrAbsent)
	})
}

// look finds a file, whose content may be on another hive.
func look(ctx context.Context, tree *catalog.Tree, at catalog.FileAt) (catalog.Entry, error) {
	entry, _, err := catalog.Chunked{Tree: tree}.Chunks(ctx, at)
	if errors.Is(err, catalog.ErrAbsent) {
		err = nil
	}
	return entry, err
}

// Send answers with the content of a file, or with what of it the request asks for, and closes it. The caller has set what else
// describes it.
func Send(c *gin.Context, content *blockstore.Reader) error {
	return serve(c, content.Size(), func() (*blockstore.Reader, error) { return content, nil })
}

// serve is Send of content that is opened when its bytes are needed. No condition is held against the time of a file: clients set
// it, and it may be the same, or go back, where the content changes.
func serve(c *gin.Context, size int64, open func() (*blockstore.Reader, error)) error {
	if units := c.GetHeader("Range"); units != "" {
		c.Request.Header.Set("Range", ranges(units))
	}
	w := &contentWriter{ResponseWriter: c.Writer}
	if c.Request.Method != http.MethodHead {
		w.open = open
	}
	w.asked = io.NewSectionReader(w, 0, size)
	http.ServeContent(w, c.Request, "", time.Time{}, w.asked)
	if w.content.Reader != nil {
		w.content.Close()
	}
	return w.err
}

// describe sets the headers of a file. What a file holds must not act as a page of this hive, whatever it says it is.
func describe(h http.Header, e catalog.Entry, inline bool) {
	kind := mime.TypeByExtension(path.Ext(e.Name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	tame(h, e, kind, inline)
	h.Set("Hive-Root", e.Root.String())
	h.Set("Hive-Revision", strconv.FormatInt(e.Revision, 10))
	h.Set("Hive-MTime", e.MTime.UTC().Format(time.RFC3339Nano))
	if e.Exec {
		h.Set("Hive-Exec", "true")
	}
}

// DescribeToStrangers sets the headers of a file for who has no account. What could act as a script or a page does not even
// say what it is.
func DescribeToStrangers(h http.Header, e catalog.Entry, inline bool) {
	kind := mime.TypeByExtension(path.Ext(e.Name))
	if !shown(kind) {
		kind = "application/octet-stream"
	}
	tame(h, e, kind, inline)
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// tame sets the headers that keep a content from acting, beside the nosniff of every answer.
func tame(h http.Header, e catalog.Entry, kind string, inline bool) {
	show := "attachment"
	if inline && shown(kind) {
		show = "inline"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(show, map[string]string{"filename": e.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", e.ETag())
	h.Set("Last-Modified", e.MTime.UTC().Format(http.TimeFormat))
}

// shown says whether a browser may show the type in place. SVG and HTML can act; the others only look.
func shown(kind string) bool {
	base, _, _ := mime.ParseMediaType(kind)
	family, _, _ := strings.Cut(base, "/")
	switch family {
	case "image":
		return base != "image/svg+xml"
	case "audio", "video":
		return true
	}
	return base == "text/plain" || base == "application/pdf"
}

// contentWriter stands between http.ServeContent and the answer: it opens content and copies it block by block, and it turns the
// plain errors of net/http into ours.
type contentWriter struct {
	gin.ResponseWriter
	open    func() (*blockstore.Reader, error) // nil where no content is needed
	asked   *io.SectionReader                  // what ServeContent takes for the content
	content base
	err     error // of opening or reading content, or the refusal of ServeContent
	refused bool
}

// ReadAt implements io.ReaderAt for asked.
func (w *contentWriter) ReadAt(p []byte, at int64) (int, error) { return w.content.ReadAt(p, at) }

// WriteHeader implements http.ResponseWriter.
func (w *contentWriter) WriteHeader(status int) {
	switch status {
	case http.StatusRequestedRangeNotSatisfiable:
		w.refused, w.err = true, edge.ErrRange
	case http.StatusPreconditionFailed:
		w.refused, w.err = true, catalog.ErrPrecondition
	default:
		if w.refused = status >= http.StatusBadRequest; w.refused {
			w.err = fmt.Errorf("api: serve content: status %d", status)
			return
		}
		if w.open != nil && status != http.StatusNotModified {
			if w.content.Reader, w.err = w.open(); w.err != nil {
				w.refused = true
				w.Header().Del("Content-Range")
				return
			}
		}
		w.ResponseWriter.WriteHeader(status)
		w.ResponseWriter.WriteHeaderNow()
	}
}

// Write implements io.Writer.
func (w *contentWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// copyBuffers are for ranges, which do not end with a block.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// ReadFrom implements io.ReaderFrom, which io.CopyN in ServeContent looks for.
func (w *contentWriter) ReadFrom(src io.Reader) (n int64, err error) {
	if w.refused {
		return 0, w.err
	}
	if w.rest(src) {
		n, err = w.content.WriteTo(w.ResponseWriter)
	} else {
		buf := copyBuffers.Get().(*[]byte)
		defer copyBuffers.Put(buf)
		n, err = io.CopyBuffer(struct{ io.Writer }{w.ResponseWriter}, src, *buf)
	}
	w.err = err
	return n, err
}

// rest says whether src is the content from where it stands to its end, which can go out without a copy.
func (w *contentWriter) rest(src io.Reader) bool {
	limited, ok := src.(*io.LimitedReader)
	if !ok || limited.R != io.Reader(w.asked) {
		return false
	}
	at, err := w.asked.Seek(0, io.SeekCurrent)
	if err != nil || at+limited.N != w.asked.Size() {
		return false
	}
	_, err = w.content.Seek(at, io.SeekStart)
	return err == nil
}
