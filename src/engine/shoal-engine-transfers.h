/* shoal-engine-transfers.h: what a person does with transfers and offers.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All calls belong to the engine's thread; snapshots are safe on any. IDs are
 * those of snapshots; a call with an ID that is not known fails with NOT_FOUND.
 */
#pragma once

#include "shoal-engine.h"
#include "shoal-file-list.h"

G_BEGIN_DECLS

/* --- Looking ------------------------------------------------------------- */

/* All of them: those that run, in their order, then those that are over, latest
 * first: at most a thousand of the latter, also of earlier runs. Offers that
 * wait for an answer here are not among them.
 * Returns: (transfer full) (element-type ShoalTransferInfo) */
GPtrArray *shoal_engine_get_transfers (ShoalEngine *self);

/* Offers that wait for an answer here, latest first; also of earlier runs: they
 * can be answered while the offerer is away.
 * Returns: (transfer full) (element-type ShoalOfferInfo) */
GPtrArray *shoal_engine_get_offers (ShoalEngine *self);

/**
 * shoal_engine_list_files_async:
 * @id: of a transfer, of an offer that waits, or of a share of ours
 *
 * The files of it and what has become of each, as it is now: ask again to see
 * progress (cheap: the names are not copied). For an offer, and for a download
 * that knows only its name, the other device is asked first.
 *
 * Answers with a ShoalFileList. NOT_FOUND if it is not known any more (of a
 * transfer that was over long ago), UNREACHABLE, WITHDRAWN, CANCELLED.
 */
void           shoal_engine_list_files_async  (ShoalEngine *self, const char *id,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
ShoalFileList *shoal_engine_list_files_finish (ShoalEngine *self, GAsyncResult *result,
                                               GError **error);

/* --- Running ------------------------------------------------------------- */

/* GET: nothing more is asked for. SEND: this receiver gets nothing more for now;
 * the others of the offer go on. */
gboolean shoal_engine_pause  (ShoalEngine *self, const char *transfer, GError **error);
gboolean shoal_engine_resume (ShoalEngine *self, const char *transfer, GError **error);

/* SEND: withdraws; who is away is told at the next contact, also after a
 * restart here. GET: declines, and removes what is not finished. */
gboolean shoal_engine_cancel (ShoalEngine *self, const char *transfer, GError **error);

/* GET: whether others may fetch it from here, running or just finished; can be
 * turned at will as long as the snapshot says `can_pass_on`. */
gboolean shoal_engine_set_passing_on (ShoalEngine *self, const char *transfer, gboolean pass_on,
                                      GError **error);

/**
 * shoal_engine_retry_async:
 * @transfer: FAILED or DECLINED, `can_retry`
 * @directory: (nullable): of a GET of which nothing has come yet: into this folder
 *   instead
 *
 * GET: goes on where it stopped, under its ID. SEND: offers the files, as they
 * are now, anew; the failed one goes from the list.
 *
 * Answers with the ID of the transfer that runs now.
 */
void  shoal_engine_retry_async  (ShoalEngine *self, const char *transfer, const char *directory,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
char *shoal_engine_retry_finish (ShoalEngine *self, GAsyncResult *result, GError **error);

/* --- The queue: GETs that run at once ------------------------------------ */

/* @max: 0: as many as there are. Stored. Those that have no source do not count;
 * sends do not either: their receivers have queues of their own. */
void  shoal_engine_set_max_running (ShoalEngine *self, guint max);
guint shoal_engine_get_max_running (ShoalEngine *self);

/* @before: (nullable): another transfer that is not over; NULL: to the end. */
gboolean shoal_engine_move_transfer (ShoalEngine *self, const char *transfer, const char *before,
                                     GError **error);

/* --- History ------------------------------------------------------------- */

/* Takes one that is over off the list. Files stay. */
gboolean shoal_engine_remove_transfer (ShoalEngine *self, const char *transfer, GError **error);
/* All that are over, however they ended. */
void     shoal_engine_clear_finished  (ShoalEngine *self);

G_END_DECLS
