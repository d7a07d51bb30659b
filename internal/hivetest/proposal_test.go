package hivetest_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing"
)

// TestProposedAndGone: what was proposed and is gone for good before the owner could take it holds up nothing that came after.
func TestProposedAndGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, proposedAndGone)
}

func proposedAndGone(t *testing.T) {
	w := hivetest.New(t, hivetest.Config{Log: logger()})
	alice, bob := w.Hives[0].User("alice"), w.Hives[1].User("bob")
	alice.Put("/share/file", "by alice")
	share := alice.Share("/share", sharing.Writer, bob)
	bob.Accept(share, "/theirs", sharing.Full)
	bob.Sees("/theirs/file", "by alice")
	w.Mesh.Isolate(alice.Hive.ID, true)
	bob.Put("/theirs/draft", "not for long")
	hivetest.Eventually(t, hivetest.Soon, func() error {
		status, err := bob.Hive.Sharing.Status(t.Context(), share)
		if err == nil && !status.Proposed {
			err = errors.New("nothing proposed")
		}
		return err
	})
	bob.Remove("/theirs/draft")
	if err := bob.Home().EmptyTrash(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.Put("/theirs/kept", "by bob")
	w.Mesh.Isolate(alice.Hive.ID, false)
	hivetest.Same(hivetest.Soon, alice, "/share", bob, "/theirs")
	alice.Sees("/share/kept", "by bob")
}
