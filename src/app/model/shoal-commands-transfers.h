/* shoal-commands-transfers.h: commands about sending, receiving and getting.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-model.h"

G_BEGIN_DECLS

/**
 * shoal_model_send_async:
 * @paths: (nullable): files and folders; or
 * @text: (nullable): a text or link
 * @devices: IDs
 *
 * Answers when the offers are out, or wait for a device that is away, with one
 * transfer ID a device, in order.
 */
void   shoal_model_send_async  (ShoalModel *self, const char *const *paths, const char *text,
                                const char *const *devices, GAsyncReadyCallback callback,
                                gpointer user_data);
/* Returns: (transfer full) */
char **shoal_model_send_finish (ShoalModel *self, GAsyncResult *result, GError **error);

/* @directory: (nullable): the download folder. @chosen: (nullable): paths inside
 * the offer; NULL means all. */
void   shoal_model_accept  (ShoalModel *self, const char *offer, const char *directory,
                            const char *const *chosen);
void   shoal_model_decline (ShoalModel *self, const char *offer, const char *reason);

/* Files inside an offer, as paths, folders with a trailing slash. */
void       shoal_model_offer_files_async  (ShoalModel *self, const char *offer,
                                           GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (element-type utf8) */
GPtrArray *shoal_model_offer_files_finish (ShoalModel *self, GAsyncResult *result,
                                           GError **error);

/* @what: a share link, the path of a .torrent file, or DEVICE/NAME. @from:
 * (nullable): ADDRESS:PORT of sources to try. Answers with the transfer's ID. */
void  shoal_model_get_async  (ShoalModel *self, const char *what, const char *directory,
                              const char *const *from, GAsyncReadyCallback callback,
                              gpointer user_data);
/* Returns: (transfer full) */
char *shoal_model_get_finish (ShoalModel *self, GAsyncResult *result, GError **error);

/* @transfer: its ID. */
void shoal_model_pause  (ShoalModel *self, const char *transfer);
void shoal_model_resume (ShoalModel *self, const char *transfer);
void shoal_model_cancel (ShoalModel *self, const char *transfer);
/* It goes on with these files, which a sandboxed Shoal may read. */
void shoal_model_choose_again (ShoalModel *self, const char *transfer, const char *const *paths);

G_END_DECLS
