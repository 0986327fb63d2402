/* shoal-schema-hashes.c: tables of the hash cache.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-schema.h"

/* A group's key is file << 25 | group: 2²⁵ groups of 8 MiB are 2⁴⁸ bytes, the
 * longest file. `used` is a day since 1970. */
const char *const shoal_schema_hashes_1
  = "CREATE TABLE hash_files ("
  "  id INTEGER PRIMARY KEY,"
  "  device INTEGER NOT NULL,"
  "  inode INTEGER NOT NULL,"
  "  size INTEGER NOT NULL,"
  "  mtime INTEGER NOT NULL,"
  "  ctime INTEGER NOT NULL,"
  "  used INTEGER NOT NULL,"
  "  bytes INTEGER NOT NULL,"
  "  root BLOB,"
  "  group_roots BLOB,"
  "  UNIQUE (device, inode)"
  ");"
  "CREATE TABLE hash_groups ("
  "  key INTEGER PRIMARY KEY,"
  "  leaves BLOB NOT NULL"
  ");"
  "CREATE TRIGGER hash_files_gone AFTER DELETE ON hash_files BEGIN"
  "  DELETE FROM hash_groups"
  "  WHERE key BETWEEN (OLD.id << 25) AND (OLD.id << 25) + (1 << 25) - 1;"
  "END;";
