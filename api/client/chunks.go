package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/api/apitype"
)

// Chunks moves files as differences: by their chunks, and by signatures and deltas of librsync.
type Chunks struct{ c *Client }

// Media types of librsync's formats.
const (
	signatureType = "application/vnd.librsync-signature"
	deltaType     = "application/vnd.librsync-delta"
)

// maxChunk is the largest block there can be in a file, in bytes.
const maxChunk = 2 << 20

// Chunk is a piece of a file, by the SHA-256 of its bytes.
type Chunk struct {
	Digest [sha256.Size]byte
	Size   int64
}

// CID is the name of the chunk.
func (c Chunk) CID() string {
	return cid.NewCidV1(cid.Raw, append(mh.Multihash{mh.SHA2_256, sha256.Size}, c.Digest[:]...)).String()
}

// ChunkList is a file as its chunks.
type ChunkList struct {
	ETag, Root string
	Revision   int64
	MTime      time.Time
	Exec       bool
	Chunks     []Chunk
}

// List gives the chunks of a file, of its newest revision where the number is 0.
func (f *Chunks) List(ctx context.Context, path string, revision int64) (ChunkList, error) {
	resp, err := f.c.do(ctx, request{method: http.MethodGet, path: under("chunks", path), query: Extent{Revision: revision}.query()})
	if err != nil {
		return ChunkList{}, err
	}
	defer resp.Body.Close()
	list := ChunkList{ETag: resp.Header.Get("ETag"), Root: resp.Header.Get("Hive-Root"), Exec: resp.Header.Get("Hive-Exec") == "true"}
	list.Revision, _ = strconv.ParseInt(resp.Header.Get("Hive-Revision"), 10, 64)
	list.MTime, _ = time.Parse(time.RFC3339Nano, resp.Header.Get("Hive-MTime"))
	for buf := make([]byte, 910*(sha256.Size+4)); ; {
		n, err := io.ReadFull(resp.Body, buf)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return ChunkList{}, fmt.Errorf("client: chunks of %s: %w", path, err)
		}
		for part := buf[:n]; len(part) > 0; part = part[sha256.Size+4:] {
			if len(part) < sha256.Size+4 {
				return ChunkList{}, fmt.Errorf("client: chunks of %s: %w", path, io.ErrUnexpectedEOF)
			}
			chunk := Chunk{[sha256.Size]byte(part), int64(binary.BigEndian.Uint32(part[sha256.Size:]))}
			if chunk.Size > maxChunk {
				return ChunkList{}, fmt.Errorf("client: chunks of %s: one has %d bytes", path, chunk.Size)
			}
			list.Chunks = append(list.Chunks, chunk)
		}
		if err != nil {
			return list, nil
		}
	}
}

// Lacking asks which chunks are to be sent.
func (f *Chunks) Lacking(ctx context.Context, q apitype.ChunkQuestion) ([]string, error) {
	answer, err := call[apitype.Lacking](ctx, f.c, request{method: http.MethodPost, path: "/api/v1/lacking", json: q})
	return answer.Chunks, err
}

// Send sends a chunk for a list to come.
func (f *Chunks) Send(ctx context.Context, chunk Chunk, data []byte) error {
	return f.c.send(ctx, request{method: http.MethodPut, path: "/api/v1/chunk/" + chunk.CID(), body: bytes.NewReader(data)})
}

// SendDelta sends a chunk as a delta to an extent of a file.
func (f *Chunks) SendDelta(ctx context.Context, chunk Chunk, path string, x Extent, delta []byte) error {
	q := x.query()
	q.Set("path", path)
	h := http.Header{"Content-Type": {deltaType}}
	return f.c.send(ctx, request{method: http.MethodPatch, path: "/api/v1/chunk/" + chunk.CID(), query: q, header: h, body: bytes.NewReader(delta)})
}

// Commit stores a file that is there in pieces.
func (f *Chunks) Commit(ctx context.Context, path string, list apitype.ChunkList, cond Condition) (apitype.Entry, error) {
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPut, path: under("chunks", path), header: cond.header(), json: list})
}

// Extent is bytes of a file at a revision. The zero value is all of the newest.
type Extent struct {
	Revision       int64
	Offset, Length int64
}

func (x Extent) query() url.Values {
	q := url.Values{}
	for key, n := range map[string]int64{"revision": x.Revision, "offset": x.Offset, "length": x.Length} {
		if n > 0 {
			q.Set(key, number(n))
		}
	}
	return q
}

// SignatureOptions say what a signature is made of. The zero value is what rdiff makes.
type SignatureOptions struct {
	Kind    string // blake2 or md4
	Rolling string // rabinkarp or classic
	Block   int    // bytes
	Sum     int    // bytes
}

// Signature asks for the signature of a file. The caller closes it.
func (f *Chunks) Signature(ctx context.Context, path string, x Extent, o SignatureOptions, cond Condition) (io.ReadCloser, error) {
	q := x.query()
	setQuery(q, "kind", o.Kind)
	setQuery(q, "rolling", o.Rolling)
	for key, n := range map[string]int{"block": o.Block, "sum": o.Sum} {
		if n > 0 {
			q.Set(key, strconv.Itoa(n))
		}
	}
	return f.c.stream(ctx, request{method: http.MethodGet, path: under("signature", path), query: q, header: cond.header()})
}

// Delta asks for the delta from the state that a signature is of. The caller closes it.
func (f *Chunks) Delta(ctx context.Context, path string, x Extent, signature io.Reader, cond Condition) (io.ReadCloser, error) {
	h := cond.header()
	h.Set("Content-Type", signatureType)
	return f.c.stream(ctx, request{method: http.MethodPost, path: under("delta", path), query: x.query(), header: h, body: signature, length: -1})
}

// PatchOptions say how a delta becomes a revision.
type PatchOptions struct {
	IfMatch string            // ETag of the file that the delta is from; required
	SHA256  [sha256.Size]byte // of the new content; required
	Size    int64             // bytes of it, where it is larger than 1 GiB and twice the file
	MTime   time.Time         // default now
	Exec    *bool             // default as it was
}

// Patch makes a new revision of a file by a delta.
func (f *Chunks) Patch(ctx context.Context, path string, delta io.Reader, o PatchOptions) (apitype.Entry, error) {
	q := PutOptions{MTime: o.MTime, Exec: o.Exec}.query()
	if o.Size > 0 {
		q.Set("size", number(o.Size))
	}
	h := Condition{IfMatch: o.IfMatch}.header()
	h.Set("Content-Type", deltaType)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(o.SHA256[:])+":")
	return call[apitype.Entry](ctx, f.c, request{method: http.MethodPatch, path: under("files", path), query: q, header: h, body: delta, length: -1})
}
