package databasetest

import (
	"net/url"
	"sync"

	"modernc.org/sqlite"
)

// commits are the functions to ask before a commit, by the path of the SQLite file.
var commits struct {
	once  sync.Once
	mu    sync.Mutex
	asked map[string]func() bool
}

// OnCommit has every commit to the SQLite file at path, an absolute one, ask may first: where it says no, the transaction
// fails and leaves no trace. Call it before the database is opened.
func OnCommit(path string, may func() bool) {
	commits.once.Do(func() {
		commits.asked = make(map[string]func() bool)
		sqlite.RegisterConnectionHook(askFirst)
	})
	commits.mu.Lock()
	defer commits.mu.Unlock()
	commits.asked[path] = may
}

func askFirst(conn sqlite.ExecQuerierContext, dsn string) error {
	uri, err := url.Parse(dsn)
	if err != nil {
		return nil //nolint:nilerr // no file of package database
	}
	commits.mu.Lock()
	may := commits.asked[uri.Path]
	commits.mu.Unlock()
	hooks, ok := conn.(sqlite.HookRegisterer)
	if may == nil || !ok {
		return nil
	}
	hooks.RegisterCommitHook(func() int32 {
		if may() {
			return 0
		}
		return 1
	})
	return nil
}
