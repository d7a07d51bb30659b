package lint

import (
	"go/ast"
	"regexp"
)

// The house numbers. Lines are lines of the file, comments and blank ones counted.
const (
	MaxFunction    = 80   // lines of a function
	MaxFile        = 400  // lines of a file
	MaxPackage     = 2000 // lines of a package without its tests
	MaxMethods     = 25   // methods of a type
	MaxInterface   = 3    // methods of an exported interface
	MaxConstructor = 3    // parameters of a New or Open function, its Config counted
)

// Functions finds functions of more than MaxFunction lines.
func Functions(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			name := "function literal"
			switch fn := n.(type) {
			case *ast.FuncDecl:
				name = fn.Name.Name
			case *ast.FuncLit:
			default:
				return true
			}
			if lines := f.lines(n); lines > MaxFunction {
				found = append(found, f.finding(n, "%s has %d lines, at most %d", name, lines, MaxFunction))
			}
			return false // what is inside is shorter
		})
	}
	return found
}

// Files finds files of more than MaxFile lines.
func Files(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		if f.Lines > MaxFile {
			found = append(found, f.finding(f.Syntax.Name, "file has %d lines, at most %d", f.Lines, MaxFile))
		}
	}
	return found
}

// Packages finds packages of more than MaxPackage lines, their tests not counted.
func Packages(m *Module) []Finding {
	var found []Finding
	for _, files := range m.packages {
		lines := 0
		for _, f := range files {
			if !f.Test {
				lines += f.Lines
			}
		}
		if lines > MaxPackage {
			found = append(found, files[0].finding(files[0].Syntax.Name, "package has %d lines, at most %d: split it by noun", lines, MaxPackage))
		}
	}
	return found
}

// Methods finds types with more than MaxMethods methods.
func Methods(m *Module) []Finding {
	var found []Finding
	for _, files := range m.packages {
		count := map[string]int{}
		for _, f := range files {
			for _, decl := range f.Syntax.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil && !f.Test {
					count[receiver(fn)]++
				}
			}
		}
		for _, f := range files {
			for spec := range f.types {
				if n := count[spec.Name.Name]; n > MaxMethods && !f.Test {
					found = append(found, f.finding(spec, "%s has %d methods, at most %d", spec.Name.Name, n, MaxMethods))
				}
			}
		}
	}
	return order(found)
}

// receiver is the name of the type a method belongs to.
func receiver(fn *ast.FuncDecl) string {
	expr := fn.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// types yields the type declarations at the top level of the file.
func (f *File) types(yield func(*ast.TypeSpec) bool) {
	for _, decl := range f.Syntax.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			if ts, ok := spec.(*ast.TypeSpec); ok && !yield(ts) {
				return
			}
		}
	}
}

// Interfaces finds exported interfaces with more than MaxInterface methods, those
// of embedded interfaces counted. One that only joins others has no methods of
// its own to hold: its largest part counts.
func Interfaces(m *Module) []Finding {
	var found []Finding
	for _, files := range m.packages {
		known := map[string]*ast.InterfaceType{}
		for _, f := range files {
			for spec := range f.types {
				if it, ok := spec.Type.(*ast.InterfaceType); ok {
					known[spec.Name.Name] = it
				}
			}
		}
		for _, f := range files {
			for spec := range f.types {
				it, ok := spec.Type.(*ast.InterfaceType)
				if !ok || !spec.Name.IsExported() {
					continue
				}
				if n := methods(it, known, 0); n > MaxInterface {
					found = append(found, f.finding(spec, "interface %s has %d methods, at most %d", spec.Name.Name, n, MaxInterface))
				}
			}
		}
	}
	return order(found)
}

// outside holds the method counts of interfaces of the standard library that
// are often embedded; any other from outside the package counts as one.
var outside = map[string]int{
	"ReadCloser": 2, "WriteCloser": 2, "ReadWriter": 2, "ReadSeeker": 2, "WriteSeeker": 2,
	"ReadWriteCloser": 3, "ReadSeekCloser": 3, "ReadWriteSeeker": 3, "Context": 4, "Interface": 3,
}

func methods(it *ast.InterfaceType, known map[string]*ast.InterfaceType, depth int) int {
	const deepest = 8 // a cycle does not compile, but is still parsed
	if depth > deepest {
		return 0
	}
	own, sum, largest := 0, 0, 0
	for _, field := range it.Methods.List {
		part := 0
		switch t := field.Type.(type) {
		case *ast.FuncType:
			own += len(field.Names)
		case *ast.Ident:
			if in, ok := known[t.Name]; ok {
				part = methods(in, known, depth+1)
			} else if t.Name == "error" {
				part = 1
			}
		case *ast.SelectorExpr:
			part = max(1, outside[t.Sel.Name])
		}
		sum, largest = sum+part, max(largest, part)
	}
	if own == 0 {
		return largest
	}
	return own + sum
}

var constructor = regexp.MustCompile(`^(New|Open)([^a-z]|$)`)

// Constructors finds New and Open functions with more than MaxConstructor parameters.
func Constructors(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		for _, decl := range f.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || f.Test || !constructor.MatchString(fn.Name.Name) {
				continue
			}
			if n := fn.Type.Params.NumFields(); n > MaxConstructor {
				found = append(found, f.finding(fn, "%s has %d parameters, at most %d", fn.Name.Name, n, MaxConstructor))
			}
		}
	}
	return found
}
