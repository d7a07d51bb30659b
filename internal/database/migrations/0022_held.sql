-- +goose Up

-- Proposals that delete much wait for a yes: held is how many entries the open one would delete, allowed the number of the last
-- that somebody said yes to.
ALTER TABLE proposals ADD COLUMN held {{.Int}} NOT NULL DEFAULT 0;
ALTER TABLE proposals ADD COLUMN allowed {{.Int}} NOT NULL DEFAULT 0;
