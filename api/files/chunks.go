package files

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/delta"
)

// chunksType is a list of chunks: 32 bytes of SHA-256 and 4 of length, big endian, for each.
const chunksType = "application/vnd.hive.chunks"

// chunks are the routes of /chunks, /chunk and /lacking, for clients that cut files themselves.
type chunks struct{ home }

func (h chunks) routes(r *edge.Router) {
	r.Raw(edge.Operation("GET /chunks/{path}", "get-chunks", "The chunks of a file in order", edge.Read), h.getChunks,
		edge.Query("revision", "integer", "Number of a revision; default the newest"),
		edge.Header("If-Match", "ETag"), edge.Header("If-None-Match", "ETag"),
		edge.Gives(http.StatusOK, chunksType, "32 bytes of SHA-256 and 4 of length, big endian, for each; with the ETag of the file"),
		edge.Gives(http.StatusNotModified, "", "It is what the client has"))
	edge.Route(r, edge.Operation("PUT /chunks/{path}", "put-chunks", "Store a file that is there in chunks: of files one may read, and chunks that were sent", edge.Write), h.putChunks)
	edge.Route(r, edge.Operation("POST /lacking", "lacking", "Which chunks are neither in certain files nor were sent", edge.Read), h.lacking)
	r.Raw(edge.Operation("PUT /chunk/{cid}", "put-chunk", "Send a chunk, which waits a day to be named by a list", edge.Write), h.putChunk,
		edge.InPath("cid", "CID of the chunk"),
		edge.Takes("application/octet-stream"), edge.Gives(http.StatusNoContent, "", "It is kept"))
	r.Raw(edge.Operation("PATCH /chunk/{cid}", "patch-chunk", "Send a chunk as a delta to an extent of a file", edge.ReadWrite), h.patchChunk,
		edge.InPath("cid", "CID of the chunk"),
		edge.Query("path", "string", "Path of the file"), edge.Query("revision", "integer", "Number of a revision; default the newest"),
		edge.Query("offset", "integer", "Where the extent begins; default 0"), edge.Query("length", "integer", "Bytes of the extent, at most 2 MiB"),
		edge.Takes(deltaType), edge.Gives(http.StatusNoContent, "", "It is kept"))
}

