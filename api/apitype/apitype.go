// Package apitype holds the JSON shapes of the HTTP API, as server and client both see them.
//
// It owns names, shapes and error codes and nothing else: it imports nothing of Hive's, so a program of others can use
// it beside api/client. Times are RFC 3339 in UTC, sizes are bytes, paths are absolute and "/"-separated, roots are CIDs
// in their canonical text form. What the routes do stands in api and in the OpenAPI document it serves.
package apitype

import "time"

// Page is one page of a list. Next is the cursor for the page after it, empty on the last one.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
}

// Server is what a hive tells everyone about itself.
type Server struct {
	Name         string `json:"name" doc:"Name the owner gave the hive"`
	Version      string `json:"version"`
	Registration string `json:"registration" enum:"open,closed,code" doc:"Who may register"`
	Limits       Limits `json:"limits"`
}

// Limits are the bounds a client can check before it asks.
type Limits struct {
	NameBytes int   `json:"name_bytes" doc:"Longest name of an entry, in bytes of UTF-8"`
	JSONBytes int64 `json:"json_bytes" doc:"Largest JSON request body"`
	PageItems int   `json:"page_items" doc:"Most items of one page"`
}

// Storage is the state of the block store.
type Storage struct {
	Blocks  int64 `json:"blocks"`
	Bytes   int64 `json:"bytes" doc:"Bytes the blocks take on disk"`
	Free    int64 `json:"free" doc:"Bytes free on the disk"`
	Reserve int64 `json:"reserve" doc:"Bytes kept free: under it, writes are refused"`

	Logical    int64 `json:"logical" doc:"Bytes of all files, their revisions and the trash"`
	SavedDedup int64 `json:"saved_dedup" doc:"Bytes that are kept once though they are named often"`
	SavedDelta int64 `json:"saved_delta" doc:"Bytes that did not have to come from other hives, of the shares there are"`

	Collected *Collected `json:"collected,omitempty" doc:"The last collection of garbage since the hive started"`
}

// Collected is how a collection of garbage ended.
type Collected struct {
	At      time.Time `json:"at"`
	Removed int64     `json:"removed" doc:"Blocks that nothing named any more"`
	Freed   int64     `json:"freed" doc:"Their bytes"`
}

// Usage counts what a user keeps. Used includes old revisions and the trash, as the quota does.
type Usage struct {
	Used    int64 `json:"used"`
	Files   int64 `json:"files"`
	Folders int64 `json:"folders"`
}

// Change is one numbered record of the change log.
type Change struct {
	Seq       int64     `json:"seq" doc:"Number of the change; they rise, gaps are possible"`
	Kind      string    `json:"kind" example:"create" doc:"create, update, meta, move, delete, restore or purge"`
	Entry     int64     `json:"entry" doc:"Id of the entry"`
	EntryKind string    `json:"entry_kind" enum:"file,folder"`
	Path      string    `json:"path"`
	From      string    `json:"from,omitempty" doc:"Where a moved entry was"`
	Root      string    `json:"root,omitempty"`
	Size      int64     `json:"size"`
	Revision  int64     `json:"revision,omitempty"`
	User      int64     `json:"user"`
	Device    int64     `json:"device,omitempty"`
	Time      time.Time `json:"time"`
}

// Changes is a stretch of the change log. Ask again with after=Last.
type Changes struct {
	Items []Change `json:"items" nullable:"false"`
	Last  int64    `json:"last" doc:"Number of the last change given, or what was asked when there is none"`
}
