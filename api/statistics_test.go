package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/client"
)

func TestStatistics(t *testing.T) {
	h := newHive(t)
	now := time.Now()
	for i := range 6 {
		at := now.Add(time.Duration(i-6) * 10 * time.Minute)
		h.must(h.statistics.Add(t.Context(), at, map[string]int64{"users": int64(i), "requests": 10, "traffic.in/" + forest: 1, "traffic.in/" + meadow: 2}))
	}
	c := h.client(h.admin).Admin
	all, err := c.Statistics(t.Context(), client.StatisticsQuery{})
	h.must(err)
	if len(all.Series) != 12 || all.To.Sub(all.From) != 24*time.Hour {
		t.Errorf("%+v", all)
	}
	some, err := c.Statistics(t.Context(), client.StatisticsQuery{Names: []string{"users", "requests"}, From: now.Add(-61 * time.Minute), To: now, Points: 1})
	h.must(err)
	if len(some.Series) != 2 || !some.Series[0].Sums || some.Series[0].Points[0].Value != 60 || some.Series[1].Sums || some.Series[1].Points[0].Value != 5 {
		t.Errorf("%+v", some)
	}
	hives, err := c.Statistics(t.Context(), client.StatisticsQuery{Names: []string{"traffic.in/"}})
	h.must(err)
	if len(hives.Series) != 2 || len(hives.Series[0].Points) != 6 {
		t.Errorf("%+v", hives)
	}
	as := []string{"Authorization", "Bearer " + h.admin}
	for _, query := range []string{"points=0", "points=2001", "from=yesterday", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"} {
		wantProblem(t, h.ask(http.MethodGet, "/api/v1/statistics?"+query, nil, as...), 422, "invalid")
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/statistics", nil), 403, "admin_only")
	if requests, failed := h.server.Counts(); requests < 8 || failed != 0 {
		t.Errorf("%d requests, %d failed", requests, failed)
	}
}
