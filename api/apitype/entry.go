package apitype

import "time"

// Kinds of an entry.
const (
	KindFile   = "file"
	KindFolder = "folder"
)

// Entry is a file or a folder. Root, Size, Exec and Revision belong to files.
type Entry struct {
	ID        int64     `json:"id" doc:"Stays the same when the entry is moved"`
	Path      string    `json:"path"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"file,folder"`
	Root      string    `json:"root,omitempty" doc:"CID of the content"`
	Size      int64     `json:"size"`
	MTime     time.Time `json:"mtime"`
	Exec      bool      `json:"exec,omitempty"`
	Revision  int64     `json:"revision,omitempty" doc:"Number of the newest revision"`
	Created   time.Time `json:"created"`
	Changed   time.Time `json:"changed"`
	Author    int64     `json:"author,omitempty" doc:"Id of the user who wrote it last"`
	ETag      string    `json:"etag" doc:"For If-Match and If-None-Match, quotes included"`
	Mount     string    `json:"mount,omitempty" doc:"Id of the share whose folder is mounted here"`
	Role      string    `json:"role,omitempty" enum:"reader,writer" doc:"In the share that is mounted here"`
	ReadOnly  bool      `json:"read_only,omitempty" doc:"It is, or lies in, a share that one may only read"`
	Thumbnail bool      `json:"thumbnail,omitempty" doc:"A small picture of it may be had"`
	Absent    bool      `json:"absent,omitempty" doc:"The content is on another hive and comes when it is read"`
}

// Meta changes what is not nil.
type Meta struct {
	MTime *time.Time `json:"mtime,omitempty"`
	Exec  *bool      `json:"exec,omitempty"`
}

// Transfer asks to move or copy an entry.
type Transfer struct {
	From      string `json:"from" minLength:"1"`
	To        string `json:"to" minLength:"1"`
	Overwrite bool   `json:"overwrite,omitempty" doc:"Put what is at the target in the trash"`
}

// Revision is one immutable state of a file.
type Revision struct {
	Number  int64     `json:"number"`
	Root    string    `json:"root"`
	Size    int64     `json:"size"`
	MTime   time.Time `json:"mtime"`
	Author  int64     `json:"author,omitempty"`
	Device  int64     `json:"device,omitempty"`
	Created time.Time `json:"created"`
}

// Trashed is an entry in the trash. Path is where it was.
type Trashed struct {
	ID      int64     `json:"id"`
	Path    string    `json:"path"`
	Name    string    `json:"name"`
	Kind    string    `json:"kind" enum:"file,folder"`
	Size    int64     `json:"size"`
	Deleted time.Time `json:"deleted"`
	By      int64     `json:"by,omitempty" doc:"Id of the user who deleted it"`
}

// Restore asks to bring an entry back from the trash, to where it was or to another path.
type Restore struct {
	To string `json:"to,omitempty"`
}

// Imported says what a CAR import made.
type Imported struct {
	Files   int64 `json:"files"`
	Folders int64 `json:"folders"`
	Bytes   int64 `json:"bytes"`
}

// NewArchive chooses entries of a folder, for a zip of them.
type NewArchive struct {
	Path    string   `json:"path" doc:"Of the folder"`
	Entries []string `json:"entries" minItems:"1" maxItems:"10000" doc:"Their names"`
}

// Archive is where a zip of what was chosen is.
type Archive struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires" doc:"When it is forgotten, at the latest"`
}
