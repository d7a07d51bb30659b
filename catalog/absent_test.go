package catalog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/parts"
)

// TestWriteOfWhatIsAbsent: bytes that a replica names and lacks are there once they are written here, whichever way they came.
func TestWriteOfWhatIsAbsent(t *testing.T) {
	t.Parallel()
	const content = "the same bytes"
	for name, write := range map[string]func(f fixture, bob *catalog.Tree, at catalog.Path) error{
		"put": func(f fixture, bob *catalog.Tree, at catalog.Path) error {
			return second(bob.Put(f.Context(), at, strings.NewReader(content), catalog.PutOptions{}))
		},
		"chunks": func(f fixture, bob *catalog.Tree, at catalog.Path) error {
			pieces := []catalog.Piece{{Chunk: f.send(bob, content), Length: int64(len(content))}}
			return second(catalog.Chunked{Tree: bob}.PutPieces(f.Context(), at, pieces, catalog.PutOptions{}))
		},
		"parts": func(f fixture, bob *catalog.Tree, at catalog.Path) error {
			uploads := parts.Uploads{Tree: bob, Turns: new(parts.Turns)}
			p := must(uploads.Begin(f.Context(), at, catalog.PutOptions{Length: int64(len(content))}, ""))(f)
			_, _, err := uploads.Append(f.Context(), p.ID, parts.Segment{Body: strings.NewReader(content)})
			return err
		},
		"car": func(f fixture, bob *catalog.Tree, at catalog.Path) error {
			f.put(bob, "/mine/"+at.Name(), content)
			car := f.export(bob, "/mine/"+at.Name())
			f.remove(bob, "/mine")
			f.wantError(bob.EmptyTrash(f.Context()), nil)
			return first(bob.Import(f.Context(), at, bytes.NewReader(car)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, catalog.Config{Hive: tag}, func(f fixture) {
				r := newFar(f, 2*int64(len(content)))
				r.arrive("away", content, false)
				for range 2 {
					f.wantError(write(f, r.bob, path(f, "/far/away")), nil)
					must(f.Blocks().Collect(f.Context(), f.Roots(f.Context())))(f)
					if freed := must(f.Evict(f.Context(), r.target, 1000))(f); freed != 0 {
						f.Errorf("%d bytes that only this hive has were let go", freed)
					}
					if got := f.content(r.bob, "/far/away"); got != content || len(r.absent()) != 0 || r.room() != int64(len(content)) {
						f.Errorf("got %q, absent %q, room %d", got, r.absent(), r.room())
					}
				}
				f.checkNumbers()
			})
		})
	}
}
