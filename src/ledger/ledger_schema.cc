#include "ledger/schema.h"

namespace rowcall::ledger {

namespace {

// docs/formats/ledger.md says what each table means and who writes it.
constexpr const char* kFirstLedger = R"sql(
CREATE TABLE sequence (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  next INTEGER NOT NULL CHECK (next BETWEEN 1 AND 9007199254740991)
) STRICT;
INSERT INTO sequence VALUES (1, 1000);

CREATE TABLE lease (
  instance INTEGER PRIMARY KEY,
  epoch    INTEGER NOT NULL CHECK (epoch > 0)
) STRICT;

CREATE TABLE job (
  tenant             INTEGER NOT NULL,
  id                 INTEGER NOT NULL,
  instance           INTEGER NOT NULL,
  object             TEXT NOT NULL,
  action             TEXT NOT NULL CHECK (action IN ('upsert', 'create', 'update')),
  match_field        TEXT NOT NULL,
  restore_archived   INTEGER NOT NULL CHECK (restore_archived IN (0, 1)),
  file_key           TEXT NOT NULL,
  file_name          TEXT NOT NULL,
  file_size          INTEGER NOT NULL CHECK (file_size >= 0),
  file_sha256        TEXT NOT NULL,
  file_format        TEXT NOT NULL CHECK (file_format IN ('csv', 'json')),
  metadata           TEXT NOT NULL,
  ignored_keys       TEXT NOT NULL,
  warnings           TEXT NOT NULL,
  callback_url       TEXT NOT NULL,
  region             TEXT NOT NULL,
  mapping            TEXT NOT NULL,
  connector_digest   TEXT NOT NULL,
  created_at         INTEGER NOT NULL,
  plan               TEXT NOT NULL DEFAULT '',
  columns_not_loaded TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_by_instance ON job (tenant, instance, id);

CREATE TABLE progress (
  tenant           INTEGER NOT NULL,
  job              INTEGER NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('CREATED', 'RUNNING', 'CANCELLATION_PENDING',
                                                   'COMPLETED', 'ABORTED', 'ERROR', 'CANCELLED')),
  cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
  wait_reason      TEXT NOT NULL,
  error            TEXT NOT NULL,
  revision         INTEGER NOT NULL CHECK (revision > 0),
  started_at       INTEGER,
  finished_at      INTEGER,
  next_row         INTEGER NOT NULL CHECK (next_row > 0),
  next_offset      INTEGER NOT NULL CHECK (next_offset >= 0),
  rows_read        INTEGER NOT NULL CHECK (rows_read >= 0),
  all_rows_read    INTEGER NOT NULL CHECK (all_rows_read IN (0, 1)),
  created          INTEGER NOT NULL CHECK (created >= 0),
  updated          INTEGER NOT NULL CHECK (updated >= 0),
  unchanged        INTEGER NOT NULL CHECK (unchanged >= 0),
  skipped          INTEGER NOT NULL CHECK (skipped >= 0),
  rejected         INTEGER NOT NULL CHECK (rejected >= 0),
  failed           INTEGER NOT NULL CHECK (failed >= 0),
  cancelled        INTEGER NOT NULL CHECK (cancelled >= 0),
  unresolved       INTEGER NOT NULL CHECK (unresolved >= 0),
  incomplete       INTEGER NOT NULL CHECK (incomplete >= 0),
  warned           INTEGER NOT NULL CHECK (warned >= 0),
  PRIMARY KEY (tenant, job),
  FOREIGN KEY (tenant, job) REFERENCES job (tenant, id),
  CHECK ((status IN ('COMPLETED', 'ABORTED', 'ERROR', 'CANCELLED')) = (finished_at IS NOT NULL)),
  CHECK (cancel_requested = 0 OR status NOT IN ('CREATED', 'RUNNING')),
  CHECK (cancel_requested = 1 OR status <> 'CANCELLATION_PENDING'),
  CHECK (finished_at IS NULL OR wait_reason = ''),
  CHECK (created + updated + unchanged + skipped + rejected + failed + cancelled + unresolved <= rows_read),
  CHECK (finished_at IS NULL OR (all_rows_read AND created + updated + unchanged + skipped + rejected + failed +
                                 cancelled + unresolved = rows_read))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX progress_by_job ON progress (job);
CREATE INDEX progress_unfinished ON progress (job) WHERE finished_at IS NULL;

CREATE TABLE open_window (
  tenant      INTEGER NOT NULL,
  job         INTEGER NOT NULL,
  id          INTEGER NOT NULL,
  first       INTEGER NOT NULL CHECK (first > 0),
  last        INTEGER NOT NULL CHECK (last >= first),
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  vendor_time INTEGER NOT NULL CHECK (vendor_time >= 0),
  epoch       INTEGER NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (tenant, job, id),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting (
  tenant      INTEGER NOT NULL,
  job         INTEGER NOT NULL,
  row         INTEGER NOT NULL CHECK (row > 0),
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  PRIMARY KEY (tenant, job, row),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE doubt (
  tenant      INTEGER NOT NULL,
  job         INTEGER NOT NULL,
  row         INTEGER NOT NULL CHECK (row > 0),
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  step        TEXT NOT NULL,
  since       INTEGER NOT NULL,
  attempts    INTEGER NOT NULL CHECK (attempts >= 0),
  vendor_time INTEGER NOT NULL CHECK (vendor_time >= 0),
  PRIMARY KEY (tenant, job, row),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;

-- The hot table. Its conditions are chains of OR, not IN: SQLite makes a temporary table for a long IN at each insert.
CREATE TABLE outcome (
  tenant         INTEGER NOT NULL,
  job            INTEGER NOT NULL,
  row            INTEGER NOT NULL CHECK (row > 0),
  byte_offset    INTEGER NOT NULL CHECK (byte_offset >= 0),
  kind           TEXT NOT NULL CHECK (kind = 'created' OR kind = 'updated' OR kind = 'unchanged' OR kind = 'skipped' OR
                                      kind = 'rejected' OR kind = 'failed' OR kind = 'cancelled' OR
                                      kind = 'unresolved'),
  vendor_id      TEXT CHECK (vendor_id <> ''),
  written_digest INTEGER NOT NULL,
  incomplete     INTEGER NOT NULL CHECK (incomplete BETWEEN 0 AND 1),
  PRIMARY KEY (tenant, job, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_record ON outcome (tenant, vendor_id) WHERE vendor_id IS NOT NULL;
CREATE INDEX outcome_notable ON outcome (tenant, job, row)
  WHERE (kind <> 'created' AND kind <> 'updated' AND kind <> 'unchanged') OR incomplete = 1;

CREATE TABLE outcome_detail (
  tenant     INTEGER NOT NULL,
  job        INTEGER NOT NULL,
  row        INTEGER NOT NULL,
  reasons    TEXT NOT NULL,
  incomplete TEXT NOT NULL,
  PRIMARY KEY (tenant, job, row),
  FOREIGN KEY (tenant, job, row) REFERENCES outcome (tenant, job, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome_range (
  tenant      INTEGER NOT NULL,
  job         INTEGER NOT NULL,
  first       INTEGER NOT NULL CHECK (first > 0),
  last        INTEGER NOT NULL CHECK (last >= first),
  byte_offset INTEGER NOT NULL CHECK (byte_offset >= 0),
  kind        TEXT NOT NULL CHECK (kind IN ('skipped', 'rejected', 'failed', 'cancelled', 'unresolved')),
  reasons     TEXT NOT NULL,
  PRIMARY KEY (tenant, job, first),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE callback (
  tenant          INTEGER NOT NULL,
  id              INTEGER NOT NULL,
  instance        INTEGER NOT NULL,
  job             INTEGER NOT NULL,
  webhook_id      TEXT NOT NULL,
  url             TEXT NOT NULL,
  body            TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('due', 'delivered', 'given_up')),
  attempts        INTEGER NOT NULL CHECK (attempts >= 0),
  next_attempt_at INTEGER NOT NULL,
  note            TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX callback_by_id ON callback (id);
CREATE INDEX callback_due ON callback (next_attempt_at, id) WHERE state = 'due';

CREATE TABLE connector_text (
  digest TEXT PRIMARY KEY,
  packed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// How the file is read: as asked for, and as it was found out.
constexpr const char* kFileReading = R"sql(
ALTER TABLE job ADD COLUMN file_encoding TEXT NOT NULL DEFAULT ''
  CHECK (file_encoding IN ('', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'));
ALTER TABLE job ADD COLUMN read_as TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN file_warnings TEXT NOT NULL DEFAULT '[]';
)sql";

// The tenant in the key of the lease; job and callback are found by their keys, which begin with it.
constexpr const char* kTenantFirst = R"sql(
ALTER TABLE lease RENAME TO old_lease;
CREATE TABLE lease (
  tenant   INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  epoch    INTEGER NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (tenant, instance)
) STRICT, WITHOUT ROWID;
INSERT INTO lease
  SELECT DISTINCT job.tenant, old_lease.instance, old_lease.epoch FROM old_lease JOIN job USING (instance);
DROP TABLE old_lease;
DROP INDEX progress_by_job;
DROP INDEX callback_by_id;
)sql";

constexpr const char* kSubmissions = R"sql(
CREATE TABLE submission (
  tenant     INTEGER NOT NULL,
  instance   INTEGER NOT NULL,
  key        TEXT NOT NULL CHECK (key <> ''),
  digest     TEXT NOT NULL,
  job        INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, instance, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_age ON submission (created_at);
CREATE INDEX job_by_file ON job (tenant, instance, file_sha256);
)sql";

constexpr const char* kControl = R"sql(
ALTER TABLE job ADD COLUMN canary_rows INTEGER NOT NULL DEFAULT 0 CHECK (canary_rows >= 0);
ALTER TABLE job ADD COLUMN stop_after INTEGER NOT NULL DEFAULT 0 CHECK (stop_after >= 0);
ALTER TABLE progress ADD COLUMN paused_by TEXT NOT NULL DEFAULT ''
  CHECK (paused_by IN ('', 'user', 'canary') AND (paused_by = '' OR (cancel_requested = 0 AND finished_at IS NULL)));
ALTER TABLE progress ADD COLUMN hold_after INTEGER NOT NULL DEFAULT 0 CHECK (hold_after >= 0);
)sql";

constexpr const char* kRateShare = R"sql(
ALTER TABLE job ADD COLUMN rate_permille INTEGER NOT NULL DEFAULT 1000 CHECK (rate_permille BETWEEN 1 AND 1000);
)sql";

// Who holds a lease, and that it still works. Of those that were given before, nobody does.
constexpr const char* kLeaseHolder = R"sql(
ALTER TABLE lease ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE lease ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;
)sql";

// What a job's rate and its end are told from.
constexpr const char* kPace = R"sql(
ALTER TABLE job ADD COLUMN is_compressed INTEGER NOT NULL DEFAULT 0 CHECK (is_compressed IN (0, 1));
ALTER TABLE progress ADD COLUMN pace_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN pace_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN next_pace_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN next_pace_rows INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kCommits = R"sql(
ALTER TABLE sequence ADD COLUMN commits INTEGER NOT NULL DEFAULT 0 CHECK (commits >= 0);
)sql";

// Keys that outlive their row's end, for a call of it may still take effect.
constexpr const char* kHeldKeys = R"sql(
CREATE TABLE held_row (
  tenant   INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  job      INTEGER NOT NULL,
  row      INTEGER NOT NULL CHECK (row > 0),
  keys     TEXT NOT NULL,
  PRIMARY KEY (tenant, instance, job, row),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kRetries = R"sql(
ALTER TABLE job ADD COLUMN retry_of INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN retry_root INTEGER NOT NULL DEFAULT 0 CHECK ((retry_root = 0) = (retry_of = 0));
CREATE INDEX job_retries ON job (tenant, retry_root, id) WHERE retry_root > 0;
)sql";

// What is due to be purged, what is being purged, and what can be forgotten, each from an index of its own.
constexpr const char* kRetention = R"sql(
ALTER TABLE progress ADD COLUMN purge_begun_at INTEGER CHECK (purge_begun_at IS NULL OR finished_at IS NOT NULL);
ALTER TABLE progress ADD COLUMN rows_purged_at INTEGER CHECK (rows_purged_at IS NULL OR purge_begun_at IS NOT NULL);
CREATE INDEX progress_ended ON progress (finished_at) WHERE finished_at IS NOT NULL AND purge_begun_at IS NULL;
CREATE INDEX progress_being_purged ON progress (purge_begun_at)
  WHERE purge_begun_at IS NOT NULL AND rows_purged_at IS NULL;
CREATE INDEX progress_purged ON progress (finished_at) WHERE rows_purged_at IS NOT NULL;
CREATE INDEX callback_of_job ON callback (tenant, job);
)sql";

// What it takes to take a load back: what was overwritten, and what was made beside the records that were asked for.
constexpr const char* kUndo = R"sql(
ALTER TABLE job ADD COLUMN keep_pre_image INTEGER NOT NULL DEFAULT 0 CHECK (keep_pre_image IN (0, 1));
ALTER TABLE job ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0 CHECK (undoes IN (0, 1) AND (undoes = 0 OR retry_of > 0));
CREATE TABLE pre_image (
  tenant       INTEGER NOT NULL,
  job          INTEGER NOT NULL,
  row          INTEGER NOT NULL CHECK (row > 0),
  vendor_id    TEXT NOT NULL CHECK (vendor_id <> ''),
  was_archived INTEGER NOT NULL CHECK (was_archived IN (0, 1)),
  fields       TEXT NOT NULL,
  joined       TEXT NOT NULL,
  PRIMARY KEY (tenant, job, row, vendor_id),
  FOREIGN KEY (tenant, job) REFERENCES progress (tenant, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE made_record (
  tenant    INTEGER NOT NULL,
  job       INTEGER NOT NULL,
  row       INTEGER NOT NULL CHECK (row > 0),
  step      TEXT NOT NULL,
  vendor_id TEXT NOT NULL CHECK (vendor_id <> ''),
  PRIMARY KEY (tenant, job, row, step),
  FOREIGN KEY (tenant, job, row) REFERENCES outcome (tenant, job, row)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kLedgerMigrations[] = {kFirstLedger, kFileReading, kTenantFirst, kSubmissions, kControl,
                                             kRateShare,   kLeaseHolder, kPace,        kCommits,     kHeldKeys,
                                             kRetries,     kRetention,   kUndo};

}  // namespace

const Schema kLedgerSchema{"ledger", 0x52634c64, kLedgerMigrations};

}  // namespace rowcall::ledger
