// Package files holds the routes about files and folders: contents, metadata, archives, revisions, trash and changes.
//
// It parses, asks the catalog, and renders; of its own it has what HTTP does to contents: ranges, zip and event streams.
// Who may use a route is said where it is registered and held by package edge.
package files

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
)

// Config of the routes.
type Config struct {
	Beat       time.Duration         // pause between the signs of life of an event stream
	Thumbnails *thumbnail.Thumbnails // nil for none
}

// Register adds the routes to r.
func Register(r *edge.Router, names *catalog.Catalog, cfg Config) {
	h := home{names}
	contents{h}.routes(r)
	entries{h}.routes(r)
	deltas{h}.routes(r)
	chunks{h}.routes(r)
	archives{h}.routes(r)
	selections{h, &keptSelections{}}.routes(r)
	revisions{h}.routes(r)
	trash{h}.routes(r)
	changes{h, r, cfg.Beat}.routes(r)
	if cfg.Thumbnails != nil {
		thumbnails{h, cfg.Thumbnails}.routes(r)
	}
}

// At is a request about a place in the tree.
type At struct {
	Path string `path:"path" doc:"Path of the entry, without the leading slash"`
}

// home finds the tree of the user who asks.
type home struct{ catalog *catalog.Catalog }

func (h home) tree(ctx context.Context) (*catalog.Tree, error) {
	who := edge.Who(ctx)
	return h.catalog.Home(ctx, catalog.Actor{User: who.User.ID, Device: who.Device})
}

// at gives the tree and a path in it, from the path of a route or the body of a request.
func (h home) at(ctx context.Context, text string) (*catalog.Tree, catalog.Path, error) {
	path, err := catalog.ParsePath(text)
	if err != nil {
		return nil, path, err
	}
	tree, err := h.tree(ctx)
	return tree, path, err
}

// here is at for a raw route. Gin gives the path percent-decoded once and not cleaned, so ".." reaches ParsePath.
func (h home) here(c *gin.Context) (*catalog.Tree, catalog.Path, error) {
	return h.at(c.Request.Context(), c.Param("path"))
}
