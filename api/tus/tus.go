// Package tus holds the routes of uploads that come in parts and go on after any break: the tus protocol, version 1.0.0, with
// its extensions creation, creation-with-upload, termination, expiration and checksum. https://tus.io/protocols/resumable-upload
//
// It owns what of the protocol is HTTP: headers, versions, metadata. What is acknowledged and how a file gets its name is
// that of catalog/parts.
package tus

import (
	"context"
	"crypto/sha1" //nolint:gosec // the protocol demands it, for clients to find errors of transport
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/parts"
)

const (
	version    = "1.0.0"
	extensions = "creation,creation-with-upload,termination,expiration,checksum"
	prefix     = "/api/v1/tus/"
	bytesType  = "application/offset+octet-stream"
)

// sums are the kinds of checksums.
var sums = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha-256": sha256.New}

type uploads struct {
	catalog *catalog.Catalog
	turns   *parts.Turns
}

// Register adds the routes to r.
func Register(r *edge.Router, names *catalog.Catalog) {
	h := uploads{names, new(parts.Turns)}
	speaks := edge.Header("Tus-Resumable", "Required: "+version)
	id := edge.InPath("id", "Id of the upload")
	sum := edge.Header("Upload-Checksum", "sha256 or sha1 and the sum of the body in base64; without it, all that arrives counts")
	r.Raw(edge.Operation("OPTIONS /tus", "tus-options", "What of tus the hive speaks", edge.Public), h.options,
		edge.Gives(http.StatusNoContent, "", "Tus-Version, Tus-Extension and Tus-Checksum-Algorithm"))
	edge.Route(r, edge.Operation("GET /tus", "list-uploads", "Unfinished uploads of the user", edge.Read), h.list)
	r.Raw(edge.Operation("POST /tus", "create-upload", "Begin an upload, with or without its first bytes", edge.Write), h.create, speaks, sum,
		edge.Header("Upload-Length", "Required: bytes of the file"),
		edge.Header("Upload-Metadata", "Required: path, and if need be mtime, exec, parents, ifMatch, ifNoneMatch, each with its value in base64"),
		edge.Gives(http.StatusCreated, "", "Location, Upload-Expires, and after first bytes Upload-Offset; with the last byte ETag and Hive-Entry"))
	r.Raw(edge.Operation("HEAD /tus/{id}", "head-upload", "How far an upload is; a request that sends to it is ended", edge.Write), h.head, speaks, id,
		edge.Gives(http.StatusOK, "", "Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires"))
	r.Raw(edge.Operation("PATCH /tus/{id}", "patch-upload", "Send the bytes that come next; with the last one the file is there", edge.Write), h.patch, speaks, id, sum,
		edge.Header("Upload-Offset", "Required: where the bytes begin"), edge.Takes(bytesType),
		edge.Gives(http.StatusNoContent, "", "Upload-Offset, Upload-Expires; with the last byte ETag and Hive-Entry"))
	r.Raw(edge.Operation("DELETE /tus/{id}", "delete-upload", "End an upload", edge.Write), h.remove, speaks, id,
		edge.Gives(http.StatusNoContent, "", "It is forgotten"))
}

// open begins every answer of the protocol, and gives the uploads of the user.
func (h uploads) open(c *gin.Context) (parts.Uploads, error) {
	c.Header("Tus-Resumable", version)
	if c.GetHeader("Tus-Resumable") != version {
		c.Header("Tus-Version", version)
		return parts.Uploads{}, edge.ErrTusVersion
	}
	return h.mine(c.Request.Context())
}

// mine are the uploads of the user who asks.
func (h uploads) mine(ctx context.Context) (parts.Uploads, error) {
	who := edge.Who(ctx)
	tree, err := h.catalog.Home(ctx, catalog.Actor{User: who.User.ID, Device: who.Device})
	return parts.Uploads{Tree: tree, Turns: h.turns}, err
}

func (h uploads) options(c *gin.Context) error {
	c.Header("Tus-Resumable", version)
	c.Header("Tus-Version", version)
	c.Header("Tus-Extension", extensions)
	c.Header("Tus-Checksum-Algorithm", "sha256,sha1")
	c.Status(http.StatusNoContent)
	return nil
}

