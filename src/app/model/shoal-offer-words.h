/* shoal-offer-words.h: what an offer is, in sentences for cards and notifications.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-list.h"
#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* All (transfer full). */

/* “Anna wants to send you “Holiday””. */
char *shoal_offer_get_title    (const ShoalOfferInfo *offer);
/* "48 photos · 1.2 GB". @files: (nullable): says photos for files if it knows. */
char *shoal_offer_get_contents (const ShoalOfferInfo *offer, const ShoalFileList *files);
/* The first few names, and how many more there are. NULL if the title says it all. */
char *shoal_offer_get_names    (const ShoalFileList *files);
/* One sentence on what to do with the code; @name: of the other device. */
char *shoal_offer_get_compare  (const char *name);
/* A stranger bears a friend's name. NULL if not. */
char *shoal_offer_get_namesake (const ShoalDeviceInfo *from);

/* How much is accepted from a friend unasked, as a choice among a few: the names
 * of them, for a drop-down. (transfer full) (array zero-terminated=1) */
char **shoal_accept_limit_list    (gboolean with_never);
/* The choice for a limit: the smallest that is not below. */
guint  shoal_accept_limit_to_row  (gint64 limit, gboolean with_never);
gint64 shoal_accept_limit_of_row  (guint row, gboolean with_never);

G_END_DECLS
