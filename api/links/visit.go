package links

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/api/files"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/sharing/link"
)

// cookieName is the cookie of who gave the password of a link. Its path is that of the link.
const cookieName = "hive_link"

// visitors are the routes of /public.
type visitors struct {
	links  *link.Links
	thumbs *thumbnail.Thumbnails // nil for none
}

func (h visitors) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /public/{token}", "get-public-link", "What a link is", edge.Public), h.get)
	edge.Route(r, edge.Operation("POST /public/{token}/password", "unlock-public-link", "Give the password of a link, for a cookie", edge.Public), h.unlock)
	edge.Route(r, edge.Operation("GET /public/{token}/list/{path}", "list-public-folder", "Entries of a folder behind a link", edge.Public), h.list)
	token := edge.InPath("token", "Token of the link")
	get := []edge.Part{
		token, edge.Query("inline", "boolean", "Show it in the browser, where its type is a harmless one"), edge.Header("Range", "RFC 9110 byte ranges"),
		edge.Gives(http.StatusOK, "application/octet-stream", "The content; one that could act has this type whatever it is"),
		edge.Gives(http.StatusPartialContent, "application/octet-stream", "The ranges asked for"),
	}
	r.Raw(edge.Operation("GET /public/{token}/content/{path}", "get-public-file", "Content of a file behind a link; counts as a use once, whatever its ranges", edge.Public), h.content, get...)
	r.Raw(edge.Operation("HEAD /public/{token}/content/{path}", "head-public-file", "Headers of a file behind a link", edge.Public), h.content, get...)
	r.Raw(edge.Operation("GET /public/{token}/archive/{path}", "get-public-archive", "A folder behind a link as a zip stream; counts as a use", edge.Public), h.archive, token,
		edge.Gives(http.StatusOK, "application/zip", "The archive, not compressed"))
	if h.thumbs != nil {
		r.Raw(edge.Operation("GET /public/{token}/thumbnails/{path}", "get-public-thumbnail", "Small picture of a file behind a link, of one whose uses have no number", edge.Public), h.thumbnail, token,
			edge.Gives(http.StatusOK, "image/jpeg", "The picture, or a PNG of one that can be seen through"), edge.Gives(http.StatusAccepted, "", "It is being made: Retry-After says when to ask again"))
	}
	r.Raw(edge.Operation("PUT /public/{token}/content/{path}", "put-public-file", "Bring a file by a link for uploads; replaces nothing", edge.Public), h.put, token,
		edge.Takes("application/octet-stream"), edge.GivesJSON[apitype.Brought](http.StatusCreated, "It is there, under this name or one like it"))
}

// Visitor is a request by a token.
type Visitor struct {
	Token  string `path:"token" maxLength:"64"`
	Cookie string `cookie:"hive_link"`
}

// visit opens the link of a request.
func (h visitors) visit(ctx context.Context, token, cookie string) (*link.Visit, error) {
	return h.links.Visit(ctx, link.Visitor{Token: token, Cookie: cookie, Address: edge.RequestOf(ctx).Address})
}

// fresh is visit for what ends with the last use.
func (h visitors) fresh(ctx context.Context, in Visitor) (*link.Visit, error) {
	v, err := h.visit(ctx, in.Token, in.Cookie)
	if err == nil && v.Spent {
		err = link.ErrNotFound
	}
	return v, err
}

func inputOf(c *gin.Context) Visitor {
	in := Visitor{Token: c.Param("token")}
	if cookie, err := c.Request.Cookie(cookieName); err == nil {
		in.Cookie = cookie.Value
	}
	return in
}

func (h visitors) get(ctx context.Context, in *Visitor) (*edge.Body[apitype.PublicLink], error) {
	v, err := h.fresh(ctx, *in)
	if err != nil {
		return nil, err
	}
	out := apitype.PublicLink{Mode: string(v.Mode), NeedsPassword: v.Locked}
	if v.Locked {
		return edge.Answer(out, nil)
	}
	top, err := v.Tree.Stat(ctx, catalog.Path{})
	out.Name, out.Kind, out.Size, out.Owner, out.Expires, out.Counted = top.Name, string(top.Kind), top.Size, v.Owner, v.Expires, v.Uses > 0
	return edge.Answer(out, err)
}

type unlockInput struct {
	Visitor
	Body apitype.LinkPassword
}

type unlocked struct {
	SetCookie string `header:"Set-Cookie"`
}

