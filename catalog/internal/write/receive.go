package write

import (
	"context"
	"fmt"
	"io"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Receive stores what r gives, for which the quota leaves room bytes, and which has length bytes if that is positive.
func Receive(ctx context.Context, w *blockstore.Writer, r io.Reader, room, length int64) (blockstore.File, error) {
	if room != space.Unlimited {
		r = Within(r, room)
	}
	file, err := w.Import(ctx, r)
	if err == nil && length > 0 && file.Size != length {
		err = fmt.Errorf("%d of %d bytes: %w", file.Size, length, io.ErrUnexpectedEOF)
	}
	return file, err
}

// Within is r, and fails with space.ErrQuota when more comes than room.
func Within(r io.Reader, room int64) io.Reader { return &quotaReader{r, room} }

type quotaReader struct {
	r    io.Reader
	left int64
}

func (q *quotaReader) Read(p []byte) (int, error) {
	n, err := q.r.Read(p)
	if q.left -= int64(n); q.left < 0 {
		return n, fmt.Errorf("%w: the upload is larger than what is left", space.ErrQuota)
	}
	return n, err
}
