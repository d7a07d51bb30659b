package content

import (
	"context"
	"fmt"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

const (
	pieceBytes = 1 << 20   // bytes that one delta makes, if they are more than one chunk
	slack      = 256 << 10 // bytes of the base before and after where a piece should be
	maxBase    = 1 << 20   // chunks of a base
)

// list is the chunk list of a file.
type list struct {
	leaves []blockstore.Leaf
	from   []int32 // place of each in the list of the base, -1 of new ones; nil without base
}

// baseOf is the chunk list of what a file was, nil where that is of no use.
func (r *run) baseOf(ctx context.Context, f *file) ([]blockstore.Leaf, error) {
	if use, _ := f.useBase(); !use || r.of.Since == nil {
		return nil, nil
	}
	leaves, err := oldLeaves(ctx, r.fetcher.blocks, f.want.Base.Root)
	f.base = leaves
	return leaves, err
}

// oldLeaves is the chunk list of an older content, nil where that is of no use.
func oldLeaves(ctx context.Context, blocks *blockstore.Store, root cid.Cid) ([]blockstore.Leaf, error) {
	var leaves []blockstore.Leaf
	for leaf, err := range blocks.Leaves(ctx, root) {
		if fetch.Lost(err) || leaf.Size < 0 || len(leaves) == maxBase {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// askList asks for a chunk list, which is believed only after prove. It may come as a difference to the list base.
func askList(s *fetch.Session, of fetch.Of, w Want, base []blockstore.Leaf) (list, error) {
	asked := fetch.File{Path: w.Path, Root: w.Root.Bytes()}
	if base == nil {
		of.Since = nil
	} else {
		asked.Was = was(w)
	}
	var l list
	var offset int64
	add := func(c cid.Cid, size int64, from int) error {
		// All but the last chunk are as long as an import cuts them, so that a list is never long for the bytes that are named.
		short := len(l.leaves) > 0 && l.leaves[len(l.leaves)-1].Size < blockstore.MinChunk
		if c.Type() != cid.Raw || size <= 0 || size > blockstore.MaxChunk || short || len(l.leaves) == maxChunks || w.Size > 0 && offset+size > w.Size {
			return fmt.Errorf("%w: chunk list of %v", fetch.ErrProtocol, w.Path)
		}
		l.leaves = append(l.leaves, blockstore.Leaf{CID: c, Size: size, Offset: offset})
		if offset += size; base != nil {
			l.from = append(l.from, int32(from)) //nolint:gosec // a place in a list of at most maxBase
		}
		return nil
	}
	same := func(first, count int) error {
		if first < 0 || count <= 0 || count > len(base) || first > len(base)-count {
			return fmt.Errorf("%w: chunks %d and %d more of a list of %d", fetch.ErrProtocol, first, count, len(base))
		}
		for i := first; i < first+count; i++ {
			if err := add(base[i].CID, base[i].Size, i); err != nil {
				return err
			}
		}
		return nil
	}
	fresh := func(l fetch.Leaf) error {
		c, err := cid.Cast(l.CID)
		if err != nil {
			return fmt.Errorf("%w: chunk list of %v", fetch.ErrProtocol, w.Path)
		}
		return add(c, l.Size, -1)
	}
	return l, s.List(of, asked, fresh, same)
}

// was is the path of the base of a file, where it is another.
func was(w Want) []string {
	if slices.Equal(w.Base.Path, w.Path) {
		return nil
	}
	return w.Base.Path
}

// inBase finds which chunks are in the base, and which of those are still here.
func (l list) inBase(ctx context.Context, w *blockstore.Writer, base []blockstore.Leaf) (chunks []int, here []bool, err error) {
	place := make(map[cid.Cid]int32, len(base))
	for i, leaf := range base {
		place[leaf.CID] = int32(i) //nolint:gosec // at most maxBase
	}
	var cids []cid.Cid
	for i, leaf := range l.leaves {
		if l.from[i] < 0 { // a hive that knows no base may still name its chunks
			if at, ok := place[leaf.CID]; ok {
				l.from[i] = at
			}
		}
		if l.from[i] >= 0 {
			chunks, cids = append(chunks, i), append(cids, leaf.CID)
		}
	}
	here, err = w.PresentAll(ctx, cids)
	return chunks, here, err
}

// reuse takes what of a list is in the base. It tells how many bytes that is.
func (r *run) reuse(ctx context.Context, f *file, l list) (bytes int64, err error) {
	if f.base == nil {
		return 0, nil
	}
	chunks, here, err := l.inBase(ctx, r.writer, f.base)
	if err != nil {
		return 0, err
	}
	f.from = l.from
	for i, here := range here {
		if !here { // the base is not whole any more
			f.forgetBase()
			continue
		}
		f.got(chunks[i], 1)
		bytes += l.leaves[chunks[i]].Size
	}
	return bytes, nil
}

// extents are where in the base that may be which is new in a unit: as far behind the chunk that comes before it in both, and
// as far before the one that comes after it, and a little around.
func (f *file) extents(u unit) []fetch.Extent {
	first, last := u.first, u.first+u.count-1 // of the run of new chunks
	for first > 0 && f.from[first-1] < 0 {
		first--
	}
	for last < len(f.leaves)-1 && f.from[last+1] < 0 {
		last++
	}
	size := f.base[len(f.base)-1].Offset + f.base[len(f.base)-1].Size
	start, end := int64(0), size // of what was there before
	if first > 0 {
		before := f.base[f.from[first-1]]
		start = before.Offset + before.Size
	}
	if last < len(f.leaves)-1 {
		end = f.base[f.from[last+1]].Offset
	}
	low, high := start, end
	if start > end { // something was moved
		low, high = 0, size
	}
	behind := u.offset() - f.leaves[first].Offset
	ahead := f.leaves[last].Offset + f.leaves[last].Size - u.offset() - u.size()
	return join(
		clip(start+behind-slack, start+behind+u.size()+slack, low, high),
		clip(end-ahead-u.size()-slack, end-ahead+slack, low, high),
	)
}

// clip is what of a range lies within bounds.
func clip(from, to, low, high int64) fetch.Extent {
	from, to = max(from, low), min(to, high)
	return fetch.Extent{Offset: from, Length: to - from}
}

// join makes one of two extents that touch, and leaves empty ones out.
func join(a, b fetch.Extent) (extents []fetch.Extent) {
	if a.Offset > b.Offset {
		a, b = b, a
	}
	if a.Length > 0 && b.Length > 0 && b.Offset <= a.Offset+a.Length {
		a.Length = max(a.Offset+a.Length, b.Offset+b.Length) - a.Offset
		b.Length = 0
	}
	left := int64(fetch.MaxExtent)
	for _, e := range []fetch.Extent{a, b} {
		if e.Length = min(e.Length, left); e.Length > 0 {
			extents = append(extents, e)
			left -= e.Length
		}
	}
	return extents
}

// ask is the request for units: an update if deltas are wanted, which is so for all or for none.
func (r *run) ask(ctx context.Context, units []unit) (fetch.Of, []fetch.File, error) {
	of := fetch.Of{Ref: r.of.Ref}
	asked := make([]fetch.File, len(units))
	for i, u := range units {
		a := &asked[i]
		*a = fetch.File{Path: u.file.want.Path, Root: u.file.want.Root.Bytes(), Skip: int64(len(u.file.scraps.of(u.file.leaves[u.first].CID)))}
		if u.file.want.Root.Type() != cid.Raw {
			a.Offset, a.Length = u.offset(), u.size()
		}
	}
	if r.of.Since == nil || !slices.ContainsFunc(units, unit.based) {
		return of, asked, nil
	}
	of.Since = r.of.Since
	for i, u := range units {
		a := &asked[i]
		a.Root = nil
		if i > 0 && u.file == units[i-1].file {
			a.Path = nil
		}
		if a.Plain = !u.based(); a.Plain {
			continue
		}
		if a.Path != nil {
			a.Was = was(u.file.want)
		}
		a.Extents = u.extents
		if _, signed := u.file.useBase(); !signed {
			continue
		}
		var err error
		if a.Signature, err = r.signature(ctx, u); err != nil {
			return of, nil, err
		}
		a.Plain = a.Signature == nil
		units[i].signed = true
	}
	return of, asked, nil
}

// based tells whether a delta may make the unit.
func (u unit) based() bool {
	use, _ := u.file.useBase()
	return use && (len(u.extents) > 0 || u.file.want.Root.Type() == cid.Raw)
}

// signature is that of the base of a unit; none where the base is not here any more, or damaged.
func (r *run) signature(ctx context.Context, u unit) ([]byte, error) {
	reader := fetch.BaseReader{Blocks: r.fetcher.blocks}
	defer reader.Close()
	base, err := reader.Read(ctx, u.file.want.Base.Root, u.extents)
	if fetch.Lost(err) {
		u.file.forgetBase()
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return delta.Sign(base, delta.Extent(len(base)))
}

// errPatch says that a delta came that does not make what it should.
var errPatch = fmt.Errorf("%w: a delta that does not fit", fetch.ErrProtocol)

// patch makes the rest of a unit by a delta.
func (b *batch) patch(ctx context.Context, u unit, change []byte) error {
	if b.came > 0 || !u.based() || u.size() > fetch.MaxPiece {
		return fmt.Errorf("%w: a delta that nobody asked for", fetch.ErrProtocol)
	}
	base, err := b.bases.Read(ctx, u.file.want.Base.Root, u.extents)
	if fetch.Lost(err) {
		return fmt.Errorf("%w: %w", errPatch, err) // the base is gone meanwhile: the chunks come as they are
	}
	if err != nil {
		return local(err)
	}
	data := b.room(u.size())
	if err := delta.Apply(data, base, change); err != nil {
		return fmt.Errorf("%w: %w", errPatch, err)
	}
	b.bytes += int64(len(change))
	b.saved += u.size() - int64(len(change))
	for _, leaf := range u.file.leaves[u.first : u.first+u.count] {
		b.add(b.rest(), data[:leaf.Size:leaf.Size])
		data = data[leaf.Size:]
	}
	return nil
}
