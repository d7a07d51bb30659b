package hivetest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
)

// TestDay lets whole hives live through a day of virtual time.
func TestDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{})
		alice, bob := w.Hives[0].User("alice"), w.Hives[1].User("bob")
		alice.Put("/papers/one.txt", "one")
		alice.Mkdir("/papers/more/still")
		alice.Move("/papers/one.txt", "/papers/two.txt")
		bob.Put("/own.txt", "bob")
		time.Sleep(day)
		w.Hives[0].Restart()
		if got := alice.List("/papers"); !slices.Equal(got, []string{"more/", "two.txt"}) {
			t.Errorf("got %v", got)
		}
		if got := w.Hives[0].User("alice").Files("/"); len(got) != 1 || got["papers/two.txt"] != "one" {
			t.Errorf("got %v", got)
		}
		alice.Remove("/papers")
		if _, err := alice.TryRead("/papers/two.txt"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if got := bob.Read("/own.txt"); got != "bob" {
			t.Errorf("got %q", got)
		}
		hivetest.Eventually(t, time.Second, func() error { return bob.TryPut("/later.txt", "") })
	})
}

// TestLoopback lets hives speak libp2p, also after one was away.
func TestLoopback(t *testing.T) {
	t.Parallel()
	w := hivetest.New(t, hivetest.Config{Hives: 3, Loopback: true})
	second, third := w.Hives[1], w.Hives[2]
	for range 2 {
		third.Network.Handle(echo, func(hive peer.ID, conn net.Conn) {
			defer conn.Close()
			_, _ = io.WriteString(conn, hive.String())
		})
		hivetest.Eventually(t, time.Minute, func() error {
			conn, err := second.Network.Dial(t.Context(), third.ID, echo)
			if err != nil {
				return err
			}
			defer conn.Close()
			got, err := io.ReadAll(conn)
			if err == nil && string(got) != second.ID.String() {
				err = fmt.Errorf("got %q", got)
			}
			return err
		})
		third.Restart()
	}
}
