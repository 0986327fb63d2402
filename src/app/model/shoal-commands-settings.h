/* shoal-commands-settings.h: commands about what the engine obeys, and about friends.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine-settings.h"
#include "shoal-model.h"

G_BEGIN_DECLS

/* @changes: `a{sv}` with keys and types of shoal-settings.h; floating is sunk. All
 * of it or nothing: see shoal_engine_change_settings_async(). */
void     shoal_model_change_settings_async  (ShoalModel *self, GVariant *changes,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_change_settings_finish (ShoalModel *self, GAsyncResult *result,
                                             GError **error);
/* The network interfaces there are now, without loopback. */
void       shoal_model_list_interfaces_async  (ShoalModel *self, GAsyncReadyCallback callback,
                                               gpointer user_data);
/* Returns: (transfer full) (element-type ShoalInterfaceInfo) */
GPtrArray *shoal_model_list_interfaces_finish (ShoalModel *self, GAsyncResult *result,
                                               GError **error);
/* Goes on as usual until the network is not metered any more. */
void shoal_model_consent_to_metered (ShoalModel *self);

/* What we call a friend; NULL or empty: what it calls itself. */
void     shoal_model_rename_friend_async  (ShoalModel *self, const char *device,
                                           const char *nickname, GAsyncReadyCallback callback,
                                           gpointer user_data);
gboolean shoal_model_rename_friend_finish (ShoalModel *self, GAsyncResult *result,
                                           GError **error);
/* A person has compared the codes on both screens. */
void shoal_model_set_verified    (ShoalModel *self, const char *device, gboolean verified);
/* Bytes accepted from this friend unasked; 0: ask; G_MAXINT64: any. */
void shoal_model_set_auto_accept (ShoalModel *self, const char *device, gint64 limit);
/* Friendship, block, names, addresses and all. */
void shoal_model_forget_device   (ShoalModel *self, const char *device);

/* As shoal_model_accept(), and says what became of it: the transfer's ID. */
void  shoal_model_accept_async  (ShoalModel *self, const char *offer, const char *directory,
                                 const char *const *chosen, GAsyncReadyCallback callback,
                                 gpointer user_data);
/* Returns: (transfer full) */
char *shoal_model_accept_finish (ShoalModel *self, GAsyncResult *result, GError **error);

G_END_DECLS
