/* shoal-engine-shares.h: what this device shares, and what a link names.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * shoal_engine_share_async() in shoal-engine.h begins a share. A kept one
 * (ShoalSharePolicy.keep) is stored: after a restart it is looked through and
 * served again (ShoalEngineOptions.receive). There is one share of one
 * content: sharing it again changes its policy and place.
 *
 * Shares change by themselves too (fetchers, uploaded bytes, files that
 * vanish): SHOAL_EVENT_SHARE tells, at most ten times a second each.
 */
#pragma once

#include "shoal-engine.h"

G_BEGIN_DECLS

/* In the order they were made.
 * Returns: (transfer full) (element-type ShoalShareInfo) */
GPtrArray *shoal_engine_get_shares (ShoalEngine *self);

/* Who may fetch it from now on; whoever may not any more is cut off at once. A
 * share that becomes private gets a new secret, and so another link. */
gboolean shoal_engine_set_share_policy (ShoalEngine *self, const char *share,
                                        const ShoalSharePolicy *policy, GError **error);

/**
 * shoal_engine_relocate_share_async:
 * @paths: (nullable): where it lies now; NULL: where it was
 * @take_changes: if other content is there, share that instead: under the same
 *   policy, but with another link
 *
 * The way out of SHOAL_SHARE_TROUBLE. Content that differs fails with CHANGED
 * unless @take_changes. Answers with the share's snapshot.
 */
void            shoal_engine_relocate_share_async  (ShoalEngine *self, const char *share,
                                                    const char *const *paths,
                                                    gboolean take_changes,
                                                    ShoalHashProgress progress,
                                                    gpointer progress_data,
                                                    GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);
/* Returns: (transfer full) (nullable) */
ShoalShareInfo *shoal_engine_relocate_share_finish (ShoalEngine *self, GAsyncResult *result,
                                                    GError **error);

/* Writes a .torrent file of a share that is SERVED, replaced atomically. */
void     shoal_engine_export_share_async  (ShoalEngine *self, const char *share, const char *file,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_engine_export_share_finish (ShoalEngine *self, GAsyncResult *result,
                                           GError **error);

/**
 * shoal_engine_describe_async:
 * @what: a share link or the path of a .torrent file
 * @from: (nullable): ADDRESS:PORT of sources to ask, beside those in the link,
 *   those found near, and friends
 *
 * Looks at what @what names without fetching it: asks those who may have it, up
 * to some seconds; ends as soon as one has described it. That nobody has it is
 * no error: `sources` is empty then. INVALID or UNSUPPORTED if @what names
 * nothing that Shoal could get, NOT_FOUND if there is no such file.
 *
 * Answers with a ShoalDescribed.
 */
void            shoal_engine_describe_async  (ShoalEngine *self, const char *what,
                                              const char *const *from, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
ShoalDescribed *shoal_engine_describe_finish (ShoalEngine *self, GAsyncResult *result,
                                              GError **error);

G_END_DECLS