func (h visitors) unlock(ctx context.Context, in *unlockInput) (*unlocked, error) {
	v, err := h.fresh(ctx, in.Visitor)
	if err != nil {
		return nil, err
	}
	value, expires, err := v.Unlock(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	cookie := http.Cookie{Name: cookieName, Value: value, Path: "/api/v1/public/" + in.Token}
	return &unlocked{edge.Cookie(ctx, cookie, &expires)}, nil
}

type listFolderInput struct {
	Visitor
	files.At
	edge.Page
}

func (h visitors) list(ctx context.Context, in *listFolderInput) (*edge.Body[apitype.Page[apitype.PublicEntry]], error) {
	v, err := h.fresh(ctx, in.Visitor)
	if err == nil {
		err = v.For(link.Download)
	}
	if err != nil {
		return nil, err
	}
	path, err := catalog.ParsePath(in.Path)
	if err != nil {
		return nil, err
	}
	page, err := v.Tree.List(ctx, path, catalog.ListOptions{After: in.After, Limit: in.Limit})
	return edge.PageOf(page.Entries, page.Next, func(e catalog.Entry) apitype.PublicEntry {
		picture := h.thumbs != nil && v.Uses == 0 && e.Kind == catalog.KindFile && thumbnail.Possible(e.Name, e.Size)
		return apitype.PublicEntry{Name: e.Name, Path: e.Path, Kind: string(e.Kind), Size: e.Size, MTime: e.MTime, Thumbnail: picture}
	}), err
}

// at opens the link of a raw request for what mode allows, and reads the path.
func (h visitors) at(c *gin.Context, mode link.Mode) (*link.Visit, catalog.Path, error) {
	in := inputOf(c)
	v, err := h.visit(c.Request.Context(), in.Token, in.Cookie)
	if err == nil && v.Spent && (v.Locked || c.GetHeader("Range") == "") {
		err = link.ErrNotFound
	}
	if err == nil {
		err = v.For(mode)
	}
	if err != nil {
		return nil, catalog.Path{}, err
	}
	edge.While(c.Request.Context(), v.Still)
	path, err := catalog.ParsePath(c.Param("path"))
	return v, path, err
}

func (h visitors) content(c *gin.Context) error {
	q := edge.ParamsOf(c)
	inline := q.Bool("inline")
	if q.Err != nil {
		return q.Err
	}
	v, path, err := h.at(c, link.Download)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	entry, content, err := v.Tree.Open(ctx, path, 0)
	if err != nil && v.Spent {
		return link.ErrNotFound
	}
	if err != nil {
		return err
	}
	defer content.Close()
	if c.Request.Method == http.MethodGet {
		if err := v.Download(ctx, fmt.Sprint(entry.ID, " ", entry.Revision), c.GetHeader("Range") != ""); err != nil {
			return err
		}
	}
	files.DescribeToStrangers(c.Writer.Header(), entry, inline)
	return files.Send(c, content)
}

// thumbnail is no use. Where uses have a number there is none: it says much of what it is of.
func (h visitors) thumbnail(c *gin.Context) error {
	v, path, err := h.at(c, link.Download)
	if err == nil && v.Uses > 0 {
		err = thumbnail.ErrNone
	}
	if err != nil {
		return err
	}
	c.Header("X-Robots-Tag", "noindex, nofollow")
	return files.SendThumbnail(c, h.thumbs, catalog.FileAt{Path: path}, v.Tree, thumbnail.Small)
}

func (h visitors) archive(c *gin.Context) error {
	v, path, err := h.at(c, link.Download)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	top, err := v.Tree.Stat(ctx, path)
	if err == nil && top.Kind != catalog.KindFolder {
		err = fmt.Errorf("%w: %s", catalog.ErrNotFolder, path)
	}
	if err == nil {
		err = v.Use(ctx)
	}
	if err != nil {
		return err
	}
	return files.SendZip(c, v.Tree, path, top.Name)
}

func (h visitors) put(c *gin.Context) error {
	if encoding := c.GetHeader("Content-Encoding"); encoding != "" && encoding != "identity" || c.GetHeader("Content-Range") != "" {
		return fmt.Errorf("%w: only whole files, as they are", edge.ErrMediaType)
	}
	v, path, err := h.at(c, link.Upload)
	if err != nil {
		return err
	}
	if path.Depth() != 1 {
		return fmt.Errorf("%w: a name is expected", catalog.ErrPath)
	}
	ctx := c.Request.Context()
	if err := v.Use(ctx); err != nil {
		return err
	}
	entry, err := catalog.AddTo(ctx, v.Tree, path.Name(), c.Request.Body, c.Request.ContentLength)
	if err != nil {
		return errors.Join(err, v.GiveBack(ctx))
	}
	return edge.JSON(c, http.StatusCreated, apitype.Brought{Name: path.Name(), Size: entry.Size})
}
