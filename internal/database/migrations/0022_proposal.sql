-- +goose Up

-- The number of the head that the open proposal of a replica started from, so that the same can be sent again: the owner's hive forgets it
-- when it is put back to a backup. 0: not known.
ALTER TABLE replicas ADD COLUMN proposal_seq {{.Int}} NOT NULL DEFAULT 0;
