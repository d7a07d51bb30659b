package edge

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// errNUL is the character that no database takes in a text. Its text is what huma keeps of it.
var errNUL = errors.New("a text must not hold the character NUL")

// withoutNUL refuses a request with a NUL in its query or in a part of its path. A whole path is for the catalog to refuse.
func withoutNUL(c *gin.Context) error {
	if query := c.Request.URL.RawQuery; strings.Contains(query, "%00") || strings.ContainsRune(query, 0) {
		return Invalid("query", "%v", errNUL)
	}
	for _, param := range c.Params {
		if param.Key != "path" && strings.ContainsRune(param.Value, 0) {
			return Invalid("path."+param.Key, "%v", errNUL)
		}
	}
	return nil
}

// jsonFormat is JSON whose strings hold no NUL: errNUL.
func jsonFormat() huma.Format {
	format := huma.DefaultJSONFormat
	unmarshal := format.Unmarshal
	format.Unmarshal = func(data []byte, v any) error {
		if holdsNUL(data) {
			return errNUL
		}
		return unmarshal(data, v)
	}
	return format
}

// holdsNUL says whether a text of JSON has an escaped NUL; one that is not escaped is no JSON.
func holdsNUL(data []byte) bool {
	escaped := []byte(`\u0000`)
	for {
		i := bytes.Index(data, escaped)
		if i < 0 {
			return false
		}
		before := len(data[:i]) - len(bytes.TrimRight(data[:i], `\`))
		if before%2 == 0 { // else the backslash is one that is escaped itself
			return true
		}
		data = data[i+len(escaped):]
	}
}

// forNUL says whether huma refused a body for a NUL.
func forNUL(errs []error) bool {
	return slices.ContainsFunc(errs, func(err error) bool {
		var d huma.ErrorDetailer
		return errors.As(err, &d) && d.ErrorDetail().Message == errNUL.Error()
	})
}
