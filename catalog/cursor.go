package catalog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/melissiproject/hive/catalog/internal/names"
)

// cursor is where a page of a list ended. Clients get it as text and give it back unread.
type cursor struct {
	Sort   Sort   `json:"s"`
	Desc   bool   `json:"d,omitempty"`
	Kind   int    `json:"k"`
	Name   string `json:"n,omitempty"` // folded, for an order by name
	Number int64  `json:"v,omitempty"` // for other orders
	ID     int64  `json:"i,omitempty"` // 0 at the start
}

// String is the cursor as a client gets it.
func (c cursor) String() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// parseCursor reads the cursor of a list, or returns the one at its start.
func parseCursor(opts ListOptions) (cursor, error) {
	if opts.Sort == "" {
		opts.Sort = SortName
	}
	if opts.Sort != SortName && opts.Sort != SortSize && opts.Sort != SortMTime {
		return cursor{}, fmt.Errorf("%w: sort %q", ErrCursor, names.Clip(string(opts.Sort)))
	}
	if opts.After == "" {
		return cursor{Sort: opts.Sort, Desc: opts.Desc}, nil
	}
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(opts.After)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(&c)
	}
	valid := err == nil && c.ID > 0 && (c.Kind == 0 || c.Kind == 1) && utf8.ValidString(c.Name) && !strings.ContainsRune(c.Name, 0)
	if !valid || c.Sort != opts.Sort || c.Desc != opts.Desc {
		return cursor{}, fmt.Errorf("%w: %q", ErrCursor, names.Clip(opts.After))
	}
	return c, nil
}
