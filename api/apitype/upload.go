package apitype

import "time"

// Upload is a file that comes in parts and is not whole yet.
type Upload struct {
	ID      string    `json:"id"`
	URL     string    `json:"url" doc:"Where it goes on, by tus"`
	Path    string    `json:"path" doc:"Where the file will be"`
	Length  int64     `json:"length" doc:"Bytes of the file"`
	Offset  int64     `json:"offset" doc:"Bytes that are safe"`
	Active  bool      `json:"active,omitempty" doc:"A request sends to it right now"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires" doc:"When it is forgotten, if nothing comes"`
}
