package files

import (
	"context"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// contents are the routes of /files.
type contents struct{ home }

func (h contents) routes(r *edge.Router) {
	get := []edge.Part{
		edge.Query("revision", "integer", "Number of a revision; default the newest"),
		edge.Query("inline", "boolean", "Show it in the browser, where its type is a harmless one"),
		edge.Header("Range", "RFC 9110 byte ranges"), edge.Header("If-Range", "ETag"),
		edge.Header("If-None-Match", "ETag"), edge.Header("If-Match", "ETag"),
		edge.Gives(http.StatusOK, "application/octet-stream", "The content, with ETag, Last-Modified and Hive-Root, Hive-Revision, Hive-MTime, Hive-Exec"),
		edge.Gives(http.StatusPartialContent, "application/octet-stream", "The ranges asked for"),
		edge.Gives(http.StatusNotModified, "", "It is what the client has"),
	}
	r.Raw(edge.Operation("GET /files/{path}", "get-file", "Content of a file", edge.Read), h.getFile, get...)
	r.Raw(edge.Operation("HEAD /files/{path}", "head-file", "Headers of a file's content", edge.Read), h.getFile, get...)
	r.Raw(edge.Operation("PUT /files/{path}", "put-file", "Store a file", edge.Write), h.putFile,
		edge.Query("mtime", "string", "Time of the file, RFC 3339; default now"), edge.Query("exec", "boolean", "Whether it is a program; default as it was"),
		edge.Query("parents", "boolean", "Make the folders above"),
		edge.Header("If-Match", "ETag of the file to replace"), edge.Header("If-None-Match", "* for a new file only"),
		edge.Takes("application/octet-stream"),
		edge.GivesJSON[apitype.Entry](http.StatusCreated, "A new file"), edge.GivesJSON[apitype.Entry](http.StatusOK, "A file replaced"))
	edge.Route(r, edge.Operation("DELETE /files/{path}", "remove", "Put a file or folder in the trash", edge.Write), h.remove)
}

type removeInput struct {
	At
	IfMatch string `header:"If-Match" doc:"ETag of the entry to remove"`
}

func (h contents) remove(ctx context.Context, in *removeInput) (*edge.Body[apitype.Trashed], error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	trashed, err := tree.Remove(ctx, path, catalog.RemoveOptions{IfMatch: in.IfMatch})
	return edge.Answer(trashedJSON(trashed), err)
}
