package hivetest_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing"
)

// apart is two users of two hives that share a folder, where the owner's hive is not there.
func apart(t *testing.T, mode sharing.Mode) (w *hivetest.World, alice, bob *hivetest.User, share sharing.ShareID) {
	t.Helper()
	w = hivetest.New(t, hivetest.Config{Log: logger()})
	alice, bob = w.Hives[0].User("alice"), w.Hives[1].User("bob")
	alice.Put("/share/file", "by alice")
	share = alice.Share("/share", sharing.Writer, bob)
	bob.Accept(share, "/theirs", mode)
	hivetest.Eventually(t, hivetest.Soon, func() error {
		if names, err := bob.TryList("/theirs"); err != nil || len(names) != 1 {
			return fmt.Errorf("%v %w", names, err)
		}
		return nil
	})
	w.Mesh.Isolate(alice.Hive.ID, true)
	return w, alice, bob, share
}

// proposed waits until bob's hive has told what it has.
func proposed(t *testing.T, bob *hivetest.User, share sharing.ShareID) {
	t.Helper()
	hivetest.Eventually(t, hivetest.Soon, func() error {
		status, err := bob.Hive.Sharing.Status(t.Context(), share)
		if err == nil && !status.Proposed {
			err = errors.New("nothing proposed")
		}
		return err
	})
}

// TestProposedAndGone: what was proposed and is gone for good before the owner could take it holds up nothing that came after.
func TestProposedAndGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, proposedAndGone)
}

func proposedAndGone(t *testing.T) {
	w, alice, bob, share := apart(t, sharing.Full)
	bob.Put("/theirs/draft", "not for long")
	proposed(t, bob, share)
	bob.Remove("/theirs/draft")
	if err := bob.Home().EmptyTrash(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.Put("/theirs/kept", "by bob")
	w.Mesh.Isolate(alice.Hive.ID, false)
	hivetest.Same(hivetest.Soon, alice, "/share", bob, "/theirs")
	alice.Sees("/share/kept", "by bob")
}
