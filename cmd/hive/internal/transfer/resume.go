package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/node"
)

// resumes is how often a broken download goes on where it was without having come any further.
const resumes = 3

var errChanged = errors.New("changed while it was downloaded")

// download is one content on its way. When the connection breaks the rest is asked for.
type download struct {
	*client.Content
	files  *client.Files
	remote string
	opts   client.OpenOptions
	done   int64 // bytes that were written
}

// errLost marks what went wrong on the way while nothing was wrong here or refused there.
type errLost struct{ error }

func (e errLost) Unwrap() error { return e.error }

// open asks for the content from a byte on.
func (d *Download) open(ctx context.Context, remote string, revision, from int64) (*download, error) {
	opts := client.OpenOptions{Revision: revision}
	if from > 0 {
		opts.Range = fmt.Sprintf("bytes=%d-", from)
	}
	content, err := d.Remote.Open(ctx, remote, opts)
	if err != nil {
		return nil, err
	}
	return &download{Content: content, files: d.Remote, remote: remote, opts: opts, done: from}, nil
}

// copies are where copies are made: with io.Copy each file would have its own.
var copies = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// copyTo writes the whole content, or what is left of it.
func (c *download) copyTo(ctx context.Context, w io.Writer, counters *Counters) error {
	buf := copies.Get().(*[]byte)
	defer copies.Put(buf)
	for left := resumes; ; left-- {
		m := &metered{r: c.Content, counters: counters}
		n, err := io.CopyBuffer(onlyWriter{w}, onlyReader{m}, *buf)
		c.done += n
		if err == nil || m.failed == nil || ctx.Err() != nil {
			return err
		}
		if n > 0 {
			left = resumes
		}
		if left == 0 {
			return errLost{err}
		}
		if again := c.reopen(ctx); again != nil {
			err = fmt.Errorf("%w (connection lost: %w)", again, err)
			if passes(again) && !errors.Is(again, errChanged) {
				err = errLost{err}
			}
			return err
		}
	}
}

// reopen asks for the rest of the same content.
func (c *download) reopen(ctx context.Context) error {
	c.opts.Range = fmt.Sprintf("bytes=%d-", c.done)
	next, err := c.files.Open(ctx, c.remote, c.opts)
	if err != nil {
		return err
	}
	if next.ETag != c.ETag || next.Range == "" {
		return errors.Join(errChanged, next.Close())
	}
	c.Content.Close()
	next.MTime, next.Exec = c.MTime, c.Exec
	c.Content = next
	return nil
}

// onlyWriter hides ReadFrom, which has buffers of its own.
type onlyWriter struct{ io.Writer }

// verify holds the content of a file to the root that it is to have.
func verify(ctx context.Context, f *os.File, root string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	own, err := node.Root(ctx, f)
	if err == nil && own != root {
		err = errChanged
	}
	return err
}
