package database_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// TestInsert adds one row, less than a block, and some more than fit into one statement; what one of them breaks adds none.
func TestInsert(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		add, err := database.PrepareInsert(t.Context(), db, "vals", "name, wide, body, i, at, b, raw")
		if err != nil {
			t.Fatal(err)
		}
		at := database.At(time.Unix(1, 2))
		next := 0
		rows := func(n int) (args []any) {
			for range n {
				args = append(args, fmt.Sprint("name ", next), "it's ?", "", int64(next), at, next%2 == 1, []byte{byte(next)})
				next++
			}
			return args
		}
		exec := func(args []any) error {
			return db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return add.Exec(ctx, tx, args) })
		}
		for _, n := range []int{1, 31, 0, 1100} {
			if err := exec(rows(n)); err != nil {
				t.Fatalf("%d rows: %v", n, err)
			}
		}
		all := next
		if err := exec(rows(2)[1:]); err == nil {
			t.Error("a value was missing")
		}
		if err := exec(append(rows(50), "name 0", "", "", int64(0), at, true, []byte{})); err == nil {
			t.Error("a name came twice")
		}
		got, err := db.Read().QueryContext(t.Context(), "SELECT name, at, b, raw FROM vals ORDER BY i")
		if err != nil {
			t.Fatal(err)
		}
		defer got.Close()
		i := 0
		for ; got.Next(); i++ {
			var v value
			if err := got.Scan(&v.Name, &v.Time, &v.Bool, &v.Bytes); err != nil {
				t.Fatal(err)
			}
			if v.Name != fmt.Sprint("name ", i) || v.Time != at || v.Bool != (i%2 == 1) || string(v.Bytes) != string([]byte{byte(i)}) {
				t.Fatalf("row %d is %+v", i, v)
			}
		}
		if got.Err() != nil || i != all {
			t.Errorf("%d rows, want %d: %v", i, all, got.Err())
		}
	})
}
