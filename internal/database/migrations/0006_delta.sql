-- +goose Up

-- filled is the number of a head whose content was all here, which newer content comes as a difference to. saved counts bytes
-- of content that did not have to come.
ALTER TABLE replicas ADD COLUMN filled {{.Int}} NOT NULL DEFAULT 0;
ALTER TABLE replicas ADD COLUMN saved {{.Int}} NOT NULL DEFAULT 0;
