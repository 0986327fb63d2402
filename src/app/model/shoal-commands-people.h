/* shoal-commands-people.h: commands about ourselves and other devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/* Fails with INVALID for a name others cannot read. */
void     shoal_model_set_name_async  (ShoalModel *self, const char *name,
                                      GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_set_name_finish (ShoalModel *self, GAsyncResult *result, GError **error);
/* For this run. */
void     shoal_model_set_visibility  (ShoalModel *self, ShoalVisibility visibility);
/* How offers are answered from now on, and where accepted ones go. */
void     shoal_model_set_acceptance  (ShoalModel *self, ShoalAcceptPolicy policy,
                                      const char *directory, gboolean pass_on);

/* @text: a name, an ID or a prefix of one, or ADDRESS:PORT, which is dialled.
 * See shoal_engine_find_device_async(). @timeout: µs */
void             shoal_model_find_async  (ShoalModel *self, const char *text, gint64 timeout,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
ShoalDeviceInfo *shoal_model_find_finish (ShoalModel *self, GAsyncResult *result,
                                          GError **error);

/* @device: its ID. */
void shoal_model_add_friend     (ShoalModel *self, const char *device);
void shoal_model_remove_friend  (ShoalModel *self, const char *device);
void shoal_model_set_blocked    (ShoalModel *self, const char *device, gboolean blocked);
/* Forgets the key remembered for ADDRESS:PORT. */
void shoal_model_forget_address (ShoalModel *self, const char *address);

/* What @device shares with us. */
void       shoal_model_list_async  (ShoalModel *self, const char *device,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
/* Returns: (transfer full) (element-type ShoalListing) */
GPtrArray *shoal_model_list_finish (ShoalModel *self, GAsyncResult *result, GError **error);

G_END_DECLS
