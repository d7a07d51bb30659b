package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document fetches the OpenAPI document.
func document(h *hive) map[string]any {
	a := h.ask(http.MethodGet, "/api/openapi.json", nil, "Authorization", "")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/openapi+json" {
		h.t.Fatalf("%d %s", a.StatusCode, a.Header)
	}
	return decode[map[string]any](h.t, a)
}

// operations calls f for each operation of the document.
func operations(doc map[string]any, f func(method, path string, op map[string]any)) {
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			f(strings.ToUpper(method), path, op.(map[string]any))
		}
	}
}

func TestDocumentIsTheRoutes(t *testing.T) {
	h := newHive(t)
	var documented []string
	operations(document(h), func(method, path string, _ map[string]any) { documented = append(documented, method+" "+path) })
	routed := h.server.Routes()
	slices.Sort(documented)
	slices.Sort(routed)
	for _, route := range routed {
		if _, ok := slices.BinarySearch(documented, route); !ok {
			t.Errorf("%s is not in the document", route)
		}
	}
	for _, op := range documented {
		if _, ok := slices.BinarySearch(routed, op); !ok {
			t.Errorf("%s is documented and not there", op)
		}
	}
	if len(routed) < 70 {
		t.Errorf("only %d routes", len(routed))
	}
}

// TestDocumentIsOpenAPI checks what OpenAPI 3.1 demands of the parts that this document has.
func TestDocumentIsOpenAPI(t *testing.T) {
	doc := document(newHive(t))
	if version, _ := doc["openapi"].(string); !strings.HasPrefix(version, "3.1.") {
		t.Errorf("openapi is %q", version)
	}
	info, _ := doc["info"].(map[string]any)
	text, _ := info["description"].(string)
	if info["title"] == "" || info["version"] != "1.2.3" || !strings.Contains(text, "| disk_reserve | 507 |") {
		t.Errorf("info is %v", info)
	}
	ids := map[string]bool{}
	operations(doc, func(method, path string, op map[string]any) {
		where := method + " " + path
		id, _ := op["operationId"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s: operationId %q is empty or twice", where, id)
		}
		ids[id] = true
		if op["summary"] == "" {
			t.Errorf("%s: no summary", where)
		}
		checkParameters(t, where, path, op)
		responses, _ := op["responses"].(map[string]any)
		if len(responses) < 2 {
			t.Errorf("%s: responses are %v: want a success and the default", where, responses)
		}
		for status, response := range responses {
			if text, _ := response.(map[string]any)["description"].(string); text == "" {
				t.Errorf("%s: response %s has no description", where, status)
			}
		}
		if _, ok := op["security"]; !ok && !slices.Contains(open, where) {
			t.Errorf("%s: open to everyone", where)
		}
	})
	checkRefs(t, doc, "#", doc)
}

// open are the routes for everyone.
var open = []string{
	"POST /api/v1/login", "POST /api/v1/session", "POST /api/v1/register", "POST /api/v1/reset", "GET /api/v1/server",
	"OPTIONS /api/v1/tus",
	"GET /api/v1/public/{token}", "POST /api/v1/public/{token}/password", "GET /api/v1/public/{token}/list/{path}",
	"GET /api/v1/public/{token}/content/{path}", "HEAD /api/v1/public/{token}/content/{path}", "PUT /api/v1/public/{token}/content/{path}",
	"GET /api/v1/public/{token}/archive/{path}", "GET /api/v1/public/{token}/thumbnails/{path}", "GET /api/openapi.json", "GET /healthz", "GET /readyz",
}

var inBraces = regexp.MustCompile(`{(\w+)}`)

// checkParameters checks that the parameters of a path are those in its braces, and required, and that none is there twice.
func checkParameters(t *testing.T, where, path string, op map[string]any) {
	t.Helper()
	wanted := map[string]bool{}
	for _, match := range inBraces.FindAllStringSubmatch(path, -1) {
		wanted[match[1]] = true
	}
	seen := map[string]bool{}
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		param := p.(map[string]any)
		name, in := param["name"].(string), param["in"].(string)
		if seen[in+name] {
			t.Errorf("%s: parameter %s twice", where, name)
		}
		seen[in+name] = true
		if param["schema"] == nil {
			t.Errorf("%s: parameter %s has no schema", where, name)
		}
		if in != "path" {
			continue
		}
		if !wanted[name] || param["required"] != true {
			t.Errorf("%s: path parameter %s is not in the path, or not required", where, name)
		}
		delete(wanted, name)
	}
	if len(wanted) > 0 {
		t.Errorf("%s: %v are not described", where, wanted)
	}
}

// checkRefs checks that every $ref leads somewhere.
func checkRefs(t *testing.T, doc map[string]any, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			checkRefs(t, doc, fmt.Sprintf("%s/%d", at, i), item)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			name, _ := strings.CutPrefix(ref, "#/components/schemas/")
			if doc["components"].(map[string]any)["schemas"].(map[string]any)[name] == nil {
				t.Errorf("%s: %s leads nowhere", at, ref)
			}
		}
		for key, item := range v {
			checkRefs(t, doc, at+"/"+key, item)
		}
	}
}

func TestEveryRouteNeedsAToken(t *testing.T) {
	h := newHive(t)
	operations(document(h), func(method, path string, _ map[string]any) {
		route := method + " " + path
		if slices.Contains(open, route) || method == http.MethodHead {
			return
		}
		url := strings.NewReplacer("{id}", "1", "{name}", "alice", "{member}", "alice", "{path}", "x", "{token}", "x").Replace(path)
		t.Run(route, func(t *testing.T) {
			wantProblem(t, h.ask(method, url, nil, "Authorization", ""), 401, "token_invalid")
			wantProblem(t, h.ask(method, url, nil, "Authorization", "Bearer hive_nonsense"), 401, "token_invalid")
			wantProblem(t, h.ask(method, url, nil, "Authorization", "Basic YWxpY2U6cHc="), 401, "token_invalid")
		})
	})
}
