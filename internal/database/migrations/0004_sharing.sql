-- +goose Up

-- A hive is known by its peer ID. addrs are multiaddrs, one a line.
CREATE TABLE hives (
    id      {{.Name}} NOT NULL,
    addrs   {{.Text}} NOT NULL,
    blocked {{.Bool}} NOT NULL,
    seen    {{.Time}},
    PRIMARY KEY (id)
) {{.Keyed}};

-- hive and remote_user are who a user of this hive calls name.
CREATE TABLE contacts (
    id          {{.ID}},
    user_id     {{.Int}}  NOT NULL,
    hive        {{.Name}} NOT NULL,
    remote_user {{.Name}} NOT NULL,
    name        {{.Name}} NOT NULL,
    created     {{.Time}} NOT NULL,
    CONSTRAINT contacts_hive UNIQUE (user_id, hive, remote_user),
    CONSTRAINT contacts_name UNIQUE (user_id, name),
    CONSTRAINT contacts_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};

CREATE INDEX contacts_by_hive ON contacts (hive);

-- hash is of the secret. used_hive and used_user are who took the invitation up.
CREATE TABLE invitations (
    id        {{.ID}},
    user_id   {{.Int}}   NOT NULL,
    hash      {{.Bytes}} NOT NULL,
    note      {{.Wide}}  NOT NULL,
    share_id  {{.Name}},
    role      {{.Name}}  NOT NULL,
    created   {{.Time}}  NOT NULL,
    expires   {{.Time}}  NOT NULL,
    used      {{.Time}},
    used_hive {{.Name}},
    used_user {{.Name}},
    CONSTRAINT invitations_hash UNIQUE (hash),
    CONSTRAINT invitations_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) {{.Table}};

CREATE INDEX invitations_by_user ON invitations (user_id, id);

-- space_id and folder_id are the shared folder itself on the hive of the owner, the replica and its root elsewhere (0: none
-- yet). version rises with every change of the share and its members. user_id is who shares (0 elsewhere).
CREATE TABLE shares (
    id         {{.Name}}  NOT NULL,
    own        {{.Bool}}  NOT NULL,
    owner      {{.Name}}  NOT NULL,
    owner_user {{.Name}}  NOT NULL,
    name       {{.Name}}  NOT NULL,
    space_id   {{.Int}}   NOT NULL,
    folder_id  {{.Int}}   NOT NULL,
    secret     {{.Bytes}} NOT NULL,
    mode       {{.Name}}  NOT NULL,
    quota      {{.Int}}   NOT NULL,
    reshare    {{.Bool}}  NOT NULL,
    state      {{.Name}}  NOT NULL,
    expires    {{.Time}},
    user_id    {{.Int}}   NOT NULL,
    version    {{.Int}}   NOT NULL,
    created    {{.Time}}  NOT NULL,
    PRIMARY KEY (id)
) {{.Keyed}};

CREATE INDEX shares_by_user ON shares (user_id);
CREATE INDEX shares_by_owner ON shares (owner);
CREATE INDEX shares_by_folder ON shares (folder_id);

-- version rises with every change the owner makes to a member; offer is the version of the last offer. local_user is the
-- number of a user of this hive. path is where that user wants the mount, mounted that it was made.
CREATE TABLE members (
    id         {{.ID}},
    share_id   {{.Name}} NOT NULL,
    hive       {{.Name}} NOT NULL,
    user_name  {{.Name}} NOT NULL,
    role       {{.Name}} NOT NULL,
    state      {{.Name}} NOT NULL,
    expires    {{.Time}},
    invited_by {{.Name}} NOT NULL,
    local_user {{.Int}}  NOT NULL,
    version    {{.Int}}  NOT NULL,
    offer      {{.Int}}  NOT NULL,
    path       {{.Text}} NOT NULL,
    mounted    {{.Bool}} NOT NULL,
    created    {{.Time}} NOT NULL,
    CONSTRAINT members_user UNIQUE (share_id, hive, user_name),
    CONSTRAINT members_share FOREIGN KEY (share_id) REFERENCES shares (id) ON DELETE CASCADE
) {{.Table}};

CREATE INDEX members_by_hive ON members (hive);
CREATE INDEX members_by_user ON members (local_user, share_id);

-- A voucher lets a hive offer a share to a user who does not know it: a contact of that user answers for it.
CREATE TABLE vouchers (
    hive     {{.Name}} NOT NULL,
    user_id  {{.Int}}  NOT NULL,
    share_id {{.Name}} NOT NULL,
    by_whom  {{.Name}} NOT NULL,
    expires  {{.Time}} NOT NULL,
    PRIMARY KEY (hive, user_id, share_id)
) {{.Keyed}};

-- msg_key is NULL where a message replaces no other.
CREATE TABLE outbox (
    id       {{.ID}},
    message  {{.Bytes}} NOT NULL,
    hive     {{.Name}} NOT NULL,
    kind     {{.Name}} NOT NULL,
    msg_key  {{.Name}},
    share_id {{.Name}} NOT NULL,
    body     {{if .MySQL}}MEDIUMBLOB{{else if .Postgres}}BYTEA{{else}}BLOB{{end}} NOT NULL,
    created  {{.Time}} NOT NULL,
    attempts {{.Int}}  NOT NULL,
    next_try {{.Time}} NOT NULL,
    code     {{.Name}} NOT NULL,
    reason   {{.Wide}} NOT NULL,
    CONSTRAINT outbox_key UNIQUE (hive, kind, msg_key)
) {{.Table}};

CREATE INDEX outbox_by_hive ON outbox (hive, id);
CREATE INDEX outbox_by_share ON outbox (share_id);
