package badgerstore

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// logger gives Badger's messages to slog; its chatter is only for debugging.
type logger struct {
	log       *slog.Logger
	rewriting *atomic.Uint32 // number of the value-log file that Badger said last it rewrites
}

func (l logger) Errorf(f string, a ...any)   { l.log.Error("badger", "text", text(f, a)) }
func (l logger) Warningf(f string, a ...any) { l.log.Warn("badger", "text", text(f, a)) }
func (l logger) Debugf(string, ...any)       {}

func (l logger) Infof(f string, a ...any) {
	if f == "Rewriting fid: %d" && len(a) == 1 { // there is no other way to know
		number, _ := a[0].(uint32)
		l.rewriting.Store(number)
	}
	l.log.Debug("badger", "text", text(f, a))
}

func text(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
