package files

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// trash are the routes of /trash.
type trash struct{ home }

func (h trash) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /trash", "list-trash", "What is in the trash, latest first", edge.Read), h.listTrash)
	edge.Route(r, edge.Operation("POST /trash/{id}/restore", "restore", "Bring an entry back", edge.Write), h.restore)
	edge.Route(r, edge.Operation("DELETE /trash/{id}", "purge", "Delete an entry of the trash for good", edge.Write), h.purge)
	edge.Route(r, edge.Operation("DELETE /trash", "empty-trash", "Delete everything in the trash for good", edge.Write), h.emptyTrash)
}

func (h trash) listTrash(ctx context.Context, in *edge.Page) (*edge.Body[apitype.Page[apitype.Trashed]], error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	after, err := cursor(in.After)
	if err != nil {
		return nil, err
	}
	trashed, err := tree.Trash(ctx, after, in.Limit)
	return edge.Numbered(trashed, in.Limit, trashedJSON, func(t catalog.Trashed) int64 { return t.ID }), err
}

type restoreInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body *apitype.Restore
}

func (h trash) restore(ctx context.Context, in *restoreInput) (*entryOutput, error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	var to *catalog.Path
	if in.Body != nil && in.Body.To != "" {
		path, err := catalog.ParsePath(in.Body.To)
		if err != nil {
			return nil, err
		}
		to = &path
	}
	return entryAnswer(tree.RestoreTrash(ctx, in.ID, to))
}

func (h trash) purge(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	return nil, tree.Purge(ctx, in.ID)
}

func (h trash) emptyTrash(ctx context.Context, _ *edge.Empty) (*edge.Empty, error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	return nil, tree.EmptyTrash(ctx)
}
