package account

import (
	"fmt"
	"slices"
	"strings"
)

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

// ParseScopes reads scopes separated by spaces, each once and in the order of AllScopes: ErrInvalid.
func ParseScopes(s string) (Scopes, error) {
	var given Scopes
	for field := range strings.FieldsSeq(s) {
		given = append(given, Scope(field))
	}
	if !AllScopes().Covers(given) {
		return nil, fmt.Errorf("%w: the scopes are %s", ErrInvalid, AllScopes())
	}
	return slices.DeleteFunc(AllScopes(), func(scope Scope) bool { return !given.Has(scope) }), nil
}

// Has reports whether the set has a scope.
func (s Scopes) Has(scope Scope) bool { return slices.Contains(s, scope) }

// Covers reports whether the set has every scope of another.
func (s Scopes) Covers(other Scopes) bool {
	return !slices.ContainsFunc(other, func(scope Scope) bool { return !s.Has(scope) })
}

// String is the scopes separated by spaces.
func (s Scopes) String() string {
	var b strings.Builder
	for i, scope := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(scope))
	}
	return b.String()
}
