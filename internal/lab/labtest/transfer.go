package labtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
)

// transfer is hive put -r and hive get -r.
func transfer(verb, from, to string) error {
	base := os.Getenv("HIVE_URL") + "/api/v1"
	if verb == "put" {
		return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(from, name)
			if err != nil {
				return err
			}
			_, err = do(http.MethodPut, base+"/files"+to+"/"+filepath.ToSlash(rel), b)
			return err
		})
	}
	list, err := do(http.MethodGet, base+"/folders"+from, nil)
	if err != nil {
		return err
	}
	var page struct {
		Names []string `json:"names"`
	}
	if err := json.Unmarshal(list, &page); err != nil {
		return err
	}
	for _, name := range page.Names {
		b, err := do(http.MethodGet, base+"/files"+from+"/"+name, nil)
		if err != nil {
			return err
		}
		local := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(local), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(local, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func do(method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
