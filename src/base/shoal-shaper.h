/* shoal-shaper.h: one limit of bytes a second, shared fairly by all who use it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * ShoalShaper:
 *
 * A token bucket for each user, filled in equal parts from one stream; what
 * some do not need goes to the others. A user spends what it asks for, may go
 * into debt by one request, and asks again when it is out of debt. Pure, one
 * thread. Times are monotonic microseconds.
 */
typedef struct _ShoalShaper     ShoalShaper;
typedef struct _ShoalShaperUser ShoalShaperUser;

ShoalShaper *shoal_shaper_new   (void);
ShoalShaper *shoal_shaper_ref   (ShoalShaper *self);
void         shoal_shaper_unref (ShoalShaper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalShaper, shoal_shaper_unref)

/* Bytes/s of all users together; 0: no limit. Holds at once: what was saved or
 * owed under another limit is forgotten. */
void     shoal_shaper_set_limit (ShoalShaper *self, uint64_t limit, gint64 now);
uint64_t shoal_shaper_get_limit (ShoalShaper *self);

/* (transfer full): by leave(), which keeps nothing of it. */
ShoalShaperUser *shoal_shaper_join  (ShoalShaper *self);
void             shoal_shaper_leave (ShoalShaperUser *user);
/* Is there a limit to come back for soon? */
gboolean         shoal_shaper_user_is_limited (const ShoalShaperUser *user);
/* May it ask for something now? */
gboolean         shoal_shaper_user_may   (ShoalShaperUser *user, gint64 now);
void             shoal_shaper_user_spend (ShoalShaperUser *user, uint64_t bytes);

G_END_DECLS
