// Package lint holds the house rules that a compiler does not know: how long a
// function, file or package may be, what a package may import, and the habits of
// the code. Its tests run every rule over this module, so a change that breaks a
// rule fails like any other test.
//
// It reads source with go/parser alone, never types, so that all rules together
// take a moment. What general linters find is left to golangci-lint.
package lint

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ErrNoModule means that the tree has no go.mod with a module line at its top.
var ErrNoModule = errors.New("lint: no module here")

// A Module is the parsed source of one Go module.
type Module struct {
	Path  string  // module path, as in go.mod
	Files []*File // ordered by name; generated files and testdata are left out

	scripts int // lines of test scripts, testdata/*.txtar
}

// A File is one parsed Go file.
type File struct {
	Name   string // slash-separated, relative to the module
	Test   bool   // name ends in _test.go
	Lines  int
	Syntax *ast.File
	fset   *token.FileSet
}

// A Finding is one place that breaks a rule.
type Finding struct {
	File string // empty when the whole module is meant
	Line int
	Text string
}

func (f Finding) String() string {
	if f.File == "" {
		return f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// A Rule looks at a module and tells where it is broken.
type Rule struct {
	Name  string
	Check func(*Module) []Finding
}

// Rules returns all rules.
func Rules() []Rule {
	return []Rule{
		{"function", Functions},
		{"file", Files},
		{"package", Packages},
		{"methods", Methods},
		{"interface", Interfaces},
		{"constructor", Constructors},
		{"init", Inits},
		{"sleep", Sleeps},
		{"comment", Comments},
		{"name", Names},
		{"blank", Blanks},
		{"direction", Direction},
		{"thirdparty", ThirdParty},
		{"ratio", Ratio},
	}
}

// Load parses every Go file of the module at the top of fsys.
func Load(fsys fs.FS) (*Module, error) {
	mod, err := modulePath(fsys)
	if err != nil {
		return nil, err
	}
	m := &Module{Path: mod}
	fset := token.NewFileSet()
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(name):
			return fs.SkipDir
		case path.Ext(name) == ".txtar":
			src, err := fs.ReadFile(fsys, name)
			m.scripts += bytes.Count(src, []byte("\n"))
			return err
		case d.IsDir() || path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/"):
			return nil
		}
		f, err := parse(fset, fsys, name)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(f.Syntax) {
			m.Files = append(m.Files, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	return m, nil
}

// foreign tells whether a folder holds nothing of ours: the go command ignores it
// too, or it is where a build or a hive leaves its files.
func foreign(dir string) bool {
	base := path.Base(dir)
	return dir == "bin" || dir == "data" || base == "vendor" || base == "node_modules" ||
		base != "." && (base[0] == '.' || base[0] == '_')
}

func modulePath(fsys fs.FS) (string, error) {
	b, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoModule, err)
	}
	for sc := bufio.NewScanner(bytes.NewReader(b)); sc.Scan(); {
		if p, ok := strings.CutPrefix(sc.Text(), "module "); ok {
			return strings.TrimSpace(p), nil
		}
	}
	return "", ErrNoModule
}

func parse(fset *token.FileSet, fsys fs.FS, name string) (*File, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &File{
		Name:   name,
		Test:   strings.HasSuffix(name, "_test.go"),
		Lines:  bytes.Count(src, []byte("\n")),
		Syntax: syntax,
		fset:   fset,
	}, nil
}

// Dir is the folder of the file, "." at the top.
func (f *File) Dir() string { return path.Dir(f.Name) }

// imports yields the import specs with their unquoted paths.
func (f *File) imports(yield func(string, *ast.ImportSpec) bool) {
	for _, spec := range f.Syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err == nil && !yield(p, spec) {
			return
		}
	}
}

// localName is what the file calls an imported package, empty when it does not import it.
func (f *File) localName(importPath string) string {
	for p, spec := range f.imports {
		if p == importPath {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(p)
		}
	}
	return ""
}

func (f *File) lines(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

func (f *File) finding(n ast.Node, format string, args ...any) Finding {
	return Finding{File: f.Name, Line: f.fset.Position(n.Pos()).Line, Text: fmt.Sprintf(format, args...)}
}

// packages groups the files by folder and orders them.
func (m *Module) packages(yield func(dir string, files []*File) bool) {
	byDir := map[string][]*File{}
	for _, f := range m.Files {
		byDir[f.Dir()] = append(byDir[f.Dir()], f)
	}
	dirs := make([]string, 0, len(byDir))
	for dir := range byDir {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		if !yield(dir, byDir[dir]) {
			return
		}
	}
}

// order sorts findings as a reader walks the tree.
func order(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return found
}
