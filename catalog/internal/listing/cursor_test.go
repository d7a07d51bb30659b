package listing

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// FuzzCursor checks that what parses is a place in a list, and everything else space.ErrCursor.
func FuzzCursor(f *testing.F) {
	f.Add("name", false, Cursor{Sort: SortName, Kind: 1, Name: "x", ID: 3}.String())
	f.Add("size", true, Cursor{Sort: SortSize, Desc: true, Kind: 1, Number: -5, ID: 1}.String())
	f.Add("mtime", false, base64.RawURLEncoding.EncodeToString([]byte(`{"s":"mtime","k":2,"i":-1}`)))
	f.Add("", false, "")
	f.Fuzz(func(t *testing.T, sort string, desc bool, after string) {
		c, err := Parse(Options{Sort: Sort(sort), Desc: desc, After: after})
		if err != nil {
			if !errors.Is(err, space.ErrCursor) {
				t.Fatalf("unknown error %v", err)
			}
			return
		}
		if after == "" {
			return
		}
		again, err := Parse(Options{Sort: c.Sort, Desc: desc, After: c.String()})
		if err != nil || again != c || c.Desc != desc || c.ID <= 0 {
			t.Fatalf("%q parses to %+v, and that to %+v, %v", after, c, again, err)
		}
	})
}
