/* shoal-commands-history.h: commands about transfers in the list: order, trying
 * again, taking off, and their files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-file-list.h"
#include "shoal-model.h"

G_BEGIN_DECLS

/* @transfer: its ID; it is FAILED or DECLINED and `can_retry`. @directory: (nullable):
 * another one. Answers with the ID of the transfer that runs now. See
 * shoal_engine_retry_async(). */
void  shoal_model_retry_async  (ShoalModel *self, const char *transfer, const char *directory,
                                GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
char *shoal_model_retry_finish (ShoalModel *self, GAsyncResult *result, GError **error);
/* Whether others may fetch it from here. */
void  shoal_model_set_passing_on (ShoalModel *self, const char *transfer, gboolean pass_on);
/* @before: (nullable): the ID of another that is not over; NULL: to the end. */
void  shoal_model_move_transfer (ShoalModel *self, const char *transfer, const char *before);
/* Takes one that is over off the list; one that is not is cancelled first. */
void  shoal_model_take_away     (ShoalModel *self, const char *transfer);
/* The files of a transfer, an offer or a share, as they are now. */
void           shoal_model_list_files_async  (ShoalModel *self, const char *id,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
ShoalFileList *shoal_model_list_files_finish (ShoalModel *self, GAsyncResult *result,
                                              GError **error);

G_END_DECLS
