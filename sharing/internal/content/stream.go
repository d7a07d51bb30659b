package content

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// Stream is one file that comes in the order in which it is read. It belongs to one goroutine.
type Stream struct {
	blocks *blockstore.Store
	of     fetch.Of
	want   Want
	leaves []blockstore.Leaf
	index  map[cid.Cid]int // of leaves
	came   map[cid.Cid]bool
	left   int // leaves that did not come
}

// NewStream returns the stream of a file, of which only what its Base lacks comes. Open comes first.
func NewStream(blocks *blockstore.Store, of fetch.Of, want Want) *Stream {
	return &Stream{blocks: blocks, of: of, want: want, index: make(map[cid.Cid]int), came: make(map[cid.Cid]bool)}
}

// Open brings what is above the chunks of the file, and tells how many of its bytes are here. A stream that does not open is of
// no more use.
func (f *Stream) Open(ctx context.Context, s *fetch.Session, w *blockstore.Writer) (here int64, err error) {
	if f.want.Root.Type() == cid.Raw {
		f.leaves = []blockstore.Leaf{{CID: f.want.Root, Size: f.want.Size}}
	} else if here, err = f.list(ctx, s, w); err != nil {
		return 0, err
	}
	for i, l := range f.leaves {
		if _, twice := f.index[l.CID]; !twice {
			f.index[l.CID] = i
		}
	}
	f.left = len(f.index) - len(f.came)
	return here, nil
}

// list brings the chunk list.
func (f *Stream) list(ctx context.Context, s *fetch.Session, w *blockstore.Writer) (here int64, err error) {
	var base []blockstore.Leaf
	if f.want.Base != nil {
		if base, err = oldLeaves(ctx, f.blocks, f.want.Base.Root); err != nil {
			return 0, err
		}
	}
	list, err := askList(s, f.of, f.want, base)
	if err != nil {
		return 0, err
	}
	f.leaves = list.leaves
	if len(f.leaves) > 0 {
		last := f.leaves[len(f.leaves)-1]
		f.want.Size = last.Offset + last.Size
	}
	if err := prove(ctx, w, f.want, f.leaves); err != nil || base == nil {
		return 0, err
	}
	chunks, held, err := list.inBase(ctx, w, base)
	if err != nil {
		return 0, err
	}
	for i, chunk := range chunks {
		if leaf := f.leaves[chunk]; held[i] && !f.came[leaf.CID] {
			f.came[leaf.CID] = true
			here += leaf.Size
		}
	}
	return here, nil
}

// Has tells whether a block came, or was made from the chunk list.
func (f *Stream) Has(c cid.Cid) bool { return c.Type() != cid.Raw || f.came[c] }

// Whole tells whether all came.
func (f *Stream) Whole() bool { return f.left == 0 }

// Bring has the chunk c come, and those after it up to so many bytes. It tells how many came.
func (f *Stream) Bring(ctx context.Context, s *fetch.Session, w *blockstore.Writer, c cid.Cid, ahead int64) (bytes int64, err error) {
	first, ok := f.index[c]
	if !ok {
		return 0, fmt.Errorf("%w: block %s is not of %v", fetch.ErrProtocol, c, f.want.Path)
	}
	end := first + 1
	for span := f.leaves[first].Size; end < len(f.leaves) && span+f.leaves[end].Size <= ahead && !f.came[f.leaves[end].CID]; end++ {
		span += f.leaves[end].Size
	}
	asked := fetch.File{Path: f.want.Path, Root: f.want.Root.Bytes()}
	if f.want.Root.Type() != cid.Raw {
		last := f.leaves[end-1]
		asked.Offset, asked.Length = f.leaves[first].Offset, last.Offset+last.Size-f.leaves[first].Offset
	}
	var blocks []blockstore.Received
	err = s.Content(fetch.Of{Ref: f.of.Ref}, []fetch.File{asked}, func(p fetch.Part) error {
		data := p.Data
		if p.Gap != nil {
			return p.Gap
		}
		if first+len(blocks) == end {
			return fmt.Errorf("%w: more chunks than were asked for", fetch.ErrProtocol)
		}
		blocks = append(blocks, blockstore.Received{CID: f.leaves[first+len(blocks)].CID, Data: data})
		bytes += int64(len(data))
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(blocks) == 0 {
		return 0, fetch.ErrNotHeld
	}
	if err := w.Receive(ctx, blocks); err != nil {
		return 0, err
	}
	for _, b := range blocks {
		if !f.came[b.CID] {
			f.came[b.CID] = true
			f.left--
		}
	}
	return bytes, nil
}
