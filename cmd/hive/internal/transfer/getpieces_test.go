package transfer

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
)

// TestGetInPiecesGoesOn: a large file that takes the place of an older one goes on where it was, though what it has is no
// beginning of it; and what is damaged of it comes again.
func TestGetInPiecesGoesOn(t *testing.T) {
	t.Parallel()
	b, data, dir := newBees(t), noise(7), t.TempDir()
	from, name := filepath.Join(t.TempDir(), "f"), filepath.Join(dir, "f")
	const fresh = big / 8 * 5
	save(t, name, data)
	_, _ = rand.NewChaCha8([32]byte{8}).Read(data[big-fresh:])
	save(t, from, data)
	b.put(new(wire), from, "/f")
	get := func(ctx context.Context, w *wire) error {
		o := b.over(w)
		o.Force = true
		e, err := o.Remote.Stat(ctx, "/f")
		if err != nil {
			return err
		}
		d := NewDownload(o)
		if err = d.File(ctx, e, name, 0); err == nil && d.Bytes.Load() != big {
			t.Errorf("%d bytes counted", d.Bytes.Load())
		}
		return err
	}
	ctx, w := stopping(t, fresh/2)
	if err := get(ctx, w); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	left := everything(t, dir)
	if len(left) != 2 || !part.Is(left[0]) {
		t.Fatalf("left %v", left)
	}
	part, err := os.OpenFile(filepath.Join(dir, left[0]), os.O_RDWR, 0)
	if err == nil {
		_, err = part.WriteAt([]byte("damage"), big-fresh+1000)
		err = errors.Join(err, part.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	b.start()
	w = new(wire)
	if err := get(t.Context(), w); err != nil {
		t.Error(err)
	}
	if got := w.bytes.Load(); got > fresh/2+2*tenth {
		t.Errorf("%d bytes travelled again, of %d", got, fresh)
	}
	wantFile(t, name, data)
	if diff := cmp.Diff([]string{"f"}, everything(t, dir)); diff != "" {
		t.Error(diff)
	}
}
