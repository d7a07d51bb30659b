package command

import (
	"iter"
	"time"

	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/node"
)

// All is a list that came in one piece.
func All[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// FromNow is the time a span from now; nil when text is empty.
func FromNow(flag, text string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	span, err := node.ParseDuration(text)
	if err != nil || span <= 0 {
		return nil, Usagef("%s: %q is not a time from now such as 12h or 30d", flag, text)
	}
	at := time.Now().Add(time.Duration(span)).UTC()
	return &at, nil
}

// Lasting says how long something holds.
func Lasting(expires *time.Time) string {
	if expires == nil {
		return "never ends"
	}
	return "until " + terminal.Time(*expires)
}
