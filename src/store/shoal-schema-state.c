/* shoal-schema-state.c: tables of settings, devices, shares and transfers.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-schema.h"

/* Times are microseconds since 1970; hashes and IDs are blobs; paths are the
 * bytes the file system gave. Enumerations are the numbers of their headers. */
const char *const shoal_schema_state_1
  = "CREATE TABLE settings ("
  "  key TEXT PRIMARY KEY,"
  "  value TEXT NOT NULL"
  ") WITHOUT ROWID;"

  "CREATE TABLE devices ("
  "  id BLOB PRIMARY KEY CHECK (length (id) = 32),"
  "  name TEXT NOT NULL,"
  "  flags INTEGER NOT NULL,"
  "  own_secret BLOB,"   /* what we gave to the pair secret */
  "  their_secret BLOB," /* what they gave */
  "  accept_limit INTEGER NOT NULL,"
  "  first_seen INTEGER NOT NULL,"
  "  last_seen INTEGER NOT NULL"
  ");"
  "CREATE TABLE device_addresses ("
  "  device BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,"
  "  address TEXT NOT NULL,"
  "  last_success INTEGER NOT NULL,"
  "  PRIMARY KEY (device, address)"
  ") WITHOUT ROWID;"

  "CREATE TABLE shares ("
  "  info_hash BLOB NOT NULL CHECK (length (info_hash) = 32),"
  "  secret BLOB NOT NULL," /* empty: none; two shares may differ in it alone */
  "  policy INTEGER NOT NULL,"
  "  name TEXT NOT NULL,"
  "  created INTEGER NOT NULL,"
  "  bytes_uploaded INTEGER NOT NULL,"
  "  id INTEGER PRIMARY KEY,"
  "  UNIQUE (info_hash, secret)"
  ");"
  "CREATE TABLE share_roots ("
  "  share INTEGER NOT NULL REFERENCES shares (id) ON DELETE CASCADE,"
  "  position INTEGER NOT NULL,"
  "  path BLOB NOT NULL,"
  "  PRIMARY KEY (share, position)"
  ") WITHOUT ROWID;"
  "CREATE TABLE share_devices ("
  "  share INTEGER NOT NULL REFERENCES shares (id) ON DELETE CASCADE,"
  "  device BLOB NOT NULL,"
  "  PRIMARY KEY (share, device)"
  ") WITHOUT ROWID;"

  "CREATE TABLE transfers ("
  "  id BLOB PRIMARY KEY CHECK (length (id) = 16),"
  "  direction INTEGER NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  state INTEGER NOT NULL,"
  "  share_key BLOB NOT NULL," /* info hash, or draft ID */
  "  secret BLOB,"
  "  offer BLOB,"
  "  offer_key BLOB,"
  "  name TEXT NOT NULL,"
  "  destination BLOB,"
  "  link TEXT,"
  "  text BLOB,"
  "  description BLOB,"
  "  attributes BLOB,"
  "  chosen BLOB,"
  "  total_bytes INTEGER NOT NULL,"
  "  done_bytes INTEGER NOT NULL,"
  "  total_files INTEGER NOT NULL,"
  "  flags INTEGER NOT NULL,"
  "  created INTEGER NOT NULL,"
  "  updated INTEGER NOT NULL,"
  "  finished INTEGER NOT NULL,"
  "  error_code TEXT,"
  "  error_message TEXT"
  ");"
  "CREATE INDEX transfers_by_state ON transfers (state, updated);"
  "CREATE TABLE transfer_peers ("
  "  transfer BLOB NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,"
  "  position INTEGER NOT NULL,"
  "  device BLOB NOT NULL,"
  "  state INTEGER NOT NULL,"
  "  addresses TEXT NOT NULL," /* one a line: where to find it again */
  "  PRIMARY KEY (transfer, device)"
  ") WITHOUT ROWID;"
  "CREATE TABLE transfer_roots (" /* what an offer of ours reads from */
  "  transfer BLOB NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,"
  "  position INTEGER NOT NULL,"
  "  path BLOB NOT NULL,"
  "  PRIMARY KEY (transfer, position)"
  ") WITHOUT ROWID;";

const char *const shoal_schema_state_2
  = "ALTER TABLE transfers ADD COLUMN error_side INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN error_next TEXT;"
  "ALTER TABLE transfers ADD COLUMN total_folders INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN wanted_bytes INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN wanted_files INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN failed_files INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN passed_on INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN position INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN started INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE transfers ADD COLUMN saved_as BLOB;"

  "ALTER TABLE shares ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE shares ADD COLUMN files INTEGER NOT NULL DEFAULT 0;";

/* What we call a device, and what it shows of itself. */
const char *const shoal_schema_state_people
  = "ALTER TABLE devices ADD COLUMN nickname TEXT;"
  "ALTER TABLE devices ADD COLUMN picture BLOB;";

/* What can be looked at no more must still be chosen again as what it was. */
const char *const shoal_schema_state_folders
  = "ALTER TABLE shares ADD COLUMN is_folder INTEGER NOT NULL DEFAULT 0;";
