package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/node"
)

// maxRange is the most bytes that one request of a download in pieces asks for.
const maxRange = 8 << 20

// get is one file on its way here in pieces.
type get struct {
	*Download
	tally
	remote string
	list   client.ChunkList
	old    *os.File
	has    []node.Chunk // old has
	out    *os.File
	begun  bool // out has some of it, from an earlier get
}

// writePieces is write of a file that takes the place of a large one: what the two have in common does not travel. It is not
// done, without an error, where that is little or the hive cannot do it.
func (d *Download) writePieces(ctx context.Context, root *os.Root, remote string, e apitype.Entry, revision int64) (done bool, err error) {
	info, err := root.Lstat(e.Name)
	if d.Chunks == nil || err != nil || !info.Mode().IsRegular() || info.Size() < large || e.Size < large {
		return false, nil
	}
	old, err := root.Open(e.Name)
	if err != nil {
		return false, nil
	}
	defer old.Close()
	list, err := d.Chunks.List(ctx, remote, revision)
	if err != nil {
		return false, ctx.Err()
	}
	g := get{Download: d, tally: tally{counters: &d.Counters}, remote: remote, list: list, old: old}
	pieces, err := g.plan(ctx)
	if err != nil || pieces == nil {
		return false, err
	}
	e.MTime, e.Exec = list.MTime, list.Exec
	if err := g.begin(root, e); err != nil {
		return false, err
	}
	if err = g.assemble(ctx, pieces); err == nil {
		err = verify(ctx, g.out, list.Root)
	}
	if err = d.finish(ctx, root, g.out, e, err); err != nil {
		g.undo()
		return false, wrong(ctx, err)
	}
	return true, nil
}

// begin opens the part that an earlier get of the same content left, or makes one.
func (g *get) begin(root *os.Root, e apitype.Entry) (err error) {
	var name string
	if e.Size >= resumable {
		name = part.Name(e.Name, g.list.Root, g.list.Exec, part.InPieces)
	}
	if name != "" {
		g.out, _ = part.Open(root, name)
	}
	if g.begun = g.out != nil; !g.begun {
		g.out, err = part.Create(root, name, e)
	}
	return err
}

// plan compares what is here with what is wanted; nil where they have less than a quarter in common.
func (g *get) plan(ctx context.Context) ([]piece, error) {
	err := cutFile(ctx, g.old, func(c node.Chunk) bool {
		g.has = append(g.has, c)
		return true
	})
	if err != nil {
		return nil, err
	}
	find := compare(g.has)
	var fresh, all int64
	pieces := make([]piece, 0, len(g.list.Chunks))
	for _, c := range placed(g.list.Chunks) {
		p := find(c)
		if all += c.Size; p.old < 0 {
			fresh += c.Size
		}
		pieces = append(pieces, p)
	}
	if fresh > all/4*givenUp {
		return nil, nil
	}
	return pieces, nil
}

// assemble writes all pieces to their places.
func (g *get) assemble(ctx context.Context, pieces []piece) error {
	near := extents(pieces, g.has)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(pieceWorkers)
	for i := 0; i < len(pieces) && ctx.Err() == nil; {
		if p := pieces[i]; p.old >= 0 {
			data, err := readChunk(g.old, g.has[p.old])
			if err == nil {
				err = g.write(p.Offset, data)
			}
			if err != nil {
				return errors.Join(err, group.Wait())
			}
			i++
			continue
		}
		first, size := i, int64(0)
		for i < len(pieces) && pieces[i].old < 0 && (i == first || size+pieces[i].Size <= maxRange) {
			size += pieces[i].Size
			i++
		}
		part, x := pieces[first:i], near[first]
		group.Go(func() error { return g.fetch(ctx, part, x) })
	}
	return group.Wait()
}

func (g *get) write(at int64, data []byte) error {
	if _, err := g.out.WriteAt(data, at); err != nil {
		return err
	}
	g.add(int64(len(data)))
	return nil
}

