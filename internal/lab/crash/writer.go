package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
)

const (
	largest = 8 << 20 // bytes of a file
	small   = 16 << 10
	shared  = 24 // paths that all writers overwrite
)

// budget is how many bytes a round may write in large files.
func budget(bytes int64) *atomic.Int64 {
	left := new(atomic.Int64)
	left.Store(bytes)
	return left
}

// writer uploads one file after the other.
type writer struct {
	remote   *remote
	ledger   *ledger
	findings *findings
	name     string
	rand     *rand.Rand
	content  *rand.ChaCha8
	left     *atomic.Int64 // bytes this round may still write in large files
	buf      []byte
}

func newWriter(c *campaign, r *remote, round, number int, left *atomic.Int64) *writer {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], c.options.seed)
	binary.LittleEndian.PutUint64(seed[8:], uint64(round))   //nolint:gosec // counts from 0
	binary.LittleEndian.PutUint64(seed[16:], uint64(number)) //nolint:gosec // counts from 0
	content := rand.NewChaCha8(seed)
	return &writer{
		remote: r, ledger: c.ledger, findings: &c.findings,
		name: fmt.Sprintf("w%d-r%04d", number, round), rand: rand.New(content), content: content, left: left,
	}
}

// run writes until ctx ends or the hive is gone.
func (w *writer) run(ctx context.Context, round int) {
	for n := 0; ctx.Err() == nil; n++ {
		path, parents := w.path(n)
		body := w.body()
		s := sum(sha256.Sum256(body))
		w.ledger.try(path, s, round)
		revision, err := w.remote.put(ctx, path, body, parents)
		switch {
		case errors.Is(err, errStatus):
			w.findings.add(kindBroken, "PUT %s: %v", path, err)
			return
		case err != nil:
			return // the hive was killed: nobody knows
		}
		if err := w.ledger.acknowledge(path, revision, s, int64(len(body))); err != nil {
			w.findings.add(kindDamaged, "%v", err)
		}
	}
}

// path of the next file, and whether its folders may have to be made.
func (w *writer) path(n int) (string, bool) {
	switch pick := w.rand.IntN(10); {
	case pick < 4:
		return fmt.Sprintf("/shared/%02d", w.rand.IntN(shared)), false
	case pick < 7:
		return fmt.Sprintf("/flat/%s-%05d", w.name, n), false
	default:
		return fmt.Sprintf("/deep/%s/%d/%d/%05d", w.name, n%7, n%3, n), true
	}
}

// body is random bytes, most of them few: the size is spread evenly over its
// logarithm, and small once the round has written its share.
func (w *writer) body() []byte {
	size := 0
	if w.rand.IntN(20) > 0 {
		size = int(math.Exp(w.rand.Float64() * math.Log(largest+1)))
	}
	if size > small && w.left.Add(int64(-size)) < 0 {
		size = w.rand.IntN(small)
	}
	size = min(size, largest)
	if cap(w.buf) < size {
		w.buf = make([]byte, size)
	}
	w.buf = w.buf[:size]
	_, _ = w.content.Read(w.buf) // never fails
	return w.buf
}
