package listing

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Cursor is where a page of a list ended. Clients get it as text and give it back unread.
type Cursor struct {
	Sort   Sort   `json:"s"`
	Desc   bool   `json:"d,omitempty"`
	Kind   int    `json:"k"`
	Name   string `json:"n,omitempty"` // folded, for an order by name
	Number int64  `json:"v,omitempty"` // for other orders
	ID     int64  `json:"i,omitempty"` // 0 at the start
}

// String is the cursor as a client gets it.
func (c Cursor) String() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// Parse reads the cursor of a list, or returns the one at its start.
func Parse(opts Options) (Cursor, error) {
	if opts.Sort == "" {
		opts.Sort = SortName
	}
	if opts.Sort != SortName && opts.Sort != SortSize && opts.Sort != SortMTime {
		return Cursor{}, fmt.Errorf("%w: sort %q", space.ErrCursor, names.Clip(string(opts.Sort)))
	}
	if opts.After == "" {
		return Cursor{Sort: opts.Sort, Desc: opts.Desc}, nil
	}
	var c Cursor
	text, err := base64.RawURLEncoding.DecodeString(opts.After)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(&c)
	}
	valid := err == nil && c.ID > 0 && (c.Kind == 0 || c.Kind == 1) && utf8.ValidString(c.Name) && !strings.ContainsRune(c.Name, 0)
	if !valid || c.Sort != opts.Sort || c.Desc != opts.Desc {
		return Cursor{}, fmt.Errorf("%w: %q", space.ErrCursor, names.Clip(opts.After))
	}
	return c, nil
}

// Place reads where a page of a search ended: the number of an entry, and before it with a dot that of the mount.
func Place(after string) (mount, last int64, err error) {
	if after == "" {
		return 0, 0, nil
	}
	entry := after
	if before, behind, ok := strings.Cut(after, "."); ok {
		entry = behind
		if mount, err = strconv.ParseInt(before, 10, 64); err != nil || mount <= 0 {
			return 0, 0, fmt.Errorf("%w: %q", space.ErrCursor, names.Clip(after))
		}
	}
	if last, err = strconv.ParseInt(entry, 10, 64); err != nil || last < 0 || (last == 0 && mount == 0) {
		return 0, 0, fmt.Errorf("%w: %q", space.ErrCursor, names.Clip(after))
	}
	return mount, last, nil
}
