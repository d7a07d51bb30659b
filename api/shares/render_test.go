package shares

import (
	"errors"
	"fmt"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing"
)

func TestProblemCode(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"refused":        fmt.Errorf("share: %w: stale", sharing.ErrRefused),
		"unavailable":    errors.Join(errors.New("dial"), fmt.Errorf("%w: no hive to ask", sharing.ErrUnavailable)),
		"quota_exceeded": fmt.Errorf("fill: %w", catalog.ErrQuota),
		"":               errors.New("dial: connection refused"),
	} {
		s := statusJSON(sharing.Status{Problem: err, Seq: 1}, false, nil)
		if s.Code != want || s.Problem == "" {
			t.Errorf("%v: %q, want %q", err, s.Code, want)
		}
	}
}
