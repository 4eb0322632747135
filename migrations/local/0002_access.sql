-- Who may do what. Roles are held in places, from a day and until a day; grants and field rules stand in the role's row, since a role is changed as a whole.
-- The ready roles are part of the program (crates/domain/src/access/ready.rs) and have no row.

-- A person beside their credential: whoever is invited has no password yet. The founder has no row and is active.
CREATE TABLE account (
  id BLOB PRIMARY KEY, version INTEGER NOT NULL,
  name TEXT NOT NULL,                 -- the name with which they sign in
  department_id BLOB,
  state TEXT NOT NULL,                -- invited | active | left
  opening TEXT NOT NULL,              -- JSON {salt, hash, until_ms} of the one-time code of an invitation or a reset; empty where there is none
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE department (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, parent_id BLOB, is_closed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- In which department a shop is; the id is the shop's.
CREATE TABLE shop_place (id BLOB PRIMARY KEY, version INTEGER NOT NULL, department_id BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE shop_group (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, shops TEXT NOT NULL, is_closed INTEGER NOT NULL) STRICT, WITHOUT ROWID;   -- shops: JSON array of ids
CREATE TABLE role (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, grants TEXT NOT NULL, fields TEXT NOT NULL, is_closed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE membership (
  id BLOB PRIMARY KEY, version INTEGER NOT NULL, person_id BLOB NOT NULL, role_id BLOB NOT NULL,
  place TEXT NOT NULL,                -- organisation | department | shop | group
  place_id BLOB,
  valid_from_ms INTEGER, valid_to_ms INTEGER,   -- it is ended by its last moment, never removed
  given_by BLOB NOT NULL, given_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_person ON membership (person_id);
