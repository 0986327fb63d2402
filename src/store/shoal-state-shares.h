/* shoal-state-shares.h: what this device shares, as it is stored.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-hash.h"

G_BEGIN_DECLS

/* Who may fetch it. Numbers are stored: never change them. */
typedef enum
{
  SHOAL_SHARE_FOR_LINK    = 0, /* whoever has the link */
  SHOAL_SHARE_FOR_FRIENDS = 1, /* all friends */
  SHOAL_SHARE_FOR_DEVICES = 2, /* chosen ones */
} ShoalShareFor;

/* Plain data. A share is told from others by info hash and secret. */
typedef struct
{
  ShoalHash     info_hash;
  gboolean      has_secret; /* a private link's */
  ShoalHash     secret;
  ShoalShareFor policy;
  char         *name;
  gint64        created;    /* microseconds since 1970 */
  uint64_t      bytes_uploaded;
  uint64_t      bytes;
  uint32_t      files;
  gboolean      is_folder;  /* the first of `roots` is one */
  char        **roots;      /* absolute paths: what shoal_scan_get_roots() said */
  GArray       *devices;    /* of ShoalHash; for FOR_DEVICES */
} ShoalStoredShare;

/* All zero, with empty name, roots and devices. Returns: (transfer full) */
ShoalStoredShare *shoal_stored_share_new  (void);
ShoalStoredShare *shoal_stored_share_copy (const ShoalStoredShare *self);
void              shoal_stored_share_free (ShoalStoredShare *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalStoredShare, shoal_stored_share_free)

/* Synchronous: before the loop runs.
 * Returns: (transfer full) (element-type ShoalStoredShare) (nullable) */
GPtrArray *shoal_state_shares_load   (ShoalDatabase *database, GError **error);
/* Asynchronous; copied; makes or replaces it. @func: (nullable). */
void       shoal_state_shares_save   (ShoalDatabase *database, const ShoalStoredShare *share,
                                      ShoalWrittenFunc func, gpointer user_data);
/* Asynchronous. Only bytes_uploaded. */
void       shoal_state_shares_update (ShoalDatabase *database, const ShoalStoredShare *share);
/* Asynchronous. Only info hash and secret of @share are looked at. */
void       shoal_state_shares_remove (ShoalDatabase *database, const ShoalStoredShare *share,
                                      ShoalWrittenFunc func, gpointer user_data);

G_END_DECLS
