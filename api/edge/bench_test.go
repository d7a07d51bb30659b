package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// BenchmarkEdge is what every request costs before and after its handler, sign-in not counted.
func BenchmarkEdge(b *testing.B) {
	r, err := New(nil, Config{})
	if err != nil {
		b.Fatal(err)
	}
	r.Raw(Root("/nothing", "nothing", "Nothing"), func(c *gin.Context) error { c.Status(http.StatusNoContent); return nil })
	req := httptest.NewRequest(http.MethodGet, "/nothing", nil)
	b.ReportAllocs()
	for b.Loop() {
		r.ServeHTTP(&discard{http.Header{}}, req)
	}
}

// discard is an answer that nobody reads.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
