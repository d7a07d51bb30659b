package lint

import (
	"slices"
	"strings"
)

// direction is the import table of docs/architecture.md: what the code of a
// package may import of ours. A package stands for those in its folder that
// have no line of their own; a trailing "/..." means the package and all below it.
var direction = map[string][]string{
	"cmd/hive": {"node", "api/client", "api/apitype", "delta"},

	"node": {
		"api", "api/apitype", "api/dav", "web", "p2p", "sharing", "sharing/link", "catalog", "catalog/thumbnail", "account", "delta",
		"blockstore/...", "internal/audit", "internal/settings", "internal/statistics", "internal/database",
	},

	"api":         {"api/apitype", "api/dav", "web", "sharing", "sharing/link", "catalog/...", "account", "delta", "blockstore", "blockstore/car", "internal/audit", "internal/settings", "internal/statistics"},
	"api/apitype": {},
	"api/client":  {"api/apitype"},
	"p2p":         {},
	"web":         {},

	"sharing": {"catalog", "account", "delta", "blockstore", "internal/audit", "internal/database"},
	"catalog": {"account", "blockstore", "blockstore/car", "internal/database"},
	"account": {"internal/audit", "internal/database"},
	"delta":   {},

	"blockstore":             {},
	"blockstore/badgerstore": {"blockstore"},
	"blockstore/blocktest":   {"blockstore", "blockstore/badgerstore"},
	"blockstore/car":         {"blockstore"},
	"blockstore/s3store":     {"blockstore"},

	"internal/audit":                 {"internal/database"},
	"internal/settings":              {"internal/audit", "internal/database"},
	"internal/statistics":            {"internal/database"},
	"internal/database":              {},
	"internal/database/databasetest": {"internal/database"},

	"internal/hivetest":       {"..."},
	"internal/lab/bench":      {"internal/lab/figures", "internal/lab/machine", "internal/lab/server"},
	"internal/lab/benchdelta": {"internal/lab/figures", "internal/lab/machine", "internal/lab/peers", "internal/lab/server"},
	"internal/lab/benchshare": {"internal/lab/figures", "internal/lab/machine", "internal/lab/peers", "internal/lab/server"},
	"internal/lab/crash":      {"internal/lab/server"},
	"internal/lab/demo":       {"internal/lab/server"},
	"internal/lab/dhtsim":     {"p2p"},
	"internal/lab/figures":    {},
	"internal/lab/labtest":    {},
	"internal/lab/machine":    {},
	"internal/lab/netlab":     {"internal/lab/figures", "internal/lab/machine", "internal/lab/server"},
	"internal/lab/peers":      {"internal/lab/machine", "internal/lab/server"},
	"internal/lab/server":     {"internal/lab/machine"},
	"internal/lab/story":      {"internal/lab/machine", "internal/lab/server"},

	"internal/lint": {},
}

