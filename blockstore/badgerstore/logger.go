package badgerstore

import (
	"fmt"
	"log/slog"
	"strings"
)

// logger gives Badger's messages to slog; its chatter is only for debugging.
type logger struct{ log *slog.Logger }

func (l logger) Errorf(f string, a ...any)   { l.log.Error("badger", "text", text(f, a)) }
func (l logger) Warningf(f string, a ...any) { l.log.Warn("badger", "text", text(f, a)) }
func (l logger) Infof(f string, a ...any)    { l.log.Debug("badger", "text", text(f, a)) }
func (l logger) Debugf(string, ...any)       {}

func text(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
