package tus

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog/parts"
)

type listInput struct{ edge.Page }

func (h uploads) list(ctx context.Context, in *listInput) (*edge.Body[apitype.Page[apitype.Upload]], error) {
	mine, err := h.mine(ctx)
	if err != nil {
		return nil, err
	}
	list, err := mine.List(ctx, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) == in.Limit {
		next = list[len(list)-1].ID
	}
	return edge.PageOf(list, next, func(u parts.Upload) apitype.Upload { return uploadJSON(u, mine.Turns.Active(u.ID)) }), nil
}

func uploadJSON(u parts.Upload, active bool) apitype.Upload {
	return apitype.Upload{
		ID: u.ID, URL: prefix + u.ID, Path: u.Path, Length: u.Length, Offset: u.Received, Active: active, Created: u.Created, Expires: u.Expires,
	}
}
