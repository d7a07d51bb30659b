package files

import (
	"fmt"
	"strconv"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
)

func entryJSON(e catalog.Entry) apitype.Entry {
	return apitype.Entry{
		ID: e.ID, Path: e.Path, Name: e.Name, Kind: string(e.Kind), Root: rootJSON(e.Root), Size: e.Size, MTime: e.MTime,
		Exec: e.Exec, Revision: e.Revision, Created: e.Created, Changed: e.Changed, Author: e.Author, ETag: e.ETag(),
		Mount: e.Mount, Role: string(e.Role), ReadOnly: e.ReadOnly, Absent: e.Absent,
		Thumbnail: e.Kind == catalog.KindFile && !e.Absent && thumbnail.Possible(e.Name, e.Size),
	}
}

// rootJSON is the text of a CID, empty for none.
func rootJSON(root cid.Cid) string {
	if !root.Defined() {
		return ""
	}
	return root.String()
}

func changeJSON(c catalog.Change) apitype.Change {
	return apitype.Change{
		Seq: c.Seq, Kind: string(c.Kind), Entry: c.Entry, EntryKind: string(c.EntryKind), Path: c.Path, From: c.From,
		Root: rootJSON(c.Root), Size: c.Size, Revision: c.Revision, User: c.User, Device: c.Device, Time: c.Time,
	}
}

func changesJSON(changes []catalog.Change, after int64) apitype.Changes {
	out := apitype.Changes{Items: make([]apitype.Change, len(changes)), Last: after}
	for i, change := range changes {
		out.Items[i], out.Last = changeJSON(change), change.Seq
	}
	return out
}

func revisionJSON(r catalog.Revision) apitype.Revision {
	return apitype.Revision{
		Number: r.Number, Root: rootJSON(r.Root), Size: r.Size, MTime: r.MTime, Author: r.Author, Device: r.Device, Created: r.Created,
	}
}

func trashedJSON(t catalog.Trashed) apitype.Trashed {
	return apitype.Trashed{ID: t.ID, Path: t.Path, Name: t.Name, Kind: string(t.Kind), Size: t.Size, Deleted: t.Deleted, By: t.By}
}

func importedJSON(i catalog.Imported) apitype.Imported {
	return apitype.Imported{Files: i.Files, Folders: i.Folders, Bytes: i.Bytes}
}

// cursor reads the cursor of a numbered list.
func cursor(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(after, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: %q", catalog.ErrCursor, after)
	}
	return n, nil
}
