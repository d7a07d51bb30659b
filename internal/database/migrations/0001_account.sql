-- Words in double braces differ between databases: template.go in the folder above lists them. What is applied is never
-- edited: a change is a new file. MySQL cannot roll back CREATE TABLE, so keep each file small.

-- +goose Up
CREATE TABLE users (
    id       {{.ID}},
    name     {{.Name}} NOT NULL,
    password {{.Name}} NOT NULL,
    admin    {{.Bool}} NOT NULL,
    disabled {{.Bool}} NOT NULL,
    quota    {{.Int}}  NOT NULL,
    created  {{.Time}} NOT NULL,
    CONSTRAINT users_name UNIQUE (name)
) {{.Table}};

CREATE TABLE devices (
    id        {{.ID}},
    user_id   {{.Int}}  NOT NULL,
    name      {{.Name}} NOT NULL,
    created   {{.Time}} NOT NULL,
    last_seen {{.Time}} NOT NULL,
    CONSTRAINT devices_user_name UNIQUE (user_id, name),
    CONSTRAINT devices_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};

CREATE TABLE tokens (
    id        {{.ID}},
    hash      {{.Bytes}} NOT NULL,
    user_id   {{.Int}}   NOT NULL,
    device_id {{.Int}},
    session   {{.Bool}}  NOT NULL,
    name      {{.Name}}  NOT NULL,
    scopes    {{.Name}}  NOT NULL,
    created   {{.Time}}  NOT NULL,
    expires   {{.Time}},
    last_used {{.Time}},
    CONSTRAINT tokens_hash UNIQUE (hash),
    CONSTRAINT tokens_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT tokens_device FOREIGN KEY (device_id) REFERENCES devices (id) ON DELETE CASCADE
) {{.Table}};

CREATE INDEX tokens_by_user ON tokens (user_id, id);
CREATE INDEX tokens_by_device ON tokens (device_id);

CREATE TABLE registration_codes (
    id         {{.ID}},
    hash       {{.Bytes}} NOT NULL,
    created_by {{.Int}},
    uses       {{.Int}}   NOT NULL,
    used       {{.Int}}   NOT NULL,
    created    {{.Time}}  NOT NULL,
    expires    {{.Time}},
    CONSTRAINT registration_codes_hash UNIQUE (hash),
    CONSTRAINT registration_codes_user FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL
) {{.Table}};

CREATE INDEX registration_codes_by_user ON registration_codes (created_by);
