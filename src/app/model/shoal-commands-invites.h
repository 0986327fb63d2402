/* shoal-commands-invites.h: commands about friends who are beyond this network.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/* An invite, good once and for a week. */
void  shoal_model_make_invite_async  (ShoalModel *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Returns: (transfer full) */
char *shoal_model_make_invite_finish (ShoalModel *self, GAsyncResult *result, GError **error);
/* Takes it back; one that was used already is none of our business. */
void  shoal_model_cancel_invite      (ShoalModel *self, const char *invite);

/* Those that wait to be used. */
void   shoal_model_list_invites_async  (ShoalModel *self, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Returns: (transfer full) (nullable) */
char **shoal_model_list_invites_finish (ShoalModel *self, GAsyncResult *result, GError **error);

/* Becomes a friend of whoever made it; answers with the device's ID. */
void  shoal_model_open_invite_async  (ShoalModel *self, const char *invite,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Returns: (transfer full) */
char *shoal_model_open_invite_finish (ShoalModel *self, GAsyncResult *result, GError **error);

/* Those in use now, and how they do. */
void       shoal_model_list_trackers_async  (ShoalModel *self, GAsyncReadyCallback callback,
                                             gpointer user_data);
/* Returns: (transfer full) (element-type ShoalTrackerInfo) */
GPtrArray *shoal_model_list_trackers_finish (ShoalModel *self, GAsyncResult *result,
                                             GError **error);

G_END_DECLS
