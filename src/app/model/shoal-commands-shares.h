/* shoal-commands-shares.h: commands about what we share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/* How far a share is hashed; called on GTK's thread at most ten times a second.
 * @total grows until the scan is done. */
typedef void (*ShoalShareProgress) (ShoalModel *self, uint64_t bytes, uint64_t total,
                                    gpointer user_data);

/* @progress: (nullable); not called after @callback, or after @cancellable. */
void            shoal_model_share_async  (ShoalModel *self, const char *const *paths,
                                          const ShoalSharePolicy *policy,
                                          ShoalShareProgress progress, gpointer progress_data,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full): the link is in it */
ShoalShareInfo *shoal_model_share_finish (ShoalModel *self, GAsyncResult *result,
                                          GError **error);
void            shoal_model_unshare      (ShoalModel *self, const char *share);

/* Writes a .torrent file of @paths. */
void     shoal_model_export_async  (ShoalModel *self, const char *const *paths, const char *file,
                                    ShoalShareProgress progress, gpointer progress_data,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean shoal_model_export_finish (ShoalModel *self, GAsyncResult *result, GError **error);

G_END_DECLS