// confined names who may import what from outside: a library belongs to the
// package that owns its subject. The first line that fits an import decides.
var confined = []struct {
	path   string
	owners []string // nil: any package
	tests  bool     // tests of any package may use it too
}{
	{path: "github.com/gin-gonic", owners: []string{"api"}},
	{path: "github.com/danielgtaylor/huma", owners: []string{"api"}},
	{path: "github.com/dunglas/httpsfv", owners: []string{"api"}},
	{path: "github.com/tus/tusd", owners: []string{"api"}},

	{path: "github.com/libp2p/go-libp2p/core/peer"},
	{path: "github.com/libp2p/go-libp2p/core/protocol"},
	{path: "github.com/libp2p", owners: []string{"p2p"}},

	{path: "github.com/fxamacker/cbor", owners: []string{"sharing", "p2p"}},
	{path: "rsc.io/qr", owners: []string{"cmd/hive"}},

	{path: "github.com/dgraph-io", owners: []string{"blockstore/badgerstore"}},
	{path: "github.com/minio", owners: []string{"blockstore/s3store"}},
	{path: "github.com/PlakarKorp", owners: []string{"blockstore"}},
	{path: "github.com/ipfs/go-cid"},
	{path: "github.com/ipfs/go-datastore", owners: []string{"p2p"}},
	{path: "github.com/ipfs", owners: []string{"blockstore", "blockstore/badgerstore", "blockstore/blocktest", "blockstore/car"}, tests: true},
	{path: "github.com/ipld", owners: []string{"blockstore", "blockstore/car"}, tests: true},

	{path: "database/sql/driver", owners: []string{"internal/database"}},
	{path: "github.com/go-sql-driver", owners: []string{"internal/database", "internal/database/databasetest"}},
	{path: "github.com/jackc", owners: []string{"internal/database", "internal/database/databasetest"}},
	{path: "modernc.org", owners: []string{"internal/database", "internal/database/databasetest"}},
	{path: "github.com/pressly/goose", owners: []string{"internal/database"}},
	{path: "database/sql", owners: []string{"internal/database", "internal/database/databasetest", "account", "catalog", "sharing"}},
	{path: "github.com/uptrace/bun", owners: []string{"internal/database", "internal/database/databasetest", "internal/audit", "internal/settings", "internal/statistics", "account", "catalog", "sharing"}},

	{path: "github.com/pquerna/otp", owners: []string{"account"}, tests: true},
	{path: "golang.org/x/crypto/argon2", owners: []string{"account"}},
	{path: "golang.org/x/image", owners: []string{"catalog"}},
	{path: "github.com/spf13", owners: []string{"cmd/hive"}},
	{path: "github.com/schollz", owners: []string{"cmd/hive"}},
	{path: "golang.org/x/term", owners: []string{"cmd/hive"}},
	{path: "github.com/goccy/go-yaml", owners: []string{"node", "cmd/hive"}},
	{path: "github.com/caarlos0/env", owners: []string{"node"}},
	{path: "github.com/balena-os/librsync-go", owners: []string{"delta"}},
}

// owner is the line of the direction table that speaks for a folder.
func owner(dir string) (string, bool) {
	best, ok := "", false
	for name := range direction {
		if under(dir, name) && len(name) >= len(best) {
			best, ok = name, true
		}
	}
	return best, ok
}

// Direction finds imports of ours that do not point down. Tests may look at
// anything, so they are not held to it.
func Direction(m *Module) []Finding {
	var found []Finding
	for dir, files := range m.packages {
		who, ok := owner(dir)
		if !ok {
			found = append(found, files[0].finding(files[0].Syntax.Name, "%s has no line in the import table", dir))
			continue
		}
		for _, f := range files {
			for p, spec := range f.imports {
				rel, ours := strings.CutPrefix(p, m.Path+"/")
				if ours && !f.Test && !mayImport(who, rel) {
					found = append(found, f.finding(spec, "%s may not import %s", who, rel))
				}
			}
		}
	}
	return order(found)
}

func mayImport(who, rel string) bool {
	if under(rel, who) && !strings.HasSuffix(rel, "test") {
		if line, ok := owner(rel); ok && line == who {
			return true
		}
	}
	return slices.ContainsFunc(direction[who], func(allowed string) bool {
		if root, ok := strings.CutSuffix(allowed, "..."); ok {
			return under(rel, strings.TrimSuffix(root, "/"))
		}
		return rel == allowed
	})
}

// ThirdParty finds libraries that are used outside the package that owns their subject.
func ThirdParty(m *Module) []Finding {
	var found []Finding
	for _, f := range m.Files {
		who, _ := owner(f.Dir())
		for p, spec := range f.imports {
			for _, c := range confined {
				if !under(p, c.path) {
					continue
				}
				if c.owners != nil && !slices.Contains(c.owners, who) && !(c.tests && f.Test) {
					found = append(found, f.finding(spec, "%s belongs to %s", p, strings.Join(c.owners, ", ")))
				}
				break
			}
		}
	}
	return order(found)
}
