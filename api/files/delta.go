package files

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/delta"
)

// Media types of librsync's formats.
const (
	signatureType = "application/vnd.librsync-signature"
	deltaType     = "application/vnd.librsync-delta"
)

// deltas are the routes of /signature and /delta, and PATCH of /files.
type deltas struct{ home }

func (h deltas) routes(r *edge.Router) {
	extent := []edge.Part{
		edge.Query("revision", "integer", "Number of a revision; default the newest"),
		edge.Query("offset", "integer", "Where an extent of the file begins; default 0"),
		edge.Query("length", "integer", "Bytes of the extent; default to the end"),
		edge.Header("If-Match", "ETag"), edge.Header("If-None-Match", "ETag"),
		edge.Gives(http.StatusNotModified, "", "It is what the client has"),
	}
	r.Raw(edge.Operation("GET /signature/{path}", "get-signature", "Signature of a file, for rdiff delta", edge.Read), h.getSignature, append(extent,
		edge.Query("kind", "string", "Strong sum: blake2 (default) or md4"),
		edge.Query("rolling", "string", "Weak sum: rabinkarp (default) or classic"),
		edge.Query("block", "integer", "Bytes a block; default what rdiff takes for the size"),
		edge.Query("sum", "integer", "Bytes of a strong sum; default all"),
		edge.Gives(http.StatusOK, signatureType, "The signature, with the ETag of the file"))...)
	r.Raw(edge.Operation("POST /delta/{path}", "make-delta", "Delta from the state that a signature is of to a file, for rdiff patch", edge.Read), h.postDelta, append(extent,
		edge.Takes(signatureType),
		edge.Gives(http.StatusOK, deltaType, "The delta, with the ETag of the file"))...)
	r.Raw(edge.Operation("PATCH /files/{path}", "patch-file", "New revision of a file by a delta", edge.ReadWrite), h.patchFile,
		edge.Query("mtime", "string", "Time of the file, RFC 3339; default now"), edge.Query("exec", "boolean", "Whether it is a program; default as it was"),
		edge.Query("size", "integer", "Bytes of the new revision; needed where it is larger than 1 GiB and twice the file"),
		edge.Header("If-Match", "Required: ETag of the file that the delta is from"),
		edge.Header("Repr-Digest", "Required: sha-256 of the new revision, RFC 9530"),
		edge.Takes(deltaType), edge.GivesJSON[apitype.Entry](http.StatusOK, "The new revision"))
}

// extent is what of a file a request is about.
type extent struct {
	entry   catalog.Entry
	content *blockstore.Reader
	size    int64
}

// extent opens what the request names; the caller closes the content. fresh is false where the client has it, and was told.
func (h deltas) extent(c *gin.Context, q *edge.Params) (x extent, fresh bool, err error) {
	revision, offset, length := q.Number("revision"), q.Number("offset"), q.Number("length")
	if q.Err != nil {
		return extent{}, false, q.Err
	}
	tree, path, err := h.here(c)
	if err != nil {
		return extent{}, false, err
	}
	if x.entry, err = look(c.Request.Context(), tree, catalog.FileAt{Path: path, Number: revision}); err != nil {
		return extent{}, false, err
	}
	if fresh, err = fits(c, x.entry); err != nil || !fresh {
		return x, fresh, err
	}
	if x.size = x.entry.Size - offset; x.size < 0 || length > x.size {
		return x, fresh, edge.ErrRange
	}
	if length > 0 {
		x.size = length
	}
	if x.content, err = tree.OpenEntry(c.Request.Context(), x.entry); err == nil {
		_, err = x.content.Seek(offset, io.SeekStart) // which touches nothing, and does not fail
	}
	return x, fresh, edge.Explained(err, catalog.ErrAbsent)
}

// fits checks If-Match and If-None-Match of a read. Where the client has the entry it is told so.
func fits(c *gin.Context, e catalog.Entry) (fresh bool, err error) {
	if err := catalog.Expect(e, c.GetHeader("If-Match"), ""); err != nil {
		return false, err
	}
	c.Header("ETag", e.ETag())
	if known(c, e) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return false, nil
	}
	return true, nil
}

// known tells whether If-None-Match says that the client has the entry.
func known(c *gin.Context, e catalog.Entry) bool {
	return catalog.Expect(e, "", strings.ReplaceAll(c.GetHeader("If-None-Match"), "W/", "")) != nil
}

// answer begins an answer about an extent.
func (x extent) answer(c *gin.Context, kind string) {
	c.Header("Content-Type", kind)
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Hive-Root", x.entry.Root.String())
	c.Header("Hive-Revision", strconv.FormatInt(x.entry.Revision, 10))
	c.Header("Hive-MTime", x.entry.MTime.UTC().Format(time.RFC3339Nano))
	if x.entry.Exec {
		c.Header("Hive-Exec", "true")
	}
}

func (h deltas) getSignature(c *gin.Context) error {
	q := edge.ParamsOf(c)
	options, err := signatureOptions(q)
	if err != nil {
		return err
	}
	x, fresh, err := h.extent(c, q)
	if err != nil || !fresh {
		return err
	}
	defer x.content.Close()
	if options, err = options.For(x.size); err != nil {
		return edge.Invalid("query", "%s", edge.Words(err))
	}
	x.answer(c, signatureType)
	c.Header("Content-Length", strconv.FormatInt(options.SignatureSize(x.size), 10))
	return delta.WriteSignature(c.Writer, io.LimitReader(x.content, x.size), options)
}

