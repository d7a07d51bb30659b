package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/melissiproject/hive/api/client"
)

// resumes is how often a broken download goes on where it was without having come any further.
const resumes = 3

var errChanged = errors.New("changed while it was downloaded")

// resuming reads a content, and asks for the rest when the connection breaks.
type resuming struct {
	*client.Content
	ctx    context.Context //nolint:containedctx // of the one download it is part of
	files  *client.Files
	remote string
	opts   client.OpenOptions
	read   int64
	left   int // attempts
}

func (d *Download) open(ctx context.Context, remote string, revision int64) (*resuming, error) {
	opts := client.OpenOptions{Revision: revision}
	content, err := d.Remote.Open(ctx, remote, opts)
	if err != nil {
		return nil, err
	}
	return &resuming{Content: content, ctx: ctx, files: d.Remote, remote: remote, opts: opts, left: resumes}, nil
}

func (r *resuming) Read(p []byte) (int, error) {
	n, err := r.Content.Read(p)
	r.read += int64(n)
	if n > 0 {
		r.left = resumes
	}
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || r.ctx.Err() != nil {
		return n, err
	}
	if r.left == 0 {
		return n, err
	}
	r.left--
	if again := r.reopen(); again != nil {
		return n, fmt.Errorf("%w (connection lost: %w)", again, err)
	}
	return n, nil
}

// reopen asks for the bytes that are missing of the same content.
func (r *resuming) reopen() error {
	r.opts.Range = fmt.Sprintf("bytes=%d-", r.read)
	next, err := r.files.Open(r.ctx, r.remote, r.opts)
	if err != nil {
		return err
	}
	if next.ETag != r.ETag || next.Range == "" {
		return errors.Join(errChanged, next.Close())
	}
	r.Content.Close()
	next.MTime, next.Exec = r.MTime, r.Exec
	r.Content = next
	return nil
}
