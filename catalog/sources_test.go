package catalog_test

import (
	"slices"
	"testing"

	"github.com/melissiproject/hive/catalog"
)

// step is one on a file that op made.
func step(kind catalog.OpKind, op catalog.Op) catalog.Op {
	op.Kind, op.Held = kind, false
	op.Was = &catalog.Was{Name: op.Name, Root: op.Root, MTime: op.MTime}
	return op
}

// twin makes a file of the content of one that op made.
func twin(op catalog.Op) catalog.Op {
	op.UID[2], op.Held = 1, false
	op.Name += " 2"
	return op
}

// TestContentOfOtherSteps: what a step finds under one name is here under another if it was, by whatever kinds of steps, and takes
// up room.
func TestContentOfOtherSteps(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r := newFar(f, 1000)
		changed, deleted, adopted, away := r.arrive("changed", "1", true), r.arrive("deleted", "22", true), r.arrive("adopted", "333", true), r.arrive("away", "4444", false)
		adopt, update := step(catalog.OpAdopt, adopted), step(catalog.OpUpdate, changed)
		adopt.NewUID = uid(99)
		update.Root, update.Size = deleted.Root, deleted.Size
		got, err := r.apply(adopt, step(catalog.OpDelete, deleted), twin(changed), twin(deleted), twin(adopted), twin(away), update, step(catalog.OpMeta, away))
		if err != nil || got.Done != 8 {
			f.Fatalf("got %+v, %v", got, err)
		}
		if got := r.absent(); !slices.Equal(got, []string{"/away", "/away 2"}) || r.room() != 1000-1-2-3-1-2-3-2 {
			f.Errorf("absent: %q, room %d", got, r.room())
		}
		f.checkNumbers()
	})
}

// TestContentThatLeavesBetween: a content that never came is not here because its name has gone meanwhile.
func TestContentThatLeavesBetween(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		for name, leave := range map[string]func(r *far){
			"into the trash": func(r *far) { r.remove(r.bob, "/far/bait") },
			"for another": func(r *far) {
				r.remove(r.bob, "/far/bait")
				r.put(r.bob, "/far/bait", "own")
			},
			"under an own content": func(r *far) { r.put(r.bob, "/far/bait", "own") },
		} {
			r := newFar(f, 1000)
			bait := r.arrive("bait", "of another user", false)
			lure := step(catalog.OpUpdate, bait)
			lure.Root, lure.Size = r.arrive("other", "lure", false).Root, 4
			leave(r)
			if got, err := r.apply(twin(bait), lure); err != nil || got.Done != 1 {
				f.Fatalf("%s: got %+v, %v", name, got, err)
			}
			if got := r.absent(); !slices.Contains(got, "/bait 2") {
				f.Errorf("%s: absent: %q", name, got)
			}
			must(r.bob.Remove(r.Context(), path(f, "/far"), catalog.RemoveOptions{}))(f)
		}
	})
}

// TestOwnContentStaysUnderAnotherName: what a user wrote, and no other hive may have, is not evicted where a conflict has put it
// either. What came is.
func TestOwnContentStaysUnderAnotherName(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r := newFar(f, 1000)
		came, theirs := r.arrive("came", "given", true), r.arrive("theirs", "other", false)
		own := came
		r.arrive("file", "first", true)
		written := f.put(r.bob, "/far/file", "of bob")
		own.UID, own.Name, own.Root, own.Size, own.MTime = uid(r.number), "file", written.Root, written.Size, written.MTime
		update := step(catalog.OpUpdate, own)
		update.Root, update.Size = theirs.Root, theirs.Size
		if got, err := r.apply(twin(came), twin(own), update, step(catalog.OpMeta, came)); err != nil || got.Done != 4 {
			f.Fatalf("got %+v, %v", got, err)
		}
		must(f.Evict(f.Context(), r.target, 1000))(f)
		if got := r.absent(); !slices.Equal(got, []string{"/came", "/theirs", "/file", "/came 2"}) || r.room() != 1000-2*written.Size {
			f.Errorf("absent: %q, room %d", got, r.room())
		}
		if got := f.content(r.bob, "/far/file 2"); got != "of bob" {
			f.Errorf("got %q", got)
		}
	})
}

// TestOwnContentWrittenAgainStays: of equal contents of a file the one that a user wrote decides.
func TestOwnContentWrittenAgainStays(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r := newFar(f, 1000)
		first := r.arrive("file", "same", true)
		f.put(r.bob, "/far/file", "other")
		again := f.put(r.bob, "/far/file", "same")
		first.MTime = again.MTime
		if got, err := r.apply(step(catalog.OpDelete, first), twin(first)); err != nil || got.Done != 2 {
			f.Fatalf("got %+v, %v", got, err)
		}
		must(f.Evict(f.Context(), r.target, 1000))(f)
		if got := r.absent(); len(got) > 0 {
			f.Errorf("absent: %q", got)
		}
	})
}
