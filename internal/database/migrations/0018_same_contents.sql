-- +goose Up

-- Whether a replica has a content already, under another name: of small ones that is not asked.
CREATE INDEX contents_by_root ON contents (space_id, root){{if not .MySQL}} WHERE size >= 65536{{end}};
