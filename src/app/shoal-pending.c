/* shoal-pending.c: widgets whose own files have not landed yet: each section goes
 * with the first commit of its widget, and this file with the last.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-commands-diagnosis.h"
#include "shoal-engine-settings.h"
#include "shoal-engine-shares.h"
#include "shoal-engine-transfers.h"

/* --- The engine: weak, so that the real ones take their place when they land --- */

static void
not_yet (gpointer source, GAsyncReadyCallback callback, gpointer user_data)
{
  g_task_report_new_error (source, callback, user_data, not_yet, G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED, "pending");
}

#define PENDING_FINISH(type, name)                                                     \
  __attribute__ ((weak)) type name (ShoalEngine *self, GAsyncResult *result,           \
                                    GError **error)                                    \
  {                                                                                    \
    g_task_propagate_boolean (G_TASK (result), error);                                 \
    return 0;                                                                          \
  }

__attribute__ ((weak)) GPtrArray *
shoal_engine_get_offers (ShoalEngine *engine)
{
  return g_ptr_array_new ();
}

__attribute__ ((weak)) GPtrArray *
shoal_engine_get_shares (ShoalEngine *engine)
{
  return g_ptr_array_new ();
}

__attribute__ ((weak)) void
shoal_engine_diagnose_async (ShoalEngine *self, const char *device, ShoalCheckFunc func,
                             gpointer func_data, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  not_yet (self, callback, user_data);
}

PENDING_FINISH (GPtrArray *, shoal_engine_diagnose_finish)

__attribute__ ((weak)) ShoalCheck *
shoal_check_ref (ShoalCheck *check)
{
  return check;
}

__attribute__ ((weak)) void
shoal_check_unref (ShoalCheck *check)
{
}

PENDING_FINISH (char *, shoal_engine_retry_finish)
PENDING_FINISH (ShoalFileList *, shoal_engine_list_files_finish)
PENDING_FINISH (ShoalShareInfo *, shoal_engine_relocate_share_finish)
PENDING_FINISH (gboolean, shoal_engine_export_share_finish)
PENDING_FINISH (ShoalDescribed *, shoal_engine_describe_finish)

__attribute__ ((weak)) void
shoal_engine_retry_async (ShoalEngine *self, const char *transfer, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  not_yet (self, callback, user_data);
}

__attribute__ ((weak)) void
shoal_engine_list_files_async (ShoalEngine *self, const char *id, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  not_yet (self, callback, user_data);
}

__attribute__ ((weak)) gboolean
shoal_engine_set_share_policy (ShoalEngine *self, const char *share,
                               const ShoalSharePolicy *policy, GError **error)
{
  return FALSE;
}

__attribute__ ((weak)) void
shoal_engine_relocate_share_async (ShoalEngine *self, const char *share, const char *const *paths,
                                   gboolean take_changes, ShoalHashProgress progress,
                                   gpointer progress_data, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  not_yet (self, callback, user_data);
}

__attribute__ ((weak)) void
shoal_engine_export_share_async (ShoalEngine *self, const char *share, const char *file,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  not_yet (self, callback, user_data);
}

__attribute__ ((weak)) void
shoal_engine_describe_async (ShoalEngine *self, const char *what, const char *const *from,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  not_yet (self, callback, user_data);
}

__attribute__ ((weak)) GPtrArray *
shoal_engine_list_interfaces (ShoalEngine *engine)
{
  return g_ptr_array_new ();
}
