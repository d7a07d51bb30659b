package network

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
)

// lines passes on what is logged.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// TestWhoMattersIsAskedAgain: nothing changes after a look that failed, for weeks maybe.
func TestWhoMattersIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := hivetest.New(t, hivetest.Config{})
	here, far := w.Hives[0], w.Hives[1]
	ann, ben := here.User("ann"), far.User("ben")
	ann.Mkdir("/docs")
	ann.Share("/docs", sharing.Reader, ben)
	far.Kill()
	host, err := p2p.New(p2p.Config{Key: here.Key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	var file string
	if err := here.DB.Read().QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file); err != nil {
		t.Fatal(err)
	}
	rename := func(from, to string) {
		t.Helper()
		databasetest.Change(t, "sqlite:"+file, "ALTER TABLE "+from+" RENAME TO "+to)
	}
	rename("members", "away")
	logged := make(lines, 100)
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	defer g.Wait()
	defer cancel()
	g.Go(func() { KeepInTouch(ctx, host, here.Sharing, slog.New(slog.NewTextHandler(logged, nil))) })
	<-logged
	rename("away", "members")
	hivetest.Eventually(t, hivetest.Soon, func() error {
		if !slices.ContainsFunc(host.Peers(), func(p p2p.Peer) bool { return p.ID == far.ID && p.Protected }) {
			return errors.New("not protected")
		}
		return nil
	})
}
