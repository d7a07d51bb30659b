package files

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// revisions are the routes of /revisions.
type revisions struct{ home }

func (h revisions) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /revisions/{path}", "list-revisions", "Revisions of a file, newest first", edge.Read), h.listRevisions)
	edge.Route(r, edge.Operation("POST /revisions/{path}", "restore-revision", "Make an old revision the newest", edge.Write), h.restoreRevision)
	edge.Route(r, edge.Operation("DELETE /revisions/{path}", "delete-revision", "Delete an old revision for good", edge.Write), h.deleteRevision)
}

type revisionsInput struct {
	At
	edge.Page
}

func (h revisions) listRevisions(ctx context.Context, in *revisionsInput) (*edge.Body[apitype.Page[apitype.Revision]], error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	after, err := cursor(in.After)
	if err != nil {
		return nil, err
	}
	revisions, err := tree.Revisions(ctx, path, after, in.Limit)
	return edge.Numbered(revisions, in.Limit, revisionJSON, func(r catalog.Revision) int64 { return r.Number }), err
}

type revisionInput struct {
	At
	Number int64 `query:"number" required:"true" minimum:"1" doc:"Number of the revision"`
}

func (h revisions) restoreRevision(ctx context.Context, in *revisionInput) (*entryOutput, error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	return entryAnswer(tree.RestoreRevision(ctx, path, in.Number))
}

func (h revisions) deleteRevision(ctx context.Context, in *revisionInput) (*edge.Empty, error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	return nil, tree.DeleteRevision(ctx, path, in.Number)
}