// signatureOptions reads what a signature is to be made of.
func signatureOptions(q *edge.Params) (delta.Options, error) {
	kind, ok := map[[2]string]delta.Kind{
		{"blake2", "rabinkarp"}: delta.BLAKE2RabinKarp, {"md4", "rabinkarp"}: delta.MD4RabinKarp,
		{"blake2", "classic"}: delta.BLAKE2Classic, {"md4", "classic"}: delta.MD4Classic,
	}[[2]string{q.Text("kind", "blake2"), q.Text("rolling", "rabinkarp")}]
	if !ok {
		return delta.Options{}, edge.Invalid("query", "expected kind blake2 or md4, rolling rabinkarp or classic")
	}
	options := delta.Options{Kind: kind, Block: int(q.NumberUpTo("block", delta.MaxBlock)), Strong: int(q.NumberUpTo("sum", int64(kind.MaxStrong())))}
	return options, q.Err
}

func (h deltas) postDelta(c *gin.Context) error {
	x, fresh, err := h.extent(c, edge.ParamsOf(c))
	if err != nil || !fresh {
		return err
	}
	defer x.content.Close()
	if err := accepts(c, signatureType); err != nil {
		return err
	}
	signature, err := delta.ReadSignature(c.Request.Body)
	if err != nil {
		return edge.Explained(err, delta.ErrFormat)
	}
	x.answer(c, deltaType)
	return delta.WriteDelta(c.Writer, signature, io.LimitReader(x.content, x.size))
}

// accepts refuses a body of another type, or encoded.
func accepts(c *gin.Context, kind string) error {
	got, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if encoding := c.GetHeader("Content-Encoding"); got != kind || encoding != "" && encoding != "identity" {
		return edge.Because(edge.ErrMediaType, "expected "+kind)
	}
	return nil
}

// undeclared is how large a delta may make a file without saying so: this, or twice the file.
const undeclared = 1 << 30

func (h deltas) patchFile(c *gin.Context) error {
	want, err := reprDigest(c.Request.Header)
	if err == nil {
		err = accepts(c, deltaType)
	}
	if err != nil {
		return err
	}
	opts, err := putOptions(c)
	q := edge.ParamsOf(c)
	opts.Parents, opts.Length = false, q.Number("size")
	if err != nil || q.Err != nil {
		return firstError(err, q.Err)
	}
	if opts.IfMatch == "" {
		return edge.ErrUnconditional
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	entry, err := look(c.Request.Context(), tree, catalog.FileAt{Path: path})
	if err == nil {
		err = catalog.Expect(entry, opts.IfMatch, opts.IfNoneMatch)
	}
	if err != nil {
		return err
	}
	content, err := tree.OpenEntry(c.Request.Context(), entry)
	if err != nil {
		return edge.Explained(err, catalog.ErrAbsent)
	}
	defer content.Close()
	opts.IfMatch = entry.ETag() // the delta is from this one
	limit := opts.Length
	if limit == 0 {
		limit = max(undeclared, 2*content.Size())
	}
	made := makeFrom(content, c.Request.Body, limit, want)
	defer made.Close()
	entry, _, err = tree.Put(c.Request.Context(), path, made, opts)
	if err != nil {
		return edge.Explained(err, delta.ErrFormat, delta.ErrRange, delta.ErrLimit)
	}
	c.Header("ETag", entry.ETag())
	return edge.JSON(c, http.StatusOK, entryJSON(entry))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reprDigest reads the SHA-256 of a Repr-Digest field.
func reprDigest(h http.Header) ([]byte, error) {
	sum, err := digestIn(h, "Repr-Digest")
	if err == nil && sum == nil {
		err = edge.Invalid("header.Repr-Digest", expectedDigest)
	}
	return sum, err
}

// base makes a reader what a delta copies from.
type base struct{ *blockstore.Reader }

// ReadAt implements io.ReaderAt for one goroutine.
func (b base) ReadAt(p []byte, at int64) (int, error) {
	if _, err := b.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(b.Reader, p)
}

// making is content on its way from a delta to the store.
type making struct {
	*io.PipeReader
	done chan struct{}
}

// makeFrom reads what a delta makes of content. It ends in edge.ErrDigest where that is not what is wanted, so that who
// stores it never sees its end.
func makeFrom(content *blockstore.Reader, body io.Reader, limit int64, want []byte) making {
	r, w := io.Pipe()
	m := making{r, make(chan struct{})}
	go func() {
		defer close(m.done)
		hash := sha256.New()
		_, err := delta.Patch(io.MultiWriter(hash, w), base{content}, body, limit)
		if err == nil && !bytes.Equal(hash.Sum(nil), want) {
			err = fmt.Errorf("%w: sha-256 is %x, not %x", edge.ErrDigest, hash.Sum(nil), want)
		}
		_ = w.CloseWithError(err)
	}()
	return m
}

// Close waits until nothing reads content or body any more.
func (m making) Close() {
	_ = m.PipeReader.Close()
	<-m.done
}
