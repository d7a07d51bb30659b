package files

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// putFile stores the request body. The catalog refuses what it can before it reads the first byte, so that a client that
// sent Expect: 100-continue need not send any.
func (h contents) putFile(c *gin.Context) error {
	opts, err := putOptions(c)
	if err != nil {
		return err
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	body, err := announced(c.Request.Header, c.Request.Body)
	if err != nil {
		return err
	}
	entry, created, err := tree.Put(c.Request.Context(), path, body, opts)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	c.Header("ETag", entry.ETag())
	return edge.JSON(c, status, entryJSON(entry))
}

// putOptions reads what a PUT says about its file.
func putOptions(c *gin.Context) (catalog.PutOptions, error) {
	r, q := c.Request, edge.ParamsOf(c)
	opts := catalog.PutOptions{
		IfMatch: r.Header.Get("If-Match"), IfNoneMatch: r.Header.Get("If-None-Match"),
		MTime: q.Time("mtime"), Exec: q.BoolIfGiven("exec"), Parents: q.Bool("parents"), Length: r.ContentLength,
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return opts, fmt.Errorf("%w: content encoding", edge.ErrMediaType)
	}
	if r.Header.Get("Content-Range") != "" { // RFC 9110, 14.5: not to be taken for a whole file
		return opts, edge.Invalid("header.Content-Range", "parts of a file are not accepted")
	}
	return opts, q.Err
}
