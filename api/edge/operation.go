package edge

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// prefix is where all routes of the API are.
const prefix = "/api/v1"

// MaxJSON bounds a JSON request body, in bytes.
const MaxJSON = 1 << 20

// maxStranger is that of a route that needs no token: it is held in memory as it comes, and many may come at once and slowly.
const maxStranger = 16 << 10

// Operation describes a route such as "GET /files/{path}" under /api/v1: its id in the document, what it does and who may
// use it. A {path} at the end stands for a whole path, slashes and all.
func Operation(route, id, summary string, a Access) huma.Operation {
	method, path, _ := strings.Cut(route, " ")
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	op := huma.Operation{
		Method: method, Path: prefix + path, OperationID: id, Summary: summary, Tags: []string{tag},
		Metadata:     map[string]any{accessKey: a},
		MaxBodyBytes: MaxJSON,
	}
	if a.scope != "" {
		op.Description = fmt.Sprintf("Needs the scope `%s`.", a.scope)
	}
	if a.also != "" {
		op.Description = fmt.Sprintf("Needs the scopes `%s` and `%s`.", a.scope, a.also)
	}
	if a.public {
		op.MaxBodyBytes = maxStranger
	} else {
		op.Security = []map[string][]string{{"bearer": {}}, {"session": {}}, {"app_password": {}}}
	}
	return op
}

// actionKey is where an operation keeps the action that it is in the record.
const actionKey = "action"

// Noted has a success of op recorded as an action, with what its path names as the target; a handler says more by audit.About. It
// is for what its owner does not record itself.
func Noted(action string, op huma.Operation) huma.Operation {
	op.Metadata[actionKey] = action
	return op
}

// Root describes a public route outside of /api/v1.
func Root(path, id, summary string) huma.Operation {
	op := Operation("GET "+path, id, summary, Public)
	op.Path, op.Tags = path, []string{"server"}
	return op
}

// Created makes the success of op a 201.
func Created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

// ginPath translates a path of the document: {id} is :id, a {path} at the end is *path.
func ginPath(path string) string {
	if rest, ok := strings.CutSuffix(path, "{path}"); ok {
		path = rest + "*path"
	}
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// documentPath is ginPath's way back.
func documentPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part != "" && strings.ContainsRune(":*", rune(part[0])) {
			parts[i] = "{" + part[1:] + "}"
		}
	}
	return strings.Join(parts, "/")
}