func (h uploads) create(c *gin.Context) error {
	mine, err := h.open(c)
	if err != nil {
		return err
	}
	header := c.GetHeader("Upload-Metadata")
	m, err := parseMetadata(header)
	if err != nil {
		return err
	}
	path, opts, err := m.place()
	if err != nil {
		return err
	}
	if opts.Length, err = number(c, "Upload-Length"); err != nil {
		return err
	}
	bytes := c.ContentType() == bytesType
	if !bytes && c.Request.ContentLength != 0 {
		return fmt.Errorf("%w: expected %s", edge.ErrMediaType, bytesType)
	}
	up, err := mine.Begin(c.Request.Context(), path, opts, header)
	if err != nil {
		return err
	}
	c.Header("Location", prefix+up.ID)
	if bytes || up.Length == 0 {
		return h.take(c, mine, up.ID, 0, http.StatusCreated)
	}
	describe(c, up)
	c.Status(http.StatusCreated)
	return nil
}

func (h uploads) head(c *gin.Context) error {
	mine, err := h.open(c)
	if err != nil {
		return err
	}
	up, err := mine.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	describe(c, up)
	c.Header("Upload-Length", strconv.FormatInt(up.Length, 10))
	c.Header("Upload-Metadata", up.Metadata)
	c.Status(http.StatusOK)
	return nil
}

func (h uploads) patch(c *gin.Context) error {
	mine, err := h.open(c)
	if err != nil {
		return err
	}
	if c.ContentType() != bytesType {
		return fmt.Errorf("%w: expected %s", edge.ErrMediaType, bytesType)
	}
	offset, err := number(c, "Upload-Offset")
	if err != nil {
		return err
	}
	return h.take(c, mine, c.Param("id"), offset, http.StatusNoContent)
}

// take appends the body.
func (h uploads) take(c *gin.Context, mine parts.Uploads, id string, offset int64, status int) error {
	conn := http.NewResponseController(c.Writer)
	s := parts.Segment{
		Offset: offset, Length: c.Request.ContentLength, Body: c.Request.Body,
		Stop: func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }, // where there are no deadlines, the body ends by itself
	}
	if err := checksum(c, &s); err != nil {
		return err
	}
	up, entry, err := mine.Append(c.Request.Context(), id, s)
	if err != nil {
		return err
	}
	if entry.ID != 0 {
		c.Header("ETag", entry.ETag())
	}
	describe(c, up)
	c.Status(status)
	return nil
}

// checksum reads Upload-Checksum.
func checksum(c *gin.Context, s *parts.Segment) error {
	header := c.GetHeader("Upload-Checksum")
	if header == "" {
		return nil
	}
	kind, encoded, _ := strings.Cut(header, " ")
	if sum := sums[kind]; sum != nil {
		s.Sum = sum()
	}
	var err error
	s.Want, err = base64.StdEncoding.DecodeString(encoded)
	if s.Sum == nil || err != nil || len(s.Want) != s.Sum.Size() {
		return edge.Invalid("header.Upload-Checksum", "expected sha256 or sha1, and the sum in base64")
	}
	return nil
}

func (h uploads) remove(c *gin.Context) error {
	mine, err := h.open(c)
	if err == nil {
		err = mine.Drop(c.Request.Context(), c.Param("id"))
	}
	if err == nil {
		c.Status(http.StatusNoContent)
	}
	return err
}

// describe sets the headers of an upload.
func describe(c *gin.Context, up parts.Upload) {
	c.Header("Upload-Offset", strconv.FormatInt(up.Received, 10))
	if up.Entry != 0 {
		c.Header("Hive-Entry", strconv.FormatInt(up.Entry, 10))
		return
	}
	c.Header("Upload-Expires", up.Expires.UTC().Format(http.TimeFormat))
}

// number reads a header that is a number of bytes.
func number(c *gin.Context, name string) (int64, error) {
	n, err := strconv.ParseUint(c.GetHeader(name), 10, 63)
	if err != nil {
		return 0, edge.Invalid("header."+name, "expected a number of bytes")
	}
	return int64(n), nil
}
