package admin

import (
	"context"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/settings"
)

// rules are the routes of /settings.
type rules struct{ *settings.Settings }

func (h rules) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /settings", "get-settings", "What may change while the hive runs", edge.Admin), h.get)
	edge.Route(r, edge.Operation("PATCH /settings", "change-settings", "Change settings, all or none, at once", edge.Admin), h.change)
}

func (h rules) get(context.Context, *edge.Empty) (*edge.Body[apitype.Settings], error) {
	v := h.Now()
	out := apitype.Settings{
		Name: v.Name, Registration: v.Registration, Quota: v.Quota, SessionLife: seconds(v.SessionLife), TrashDays: v.TrashDays, ThinRevisions: v.ThinRevisions,
		ShareQuota: v.ShareQuota, AuditKeep: seconds(v.AuditKeep), Changed: []apitype.SettingChanged{},
	}
	for _, set := range h.Changed() {
		out.Changed = append(out.Changed, apitype.SettingChanged{Name: set.Name, At: set.At, By: set.By})
	}
	return edge.Answer(out, nil)
}

type settingsInput struct{ Body apitype.SettingsChange }

func (h rules) change(ctx context.Context, in *settingsInput) (*edge.Body[apitype.Settings], error) {
	c := in.Body
	err := h.Change(ctx, settings.Change{
		Name: c.Name, Registration: c.Registration, Quota: c.Quota, SessionLife: span(c.SessionLife), TrashDays: c.TrashDays, ThinRevisions: c.ThinRevisions,
		ShareQuota: c.ShareQuota, AuditKeep: span(c.AuditKeep), Reset: c.Reset,
	})
	if err != nil {
		return nil, edge.Explained(err, settings.ErrInvalid)
	}
	return h.get(ctx, nil)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// span is so many seconds; the document bounds them.
func span(seconds *int64) *time.Duration {
	if seconds == nil {
		return nil
	}
	d := time.Duration(*seconds) * time.Second
	return &d
}
