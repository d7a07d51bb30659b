package apitype

import "time"

// FileAt is a file at a revision; the newest where Revision is 0.
type FileAt struct {
	Path     string `json:"path" minLength:"1"`
	Revision int64  `json:"revision,omitempty" minimum:"0"`
}

// ChunkQuestion asks which chunks are to be sent.
type ChunkQuestion struct {
	Files  []FileAt `json:"files" maxItems:"16" doc:"Files whose chunks need not be sent"`
	Chunks []string `json:"chunks" maxItems:"10000" doc:"CIDs"`
}

// Lacking are chunks that are to be sent.
type Lacking struct {
	Chunks []string `json:"chunks"`
}

// ChunkList is a file that is there in pieces.
type ChunkList struct {
	Files   []FileAt   `json:"files,omitempty" maxItems:"16" doc:"What pieces are from"`
	Pieces  []Piece    `json:"pieces" minItems:"1"`
	MTime   *time.Time `json:"mtime,omitempty" doc:"Default now"`
	Exec    *bool      `json:"exec,omitempty" doc:"Default as it was"`
	Parents bool       `json:"parents,omitempty" doc:"Make the folders above"`
}

// Piece is a chunk that was sent, or bytes of a file from the beginning of one of its chunks to the end of one.
type Piece struct {
	Chunk  string `json:"chunk,omitempty" doc:"CID of a chunk that was sent; or"`
	File   int    `json:"file,omitempty" minimum:"0" doc:"Which of files the bytes are from"`
	Offset int64  `json:"offset,omitempty" minimum:"0" doc:"Where in it they begin"`
	Length int64  `json:"length" minimum:"0" doc:"Bytes, of a chunk too"`
}
