package lint

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// MinRatio is how many lines of test code a line of code wants, over the module.
const MinRatio = 0.8

// Inits finds init functions: a package that works when it is imported cannot
// be read from its composition root, nor exist twice in one process.
func Inits(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		for _, decl := range f.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, f.finding(fn, "init function: let a constructor do it"))
			}
		}
	}
	return found
}

// Sleeps finds time.Sleep in tests outside a synctest bubble, where it waits for
// real and still proves nothing on a slow machine.
func Sleeps(m *Module) []Finding {
	var found []Finding
	for _, files := range m.packages {
		bubbled := bubbles(files)
		for _, f := range files {
			pkg := f.localName("time")
			if !f.Test || pkg == "" {
				continue
			}
			ast.Inspect(f.Syntax, func(n ast.Node) bool {
				if n != nil && bubbled[n] {
					return false
				}
				if call, ok := n.(*ast.CallExpr); ok && calls(call, pkg, "Sleep") {
					found = append(found, f.finding(n, "time.Sleep in a test: wait for an event, or use synctest"))
				}
				return true
			})
		}
	}
	return found
}

// bubbles returns the functions that synctest.Test runs: literals in its call,
// and functions of the package it is given by name.
func bubbles(files []*File) map[ast.Node]bool {
	nodes, names := map[ast.Node]bool{}, map[string]bool{}
	for _, f := range files {
		pkg := f.localName("testing/synctest")
		if pkg == "" {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !calls(call, pkg, "Test") || len(call.Args) != 2 {
				return true
			}
			switch fn := call.Args[1].(type) {
			case *ast.FuncLit:
				nodes[fn] = true
			case *ast.Ident:
				names[fn.Name] = true
			}
			return true
		})
	}
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && names[fn.Name.Name] {
				nodes[fn] = true
			}
		}
	}
	return nodes
}

func calls(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}

// Comments finds packages without a package comment of the usual form.
func Comments(m *Module) []Finding {
	var found []Finding
	for _, files := range m.packages {
		first := files[0]
		name := strings.TrimSuffix(first.Syntax.Name.Name, "_test")
		if !slices.ContainsFunc(files, func(f *File) bool { return documented(f, name) }) {
			found = append(found, first.finding(first.Syntax.Name, "package %s has no comment that says what it owns", name))
		}
	}
	return found
}

func documented(f *File, name string) bool {
	if f.Syntax.Doc == nil {
		return false
	}
	text := f.Syntax.Doc.Text()
	if name == "main" {
		return strings.HasPrefix(text, "Command ") || strings.HasPrefix(text, "Package main ")
	}
	return strings.HasPrefix(text, "Package "+name+" ")
}

// nameless are package names that say nothing of what is inside.
var nameless = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "misc", "lib", "core"}

// Names finds packages that are named for nothing, or not as their folder.
func Names(m *Module) []Finding {
	var found []Finding
	for dir, files := range m.packages {
		for _, f := range files {
			name := f.Syntax.Name.Name
			if f.Test {
				name = strings.TrimSuffix(name, "_test")
			}
			switch {
			case slices.Contains(nameless, name), slices.Contains(nameless, path.Base(dir)):
				found = append(found, f.finding(f.Syntax.Name, "package %s in %s: name it for what it holds", name, dir))
			case name != "main" && dir != "." && name != path.Base(dir):
				found = append(found, f.finding(f.Syntax.Name, "package %s in folder %s: one name for both", name, dir))
			}
		}
	}
	return found
}

// registered are the only packages that may be imported for what they do when
// imported, each with the packages that may do so.
var registered = map[string][]string{
	"embed":                                 {""},
	"github.com/go-sql-driver/mysql":        {"internal/database"},
	"github.com/jackc/pgx/v5/stdlib":        {"internal/database"},
	"modernc.org/sqlite":                    {"internal/database"},
	"github.com/PlakarKorp/go-cdc-chunkers": {"blockstore"},
}

// Blanks finds blank and dot imports.
func Blanks(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		for p, spec := range f.imports {
			switch {
			case spec.Name == nil:
			case spec.Name.Name == ".":
				found = append(found, f.finding(spec, "dot import of %s", p))
			case spec.Name.Name == "_" && !mayRegister(f.Dir(), p):
				found = append(found, f.finding(spec, "blank import of %s", p))
			}
		}
	}
	return found
}

func mayRegister(dir, importPath string) bool {
	for p, dirs := range registered {
		if under(importPath, p) && slices.ContainsFunc(dirs, func(d string) bool { return under(dir, d) }) {
			return true
		}
	}
	return false
}

// under tells whether a slash-separated path is root or inside it; all are under "".
func under(p, root string) bool {
	return root == "" || p == root || strings.HasPrefix(p, root+"/")
}

// Ratio tells when the module has less test code than MinRatio asks for. Test
// scripts are test code, and so are test kits (packages named like blocktest) and
// the lab, whose programs try a built hive.
func Ratio(m *Module) []Finding {
	code, test := m.count()
	if code == 0 || float64(test) >= MinRatio*float64(code) {
		return nil
	}
	return []Finding{{Text: fmt.Sprintf("%d lines of test code for %d lines of code: a ratio of %.2f, at least %.2f",
		test, code, float64(test)/float64(code), MinRatio)}}
}

func (m *Module) count() (code, test int) {
	test = m.scripts
	for _, f := range m.Files {
		if f.Test || strings.HasSuffix(path.Base(f.Dir()), "test") || under(f.Dir(), "internal/lab") {
			test += f.Lines
		} else {
			code += f.Lines
		}
	}
	return code, test
}
