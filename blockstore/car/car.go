// Package car writes trees of blocks as CAR files and reads them back, so that
// files and folders can be exchanged with any IPFS tool:
//
//	ipfs dag import x.car && ipfs cat CID
//
// It knows blocks only; what is a file and what a folder says package blockstore.
// The format is https://ipld.io/specs/transport/car/carv1.
package car

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	gocar "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/storage"
	"github.com/melissiproject/hive/blockstore"
)

// ErrFormat says that a stream is no CAR file, or a damaged one.
var ErrFormat = errors.New("car: malformed CAR")

const (
	maxHeader  = 64 << 10                  // bytes: some 1,500 roots
	maxSection = blockstore.MaxBlock + 128 // bytes: a block and its CID
	maxBlocks  = 2 << 20                   // blocks held or named by a CAR that is read: some 500 GB of files
)

// Write writes all blocks under root as a CARv1, parents before children, each
// block once. It remembers the CIDs written: some 100 bytes a block.
func Write(ctx context.Context, w io.Writer, store *blockstore.Store, root cid.Cid) error {
	// The struct hides a WriterAt that go-car would write at absolute offsets of.
	out, err := storage.NewWritable(struct{ io.Writer }{w}, []cid.Cid{root}, gocar.WriteAsCarV1(true))
	if err != nil {
		return fmt.Errorf("car: %w", err)
	}
	err = store.Walk(ctx, root, func(c cid.Cid) error {
		data, err := store.Get(ctx, c)
		if err != nil {
			return err
		}
		return out.Put(ctx, c.KeyString(), data)
	})
	if err != nil {
		return fmt.Errorf("car: %w", err)
	}
	return nil
}

// Read stores the blocks of a CAR of version 1 or 2, each verified, and returns
// the roots its header names. The trees under them are whole and came with the
// CAR: one that leads to a block which it does not hold gives ErrFormat, even if
// the store has that block, for who knows a CID may still not see its content.
// It remembers the CIDs read: some 50 bytes a block. A damaged stream gives
// ErrFormat; what was stored before the damage is garbage once w is closed.
func Read(ctx context.Context, r io.Reader, w *blockstore.Writer) ([]cid.Cid, error) {
	in, err := gocar.NewBlockReader(r, gocar.MaxAllowedHeaderSize(maxHeader),
		gocar.MaxAllowedSectionSize(maxSection), gocar.WithTrustedCAR(true)) // Put verifies
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	s := seen{}
	s.name(in.Roots...)
	for {
		block, err := in.Next()
		if err == io.EOF {
			return in.Roots, s.whole()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		err = w.Put(ctx, block.Cid(), block.RawData())
		if errors.Is(err, blockstore.ErrCorrupt) {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err) // what comes is damaged, not what is here
		}
		if err != nil {
			return nil, fmt.Errorf("car: %w", err)
		}
		if err := s.add(block.Cid(), block.RawData()); err != nil {
			return nil, err
		}
	}
}

// seen knows by their digests which blocks a CAR holds, and which it only names.
type seen map[[sha256.Size]byte]bool

// add notes a block that was stored, and all it links to.
func (s seen) add(c cid.Cid, data []byte) error {
	links, err := blockstore.Links(c, data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	s[digest(c)] = true
	s.name(links...)
	if len(s) > maxBlocks {
		return fmt.Errorf("%w: more than %d blocks", ErrFormat, maxBlocks)
	}
	return nil
}

// name notes that blocks must be there at the end.
func (s seen) name(links ...cid.Cid) {
	for _, c := range links {
		s[digest(c)] = s[digest(c)]
	}
}

func (s seen) whole() error {
	missing := 0
	for _, held := range s {
		if !held {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%w: it leads to %d blocks that it does not hold", ErrFormat, missing)
	}
	return nil
}

// digest is the end of a multihash: all of a SHA-256. Another kind cannot be
// stored, so whatever is taken of it is never held.
func digest(c cid.Cid) (d [sha256.Size]byte) {
	hash := c.Hash()
	copy(d[:], hash[max(0, len(hash)-len(d)):])
	return d
}
