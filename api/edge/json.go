package edge

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/api/apitype"
)

// Body is an answer of JSON.
type Body[T any] struct{ Body T }

// Answer is how a handler of JSON ends.
func Answer[T any](v T, err error) (*Body[T], error) {
	return &Body[T]{Body: v}, err
}

// Empty is a request without parameters, or an answer without a body.
type Empty struct{}

// ID is a request about a thing by its number.
type ID struct {
	ID int64 `path:"id" minimum:"1"`
}

// Page is a request for a page of a list.
type Page struct {
	After string `query:"after" maxLength:"4096" doc:"Cursor: next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most items to give"`
}

// PageOf renders a page of a list.
func PageOf[T, J any](items []T, next string, render func(T) J) *Body[apitype.Page[J]] {
	out := make([]J, len(items))
	for i, item := range items {
		out[i] = render(item)
	}
	return &Body[apitype.Page[J]]{Body: apitype.Page[J]{Items: out, Next: next}}
}

// Numbered renders a page of a list whose cursor is the number of its last item.
func Numbered[T, J any](items []T, limit int, render func(T) J, number func(T) int64) *Body[apitype.Page[J]] {
	next := ""
	if len(items) > 0 && len(items) == limit {
		next = strconv.FormatInt(number(items[limit-1]), 10)
	}
	return PageOf(items, next, render)
}

// JSON answers a raw request with v.
func JSON(c *gin.Context, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("edge: encode answer: %w", err)
	}
	c.Data(status, "application/json", raw)
	return nil
}
