package apitype

import "time"

// Link is a public URL of a file or folder.
type Link struct {
	ID          int64      `json:"id"`
	URL         string     `json:"url" doc:"For people; the last part is the token of the routes under /public"`
	Path        string     `json:"path" doc:"Of what it leads to, wherever that is by now; empty while it is in the trash"`
	Mode        string     `json:"mode" enum:"download,upload"`
	HasPassword bool       `json:"has_password"`
	Expires     *time.Time `json:"expires,omitempty"`
	Uses        int64      `json:"uses,omitempty" doc:"How often it can be used; absent for ever"`
	Used        int64      `json:"used" doc:"Downloads, or uploads"`
	Created     time.Time  `json:"created"`
}

// NewLink asks for a link.
type NewLink struct {
	Path     string     `json:"path" minLength:"1"`
	Mode     string     `json:"mode,omitempty" enum:"download,upload" doc:"Default download"`
	Password string     `json:"password,omitempty" doc:"At least 10 characters"`
	Expires  *time.Time `json:"expires,omitempty"`
	Uses     int64      `json:"uses,omitempty" minimum:"0"`
}

// LinkChange changes what is not nil.
type LinkChange struct {
	Mode     *string    `json:"mode,omitempty" enum:"download,upload"`
	Password *string    `json:"password,omitempty" doc:"An empty one takes it off"`
	Expires  *time.Time `json:"expires,omitempty"`
	NoExpiry bool       `json:"no_expiry,omitempty"`
	Uses     *int64     `json:"uses,omitempty" minimum:"0" doc:"0 is for ever"`
}

// PublicLink is what a visitor learns of a link. Before its password is given that is little.
type PublicLink struct {
	Name          string     `json:"name,omitempty"`
	Kind          string     `json:"kind,omitempty" enum:"file,folder"`
	Size          int64      `json:"size,omitempty"`
	Mode          string     `json:"mode" enum:"download,upload"`
	NeedsPassword bool       `json:"needs_password"`
	Owner         string     `json:"owner,omitempty"`
	Counted       bool       `json:"counted,omitempty" doc:"It can be used a number of times: each look at a content is one"`
	Expires       *time.Time `json:"expires,omitempty"`
}

// PublicEntry is a file or folder behind a link.
type PublicEntry struct {
	Name  string    `json:"name"`
	Path  string    `json:"path" doc:"From what the link leads to"`
	Kind  string    `json:"kind" enum:"file,folder"`
	Size  int64     `json:"size"`
	MTime time.Time `json:"mtime"`

	Thumbnail bool `json:"thumbnail,omitempty" doc:"There may be a small picture of it"`
}

// LinkPassword is the password of a link.
type LinkPassword struct {
	Password string `json:"password" maxLength:"1024"`
}

// Brought says what was uploaded by a link.
type Brought struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}
