-- +goose Up

-- users.totp says that signing in needs a code too. A token that is app is an app password; address is where it was used last.
ALTER TABLE users ADD COLUMN totp {{.Bool}} NOT NULL DEFAULT {{if .Postgres}}FALSE{{else}}0{{end}};
ALTER TABLE tokens ADD COLUMN app {{.Bool}} NOT NULL DEFAULT {{if .Postgres}}FALSE{{else}}0{{end}};
ALTER TABLE tokens ADD COLUMN address {{.Name}} NOT NULL DEFAULT '';

-- secret is encrypted with a key of the hive. step is that of the last code that was taken: none counts twice.
CREATE TABLE totp (
    user_id {{.Key}},
    secret  {{.Bytes}} NOT NULL,
    step    {{.Int}}   NOT NULL,
    created {{.Time}}  NOT NULL,
    CONSTRAINT totp_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};

CREATE TABLE recovery_codes (
    user_id {{.Int}}   NOT NULL,
    hash    {{.Bytes}} NOT NULL,
    PRIMARY KEY (user_id, hash),
    CONSTRAINT recovery_codes_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Keyed}};
