package files

import (
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

// getFile answers GET and HEAD: ranges, conditions and times are net/http's.
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
	entry, content, err := tree.Open(c.Request.Context(), path, revision)
	if err != nil {
		return edge.Explained(err, catalog.ErrAbsent)
	}
	defer content.Close()
	describe(c.Writer.Header(), entry, inline)
	return Send(c, entry, content)
}

// Send answers with the content of a file, or with what of it the request asks for. The caller has set what else describes it.
func Send(c *gin.Context, entry catalog.Entry, content *blockstore.Reader) error {
	if units := c.GetHeader("Range"); units != "" {
		c.Request.Header.Set("Range", ranges(units))
	}
	w := &contentWriter{ResponseWriter: c.Writer, content: content}
	http.ServeContent(w, c.Request, "", entry.MTime, content)
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

// contentWriter stands between http.ServeContent and the answer: it copies content block by block, and it turns the plain
// errors of net/http into ours.
type contentWriter struct {
	gin.ResponseWriter
	content *blockstore.Reader
	err     error // of reading content, or the refusal of ServeContent
	refused bool
}

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
	if !ok || limited.R != io.Reader(w.content) {
		return false
	}
	at, err := w.content.Seek(0, io.SeekCurrent)
	return err == nil && at+limited.N == w.content.Size()
}
