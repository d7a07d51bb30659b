package api_test

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/melissiproject/hive/api/client"
)

// TestManyAtOnce stores and reads from many clients, on files of their own and on one that they share. What was
// acknowledged is there, and no read sees a mixture.
func TestManyAtOnce(t *testing.T) {
	h := newHive(t, quiet)
	c := h.client(h.token)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				content := bytes.Repeat([]byte{byte(worker)}, 1000+i)
				own := fmt.Sprintf("/worker %d/%d", worker, i)
				for _, path := range []string{own, "/shared"} {
					if _, _, err := c.Files.Put(t.Context(), path, bytes.NewReader(content), client.PutOptions{Parents: true}); err != nil {
						t.Errorf("put %s: %v", path, err)
					}
				}
				if got := read(t, c, own); !bytes.Equal(got, content) {
					t.Errorf("%s is not what was put", own)
				}
				if got := read(t, c, "/shared"); len(got) < 1000 || !bytes.Equal(got, bytes.Repeat(got[:1], len(got))) {
					t.Errorf("/shared is a mixture of %d bytes", len(got))
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for _, err := range c.History.Revisions(t.Context(), "/shared") {
		h.must(err)
		n++
	}
	if n < 1 || n > 160 {
		t.Errorf("%d revisions", n)
	}
	mine, err := c.Account.Get(t.Context())
	if err != nil || mine.Usage.Files != 161 || mine.Usage.Folders != 8 {
		t.Errorf("%+v %v", mine, err)
	}
}

func read(t *testing.T, c *client.Client, path string) []byte {
	t.Helper()
	content, err := c.Files.Open(t.Context(), path, client.OpenOptions{})
	if err != nil {
		t.Errorf("open %s: %v", path, err)
		return nil
	}
	defer content.Close()
	raw, err := io.ReadAll(content)
	if err != nil {
		t.Errorf("read %s: %v", path, err)
	}
	return raw
}
