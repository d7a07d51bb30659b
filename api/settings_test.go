package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/internal/settings"
)

func withSettings(s *setup) {
	s.settings = &settings.Values{
		Name: "Meadow", Registration: "closed", Quota: -1, SessionLife: time.Hour, TrashDays: 30, ThinRevisions: true, ShareQuota: -1, AuditKeep: time.Hour,
	}
}

func TestSettingsCountAtOnce(t *testing.T) {
	h := newHive(t, withSettings)
	root, visitor := h.client(h.admin), h.client("")
	_, err := visitor.Register(t.Context(), apitype.Registration{User: "eve", Password: password})
	if !isCode(err, "registration_closed") {
		t.Errorf("got %v", err)
	}
	got, err := root.Admin.ChangeSettings(t.Context(), apitype.SettingsChange{
		Registration: new("open"), Quota: new(int64(1000)), Name: new("Forest"), SessionLife: new(int64(7200)), TrashDays: new(1), ThinRevisions: new(false),
		ShareQuota: new(int64(500)), AuditKeep: new(int64(0)),
	})
	h.must(err)
	if len(got.Changed) != 8 || got.Changed[0].By != "root" || got.SessionLife != 7200 || got.AuditKeep != 0 || got.ThinRevisions || got.TrashDays != 1 {
		t.Errorf("%+v", got)
	}
	eve, err := visitor.Register(t.Context(), apitype.Registration{User: "eve", Password: password})
	if err != nil || eve.Quota != 1000 {
		t.Errorf("%+v, %v", eve, err)
	}
	if server, err := visitor.Server(t.Context()); err != nil || server.Name != "Forest" || server.Registration != "open" {
		t.Errorf("%+v, %v", server, err)
	}
	if self, err := root.Peers.Hive(t.Context()); err != nil || self.Name != "Forest" {
		t.Errorf("%+v, %v", self, err)
	}
	session, err := visitor.Login(t.Context(), "eve", password)
	if err != nil || time.Until(*session.Expires) < 90*time.Minute {
		t.Errorf("%+v, %v", session, err)
	}
	got, err = root.Admin.ChangeSettings(t.Context(), apitype.SettingsChange{Reset: []string{"registration", "quota", "name"}})
	h.must(err)
	if got.Registration != "closed" || got.Quota != -1 || got.Name != "Meadow" || len(got.Changed) != 5 {
		t.Errorf("%+v", got)
	}
	if lines := audited(h, client.AuditQuery{Action: "settings.change"}); len(lines) != 2 || lines[0] != "root settings.change name quota registration" {
		t.Errorf("%q", lines)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	h := newHive(t, withSettings)
	as := []string{"Authorization", "Bearer " + h.admin, "Content-Type", "application/json"}
	for _, body := range []string{`{"quota":0}`, `{"quota":-2}`, `{"registration":"x"}`, `{"name":""}`, `{"trash_days":-1}`, `{"reset":["colour"]}`, `{"session_life":9223372036854775807}`, `{"colour":1}`} {
		wantProblem(t, h.ask(http.MethodPatch, "/api/v1/settings", strings.NewReader(body), as...), 422, "invalid")
	}
	p := wantProblem(t, h.ask(http.MethodPatch, "/api/v1/settings", strings.NewReader(`{"quota":0}`), as...), 422, "invalid")
	if !strings.Contains(p.Detail, "quota must be more than 0") {
		t.Errorf("detail %q", p.Detail)
	}
	if s, err := h.client(h.admin).Admin.Settings(t.Context()); err != nil || len(s.Changed) != 0 || s.Name != "Meadow" {
		t.Errorf("%+v, %v", s, err)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/settings", nil), 403, "admin_only")
}