// fetch gets pieces that follow one another, but those that an earlier get brought: a few as a delta to what stands in their place,
// else as they are.
func (g *get) fetch(ctx context.Context, part []piece, x client.Extent) error {
	if lacking := g.lacking(part); len(lacking) < len(part) {
		part, x = lacking, client.Extent{}
	}
	if data := g.fetchDelta(ctx, part, x); data != nil {
		return g.write(part[0].Offset, data)
	}
	for try := 0; len(part) > 0; try++ {
		data, err := g.fetchRange(ctx, part[0].Offset, span(part))
		rest, differs := g.keep(part, data)
		if differs != nil {
			return differs
		}
		if len(rest) < len(part) {
			part, try = rest, 0
		}
		_, refused := errors.AsType[*client.Error](err)
		if err != nil && (ctx.Err() != nil || errors.Is(err, errChanged) || refused && !passes(err)) {
			return err
		}
		if err != nil && (refused || try == resumes) {
			return errLost{err}
		}
	}
	return nil
}

// span is the bytes of pieces that follow one another.
func span(part []piece) (n int64) {
	for _, p := range part {
		n += p.Size
	}
	return n
}

// lacking are the pieces from the first on that is not there.
func (g *get) lacking(part []piece) []piece {
	for g.begun && len(part) > 0 {
		if _, err := readChunk(g.out, part[0].Chunk); err != nil {
			break
		}
		g.add(part[0].Size)
		part = part[1:]
	}
	return part
}

// keep writes the pieces that data has as a whole, and gives the others.
func (g *get) keep(part []piece, data []byte) (rest []piece, err error) {
	n := 0
	for n < len(part) && span(part[:n+1]) <= int64(len(data)) {
		n++
	}
	if n == 0 {
		return part, nil
	}
	data = data[:span(part[:n])]
	if !right(part[:n], data) {
		return nil, errChanged
	}
	return part[n:], g.write(part[0].Offset, data)
}

// right tells whether data are these pieces.
func right(part []piece, data []byte) bool {
	for _, p := range part {
		if int64(len(data)) < p.Size || sha256.Sum256(data[:p.Size]) != p.Digest {
			return false
		}
		data = data[p.Size:]
	}
	return len(data) == 0
}

// fetchRange gets bytes of the content: with an error, those that came before it.
func (g *get) fetchRange(ctx context.Context, at, size int64) ([]byte, error) {
	content, err := g.Remote.Open(ctx, g.remote, client.OpenOptions{
		Revision: g.list.Revision, IfMatch: g.list.ETag, Range: fmt.Sprintf("bytes=%d-%d", at, at+size-1),
	})
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if content.Length != size {
		return nil, errChanged
	}
	data := make([]byte, size)
	n, err := io.ReadFull(content, data)
	return data[:n], err
}

// fetchDelta gets pieces as a delta to an extent of the old file, nil where that is not worth it or does not work out.
func (g *get) fetchDelta(ctx context.Context, part []piece, x client.Extent) []byte {
	size := span(part)
	if x.Length == 0 || size > maxExtent {
		return nil
	}
	extent := make([]byte, x.Length)
	if _, err := g.old.ReadAt(extent, x.Offset); err != nil {
		return nil
	}
	signature, err := delta.Sign(extent, delta.Extent(len(extent)))
	if err != nil {
		return nil
	}
	from := client.Extent{Revision: g.list.Revision, Offset: part[0].Offset, Length: size}
	body, err := g.Chunks.Delta(ctx, g.remote, from, bytes.NewReader(signature), client.Condition{IfMatch: g.list.ETag})
	if err != nil {
		return nil
	}
	defer body.Close()
	d, err := io.ReadAll(io.LimitReader(body, size+size/8+64))
	if err != nil {
		return nil
	}
	data := make([]byte, size)
	if delta.Apply(data, extent, d) != nil || !right(part, data) {
		return nil
	}
	return data
}
