package files

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// entries are the routes of /entries, /folders, /move, /copy and /search.
type entries struct{ home }

func (h entries) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /entries/{path}", "get-entry", "Metadata of a file or folder", edge.Read), h.getEntry)
	edge.Route(r, edge.Operation("PATCH /entries/{path}", "update-entry", "Change time or exec bit", edge.Write), h.updateEntry)
	edge.Route(r, edge.Operation("GET /folders/{path}", "list-folder", "Entries of a folder, folders first", edge.Read), h.listFolder)
	edge.Route(r, edge.Created(edge.Operation("PUT /folders/{path}", "create-folder", "Make a folder", edge.Write)), h.createFolder)
	edge.Route(r, edge.Operation("POST /move", "move", "Move or rename an entry", edge.Write), h.move)
	edge.Route(r, edge.Operation("POST /copy", "copy", "Copy an entry with all that is in it", edge.Write), h.copy)
	edge.Route(r, edge.Operation("GET /search", "search", "Entries whose name contains a text, in upper or lower case", edge.Read), h.search)
}

// entryOutput is an entry with its ETag.
type entryOutput struct {
	ETag string `header:"ETag"`
	Body apitype.Entry
}

func entryAnswer(e catalog.Entry, err error) (*entryOutput, error) {
	if err != nil {
		return nil, err
	}
	return &entryOutput{e.ETag(), entryJSON(e)}, nil
}

func pageAnswer(p catalog.Page, err error) (*edge.Body[apitype.Page[apitype.Entry]], error) {
	return edge.PageOf(p.Entries, p.Next, entryJSON), err
}

func (h entries) getEntry(ctx context.Context, in *At) (*entryOutput, error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	return entryAnswer(tree.Stat(ctx, path))
}

type metaInput struct {
	At
	IfMatch string `header:"If-Match" doc:"ETag of the entry to change"`
	Body    apitype.Meta
}

func (h entries) updateEntry(ctx context.Context, in *metaInput) (*entryOutput, error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	return entryAnswer(tree.SetMeta(ctx, path, catalog.Meta{MTime: in.Body.MTime, Exec: in.Body.Exec, IfMatch: in.IfMatch}))
}

type folderInput struct {
	At
	edge.Page
	Sort  string `query:"sort" enum:"name,size,mtime" default:"name"`
	Order string `query:"order" enum:"asc,desc" default:"asc"`
}

func (h entries) listFolder(ctx context.Context, in *folderInput) (*edge.Body[apitype.Page[apitype.Entry]], error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	opts := catalog.ListOptions{Sort: catalog.Sort(in.Sort), Desc: in.Order == "desc", After: in.After, Limit: in.Limit}
	return pageAnswer(tree.List(ctx, path, opts))
}

type createFolderInput struct {
	At
	Parents bool `query:"parents" doc:"Make the folders above too, and do not mind when it exists"`
}

func (h entries) createFolder(ctx context.Context, in *createFolderInput) (*entryOutput, error) {
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	return entryAnswer(tree.Mkdir(ctx, path, in.Parents))
}

type transferInput struct{ Body apitype.Transfer }

func (h entries) move(ctx context.Context, in *transferInput) (*entryOutput, error) {
	return h.transfer(ctx, in.Body, (*catalog.Tree).Move)
}

func (h entries) copy(ctx context.Context, in *transferInput) (*entryOutput, error) {
	return h.transfer(ctx, in.Body, (*catalog.Tree).Copy)
}

// transfer moves or copies.
func (h entries) transfer(ctx context.Context, in apitype.Transfer,
	do func(*catalog.Tree, context.Context, catalog.Path, catalog.Path, catalog.TransferOptions) (catalog.Entry, error),
) (*entryOutput, error) {
	tree, from, err := h.at(ctx, in.From)
	if err != nil {
		return nil, err
	}
	to, err := catalog.ParsePath(in.To)
	if err != nil {
		return nil, err
	}
	return entryAnswer(do(tree, ctx, from, to, catalog.TransferOptions{Overwrite: in.Overwrite}))
}

type searchInput struct {
	edge.Page
	Query string `query:"q" required:"true" minLength:"1" maxLength:"255" doc:"Part of a name"`
}

func (h entries) search(ctx context.Context, in *searchInput) (*edge.Body[apitype.Page[apitype.Entry]], error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	return pageAnswer(tree.Search(ctx, in.Query, in.After, in.Limit))
}
