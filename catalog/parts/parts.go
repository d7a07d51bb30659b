// Package parts is files that come in parts, over many requests and any break between them.
//
// It owns what is acknowledged, and that one request at a time works on an upload. What has come of an upload is a file by
// itself, to which the next part is appended. The table is internal/part's, names and conditions are catalog's.
package parts

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/internal/listing"
	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Errors of this package.
var (
	ErrOffset = errors.New("parts: not where the upload stands")
	ErrBusy   = errors.New("parts: another request works on the upload")
	ErrLonger = errors.New("parts: the upload is longer than it was to be")
	ErrSum    = errors.New("parts: a segment does not have its checksum")
	ErrMany   = part.ErrMany // unfinished uploads
)

// Kept is how long an upload waits for its next part.
const Kept = part.Kept

// What has come of a segment is made safe after so many bytes or so long: what a crash costs at most.
const (
	stepBytes = 64 << 20
	stepTime  = 10 * time.Second
)

// Upload is a file that comes in parts.
type Upload = part.Part

// Uploads are those of the user of a tree. They go to the block store as they come, and what Received says is safe. The file
// gets its name with the last byte.
type Uploads struct {
	Tree  *catalog.Tree
	Turns *Turns // of all uploads of the hive
}

// Segment is bytes of an upload on their way in.
type Segment struct {
	Offset int64 // where it begins
	Length int64 // of Body, where it is known and not 0
	Body   io.Reader
	Sum    hash.Hash // with Want: nothing of the segment counts unless all of it has this sum
	Want   []byte
	Stop   func() // makes Body fail soon; may be nil
}

// Begin makes an upload of opts.Length bytes, if the file could be put at path now. Metadata is kept for the client.
func (u Uploads) Begin(ctx context.Context, path catalog.Path, opts catalog.PutOptions, metadata string) (Upload, error) {
	p := Upload{Path: path.String(), Options: opts, Length: opts.Length, Metadata: metadata}
	to, err := u.place(ctx, p)
	if err != nil {
		return Upload{}, err
	}
	w := to.Writer()
	defer w.Close()
	if err := w.Fits(p.Length); err != nil {
		return Upload{}, fmt.Errorf("upload to %s: %w", p.Path, err)
	}
	return catalog.PartsOf(u.Tree).Begin(ctx, p)
}

// place is where p goes, if there is room for all of it.
func (u Uploads) place(ctx context.Context, p Upload) (catalog.Place, error) {
	path, err := catalog.ParsePath(p.Path)
	if err != nil {
		return catalog.Place{}, err
	}
	opts := p.Options
	opts.Length = p.Length
	return catalog.PlaceOf(ctx, u.Tree, path, opts, p.Received)
}

// Get tells how far an upload is. A request that works on it is stopped first: who asks has given up on it.
func (u Uploads) Get(ctx context.Context, id string) (Upload, error) {
	if _, err := catalog.PartsOf(u.Tree).Get(ctx, id); err != nil {
		return Upload{}, err
	}
	if err := u.Turns.interrupt(ctx, id); err != nil {
		return Upload{}, err
	}
	return catalog.PartsOf(u.Tree).Get(ctx, id)
}

// List lists unfinished uploads after the one named, up to limit.
func (u Uploads) List(ctx context.Context, after string, limit int) ([]Upload, error) {
	return catalog.PartsOf(u.Tree).List(ctx, after, listing.Limit(limit))
}

// Drop ends an upload. A file that is done stays.
func (u Uploads) Drop(ctx context.Context, id string) error {
	if _, err := u.Get(ctx, id); err != nil {
		return err
	}
	return catalog.PartsOf(u.Tree).Drop(ctx, id)
}

