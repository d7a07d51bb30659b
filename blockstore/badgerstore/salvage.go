package badgerstore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/melissiproject/hive/blockstore"
)

// Badger takes damage in a value-log file for the end of it: what follows was lost when the file was rewritten, and cut off when it
// was the newest of a database that is opened. So Hive reads the file itself then, and stores again what it finds behind damage.

// Shape of a value-log file: a head, then entries of two bytes, the lengths of key and value and a time as varints, the key with a
// number behind it, the value, and a CRC-32C of all that. Zeros may follow. Badger's memtable.go and structs.go have it.
const (
	vlogHead   = 20
	keyNumber  = 8
	longestKey = 1 << 16
)

var errShape = errors.New("badgerstore: damage that hides where the next value begins")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// behindDamage yields the sound entries behind the first that is not, each until the next. errShape ends it where entries may follow
// that cannot be found.
func behindDamage(name string) iter.Seq2[blockstore.Block, error] {
	return func(yield func(blockstore.Block, error) bool) {
		file, err := os.Open(name)
		if err != nil {
			yield(blockstore.Block{}, err)
			return
		}
		defer file.Close()
		r := bufio.NewReaderSize(io.NewSectionReader(file, vlogHead, valueLogFile*2), 1<<20)
		var buf []byte
		for damaged := false; ; {
			var block blockstore.Block
			var sound bool
			block, buf, sound, err = nextEntry(r, buf)
			if err == io.EOF {
				return
			}
			damaged = damaged || !sound
			if (err != nil || damaged && sound) && !yield(block, err) || err != nil {
				return
			}
		}
	}
}

// nextEntry reads an entry into buf, which may become longer. Behind the last it gives io.EOF.
func nextEntry(r *bufio.Reader, buf []byte) (b blockstore.Block, _ []byte, sound bool, err error) {
	head, err := r.Peek(2 + 3*binary.MaxVarintLen64)
	if err != nil && err != io.EOF {
		return b, buf, false, err
	}
	if bytes.Equal(head, zeros[:len(head)]) {
		return b, buf, true, endOf(r)
	}
	at := 2
	var fields [3]uint64
	for i := range fields {
		value, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return b, buf, false, errShape
		}
		fields[i], at = value, at+n
	}
	key, value := fields[0], fields[1]
	if key <= keyNumber || key > longestKey || value > blockstore.MaxBlock {
		return b, buf, false, errShape
	}
	end := at + int(key+value)
	if cap(buf) < end+crc32.Size {
		buf = make([]byte, end+crc32.Size)
	}
	buf = buf[:end+crc32.Size]
	if _, err := io.ReadFull(r, buf); err != nil {
		return b, buf, false, errors.Join(errShape, err)
	}
	b.Key, b.Data = buf[at:at+int(key)-keyNumber], buf[at+int(key):end]
	return b, buf, crc32.Checksum(buf[:end], castagnoli) == binary.BigEndian.Uint32(buf[end:]), nil
}

// endOf gives io.EOF where nothing but zeros follows.
func endOf(r *bufio.Reader) error {
	for {
		rest, err := r.Peek(64 << 10)
		if err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(rest, zeros[:len(rest)]) {
			return errShape
		}
		if err == io.EOF {
			return err
		}
		if _, err := r.Discard(len(rest)); err != nil {
			return err
		}
	}
}

// salvage stores again what is behind damage in a value-log file, but for what has been deleted.
func (e *Engine) salvage(ctx context.Context, name string) error {
	var saved int
	for block, err := range behindDamage(name) {
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		has, err := e.Has(ctx, block.Key)
		if err == nil && has {
			saved++
			err = e.Put(ctx, []blockstore.Block{block})
		}
		if err != nil {
			return err
		}
	}
	if saved > 0 {
		e.log.Warn("blocks behind damage saved", "path", name, "count", saved)
	}
	return nil
}

const damagedFile = ".damaged"

// setAside copies the newest value-log file if something sound is behind damage in it, before Badger opens it.
func setAside(dir string) error {
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(logs) == 0 {
		return err
	}
	newest := logs[len(logs)-1]
	for _, err := range behindDamage(newest) {
		if errors.Is(err, errShape) { // as a power cut leaves it
			return nil
		}
		if err != nil {
			return err
		}
		return copyFile(newest, newest+damagedFile)
	}
	return nil
}

// takeBack salvages what was set aside. Where there is no space it waits for the next start.
func (e *Engine) takeBack(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(e.disk.dir, "*"+damagedFile))
	for _, name := range files {
		if err = e.salvage(ctx, name); errors.Is(err, errShape) {
			err = nil // no more can be found
		}
		if err == nil {
			err = e.Sync(ctx)
		}
		if err == nil {
			err = os.Remove(name)
		}
		if errors.Is(err, blockstore.ErrNoSpace) {
			e.log.Warn("blocks behind damage not saved yet", "path", name, "err", err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return err
}

// copyFile makes a copy that is there whole or not at all.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to + ".part")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	if err := os.Rename(out.Name(), to); err != nil {
		return err
	}
	return syncFile(filepath.Dir(to))
}
