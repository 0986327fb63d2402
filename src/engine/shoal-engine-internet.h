/* shoal-engine-internet.h: invites, and what is done beyond this network.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * While the setting "internet" is on, the engine is at the trackers for friends,
 * for what is shared with a link, and for what is fetched by one. It turns it on
 * when the user makes or opens an invite, or opens a link that names trackers:
 * never by itself. */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

/* For those who have not chosen others. All in one place, NULL-terminated. */
extern const char *const SHOAL_DEFAULT_TRACKERS[];
extern const char *const SHOAL_DEFAULT_SERVERS[];

/* Makes an invite, good once and for a week; kept through restarts until it is
 * used, ends, or is taken back. UNSUPPORTED without any tracker.
 * Returns: (transfer full) (nullable): "shoal:i/…" */
char    *shoal_engine_make_invite   (ShoalEngine *self, GError **error);
/* Those that wait to be used. Returns: (transfer full) */
char   **shoal_engine_get_invites   (ShoalEngine *self);
/* NOT_FOUND if it was used already. */
gboolean shoal_engine_cancel_invite (ShoalEngine *self, const char *invite, GError **error);

/**
 * shoal_engine_open_invite_async:
 * @invite: as it was given to the user
 *
 * Becomes a friend of the device that made it. Answers with its ID when both
 * have met; TIMED_OUT after a minute (the other one need not be online at that
 * moment, but has to be some time: try again), REFUSED for an invite of our own,
 * CANCELLED within a second of @cancellable.
 */
void     shoal_engine_open_invite_async  (ShoalEngine *self, const char *invite,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
char    *shoal_engine_open_invite_finish (ShoalEngine *self, GAsyncResult *result,
                                          GError **error);

/* The ID of the device that made it; any thread. Returns: (transfer full)
 * (nullable): NULL: it is no invite */
char    *shoal_engine_get_inviter (const char *invite);

typedef struct
{
  char    *url;
  gboolean is_open;
  char    *trouble; /* (nullable): for a person */
} ShoalTrackerInfo;

void       shoal_tracker_info_free   (ShoalTrackerInfo *info);
/* Those in use now. (transfer full) (element-type ShoalTrackerInfo) */
GPtrArray *shoal_engine_get_trackers (ShoalEngine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTrackerInfo, shoal_tracker_info_free)

G_END_DECLS
