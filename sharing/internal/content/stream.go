package content

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// Stream is one file that comes in the order in which it is read. It belongs to one goroutine. What came of it before, for a Stream or
// a Fetcher, does not come again as long as it is here.
type Stream struct {
	here  Here
	of    fetch.Of
	file  *file
	index map[cid.Cid]int // of its chunks, the first place of each
}

// Here is where what comes is kept, and known.
type Here struct {
	Blocks   *blockstore.Store
	Partials Partials
}

// NewStream returns the stream of a file, of which only what its Base lacks comes. Open comes first.
func NewStream(here Here, of fetch.Of, want Want) *Stream {
	return &Stream{here: here, of: of, file: &file{want: want}, index: make(map[cid.Cid]int)}
}

// Open brings what is above the chunks of the file, and tells how many of its bytes its base has. A stream that does not open is
// of no more use.
func (f *Stream) Open(ctx context.Context, s *fetch.Session, w *blockstore.Writer) (here int64, err error) {
	want := &f.file.want
	if want.Root.Type() == cid.Raw {
		f.file.setLeaves([]blockstore.Leaf{{CID: want.Root, Size: want.Size}})
		f.index[want.Root] = 0
		return 0, nil
	}
	leaves, err := knownList(ctx, f.here.Blocks, f.here.Partials, want.Root)
	if err != nil {
		return 0, err
	}
	if leaves == nil {
		leaves, here, err = f.list(ctx, s, w)
	} else {
		f.file.setLeaves(leaves)
	}
	if err != nil {
		return 0, err
	}
	for i, l := range leaves {
		if _, twice := f.index[l.CID]; !twice {
			f.index[l.CID] = i
		}
	}
	return here, f.recall(ctx)
}

// list has the chunk list come.
func (f *Stream) list(ctx context.Context, s *fetch.Session, w *blockstore.Writer) (leaves []blockstore.Leaf, here int64, err error) {
	want := &f.file.want
	var base []blockstore.Leaf
	if want.Base != nil {
		if base, err = oldLeaves(ctx, f.here.Blocks, want.Base.Root); err != nil {
			return nil, 0, err
		}
	}
	list, err := askList(s, f.of, *want, base)
	if err != nil {
		return nil, 0, err
	}
	if leaves = list.leaves; len(leaves) > 0 {
		last := leaves[len(leaves)-1]
		want.Size = last.Offset + last.Size
	}
	if err := prove(ctx, w, *want, leaves); err != nil {
		return nil, 0, err
	}
	f.file.setLeaves(leaves)
	if base == nil {
		return leaves, 0, nil
	}
	chunks, held, err := list.inBase(ctx, w, base)
	if err != nil {
		return nil, 0, err
	}
	for i, chunk := range chunks {
		if held[i] && !f.file.has(chunk) {
			f.file.got(chunk, 1)
			here += leaves[chunk].Size
		}
	}
	return leaves, here, nil
}

// recall takes in what is noted of the file.
func (f *Stream) recall(ctx context.Context) error {
	bits, err := f.here.Partials.Chunks(ctx, f.file.want.Root)
	if err == nil {
		f.file.merge(bits)
	}
	return err
}

// Has tells whether a block came and is here, or was made from the chunk list.
func (f *Stream) Has(ctx context.Context, c cid.Cid) (bool, error) {
	if c.Type() != cid.Raw {
		return true, nil
	}
	if i, ok := f.index[c]; !ok || !f.file.has(i) {
		return false, nil
	}
	return f.here.Blocks.Has(ctx, c) // it may have been collected
}

// Whole tells whether all came.
func (f *Stream) Whole() bool { return f.file.open == 0 }

// Bring has the chunk c come, and those after it up to so many bytes. It tells how many came: none when others had it come meanwhile.
func (f *Stream) Bring(ctx context.Context, s *fetch.Session, w *blockstore.Writer, c cid.Cid, ahead int64) (bytes int64, err error) {
	first, ok := f.index[c]
	if !ok {
		return 0, fmt.Errorf("%w: block %s is not of %v", fetch.ErrProtocol, c, f.file.want.Path)
	}
	if err := f.recall(ctx); err != nil {
		return 0, err
	}
	if has, err := f.Has(ctx, c); has || err != nil {
		return 0, err
	}
	leaves, want := f.file.leaves, f.file.want
	end := first + 1
	for span := leaves[first].Size; end < len(leaves) && span+leaves[end].Size <= ahead && !f.file.has(end); end++ {
		span += leaves[end].Size
	}
	asked := fetch.File{Path: want.Path, Root: want.Root.Bytes()}
	if want.Root.Type() != cid.Raw {
		last := leaves[end-1]
		asked.Offset, asked.Length = leaves[first].Offset, last.Offset+last.Size-leaves[first].Offset
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
		blocks = append(blocks, blockstore.Received{CID: leaves[first+len(blocks)].CID, Data: data})
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
	f.file.got(first, len(blocks))
	if bits := f.file.bits(); bits != nil {
		return bytes, f.here.Partials.Note(ctx, want.Root, bits)
	}
	return bytes, nil
}
