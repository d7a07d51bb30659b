package files

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// selections are the routes of /archives: zips of more entries than a URL has room for.
type selections struct {
	home
	kept *keptSelections
}

// Bounds of what is kept of selections, each of which came in at most edge.MaxJSON bytes.
const (
	keptMost = 16
	keptFor  = 10 * time.Minute
)

func (h selections) routes(r *edge.Router) {
	edge.Route(r, edge.Created(edge.Operation("POST /archives", "prepare-archive", "Choose entries of a folder, for a zip of them", edge.Read)), h.post)
	r.Raw(edge.Operation("GET /archives/{id}", "get-prepared-archive", "The entries that were chosen as a zip stream", edge.Read), h.get,
		edge.InPath("id", "Of the answer to POST /archives"), edge.Gives(http.StatusOK, "application/zip", "The archive, not compressed"))
}

type selectionInput struct{ Body apitype.NewArchive }

// post refuses what is not there, while the person can still be told.
func (h selections) post(ctx context.Context, in *selectionInput) (*edge.Body[apitype.Archive], error) {
	tree, path, err := h.at(ctx, in.Body.Path)
	if err != nil {
		return nil, err
	}
	chosen, err := entriesOf(ctx, tree, path, in.Body.Entries)
	if err != nil {
		return nil, err
	}
	s := selection{user: edge.Who(ctx).User.ID, folder: path, chosen: chosen, id: rand.Text(), until: time.Now().Add(keptFor)}
	h.kept.add(s)
	return edge.Answer(apitype.Archive{URL: "/api/v1/archives/" + s.id, Expires: s.until.UTC()}, nil)
}

func (h selections) get(c *gin.Context) error {
	ctx := c.Request.Context()
	s, ok := h.kept.find(c.Param("id"), edge.Who(ctx).User.ID)
	if !ok {
		return fmt.Errorf("%w: selection", catalog.ErrNotFound)
	}
	tree, err := h.tree(ctx)
	if err != nil {
		return err
	}
	return sendChosen(c, tree, s.folder, s.chosen)
}

// selection is entries of a folder that a user chose.
type selection struct {
	id     string
	user   int64
	folder catalog.Path
	chosen []catalog.Path
	until  time.Time
}

// keptSelections are the last ones, in memory: a browser asks for one at once. They are safe for concurrent use.
type keptSelections struct {
	mu   sync.Mutex
	list []selection
}

func (k *keptSelections) add(s selection) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	k.list = slices.DeleteFunc(append(k.list, s), func(s selection) bool { return s.until.Before(now) })
	if len(k.list) > keptMost {
		k.drop()
	}
}

// drop forgets the oldest of who has most; k.mu is held.
func (k *keptSelections) drop() {
	of, most := map[int64]int{}, 0
	for _, s := range k.list {
		of[s.user]++
		most = max(most, of[s.user])
	}
	i := slices.IndexFunc(k.list, func(s selection) bool { return of[s.user] == most })
	k.list = slices.Delete(k.list, i, i+1)
}

func (k *keptSelections) find(id string, user int64) (selection, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	i := slices.IndexFunc(k.list, func(s selection) bool { return s.id == id && s.user == user && s.until.After(now) })
	if i < 0 {
		return selection{}, false
	}
	return k.list[i], true
}
