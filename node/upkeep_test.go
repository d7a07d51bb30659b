package node

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

func TestBackgroundWork(t *testing.T) {
	n, c, _ := running(t, made(t))
	put(t, c, "/keep", strings.Repeat("keep", 1000))
	put(t, c, "/drop", strings.Repeat("drop", 1000))
	trashed, err := c.Files.Remove(t.Context(), "/drop", noCondition)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.History.Purge(t.Context(), trashed.ID); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context) error{"thin": n.thin, "scrub": n.scrub} {
		if err := run(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	storage, err := c.Storage(t.Context())
	if err != nil || storage.Blocks != 1 {
		t.Errorf("%d blocks, %v; want the one that is kept", storage.Blocks, err)
	}
	if got := content(t, c, "/keep"); got != strings.Repeat("keep", 1000) {
		t.Error("what is kept has changed")
	}
	if n.full() {
		t.Error("the disk counts as full")
	}
}

func TestNothingIsCollectedWithoutATraceOfNames(t *testing.T) {
	t.Parallel()
	cfg := used(t)
	change(t, cfg, "DELETE FROM revisions", "DELETE FROM contents", "DELETE FROM entries", "DELETE FROM changes", "DELETE FROM spaces")
	n, c, _ := running(t, cfg)
	if err := n.collect(t.Context()); !errors.Is(err, ErrDatabase) {
		t.Errorf("got %v, want ErrDatabase", err)
	}
	if s, err := c.Storage(t.Context()); err != nil || s.Blocks == 0 {
		t.Errorf("%d blocks, %v; want those that were there", s.Blocks, err)
	}
}

func TestWhatUsersDeletedIsCollectedThoughNothingIsLeft(t *testing.T) {
	t.Parallel()
	n, c, _ := running(t, made(t))
	if err := n.collect(t.Context()); err != nil {
		t.Errorf("a new hive: %v", err)
	}
	put(t, c, "/all", "all")
	if _, err := c.Files.Remove(t.Context(), "/all", noCondition); err != nil {
		t.Fatal(err)
	}
	if err := c.History.EmptyTrash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Storage(t.Context()); err != nil || s.Blocks != 0 {
		t.Errorf("%d blocks, %v; want none", s.Blocks, err)
	}
}

func TestWhatDeletedUsersHadIsCollected(t *testing.T) {
	t.Parallel()
	n, c, _ := running(t, made(t))
	if _, err := c.Users.Create(t.Context(), apitype.NewUser{Name: "bob", Password: password}); err != nil {
		t.Fatal(err)
	}
	bob, err := client.New(n.URL(), client.Options{User: "bob", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	put(t, bob, "/all", "all")
	if err := c.Users.Delete(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Storage(t.Context()); err != nil || s.Blocks != 0 {
		t.Errorf("%d blocks, %v; want none", s.Blocks, err)
	}
}
