#include "ledger/schema.h"

namespace rowcall::ledger {

namespace {

// docs/formats/ledger.md §9 says what each table means. Digests are looked up by their first 8 bytes, then compared
// whole in constant time.
constexpr const char* kFirstCatalogue = R"sql(
CREATE TABLE sequence (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  next INTEGER NOT NULL CHECK (next BETWEEN 1 AND 9007199254740991)
) STRICT;
INSERT INTO sequence VALUES (1, 1);

CREATE TABLE organization (
  id            INTEGER PRIMARY KEY,
  secret_sha256 BLOB NOT NULL CHECK (length(secret_sha256) = 32),
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
  id            INTEGER PRIMARY KEY,
  organization  INTEGER NOT NULL REFERENCES organization (id),
  secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX user_by_secret ON user (substr(secret_sha256, 1, 8));

CREATE TABLE instance (
  tenant         INTEGER NOT NULL REFERENCES organization (id),
  id             INTEGER NOT NULL,
  connector      TEXT NOT NULL,
  name           TEXT NOT NULL,
  configuration  TEXT NOT NULL,
  disabled       INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  created_at     INTEGER NOT NULL,
  token_sha256   BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  webhook_secret BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX instance_by_id ON instance (id);
CREATE INDEX instance_by_token ON instance (substr(token_sha256, 1, 8));

CREATE TABLE instance_secret (
  tenant   INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  name     TEXT NOT NULL,
  sealed   BLOB NOT NULL,
  PRIMARY KEY (tenant, instance, name),
  FOREIGN KEY (tenant, instance) REFERENCES instance (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
)sql";

// `content` comes last: a list of names need not read it.
constexpr const char* kSavedMappings = R"sql(
CREATE TABLE mapping (
  tenant     INTEGER NOT NULL,
  instance   INTEGER NOT NULL,
  name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  object     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  content    TEXT NOT NULL,
  PRIMARY KEY (tenant, instance, name),
  FOREIGN KEY (tenant, instance) REFERENCES instance (tenant, id) ON DELETE CASCADE
) STRICT;
)sql";

constexpr const char* kCatalogueMigrations[] = {kFirstCatalogue, kSavedMappings};

}  // namespace

const Schema kCatalogueSchema{"catalogue", 0x52634361, kCatalogueMigrations};

}  // namespace rowcall::ledger
