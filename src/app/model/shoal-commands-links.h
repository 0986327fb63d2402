/* shoal-commands-links.h: commands about shares that are there, and about what a
 * link names.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/* @policy: copied. See shoal_engine_set_share_policy(). */
void     shoal_model_set_share_policy_async  (ShoalModel *self, const char *share,
                                              const ShoalSharePolicy *policy,
                                              GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_set_share_policy_finish (ShoalModel *self, GAsyncResult *result,
                                              GError **error);

/* @paths: (nullable): where it lies now; NULL: where it was. The share tells how
 * far it is looked through. CHANGED unless @take_changes. */
void     shoal_model_relocate_share_async  (ShoalModel *self, const char *share,
                                            const char *const *paths, gboolean take_changes,
                                            GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_relocate_share_finish (ShoalModel *self, GAsyncResult *result,
                                            GError **error);

/* Writes a .torrent file of a share that is served. */
void     shoal_model_export_share_async  (ShoalModel *self, const char *share, const char *file,
                                          GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_export_share_finish (ShoalModel *self, GAsyncResult *result,
                                          GError **error);

/* @what: a share link or the path of a .torrent file. Looks at it without getting
 * it; that nobody has it is no error. See shoal_engine_describe_async(). */
void            shoal_model_describe_async  (ShoalModel *self, const char *what,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
ShoalDescribed *shoal_model_describe_finish (ShoalModel *self, GAsyncResult *result,
                                             GError **error);

G_END_DECLS
