package files

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// archives are the routes of /archive and /car.
type archives struct{ home }

func (h archives) routes(r *edge.Router) {
	r.Raw(edge.Operation("GET /archive/{path}", "get-archive", "A folder or file as a zip stream", edge.Read), h.getArchive,
		edge.Query("format", "string", "Only zip"),
		edge.Query("entry", "string", "Only this entry of the folder; more than once for more of them, at most 10,000"), edge.Gives(http.StatusOK, "application/zip", "The archive, not compressed"))
	r.Raw(edge.Operation("GET /car/{path}", "export", "A folder or file as a CAR", edge.Read), h.getCAR,
		edge.Gives(http.StatusOK, carType, "A CARv1 of UnixFS content with one root"))
	r.Raw(edge.Operation("POST /car/{path}", "import", "Store the content of a CAR at a path", edge.Write), h.postCAR,
		edge.Takes(carType), edge.GivesJSON[apitype.Imported](http.StatusOK, "What was stored"))
}

// carType is the media type of a CAR, https://www.iana.org/assignments/media-types/application/vnd.ipld.car.
const carType = "application/vnd.ipld.car"

// getArchive streams a zip. An error on the way cuts the connection, so nobody takes a part for the whole.
func (h archives) getArchive(c *gin.Context) error {
	if format := c.Query("format"); format != "" && format != "zip" {
		return edge.Invalid("query.format", "expected zip")
	}
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	names := c.QueryArray("entry")
	if len(names) == 0 {
		return SendZip(c, tree, path, path.Name())
	}
	chosen, err := entriesOf(c.Request.Context(), tree, path, names)
	if err != nil {
		return err
	}
	return sendChosen(c, tree, path, chosen)
}

// sendChosen answers with a zip of entries of a folder.
func sendChosen(c *gin.Context, tree *catalog.Tree, folder catalog.Path, chosen []catalog.Path) error {
	attach(c, "application/zip", folder.Name(), ".zip")
	return newZipper(tree, c.Writer).write(c.Request.Context(), chosen...)
}

// maxChosen bounds the entries that one archive is asked for by name.
const maxChosen = 10_000

// entriesOf are the paths of entries of a folder, which are all there.
func entriesOf(ctx context.Context, tree *catalog.Tree, folder catalog.Path, names []string) ([]catalog.Path, error) {
	if len(names) > maxChosen {
		return nil, edge.Invalid("query.entry", "at most 10,000")
	}
	paths := make([]catalog.Path, len(names))
	for i, name := range names {
		path, err := folder.Join(name)
		if err == nil {
			_, err = tree.Stat(ctx, path)
		}
		if err != nil {
			return nil, err
		}
		paths[i] = path
	}
	return paths, nil
}

// SendZip answers with a zip of what is at path, called name.
func SendZip(c *gin.Context, tree *catalog.Tree, path catalog.Path, name string) error {
	attach(c, "application/zip", name, ".zip")
	return newZipper(tree, c.Writer).write(c.Request.Context(), path)
}

// attach announces a download.
func attach(c *gin.Context, kind, name, extension string) {
	if name == "" {
		name = "home"
	}
	c.Header("Content-Type", kind)
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + extension}))
}

// zipper writes a tree as a zip.
type zipper struct {
	tree    *catalog.Tree
	out     *zip.Writer
	folders map[string]string // names in the archive of those that were written, by path; both end with a slash
	taken   map[string]bool   // names in the archive
}

func newZipper(tree *catalog.Tree, out io.Writer) *zipper {
	return &zipper{tree, zip.NewWriter(out), map[string]string{}, map[string]bool{}}
}

func (z *zipper) write(ctx context.Context, paths ...catalog.Path) error {
	for _, path := range paths {
		for entry, err := range z.tree.Walk(ctx, path) {
			if err == nil {
				err = z.add(ctx, entry)
			}
			if err != nil {
				return err
			}
		}
	}
	return z.out.Close()
}

// add writes one entry. A file that was removed since the walk began is left out.
func (z *zipper) add(ctx context.Context, e catalog.Entry) error {
	header := &zip.FileHeader{Name: z.name(e), Method: zip.Store, Modified: e.MTime}
	if e.Kind == catalog.KindFolder {
		if header.Name == "" {
			return nil
		}
		header.Name += "/"
		z.folders[e.Path+"/"] = header.Name
		header.SetMode(fs.ModeDir | 0o755)
		_, err := z.out.CreateHeader(header)
		return err
	}
	content, err := z.tree.OpenEntry(ctx, e)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	header.SetMode(0o644)
	if e.Exec {
		header.SetMode(0o755)
	}
	w, err := z.out.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}

// name is the entry's name in the archive, which no other has. A backslash, which some take for the end of a folder, is an
// underscore.
func (z *zipper) name(e catalog.Entry) string {
	at, last := path.Split(e.Path)
	whole := z.folders[at] + strings.ReplaceAll(last, `\`, "_")
	extension := path.Ext(last)
	stem := strings.TrimSuffix(whole, extension)
	for n := 2; z.taken[whole]; n++ {
		whole = fmt.Sprintf("%s (%d)%s", stem, n, extension)
	}
	z.taken[whole] = true
	return whole
}

func (h archives) getCAR(c *gin.Context) error {
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	attach(c, carType, path.Name(), ".car")
	return tree.Export(c.Request.Context(), path, c.Writer)
}

func (h archives) postCAR(c *gin.Context) error {
	tree, path, err := h.here(c)
	if err != nil {
		return err
	}
	imported, err := tree.Import(c.Request.Context(), path, c.Request.Body)
	if err != nil {
		return err
	}
	return edge.JSON(c, http.StatusOK, importedJSON(imported))
}
