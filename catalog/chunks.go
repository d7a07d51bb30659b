package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/upload"
)

// Errors of lists of chunks.
var (
	ErrList    = upload.ErrList    // it makes no file
	ErrLacking = upload.ErrLacking // a chunk of it is not among the user's
)

// UploadsKept is how long a chunk that was sent waits to become part of a file.
const UploadsKept = upload.Kept

// Chunked is a tree to clients that cut files into chunks themselves.
type Chunked struct{ *Tree }

// FileAt is a file at a revision; the newest where the number is 0.
type FileAt struct {
	Path   Path
	Number int64
}

// Piece is a part of the list of chunks of a file: a chunk that was sent, or bytes of a file, from the beginning of one of
// its chunks to the end of one.
type Piece struct {
	Chunk  cid.Cid // or
	From   FileAt
	Offset int64
	Length int64 // bytes, of a chunk too
}

// Chunks gives a file at a revision and its chunks in order. Content that is not held here gives ErrAbsent.
func (t Chunked) Chunks(ctx context.Context, at FileAt) (entry Entry, chunks iter.Seq2[blockstore.Leaf, error], err error) {
	err = within(ctx, t.Tree, at.Path, func(t *Tree, path Path) error {
		e, err := t.space.File(ctx, t.space.Read(), path)
		if err == nil && at.Number != 0 && at.Number != e.Revision {
			err = rewind(ctx, t.space, &e, at.Number)
		}
		if err == nil && t.prefix != "" {
			var held bool
			if held, err = t.catalog.tables.Held(ctx, e.ID, e.Revision); err == nil && !held {
				err = fmt.Errorf("%w: %s", ErrAbsent, path)
			}
		}
		entry = e
		return err
	})
	return entry, t.blocks.Leaves(ctx, entry.Root), err
}

// Lacking tells which of the chunks are neither in one of the files nor were sent by the actor's user. What else is in the store it
// does not look at, so that nobody learns what others keep there. Files that are not there have no chunks.
func (t Chunked) Lacking(ctx context.Context, files []FileAt, chunks []cid.Cid) ([]cid.Cid, error) {
	wanted := make(map[cid.Cid]bool, len(chunks))
	for _, c := range chunks {
		wanted[c] = true
	}
	for _, file := range files {
		_, leaves, err := t.Chunks(ctx, file)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotFolder) || errors.Is(err, ErrAbsent) || errors.Is(err, ErrRevision) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for leaf, err := range leaves {
			if err != nil {
				return nil, err
			}
			delete(wanted, leaf.CID)
		}
	}
	sent, err := t.uploads().Sizes(ctx, chunks)
	if err != nil {
		return nil, err
	}
	lacking := []cid.Cid{}
	for _, c := range chunks {
		if _, known := sent[c]; !known && wanted[c] {
			lacking = append(lacking, c)
			delete(wanted, c)
		}
	}
	return lacking, nil
}

func (t Chunked) uploads() upload.Uploads {
	return upload.Uploads{DB: t.catalog.db, User: t.actor.User}
}

// Send keeps a chunk for UploadsKept, so that a list can name it. It counts against the quota meanwhile.
func (t Chunked) Send(ctx context.Context, c cid.Cid, data []byte) error {
	uploads, room := t.uploads(), roomOf(t.Tree)
	sent, err := uploads.Sizes(ctx, []cid.Cid{c})
	if err != nil {
		return err
	}
	if _, err := room.For(ctx, t.space.Read(), int64(len(data)), sent[c]); err != nil {
		return err
	}
	w := t.blocks.Writer()
	defer w.Close()
	if err := w.Put(ctx, c, data); err != nil {
		return err
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	return uploads.Note(ctx, c, int64(len(data)), room)
}

// PutPieces is Put of a file that is there in pieces: of the user's files, and chunks that were sent.
func (t Chunked) PutPieces(ctx context.Context, path Path, pieces []Piece, opts PutOptions) (Entry, bool, error) {
	opts.Length = 0
	var chunks []cid.Cid
	for _, p := range pieces {
		if p.Length < 0 || p.Length > math.MaxInt64-opts.Length {
			return Entry{}, false, fmt.Errorf("put %s: %w: a piece of %d bytes", path, ErrList, p.Length)
		}
		opts.Length += p.Length
		if p.Chunk.Defined() {
			chunks = append(chunks, p.Chunk)
		}
	}
	uploads := t.uploads()
	sent, err := uploads.Sizes(ctx, chunks)
	if err != nil {
		return Entry{}, false, err
	}
	var own int64
	for _, size := range sent {
		own += size
	}
	in, at, _, err := preparePut(ctx, t.Tree, path, opts, own)
	if err != nil {
		return Entry{}, false, err
	}
	list, err := withRoots(ctx, t, pieces)
	if err != nil {
		return Entry{}, false, err
	}
	w := t.blocks.Writer()
	defer w.Close()
	file, err := upload.List{Blocks: t.blocks, Writer: w, Sent: sent}.Assemble(ctx, list)
	if err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	if file.Size != opts.Length {
		return Entry{}, false, fmt.Errorf("put %s: %w: %d bytes, not %d", path, ErrList, file.Size, opts.Length)
	}
	entry, created, err := commit(ctx, in, w, at, file, opts)
	if err == nil {
		err = uploads.Forget(ctx, chunks)
	}
	return entry, created, err
}

// withRoots looks up the files that pieces are from.
func withRoots(ctx context.Context, t Chunked, pieces []Piece) ([]upload.Piece, error) {
	list := make([]upload.Piece, len(pieces))
	roots := make(map[string]cid.Cid)
	for i, p := range pieces {
		list[i] = upload.Piece{Chunk: p.Chunk, Offset: p.Offset, Length: p.Length}
		if p.Chunk.Defined() {
			continue
		}
		key := fmt.Sprint(p.From.Number, p.From.Path)
		if _, known := roots[key]; !known {
			e, _, err := t.Chunks(ctx, p.From)
			if err != nil {
				return nil, err
			}
			roots[key] = e.Root
		}
		list[i].Root = roots[key]
	}
	return list, nil
}
