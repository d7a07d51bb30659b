package fetch

import (
	"context"
	"errors"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/delta"
)

// outright is how many bytes are sent as they are rather than asking for a signature.
const outright = 8 << 10

// bases are the older states of files, as far as they may be read for one request.
type bases struct {
	reader BaseReader
	spots  []spot // by the index of the file
	left   int64  // bytes that may still be compared
}

// inherit gives files without a path that of the file before.
func inherit(files []File) {
	for i := 1; i < len(files); i++ {
		if len(files[i].Path) == 0 {
			files[i].Path, files[i].Was = files[i-1].Path, files[i-1].Was
		}
	}
}

// readUpdate reads what was asked for of a file, and sends it as it is or as a delta to its older state, whichever is shorter.
func (s *Server) readUpdate(ctx context.Context, content cid.Cid, b *bases, index int, file File, send sender) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	target, err := s.piece(ctx, content, file, (*buffer)[:0])
	if err != nil {
		return err
	}
	*buffer = target
	if len(target) == 0 { // too much for a delta, or not held
		return s.readChunks(ctx, content, file, send)
	}
	change, err := b.delta(ctx, index, file, target)
	switch {
	case errors.Is(err, errUnbased):
		return send(part{frame: answer{Unbased: true}})
	case err != nil:
		return err
	case change != nil:
		return send(part{frame: answer{Delta: int64(len(change))}, data: change})
	}
	return s.readChunks(ctx, content, file, send)
}

// check refuses what no file of a request has. An update may leave it to the tree which root a file has.
func (f *File) check(kind string) error {
	if _, named := castCID(f.Root); !named && (kind != kindUpdate || len(f.Root) > 0) {
		return malformedFile()
	}
	var extents int64
	for _, e := range f.Extents {
		if e.Offset < 0 || e.Length <= 0 || e.Length > MaxExtent {
			return malformedFile()
		}
		extents += e.Length
	}
	if f.Offset < 0 || f.Length < 0 || f.Skip < 0 || len(f.Extents) > MaxExtents || extents > MaxExtent || len(f.Signature) > MaxSignature {
		return malformedFile()
	}
	return nil
}

// piece appends what was asked for of a file to dst; nothing when that is more than a delta makes, or not held. It is not verified: of
// damage that the store does not notice comes nothing that the other hive takes, and it asks for the bytes as they are.
func (s *Server) piece(ctx context.Context, content cid.Cid, file File, dst []byte) (target []byte, err error) {
	if content.Type() == cid.Raw {
		target, err = s.blocks.AppendUnverified(ctx, content, dst)
	} else if file.Length > 0 && file.Length <= MaxPiece {
		target, err = appendRange(ctx, s.blocks, content, Extent{file.Offset, file.Length}, true, slices.Grow(dst, int(file.Length)))
	}
	if Lost(err) || len(target) > MaxPiece {
		return dst, nil
	}
	return target, err
}

// errUnbased says that a base is of no use here, and there is no signature of it.
var errUnbased = errors.New("no base")

// delta turns the base of a file into target; nil where target itself is shorter.
func (b *bases) delta(ctx context.Context, index int, file File, target []byte) ([]byte, error) {
	if b.left <= 0 {
		return nil, nil
	}
	b.left -= int64(len(target))
	limit := len(target) - len(target)/16
	base, err := b.read(ctx, index, file)
	if err != nil {
		return nil, err
	}
	var change []byte
	ok := false
	switch {
	case base != nil:
		change, ok = delta.Between(base, target, limit)
	case len(file.Signature) > 0:
		if change, ok, err = delta.Make(file.Signature, target, limit); err != nil {
			return nil, malformedFile()
		}
	case len(target) > outright:
		return nil, errUnbased
	}
	if !ok || len(change) > lump && !smaller(change, target) {
		return nil, nil
	}
	return change, nil
}

// read gives the extents of a base, nil where it is of no use.
func (b *bases) read(ctx context.Context, index int, file File) ([]byte, error) {
	if !b.spots[index].held {
		return nil, nil
	}
	base, err := b.reader.Read(ctx, b.spots[index].root, file.Extents)
	b.left -= int64(len(base))
	if Lost(err) {
		return nil, nil
	}
	return base, err
}

// appendRange appends a place of a file to dst, or all of the chunks that it touches.
func appendRange(ctx context.Context, blocks *blockstore.Store, root cid.Cid, e Extent, chunks bool, dst []byte) ([]byte, error) {
	end := e.Offset + e.Length
	for leaf, err := range blocks.LeavesFrom(ctx, root, e.Offset) {
		if err != nil {
			return nil, err
		}
		if leaf.Offset >= end {
			break
		}
		before := len(dst)
		if dst, err = blocks.AppendUnverified(ctx, leaf.CID, dst); err != nil {
			return nil, err
		}
		if chunks {
			continue
		}
		data := dst[before:]
		from, to := max(e.Offset-leaf.Offset, 0), min(end-leaf.Offset, int64(len(data)))
		dst = append(dst[:before], data[min(from, to):to]...)
	}
	return dst, nil
}
