package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	mh "github.com/multiformats/go-multihash"
	"golang.org/x/sys/unix"

	"github.com/melissiproject/hive/blockstore"
)

// mark is a file with the number of the newest commit that is on the disk for certain. Of later ones a power cut can take the values and
// leave the keys. An older number than the true one only means more to look at.
type mark struct{ file *os.File }

const markFile = "synced"

func openMark(dir string) (mark, error) {
	file, err := os.OpenFile(filepath.Join(dir, markFile), os.O_CREATE|os.O_RDWR, 0o600)
	return mark{file}, err
}

// get gives nothing where no number was ever set.
func (m mark) get() (synced uint64, ok bool) {
	_, err := fmt.Fscanf(m.file, "%020d\n", &synced)
	return synced, err == nil
}

// set writes in place: the length stays, and so few bytes come to the disk all or none.
func (m mark) set(synced uint64) error {
	_, err := m.file.WriteAt(fmt.Appendf(nil, "%020d\n", synced), 0)
	_ = unix.SyncFileRange(int(m.file.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE) // soon, and nobody waits
	return err
}

// forgetCut deletes the keys of which a power cut took the values, so that those blocks are stored when they come again. Nobody was told
// that they are there.
func (e *Engine) forgetCut(ctx context.Context) error {
	synced, ok := e.mark.get()
	if !ok { // a new database, or one from before there was the file
		return errors.Join(e.mark.set(e.Mark()), safe(e.mark.file), syncFile(e.disk.dir))
	}
	var cut []mh.Multihash
	err := e.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{SinceTs: synced})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			err := whole(it.Item(), func([]byte) error { return nil })
			if errors.Is(err, blockstore.ErrCorrupt) {
				cut = append(cut, it.Item().KeyCopy(nil))
				err = nil
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(cut) == 0 {
		return err
	}
	e.log.Warn("blocks that were not on the disk when the power went are forgotten", "count", len(cut))
	return e.Delete(ctx, cut)
}
