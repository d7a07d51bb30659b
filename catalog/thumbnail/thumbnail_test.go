package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

type fixture struct {
	*testing.T
	*Thumbnails
}

func each(t *testing.T, cfg Config, test func(fixture)) {
	t.Helper()
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		thumbs, err := New(db, blocktest.New(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		test(fixture{t, thumbs})
	})
}

// picture stores a PNG of some width and returns its root.
func (f fixture) picture(w int) cid.Cid {
	f.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, 10))); err != nil {
		f.Fatal(err)
	}
	return f.store(out.Bytes())
}

func (f fixture) store(data []byte) cid.Cid {
	f.Helper()
	w := f.blocks.Writer()
	defer w.Close()
	file, err := w.Import(f.Context(), bytes.NewReader(data))
	if err != nil {
		f.Fatal(err)
	}
	return file.Root
}

func (f fixture) want(root cid.Cid, want error) Thumbnail {
	f.Helper()
	th, err := f.Get(f.Context(), root, Small, true)
	if !errors.Is(err, want) {
		f.Errorf("got %v, want %v", err, want)
	}
	return th
}

// work does all that waits.
func (f fixture) work() {
	f.Helper()
	for more := true; more; {
		var err error
		if more, err = f.next(f.Context()); err != nil {
			f.Fatal(err)
		}
	}
}

func (f fixture) collect(files ...cid.Cid) {
	f.Helper()
	_, err := f.blocks.Collect(f.Context(), func(yield func(cid.Cid, error) bool) {
		for _, root := range files {
			if !yield(root, nil) {
				return
			}
		}
		for root, err := range f.Roots(f.Context()) {
			if !yield(root, err) {
				return
			}
		}
	})
	if err != nil {
		f.Fatal(err)
	}
}

// TestMadeOnce: it is made when it is asked for, stays over collections, and is the same for equal contents.
func TestMadeOnce(t *testing.T) {
	each(t, Config{}, func(f fixture) {
		root, broken := f.picture(3000), f.store([]byte("\x89PNG\r\n\x1a\nbroken"))
		if _, err := f.Get(f.Context(), root, Small, false); !errors.Is(err, ErrNone) {
			f.Errorf("of a content that is not here: %v", err)
		}
		f.want(root, ErrLater)
		f.want(root, ErrLater)
		f.want(broken, ErrLater)
		f.work()
		f.want(broken, ErrNone)
		f.collect()
		small := f.want(f.picture(3000), nil)
		large, err := f.Get(f.Context(), root, Large, false)
		if err != nil || large.Root == small.Root || small.Kind != "image/jpeg" {
			f.Errorf("%+v, %+v, %v", small, large, err)
		}
		r, err := f.Open(f.Context(), small)
		if err != nil {
			f.Fatal(err)
		}
		defer r.Close()
		if cfg, _, err := image.DecodeConfig(io.Reader(r)); err != nil || cfg.Width != 256 {
			f.Errorf("%+v, %v", cfg, err)
		}
	})
}

// TestWhatIsGone: a content that was deleted before its turn is forgotten, not noted as one without a picture.
func TestWhatIsGone(t *testing.T) {
	each(t, Config{}, func(f fixture) {
		root := f.picture(10)
		f.want(root, ErrLater)
		f.collect()
		f.work()
		if _, err := f.Get(f.Context(), root, Small, false); !errors.Is(err, ErrNone) {
			f.Errorf("got %v", err)
		}
		f.want(f.picture(10), ErrLater)
		f.work()
		f.want(root, nil)
	})
}

// TestKiller: what took the process with it again and again is not begun for ever.
func TestKiller(t *testing.T) {
	each(t, Config{}, func(f fixture) {
		root := f.picture(10)
		f.want(root, ErrLater)
		for range maxTries {
			if _, _, err := f.begin(f.Context()); err != nil { // and dies
				f.Fatal(err)
			}
		}
		f.work()
		f.want(root, ErrNone)
	})
}

// TestTrim: those not used for longest go first, then the note of what nobody wants.
func TestTrim(t *testing.T) {
	each(t, Config{}, func(f fixture) {
		var roots []cid.Cid
		for w := range 5 {
			roots = append(roots, f.picture(100+w))
			f.want(roots[w], ErrLater)
			f.work()
		}
		if err := f.db.Read().QueryRowContext(f.Context(), "SELECT SUM(bytes) FROM thumbnails").Scan(&f.cfg.Space); err != nil {
			f.Fatal(err)
		}
		f.cfg.Space /= 2
		if err := f.Trim(f.Context(), time.Now(), false); err != nil {
			f.Fatal(err)
		}
		f.collect()
		left := 0
		for _, err := range f.Roots(f.Context()) {
			if left++; err != nil {
				f.Fatal(err)
			}
		}
		if left == 0 || left == 10 {
			f.Errorf("%d are left", left)
		}
		if th := f.want(roots[4], nil); th.Root.Defined() {
			r, err := f.Open(f.Context(), th)
			if err != nil {
				f.Fatal(err)
			}
			r.Close()
		}
		if _, err := f.Get(f.Context(), roots[0], Small, false); !errors.Is(err, ErrNone) {
			f.Errorf("the oldest: %v", err)
		}
		if err := f.Trim(f.Context(), time.Now(), true); err != nil {
			f.Fatal(err)
		}
		for root := range f.Roots(f.Context()) {
			f.Errorf("%s is left", root)
		}
	})
}

// TestRun is the worker on its own.
func TestRun(t *testing.T) {
	each(t, Config{}, func(f fixture) {
		ctx, stop := context.WithCancel(f.Context())
		done := make(chan error, 1)
		go func() { done <- f.Thumbnails.Run(ctx) }()
		root := f.picture(2000)
		f.want(root, ErrLater)
		limit, cancel := context.WithTimeout(f.Context(), time.Minute)
		defer cancel()
		for {
			_, err := f.Get(limit, root, Small, true)
			if err == nil {
				break
			}
			if !errors.Is(err, ErrLater) {
				f.Fatal(err)
			}
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			f.Errorf("got %v", err)
		}
	})
}

func TestPossible(t *testing.T) {
	for name, want := range map[string]bool{"a.jpg": true, "a.JPEG": true, "a.tiff": true, "a.svg": false, "a": false, "jpg": false, "a.jpg.html": false} {
		if got := Possible(name, 10); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if Possible("a.jpg", 0) || Possible("a.jpg", maxFile+1) {
		t.Error("of any size")
	}
}
