package edge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// about begins the document; the table of errors follows.
const about = `Self-hosted, federating cloud storage.

Where a route ends in {path}, the slashes of the path may be escaped or not. Lists are paged: ask for the next page with
after set to next of the page before. Every error is application/problem+json; its code is stable:

`

// newHuma sets up the document and the JSON side of the router.
func (r *Router) newHuma() huma.API {
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Hive", Version: r.cfg.Version,
				Description: about + errorsMarkdown(),
				License:     &huma.License{Name: "AGPL-3.0", Identifier: "AGPL-3.0-or-later"},
			},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer":       {Type: "http", Scheme: "bearer", Description: "A token of POST /api/v1/login or /api/v1/tokens"},
					"app_password": {Type: "http", Scheme: "basic", Description: "A user with an app password of POST /api/v1/me/app-passwords, for files only"},
					"session":      {Type: "apiKey", In: "cookie", Name: cookieName, Description: "A session of POST /api/v1/session"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
	}, adapter{r})
}

// Document answers with the OpenAPI document of all routes.
func (r *Router) Document(c *gin.Context) error {
	raw, err := r.document()
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/openapi+json", raw)
	return nil
}

func (r *Router) marshalDocument() ([]byte, error) {
	raw, err := json.MarshalIndent(r.huma.OpenAPI(), "", " ")
	if err != nil {
		return nil, fmt.Errorf("edge: encode OpenAPI document: %w", err)
	}
	return raw, nil
}

// describe puts a raw route in the document.
func (r *Router) describe(op *huma.Operation, parts []Part) {
	op.Responses = map[string]*huma.Response{"default": {Description: "Error", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: r.schema(reflect.TypeFor[problem]())},
	}}}
	if strings.Contains(op.Path, "{path}") {
		InPath("path", "Path of the entry, without the leading slash")(r, op)
	}
	for _, part := range parts {
		part(r, op)
	}
	r.huma.OpenAPI().AddOperation(op)
}

func (r *Router) schema(t reflect.Type) *huma.Schema {
	return r.huma.OpenAPI().Components.Schemas.Schema(t, true, "")
}

// Part describes a part of a raw route.
type Part func(*Router, *huma.Operation)

// Query describes a query parameter. Kind is a type of JSON Schema.
func Query(name, kind, doc string) Part { return param("query", name, kind, doc) }

// InPath describes a part of the path.
func InPath(name, doc string) Part {
	return func(_ *Router, op *huma.Operation) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}})
	}
}

// Header describes a request header.
func Header(name, doc string) Part { return param("header", name, "string", doc) }

func param(in, name, kind, doc string) Part {
	return func(_ *Router, op *huma.Operation) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: in, Description: doc, Schema: &huma.Schema{Type: kind}})
	}
}

// Takes describes a request body of bytes.
func Takes(media string) Part {
	return func(_ *Router, op *huma.Operation) {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {}}}
	}
}

// Gives describes an answer of bytes; no media type is no body.
func Gives(status int, media, doc string) Part {
	return func(_ *Router, op *huma.Operation) {
		response := &huma.Response{Description: doc}
		if media != "" {
			response.Content = map[string]*huma.MediaType{media: {}}
		}
		op.Responses[strconv.Itoa(status)] = response
	}
}

// GivesJSON describes an answer of JSON.
func GivesJSON[T any](status int, doc string) Part {
	return func(r *Router, op *huma.Operation) {
		schema := &huma.MediaType{Schema: r.schema(reflect.TypeFor[T]())}
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: doc, Content: map[string]*huma.MediaType{"application/json": schema}}
	}
}
