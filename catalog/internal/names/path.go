// Package names is the names of entries and the paths that they make up.
//
// It owns what may be a name and how names are compared. It does not own what they lead to: that is package space's.
package names

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Errors of names and paths.
var (
	ErrPath    = errors.New("catalog: invalid path")
	ErrTooLong = errors.New("catalog: name is longer than 255 bytes")
)

// Limits of paths.
const (
	MaxName  = 255 // bytes of a name, in NFC
	MaxDepth = 255 // names of a path
)

// Path leads from the root of a tree to an entry: names in NFC, none of them for the root itself. The zero Path is the
// root.
type Path struct {
	names []string
}

// Parse reads an absolute path. A slash at the end is allowed. It refuses, with ErrPath or ErrTooLong, what no
// file system holds or what would hide a trick: empty names, "." and "..", control characters, bytes that are not UTF-8,
// names over 255 bytes, more than 255 names.
func Parse(s string) (Path, error) {
	if !strings.HasPrefix(s, "/") {
		return Path{}, fmt.Errorf("%w: %q does not begin with a slash", ErrPath, Clip(s))
	}
	if s == "/" {
		return Path{}, nil
	}
	s = strings.TrimSuffix(s[1:], "/")
	if strings.Count(s, "/") >= MaxDepth {
		return Path{}, fmt.Errorf("%w: more than %d names", ErrPath, MaxDepth)
	}
	names := strings.Split(s, "/")
	for i, name := range names {
		name, err := parseName(name)
		if err != nil {
			return Path{}, err
		}
		names[i] = name
	}
	return Path{names}, nil
}

// Valid refuses what is no name as it is kept.
func Valid(name string) error {
	kept, err := parseName(name)
	if err == nil && kept != name {
		err = fmt.Errorf("%w: name %q is not in NFC", ErrPath, Clip(name))
	}
	return err
}

// parseName returns a name as it is kept.
func parseName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: %q is not UTF-8", ErrPath, Clip(name))
	}
	if len(name) > 4*MaxName { // NFC makes no name shorter than a third
		return "", fmt.Errorf("%w: %q has %d bytes", ErrTooLong, Clip(name), len(name))
	}
	name = norm.NFC.String(name)
	switch {
	case name == "":
		return "", fmt.Errorf("%w: an empty name", ErrPath)
	case name == "." || name == "..":
		return "", fmt.Errorf("%w: %q is no name", ErrPath, name)
	case strings.ContainsRune(name, '/'):
		return "", fmt.Errorf("%w: slash in name %q", ErrPath, Clip(name))
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", fmt.Errorf("%w: control character in name %q", ErrPath, Clip(name))
	case len(name) > MaxName:
		return "", fmt.Errorf("%w: %q has %d bytes", ErrTooLong, Clip(name), len(name))
	}
	return name, nil
}

// Clip shortens what goes into an error.
func Clip(s string) string {
	end := 80
	if len(s) <= end {
		return s
	}
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// Fold is what two names have in common that differ only in case.
func Fold(name string) string {
	return norm.NFC.String(cases.Fold().String(name))
}

// String returns the path with a slash before every name; the root is "/".
func (p Path) String() string { return "/" + strings.Join(p.names, "/") }

// IsRoot tells whether the path leads to the root.
func (p Path) IsRoot() bool { return len(p.names) == 0 }

// Name returns the last name, "" for the root.
func (p Path) Name() string {
	if p.IsRoot() {
		return ""
	}
	return p.names[len(p.names)-1]
}

// Parent returns the path of the folder above; the root is its own.
func (p Path) Parent() Path {
	if p.IsRoot() {
		return p
	}
	return Path{p.names[:len(p.names)-1]}
}

// Join returns the path of a name in the folder p.
func (p Path) Join(name string) (Path, error) {
	name, err := parseName(name)
	if err != nil {
		return Path{}, err
	}
	if len(p.names) == MaxDepth {
		return Path{}, fmt.Errorf("%w: more than %d names", ErrPath, MaxDepth)
	}
	return p.Child(name), nil
}

// Child is Join for a name that is in the database.
func (p Path) Child(name string) Path {
	return Path{append(slices.Clip(p.names), name)}
}

// Of is the path of names that are in the database.
func Of(names ...string) Path { return Path{names} }

// Names are those of the path. They are not the caller's to change.
func (p Path) Names() []string { return p.names }

// First is the path of the first n names.
func (p Path) First(n int) Path { return Path{p.names[:n]} }

// From is the path of all but the first n names.
func (p Path) From(n int) Path { return Path{p.names[n:]} }

// Depth is the number of names.
func (p Path) Depth() int { return len(p.names) }

// Contains tells whether q is p or below it.
func (p Path) Contains(q Path) bool {
	if len(q.names) < len(p.names) {
		return false
	}
	for i, name := range p.names {
		if q.names[i] != name {
			return false
		}
	}
	return true
}
