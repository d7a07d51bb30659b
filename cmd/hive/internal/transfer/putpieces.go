package transfer

import (
	"context"
	"io"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/node"
)

const (
	pieceWorkers = 4        // chunks of one file that travel at a time
	maxPieces    = 8000     // in a list, which is JSON of at most 1 MiB
	askedAtOnce  = 5000     // chunks in a question
	givenUp      = 3        // quarters of a file that are new: then it is sent as a whole
	trial        = 64 << 20 // bytes after which that is first looked at
)

// putPieces sends a file as its difference to what the hive has at remote. It is not done, without an error, where there is
// nothing, or too little in common, or the hive cannot do it: then the file is to be sent as a whole.
func (u *Upload) putPieces(ctx context.Context, f *os.File, remote string, opts client.PutOptions, size int64) (done bool, err error) {
	list, err := u.Chunks.List(ctx, remote, 0)
	if err != nil {
		return false, ctx.Err()
	}
	p := put{Upload: u, tally: tally{counters: &u.Counters}, file: f, remote: remote, etag: list.ETag, old: placed(list.Chunks)}
	if worth, err := p.plan(ctx, size); err != nil || !worth {
		return false, err
	}
	if err := p.send(ctx); err != nil {
		p.undo()
		return false, wrong(ctx, err)
	}
	_, err = u.Chunks.Commit(ctx, remote, p.list(opts, list.Revision), client.Condition{IfMatch: list.ETag})
	if err != nil {
		p.undo()
		return false, wrong(ctx, err)
	}
	u.Files.Add(1)
	return true, nil
}

// put is one file on its way in pieces.
type put struct {
	*Upload
	tally
	file   *os.File
	remote string
	etag   string
	old    []node.Chunk
	pieces []piece
}

// plan cuts the file and finds out whether it pays to send it in pieces.
func (p *put) plan(ctx context.Context, size int64) (worth bool, err error) {
	find := compare(p.old)
	var fresh, seen int64
	worth = true
	err = cutFile(ctx, p.file, func(c node.Chunk) bool {
		found := find(c)
		p.pieces = append(p.pieces, found)
		if seen += c.Size; found.old < 0 {
			fresh += c.Size
		}
		worth = seen < min(trial, size) || fresh <= seen/4*givenUp
		return worth
	})
	if err == nil && worth {
		worth = len(p.runs()) <= maxPieces
	}
	return worth, err
}

// send sends the chunks that the hive lacks.
func (p *put) send(ctx context.Context) error {
	lacking, err := p.lacking(ctx)
	if err != nil {
		return err
	}
	near := extents(p.pieces, p.old)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(pieceWorkers)
	for i, piece := range p.pieces {
		name := client.Chunk{Digest: piece.Digest, Size: piece.Size}
		if piece.old >= 0 || !lacking[name.CID()] {
			p.add(piece.Size)
			continue
		}
		delete(lacking, name.CID())
		g.Go(func() error {
			data, err := readChunk(p.file, piece.Chunk)
			if err != nil {
				return err
			}
			defer p.add(piece.Size)
			if p.sendDelta(ctx, name, near[i], data) {
				return nil
			}
			return p.Chunks.Send(ctx, name, data)
		})
	}
	return g.Wait()
}

// lacking asks which of the new chunks are to be sent: some may be there from an attempt before.
func (p *put) lacking(ctx context.Context) (map[string]bool, error) {
	var fresh []string
	for _, piece := range p.pieces {
		if piece.old < 0 {
			fresh = append(fresh, client.Chunk{Digest: piece.Digest}.CID())
		}
	}
	lacking := make(map[string]bool)
	for part := range slices.Chunk(fresh, askedAtOnce) {
		names, err := p.Chunks.Lacking(ctx, apitype.ChunkQuestion{Files: []apitype.FileAt{}, Chunks: part})
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			lacking[name] = true
		}
	}
	return lacking, nil
}

// sendDelta sends a chunk as a delta to an extent of the old state, where that is worth it.
func (p *put) sendDelta(ctx context.Context, chunk client.Chunk, x client.Extent, data []byte) bool {
	if x.Length == 0 {
		return false
	}
	body, err := p.Chunks.Signature(ctx, p.remote, x, signOptions(x), client.Condition{IfMatch: p.etag})
	if err != nil {
		return false
	}
	defer body.Close()
	signature, err := io.ReadAll(io.LimitReader(body, maxExtent))
	if err != nil {
		return false
	}
	d, ok, err := delta.Make(signature, data, worth(chunk.Size))
	return err == nil && ok && p.Chunks.SendDelta(ctx, chunk, p.remote, x, d) == nil
}

// runs are the pieces as a list names them.
func (p *put) runs() (runs []apitype.Piece) {
	next := -1
	for _, piece := range p.pieces {
		switch {
		case piece.old < 0:
			runs = append(runs, apitype.Piece{Chunk: client.Chunk{Digest: piece.Digest}.CID(), Length: piece.Size})
		case piece.old == next:
			runs[len(runs)-1].Length += piece.Size
		default:
			runs = append(runs, apitype.Piece{Offset: p.old[piece.old].Offset, Length: piece.Size})
		}
		if next = -1; piece.old >= 0 {
			next = piece.old + 1
		}
	}
	return runs
}

func (p *put) list(opts client.PutOptions, revision int64) apitype.ChunkList {
	return apitype.ChunkList{
		Files: []apitype.FileAt{{Path: p.remote, Revision: revision}}, Pieces: p.runs(),
		MTime: &opts.MTime, Exec: opts.Exec, Parents: opts.Parents,
	}
}
