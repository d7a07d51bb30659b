-- +goose Up

-- Who did what: a row is never changed, and goes with age. actor is the name that actor_id had then (0: nobody who was signed in).
-- details is a JSON object without secrets.
CREATE TABLE audit (
    id       {{.ID}},
    at       {{.Time}} NOT NULL,
    actor_id {{.Int}}  NOT NULL,
    actor    {{.Name}} NOT NULL,
    address  {{.Name}} NOT NULL,
    action   {{.Name}} NOT NULL,
    target   {{.Wide}} NOT NULL,
    outcome  {{.Name}} NOT NULL,
    details  {{.Text}} NOT NULL
) {{.Table}};

CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_target ON audit (target, id);
