package apitype

import (
	"encoding/json"
	"time"
)

// AuditRecord is one thing that somebody did. Actor is empty for who was not signed in, and system for the owner at the machine.
type AuditRecord struct {
	ID      int64           `json:"id"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor" doc:"User who did it; empty for nobody who is signed in, system for the owner in the data folder"`
	Address string          `json:"address" doc:"Where the request came from"`
	Action  string          `json:"action" example:"user.create" doc:"Stable words with dots between"`
	Target  string          `json:"target" doc:"What it was done to: a name, an id, a path"`
	Outcome string          `json:"outcome" enum:"ok,failed"`
	Details json.RawMessage `json:"details" doc:"An object that depends on the action; never a secret"`
}
