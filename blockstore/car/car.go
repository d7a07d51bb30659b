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
// the roots its header names. Whether the trees under them are whole shows when
// they are walked. A damaged stream gives ErrFormat; what was stored before the
// damage is garbage once w is closed.
func Read(ctx context.Context, r io.Reader, w *blockstore.Writer) ([]cid.Cid, error) {
	in, err := gocar.NewBlockReader(r, gocar.MaxAllowedHeaderSize(maxHeader),
		gocar.MaxAllowedSectionSize(maxSection), gocar.WithTrustedCAR(true)) // Put verifies
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for {
		block, err := in.Next()
		if err == io.EOF {
			return in.Roots, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err := w.Put(ctx, block.Cid(), block.RawData()); err != nil {
			return nil, fmt.Errorf("car: %w", err)
		}
	}
}
