-- +goose Up

-- A code by which a user sets a new password, once. Only its hash is kept.
CREATE TABLE password_resets (
    user_id {{.Key}},
    hash    {{.Bytes}} NOT NULL,
    expires {{.Time}}  NOT NULL,
    CONSTRAINT password_resets_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};
