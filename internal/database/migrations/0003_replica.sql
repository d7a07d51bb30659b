-- +goose Up

-- A space of kind replica is the local copy of a share of another hive: quota is what its content may take, -1 for no end,
-- charged_to the user whose quota counts too.
ALTER TABLE spaces ADD COLUMN charged_to {{.Int}};
ALTER TABLE spaces ADD COLUMN quota {{.Int}} NOT NULL DEFAULT -1;

CREATE INDEX spaces_by_charge ON spaces (charged_to);

-- uid is the identity of an entry on all hives; NULL is that of an entry made here, which follows from its id. target_id is
-- the folder of another space that a mount shows.
ALTER TABLE entries ADD COLUMN uid {{.Bytes}};
ALTER TABLE entries ADD COLUMN target_id {{.Int}};

CREATE UNIQUE INDEX entries_by_uid ON entries (space_id, uid){{if not .MySQL}} WHERE uid IS NOT NULL{{end}};

-- label is who wrote a revision where author_id is no user of this hive.
ALTER TABLE revisions ADD COLUMN label {{.Name}};

-- The folders in which an entry came and went: 0 where the change is of another space.
ALTER TABLE changes ADD COLUMN parent_id {{.Int}} NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN from_parent_id {{.Int}} NOT NULL DEFAULT 0;

-- entry_id is the mount in the home space_id. ref is the share. seen_seq is the change of the target space up to which the
-- log of the home goes, seen_path where the folder was then, NULL where it was not.
CREATE TABLE mounts (
    entry_id     {{.Key}},
    space_id     {{.Int}}  NOT NULL,
    user_id      {{.Int}}  NOT NULL,
    target_space {{.Int}}  NOT NULL,
    target_id    {{.Int}}  NOT NULL,
    role         {{.Name}} NOT NULL,
    ref          {{.Name}} NOT NULL,
    seen_seq     {{.Int}}  NOT NULL,
    seen_path    {{.Text}},
    CONSTRAINT mounts_ref UNIQUE (ref, user_id)
) {{.Table}};

CREATE INDEX mounts_by_space ON mounts (space_id, entry_id);
CREATE INDEX mounts_by_target ON mounts (target_space, entry_id);

-- Revisions in replicas whose content can be got from another hive: whether it is held, and when it was last used.
CREATE TABLE contents (
    space_id {{.Int}}   NOT NULL,
    entry_id {{.Int}}   NOT NULL,
    number   {{.Int}}   NOT NULL,
    root     {{.Bytes}} NOT NULL,
    size     {{.Int}}   NOT NULL,
    held     {{.Bool}}  NOT NULL,
    used     {{.Time}}  NOT NULL,
    PRIMARY KEY (entry_id, number)
) {{.Keyed}};

CREATE INDEX contents_by_entry ON contents (space_id, held, entry_id);
CREATE INDEX contents_by_use ON contents (space_id, held, used, entry_id);
