package account

import "strings"

// Scope is a thing a token may do.
type Scope string

// The scopes. None includes another.
const (
	ScopeRead    Scope = "files:read"
	ScopeWrite   Scope = "files:write"
	ScopeAccount Scope = "account"
	ScopeAdmin   Scope = "admin"
)

// Scopes is a set of scopes.
type Scopes []Scope

// AllScopes is what a session may do; ScopeAdmin counts for admins only.
func AllScopes() Scopes { return Scopes{ScopeRead, ScopeWrite, ScopeAccount, ScopeAdmin} }

// ParseScopes reads scopes separated by spaces: ErrScope.
func ParseScopes(s string) (Scopes, error) { panic("todo") }

// Has reports whether the set has a scope.
func (s Scopes) Has(scope Scope) bool { panic("todo") }

// Covers reports whether the set has every scope of another.
func (s Scopes) Covers(other Scopes) bool { panic("todo") }

// String is the scopes separated by spaces.
func (s Scopes) String() string { _ = strings.Join; panic("todo") }