func (h chunks) getChunks(c *gin.Context) error {
	q := edge.ParamsOf(c)
	revision := q.Number("revision")
	if q.Err != nil {
		return q.Err
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	entry, list, err := catalog.Chunked{Tree: tree}.Chunks(c.Request.Context(), catalog.FileAt{Path: path, Number: revision})
	if err != nil {
		return err
	}
	if fresh, err := fits(c, entry); err != nil || !fresh {
		return err
	}
	extent{entry: entry}.answer(c, chunksType)
	out := bufio.NewWriterSize(c.Writer, 64<<10)
	for leaf, err := range list {
		if err != nil {
			return err
		}
		record := binary.BigEndian.AppendUint32(leaf.CID.Hash()[2:34:34], uint32(leaf.Size))
		if _, err := out.Write(record); err != nil {
			return err
		}
	}
	return out.Flush()
}

type putChunksInput struct {
	At
	IfMatch     string `header:"If-Match" doc:"ETag of the file to replace"`
	IfNoneMatch string `header:"If-None-Match" doc:"* for a new file only"`
	Body        apitype.ChunkList
}

func (h chunks) putChunks(ctx context.Context, in *putChunksInput) (*entryOutput, error) {
	if len(in.Body.Files) > 0 {
		if err := edge.MayRead(ctx); err != nil {
			return nil, err
		}
	}
	tree, path, err := h.at(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	files, err := filesAt(in.Body.Files)
	if err != nil {
		return nil, err
	}
	pieces := make([]catalog.Piece, len(in.Body.Pieces))
	for i, p := range in.Body.Pieces {
		pieces[i] = catalog.Piece{Offset: p.Offset, Length: p.Length}
		switch {
		case p.Chunk != "":
			pieces[i].Chunk, err = chunkCID(p.Chunk)
		case p.File < len(files):
			pieces[i].From = files[p.File]
		default:
			err = edge.Invalid("body.pieces", "file %d is not among the files", p.File)
		}
		if err != nil {
			return nil, err
		}
	}
	opts := catalog.PutOptions{IfMatch: in.IfMatch, IfNoneMatch: in.IfNoneMatch, Exec: in.Body.Exec, Parents: in.Body.Parents}
	if in.Body.MTime != nil {
		opts.MTime = *in.Body.MTime
	}
	entry, _, err := catalog.Chunked{Tree: tree}.PutPieces(ctx, path, pieces, opts)
	return entryAnswer(entry, edge.Explained(err, catalog.ErrList))
}

func filesAt(list []apitype.FileAt) ([]catalog.FileAt, error) {
	files := make([]catalog.FileAt, len(list))
	for i, f := range list {
		path, err := catalog.ParsePath(f.Path)
		if err != nil {
			return nil, err
		}
		files[i] = catalog.FileAt{Path: path, Number: f.Revision}
	}
	return files, nil
}

// chunkCID reads the CID of a chunk.
func chunkCID(text string) (cid.Cid, error) {
	c, err := cid.Decode(text)
	if err != nil || c.Version() != 1 || c.Type() != cid.Raw {
		return cid.Undef, edge.Invalid("chunk", "expected a CIDv1 of raw bytes")
	}
	if d, err := mh.Decode(c.Hash()); err != nil || d.Code != mh.SHA2_256 || d.Length != 32 {
		return cid.Undef, edge.Invalid("chunk", "expected a CID with sha2-256")
	}
	return cid.NewCidV1(cid.Raw, c.Hash()), nil
}

type lackingInput struct{ Body apitype.ChunkQuestion }

func (h chunks) lacking(ctx context.Context, in *lackingInput) (*edge.Body[apitype.Lacking], error) {
	tree, err := h.tree(ctx)
	if err != nil {
		return nil, err
	}
	files, err := filesAt(in.Body.Files)
	if err != nil {
		return nil, err
	}
	wanted := make([]cid.Cid, len(in.Body.Chunks))
	for i, text := range in.Body.Chunks {
		if wanted[i], err = chunkCID(text); err != nil {
			return nil, err
		}
	}
	lacking, err := catalog.Chunked{Tree: tree}.Lacking(ctx, files, wanted)
	out := apitype.Lacking{Chunks: make([]string, len(lacking))}
	for i, c := range lacking {
		out.Chunks[i] = c.String()
	}
	return edge.Answer(out, err)
}

func (h chunks) putChunk(c *gin.Context) error {
	return h.take(c, func() ([]byte, error) {
		data, err := io.ReadAll(io.LimitReader(c.Request.Body, blockstore.MaxChunk+1))
		if err == nil && len(data) > blockstore.MaxChunk {
			err = edge.ErrContentTooLarge
		}
		return data, err
	})
}

// maxExtent is the longest extent that a chunk can be a delta to, in bytes.
const maxExtent = 2 << 20

func (h chunks) patchChunk(c *gin.Context) error {
	return h.take(c, func() ([]byte, error) {
		if err := accepts(c, deltaType); err != nil {
			return nil, err
		}
		from, err := h.extentOf(c)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		_, err = delta.Patch(&out, bytes.NewReader(from), c.Request.Body, blockstore.MaxChunk)
		return out.Bytes(), edge.Explained(err, delta.ErrFormat, delta.ErrRange, delta.ErrLimit)
	})
}

// extentOf reads the extent that the query names.
func (h chunks) extentOf(c *gin.Context) ([]byte, error) {
	q := edge.ParamsOf(c)
	name, revision, offset, length := q.Text("path", ""), q.Number("revision"), q.Number("offset"), q.NumberUpTo("length", maxExtent)
	if q.Err != nil {
		return nil, q.Err
	}
	tree, path, err := h.at(c.Request.Context(), name)
	if err != nil {
		return nil, err
	}
	_, content, err := tree.Open(c.Request.Context(), path, revision)
	if err != nil {
		return nil, edge.Explained(err, catalog.ErrAbsent)
	}
	defer content.Close()
	if offset > content.Size() || length > content.Size()-offset {
		return nil, edge.ErrRange
	}
	extent := make([]byte, length)
	if _, err := content.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(content, extent)
	return extent, err
}

// take keeps the chunk that read gives, if it is the one that the route names.
func (h chunks) take(c *gin.Context, read func() ([]byte, error)) error {
	name, err := chunkCID(c.Param("cid"))
	if err != nil {
		return err
	}
	tree, err := h.tree(c.Request.Context())
	if err != nil {
		return err
	}
	data, err := read()
	if err != nil {
		return err
	}
	err = catalog.Chunked{Tree: tree}.Send(c.Request.Context(), name, data)
	if errors.Is(err, blockstore.ErrCorrupt) {
		return edge.ErrDigest
	}
	if err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
