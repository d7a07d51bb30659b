package content

import (
	"errors"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// maxChunks is how many chunks a file may have.
const maxChunks = 1 << 21

// file is a wanted file and what of it has arrived.
type file struct {
	want   Want
	leaves []blockstore.Leaf // none until the list is there
	scraps scraps
	from   []int32 // place of each in the list of the base, -1 of new ones; nil without base
	base   []blockstore.Leaf

	same     map[int][]int // places of a chunk after the first, for those that are there more than once
	repeated map[int]bool  // those places

	mu       sync.Mutex
	have     []byte // bits
	open     int    // chunks that are missing
	baseless bool   // nothing is made of the base any more
	signed   bool   // the base goes as a signature
}

func (f *file) setLeaves(leaves []blockstore.Leaf) {
	f.leaves, f.have, f.open = leaves, make([]byte, (len(leaves)+7)/8), len(leaves)
	if len(leaves) < 2 {
		return
	}
	first := make(map[cid.Cid]int, len(leaves))
	f.same, f.repeated = make(map[int][]int), make(map[int]bool)
	for chunk, leaf := range leaves {
		if at, twice := first[leaf.CID]; twice {
			f.same[at], f.repeated[chunk] = append(f.same[at], chunk), true
		} else {
			first[leaf.CID] = chunk
		}
	}
}

// bits is a copy of what has arrived, nil when that is all.
func (f *file) bits() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == 0 {
		return nil
	}
	return append([]byte(nil), f.have...)
}

func (f *file) has(chunk int) bool { return f.have[chunk/8]&(1<<(chunk%8)) != 0 }

// got notes chunks and tells whether that made the file whole.
func (f *file) got(first, count int) (whole bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.open
	for chunk := first; chunk < first+count; chunk++ {
		f.set(chunk)
		for _, again := range f.same[chunk] {
			f.set(again)
		}
	}
	return f.open == 0 && before > 0
}

// merge notes the chunks of bits that were noted of the same content; others say nothing.
func (f *file) merge(bits []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(bits) != len(f.have) {
		return
	}
	for chunk := range f.leaves {
		if bits[chunk/8]&(1<<(chunk%8)) != 0 {
			f.set(chunk)
		}
	}
}

func (f *file) set(chunk int) {
	if !f.has(chunk) {
		f.have[chunk/8] |= 1 << (chunk % 8)
		f.open--
	}
}

// sign has the base of the file go as a signature from now on.
func (f *file) sign() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signed = true
}

// forgetBase has nothing be made of the base any more.
func (f *file) forgetBase() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.baseless = true
}

// doubt forgets the base where what came is wrong: the other hive may know another state by that number.
func (f *file) doubt(err error) error {
	if errors.Is(err, fetch.ErrProtocol) {
		f.forgetBase()
	}
	return err
}

// useBase tells whether deltas to the base are asked for, and whether with a signature.
func (f *file) useBase() (use, signed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.want.Base != nil && !f.baseless, f.signed
}

// missing are the runs of chunks that are missing, of at most so many bytes if more than one. A chunk that is there more than once
// is asked for in its first place.
func (f *file) missing(most int64) []unit {
	var units []unit
	var bytes int64
	open := false
	for chunk, leaf := range f.leaves {
		if f.has(chunk) || f.repeated[chunk] {
			open = false
			continue
		}
		if !open || bytes+leaf.Size > most || len(f.scraps.of(leaf.CID)) > 0 { // what is begun goes on where a unit begins
			units, bytes, open = append(units, unit{file: f, first: chunk}), 0, true
		}
		last := &units[len(units)-1]
		last.count, bytes = last.count+1, bytes+leaf.Size
	}
	return units
}

// jobs are for the chunks of f that are missing.
func (f *file) jobs() []*job {
	if use, _ := f.useBase(); !use || f.from == nil {
		var jobs []*job
		for _, u := range f.missing(spanBytes) {
			jobs = append(jobs, &job{units: []unit{u}})
		}
		return jobs
	}
	var based, plain packing
	for _, u := range f.missing(pieceBytes) {
		if u.extents = f.extents(u); len(u.extents) > 0 {
			based.add(u, u.size(), spanBytes)
		} else {
			plain.add(u, u.size(), spanBytes)
		}
	}
	return append(based.jobs, plain.jobs...)
}

// offset and size are of the unit in its file.
func (u unit) offset() int64 { return u.file.leaves[u.first].Offset }

func (u unit) size() int64 {
	last := u.file.leaves[u.first+u.count-1]
	return last.Offset + last.Size - u.offset()
}

// size is how much there is to do.
func (j *job) size() (bytes int64) {
	for _, u := range j.units {
		bytes += u.size() - int64(len(u.file.scraps.of(u.file.leaves[u.first].CID))) + 1
	}
	return bytes
}
