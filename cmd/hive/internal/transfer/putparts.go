package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/node"
)

// resumable is from how many bytes on a file goes on where it was after any break. A hive makes sure of what it has of an
// upload in steps of that; what is smaller is there again before it would pay to ask.
const resumable = 64 << 20

// unfinished is what earlier puts left in the hive, which is asked once and only when a large file is met.
type unfinished struct {
	once sync.Once
	ids  map[string][]string // by path
}

// at are the unfinished uploads to a path. When the hive does not say, there are none.
func (l *unfinished) at(ctx context.Context, uploads *client.Uploads, remote string) []string {
	l.once.Do(func() {
		l.ids = map[string][]string{}
		for up, err := range uploads.List(ctx) {
			if err != nil {
				return
			}
			l.ids[nfc(up.Path)] = append(l.ids[nfc(up.Path)], up.ID)
		}
	})
	return l.ids[nfc(remote)]
}

// putParts sends a large file so that it goes on where it was, when the connection breaks and when put is repeated. It is not
// done, without an error, where the hive refuses that, or what it had turns out to be of another content: then the file is to
// be sent as a whole.
func (u *Upload) putParts(ctx context.Context, f *os.File, remote string, opts client.PutOptions, info fs.FileInfo) (done bool, err error) {
	opts.Length = info.Size()
	p := parts{Upload: u, tally: tally{counters: &u.Counters}, file: f, remote: remote, info: info}
	at, old := u.earlier(ctx, remote, opts)
	if old {
		p.root, err = node.Root(ctx, f)
	} else if at, err = u.Uploads.Begin(ctx, remote, opts); err != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, err
	}
	p.add(at.Offset)
	if err = p.send(ctx, at); err == nil {
		u.Files.Add(1)
		return true, nil
	}
	if err = wrong(ctx, err); err == nil {
		p.undo()
		_ = u.Uploads.Drop(ctx, at.ID) // or it is forgotten by itself
	}
	return false, err
}

// earlier is the upload of the same file that an earlier put left. What one left of another file at the same path goes away.
func (u *Upload) earlier(ctx context.Context, remote string, opts client.PutOptions) (client.Progress, bool) {
	says := opts.Metadata(remote)
	for _, id := range u.unfinished.at(ctx, u.Uploads, remote) {
		at, err := u.Uploads.Progress(ctx, id)
		if err == nil && at.Metadata == says && at.Length == opts.Length {
			return at, true
		}
		if err == nil && slices.Equal(keys(at.Metadata), keys(says)) { // not of a browser
			_ = u.Uploads.Drop(ctx, id)
		}
	}
	return client.Progress{}, false
}

// keys are those of the metadata of an upload. Which a client sends, and in which order, is its own.
func keys(metadata string) (all []string) {
	for pair := range strings.SplitSeq(metadata, ",") {
		key, _, _ := strings.Cut(pair, " ")
		all = append(all, key)
	}
	return all
}

// parts is one file on its way in as many parts as it takes.
type parts struct {
	*Upload
	tally
	file   *os.File
	remote string
	info   fs.FileInfo // of the file when it was begun
	root   string      // that has to come of it, where another put began it
}

// send sends what comes after at. When that breaks, it goes on after what the hive has then.
func (p *parts) send(ctx context.Context, at client.Progress) error {
	for left := resumes; ; left-- {
		if now, err := p.file.Stat(); err != nil || now.Size() != p.info.Size() || !now.ModTime().Equal(p.info.ModTime()) {
			return errors.Join(err, errDiffers)
		}
		m := &metered{r: io.NewSectionReader(p.file, at.Offset, p.info.Size()-at.Offset), counters: p.counters}
		next, err := p.Uploads.Append(ctx, at.ID, at.Offset, m)
		if p.n.Add(m.counted); err == nil {
			return p.compare(ctx, next.ETag)
		}
		if m.failed != nil || ctx.Err() != nil {
			return err
		}
		next, again := p.Uploads.Progress(ctx, at.ID)
		if again != nil && !passes(again) {
			return again
		}
		if again != nil {
			return fmt.Errorf("%w (connection lost: %w)", again, err)
		}
		p.add(next.Offset - at.Offset - m.counted)
		if next.Entry != 0 {
			return p.compare(ctx, "") // only the answer was lost
		}
		if next.Offset > at.Offset {
			left = resumes
		} else if left == 0 || !passes(err) {
			return err
		}
		at.Offset = next.Offset
	}
}

// passes tells whether what went wrong on the way is no refusal.
func passes(err error) bool {
	e, refused := errors.AsType[*client.Error](err)
	return !refused || e.Status == http.StatusTooManyRequests || e.Status >= http.StatusBadGateway && e.Status <= http.StatusGatewayTimeout
}

// compare makes sure of what the hive has put together. Its tag tells, where the hive that gave it has the root in it.
func (p *parts) compare(ctx context.Context, tag string) error {
	if p.root == "" || strings.Contains(tag, p.root) {
		return nil
	}
	e, err := p.Remote.Stat(ctx, p.remote)
	if err == nil && e.Root != p.root {
		err = errDiffers
	}
	return err
}
