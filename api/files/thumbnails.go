package files

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
)

// thumbnails are the routes of /thumbnails.
type thumbnails struct {
	home
	thumbs *thumbnail.Thumbnails
}

func (h thumbnails) routes(r *edge.Router) {
	r.Raw(edge.Operation("GET /thumbnails/{path}", "get-thumbnail", "Small picture of a file", edge.Read), h.get,
		edge.Query("size", "string", "small (256 pixels, default) or large (1,024)"),
		edge.Query("revision", "integer", "Number of a revision; default the newest"),
		edge.Query("root", "string", "Root of the content, as the entry has it: where it is that, the answer may be kept"), edge.Header("If-None-Match", "ETag"),
		edge.Gives(http.StatusOK, "image/jpeg", "The picture, or a PNG of one that can be seen through, with an ETag of its content"),
		edge.Gives(http.StatusAccepted, "", "It is being made: Retry-After says when to ask again"),
		edge.Gives(http.StatusNotModified, "", "It is what the client has"))
}

// get looks the file up by the rights of who asks. Content that is not here is not fetched for its thumbnail.
func (h thumbnails) get(c *gin.Context) error {
	q := edge.ParamsOf(c)
	size, revision := thumbnail.Size(q.Text("size", string(thumbnail.Small))), q.Number("revision")
	if q.Err == nil && size != thumbnail.Small && size != thumbnail.Large {
		q.Err = edge.Invalid("query.size", "expected small or large")
	}
	if q.Err != nil {
		return q.Err
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	return SendThumbnail(c, h.thumbs, catalog.FileAt{Path: path, Number: revision}, tree, size)
}

// SendThumbnail answers with the small picture of a file.
func SendThumbnail(c *gin.Context, thumbs *thumbnail.Thumbnails, at catalog.FileAt, tree *catalog.Tree, size thumbnail.Size) error {
	ctx := c.Request.Context()
	entry, _, err := catalog.Chunked{Tree: tree}.Chunks(ctx, at)
	absent := errors.Is(err, catalog.ErrAbsent)
	if err != nil && !absent {
		return err
	}
	if !thumbnail.Possible(entry.Name, entry.Size) {
		return thumbnail.ErrNone
	}
	th, err := thumbs.Get(ctx, entry.Root, size, !absent)
	if errors.Is(err, thumbnail.ErrLater) {
		return later(c)
	}
	if err != nil {
		return err
	}
	content, err := thumbs.Open(ctx, th)
	if errors.Is(err, thumbnail.ErrLater) {
		return later(c)
	}
	if err != nil {
		return err
	}
	header := c.Writer.Header()
	header.Set("Content-Type", th.Kind)
	header.Set("ETag", `"`+th.Root.String()+`"`)
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Authorization, Cookie") // who asks may have something else at the path
	if c.Query("root") == entry.Root.String() { // which never changes; another file at the path begins anew with its revisions
		header.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	return Send(c, content)
}

func later(c *gin.Context) error {
	c.Header("Retry-After", "1")
	c.Status(http.StatusAccepted)
	return nil
}