// Append takes a segment in. It returns the upload as it then is and, with the last byte, the file; until that has its name
// the last bytes do not count. An error of the body costs nothing of what came before it, unless there is a sum. It does
// not end with ctx: what came is to be kept.
func (u Uploads) Append(ctx context.Context, id string, s Segment) (Upload, catalog.Entry, error) {
	ctx = context.WithoutCancel(ctx)
	end, err := u.Turns.take(id, s.Stop)
	if err != nil {
		return Upload{}, catalog.Entry{}, err
	}
	defer end()
	p, err := catalog.PartsOf(u.Tree).Get(ctx, id)
	switch {
	case err != nil:
	case s.Offset != p.Received:
		err = fmt.Errorf("%w: %d of %d bytes are here", ErrOffset, p.Received, p.Length)
	case s.Length > p.Length-p.Received:
		err = fmt.Errorf("%w: %d bytes are missing, %d come", ErrLonger, p.Length-p.Received, s.Length)
	}
	if err != nil || p.Entry != 0 {
		return p, catalog.Entry{}, err
	}
	to, err := u.place(ctx, p)
	if err != nil {
		return p, catalog.Entry{}, err
	}
	w := to.Writer()
	defer w.Close()
	in := incoming{table: catalog.PartsOf(u.Tree), to: to, writer: w, segment: s}
	entry, err := in.take(ctx, &p)
	return p, entry, err
}

// incoming is one Append.
type incoming struct {
	table   part.Parts
	to      catalog.Place
	writer  *blockstore.Writer
	segment Segment
}

func (in incoming) take(ctx context.Context, p *Upload) (catalog.Entry, error) {
	body, summed := in.segment.Body, in.segment.Sum != nil
	if summed {
		body = io.TeeReader(body, in.segment.Sum)
	}
	for file := p.File(); ; {
		s := &step{r: body, left: min(stepBytes, p.Length-file.Size)}
		var err error
		if file, err = in.writer.Append(ctx, file, s); err != nil {
			return catalog.Entry{}, fmt.Errorf("upload of %s: %w", p.Path, err)
		}
		switch {
		case file.Size == p.Length:
			return in.finish(ctx, p, file)
		case summed && s.err == nil:
			continue // nothing counts yet
		case summed && s.err != io.EOF:
			return catalog.Entry{}, s.err
		case summed && !in.sound():
			return catalog.Entry{}, ErrSum
		}
		if err := in.keep(ctx, p, file); err != nil {
			return catalog.Entry{}, err
		}
		if s.err == io.EOF {
			return catalog.Entry{}, nil
		}
		if s.err != nil {
			return catalog.Entry{}, s.err
		}
	}
}

func (in incoming) sound() bool { return string(in.segment.Sum.Sum(nil)) == string(in.segment.Want) }

// keep acknowledges what has come.
func (in incoming) keep(ctx context.Context, p *Upload, file blockstore.File) (err error) {
	if file.Size == p.Received {
		return nil
	}
	if err := in.writer.Commit(ctx); err != nil {
		return err
	}
	*p, err = in.table.Keep(ctx, *p, file, in.to.Room)
	return err
}

// finish gives the file its name. The body has to end here.
func (in incoming) finish(ctx context.Context, p *Upload, file blockstore.File) (catalog.Entry, error) {
	if n, _ := in.segment.Body.Read(make([]byte, 1)); n > 0 {
		return catalog.Entry{}, fmt.Errorf("%w: %d bytes", ErrLonger, p.Length)
	}
	if in.segment.Sum != nil && !in.sound() {
		return catalog.Entry{}, ErrSum
	}
	entry, err := in.to.Put(ctx, in.writer, file, func(ctx context.Context, e *space.Edit, entry catalog.Entry) error {
		return in.table.Done(ctx, e.Tx, *p, entry.ID)
	})
	if err == nil {
		p.Received, p.Entry, p.Expires = p.Length, entry.ID, time.Now().Add(Kept)
	}
	return entry, err
}

// step is what of a body is made safe at once. It ends where the body fails too, and keeps the error.
type step struct {
	r     io.Reader
	left  int64
	until time.Time
	err   error
}

func (s *step) Read(p []byte) (int, error) {
	if s.left == 0 || s.err != nil || (!s.until.IsZero() && time.Now().After(s.until)) {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); n > 0 && s.until.IsZero() {
		s.until = time.Now().Add(stepTime)
	}
	if s.err = err; err != nil {
		err = io.EOF
	}
	return n, err
}
