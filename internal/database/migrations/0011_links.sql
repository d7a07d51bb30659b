-- +goose Up

-- Public URLs of entries. The token of a URL is made of nonce and a secret that is not here; hash is its SHA-256. uses is 0 where
-- it can be used for ever; password is '' for none.
CREATE TABLE links (
    id       {{.ID}},
    user_id  {{.Int}}   NOT NULL,
    entry_id {{.Int}}   NOT NULL,
    mode     {{.Name}}  NOT NULL,
    nonce    {{.Bytes}} NOT NULL,
    hash     {{.Bytes}} NOT NULL,
    password {{.Name}}  NOT NULL,
    uses     {{.Int}}   NOT NULL,
    used     {{.Int}}   NOT NULL,
    created  {{.Time}}  NOT NULL,
    expires  {{.Time}},
    CONSTRAINT links_hash UNIQUE (hash),
    CONSTRAINT links_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};

CREATE INDEX links_by_user ON links (user_id, id);
CREATE INDEX links_by_entry ON links (entry_id);
