package fetch

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
)

// BaseReader reads places of older files. Places of one file that follow each other overlap, as those of deltas do: what they
// have in common is read once. It is to be closed, that its memory is used again.
type BaseReader struct {
	Blocks *blockstore.Store

	buffer *[]byte // for data
	root   cid.Cid // of the last file
	extent Extent  // of it, none where there was not just one
	data   []byte  // that was there
}

// Close ends what Read gave.
func (r *BaseReader) Close() {
	if r.buffer != nil {
		buffers.Put(r.buffer)
	}
	*r = BaseReader{}
}

// Read gives some places of a file one after the other, until the next call; of none it is the beginning. Both hives read a base by
// it, and neither verifies it: what is made of it is. What lies behind the end of the file is left out.
func (r *BaseReader) Read(ctx context.Context, root cid.Cid, extents []Extent) (base []byte, err error) {
	if r.buffer == nil {
		r.buffer = buffers.Get().(*[]byte)
		r.data = (*r.buffer)[:0]
	}
	if len(extents) == 0 {
		extents = []Extent{{Length: MaxPiece}}
	}
	kept := r.keep(root, extents)
	todo := slices.Clone(extents)
	todo[0].Offset, todo[0].Length = todo[0].Offset+kept, todo[0].Length-kept
	r.extent = Extent{}
	var size int64
	for _, e := range todo {
		size += e.Length
	}
	base = slices.Grow(r.data, int(min(size, MaxExtent)))
	for _, e := range todo {
		if e.Length == 0 {
			continue
		}
		if base, err = appendRange(ctx, r.Blocks, root, e, false, base); err != nil {
			return nil, err
		}
	}
	if r.data, *r.buffer = base, base; len(extents) == 1 {
		r.root, r.extent = root, extents[0]
	}
	return base, nil
}

// keep leaves in data what was read last of the first of some places, and tells how many bytes that is.
func (r *BaseReader) keep(root cid.Cid, extents []Extent) int64 {
	from := extents[0].Offset - r.extent.Offset
	whole := int64(len(r.data)) == r.extent.Length // the file goes on, perhaps
	if !whole || from < 0 || from >= r.extent.Length || !r.root.Equals(root) {
		r.data = r.data[:0]
		return 0
	}
	r.data = r.data[:min(int64(copy(r.data, r.data[from:])), extents[0].Length)]
	return int64(len(r.data))
}
