/* shoal-engine-list.c: the files of a transfer, an offer or a share.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-file-list-private.h"
#include "shoal-sharing-private.h"

/* Why so many files of a transfer failed is remembered. */
#define MAX_FILE_ERRORS 10000u

void
shoal_list_note_error (ShoalTransfer *self, uint32_t file, const GError *error)
{
  if (self->file_errors == NULL)
    self->file_errors = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (g_hash_table_size (self->file_errors) < MAX_FILE_ERRORS)
    g_hash_table_insert (self->file_errors, GUINT_TO_POINTER (file), g_strdup (error->message));
}

/* --- How far each is ------------------------------------------------------ */

static gboolean
is_chosen (GBytes *chosen, uint32_t file)
{
  gsize size;
  const uint8_t *bits = chosen != NULL ? g_bytes_get_data (chosen, &size) : NULL;

  return bits == NULL || (file / 8 < size && (bits[file / 8] & (1 << (file % 8))) != 0);
}

/* Before anything is on disk, or without looking there. */
static void
fill_all (ShoalFileList *list, GBytes *chosen, ShoalListedState state)
{
  for (guint i = 0; i < shoal_file_list_get_n_files (list); i++)
    {
      ShoalListedFile file;

      shoal_file_list_get (list, i, &file);
      shoal_file_list_set (list, i, is_chosen (chosen, i) ? state : SHOAL_LISTED_SKIPPED,
                           state == SHOAL_LISTED_DONE && is_chosen (chosen, i) ? file.bytes : 0,
                           NULL);
    }
}

static void
fill_file (ShoalTransfer *transfer, ShoalFileList *list, ShoalPieceStore *store, guint i)
{
  uint64_t missing;
  ShoalListedFile file;
  ShoalListedState state = SHOAL_LISTED_MISSING;
  const char *why = NULL;

  shoal_file_list_get (list, i, &file);
  file.done = file.bytes;
  switch (shoal_piece_store_get_file_state (store, i))
    {
    case SHOAL_FILE_STATE_SKIPPED:
      file.done = 0;
      state = SHOAL_LISTED_SKIPPED;
      break;
    case SHOAL_FILE_STATE_PARTIAL:
      missing = MIN (shoal_piece_store_get_n_missing (store, i) * SHOAL_LEAF_SIZE, file.bytes);
      file.done -= missing;
      state = file.done > 0 ? SHOAL_LISTED_PARTIAL : SHOAL_LISTED_MISSING;
      break;
    case SHOAL_FILE_STATE_FAILED:
      file.done = 0;
      state = SHOAL_LISTED_FAILED;
      why = transfer->file_errors != NULL
              ? g_hash_table_lookup (transfer->file_errors, GUINT_TO_POINTER (i)) : NULL;
      break;
    case SHOAL_FILE_STATE_COMPLETE:
    case SHOAL_FILE_STATE_FINAL:
    default:
      state = SHOAL_LISTED_DONE;
      break;
    }
  shoal_file_list_set (list, i, state, file.done, why);
}

/* Of a download that is described. */
static ShoalFileList *
list_download (ShoalTransfer *transfer)
{
  ShoalFileList *list
    = shoal_file_list_new (shoal_download_get_description (transfer->download));
  ShoalPieceStore *store = shoal_download_get_store (transfer->download);

  if (store == NULL || shoal_piece_store_get_state (store) <= SHOAL_PIECE_STORE_STATE_OPENING)
    {
      fill_all (list, transfer->stored->chosen, SHOAL_LISTED_MISSING);
      return list;
    }
  for (guint i = 0; i < shoal_file_list_get_n_files (list); i++)
    fill_file (transfer, list, store, i);
  return list;
}

/* Of one that does not run. */
static ShoalFileList *
list_stored (ShoalTransfer *transfer, ShoalDescription *description, GBytes *chosen)
{
  ShoalFileList *list = shoal_file_list_new (description);
  GHashTableIter iter;
  gpointer file, why;

  if (transfer->stored->direction == SHOAL_STORED_SEND)
    return list;
  fill_all (list, chosen, transfer->phase == SHOAL_TRANSFER_DONE ? SHOAL_LISTED_DONE
                                                                 : SHOAL_LISTED_MISSING);
  if (transfer->file_errors == NULL)
    return list;
  g_hash_table_iter_init (&iter, transfer->file_errors);
  while (g_hash_table_iter_next (&iter, &file, &why))
    {
      if (GPOINTER_TO_UINT (file) < shoal_file_list_get_n_files (list))
        shoal_file_list_set (list, GPOINTER_TO_UINT (file), SHOAL_LISTED_FAILED, 0, why);
    }
  return list;
}

/* --- The call ------------------------------------------------------------ */

static void
answer (GTask *task, ShoalFileList *list)
{
  g_task_return_pointer (task, list, (GDestroyNotify) shoal_file_list_unref);
  g_object_unref (task);
}

static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static GError *
not_known (void)
{
  return shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                          "Its list of files is not known any more");
}

void
shoal_list_answer (ShoalTransfer *transfer)
{
  g_autoptr (GPtrArray) calls = g_steal_pointer (&transfer->file_calls);

  for (guint i = 0; calls != NULL && i < calls->len; i++)
    {
      GTask *task = g_ptr_array_index (calls, i);

      if (transfer->download != NULL
          && shoal_download_get_description (transfer->download) != NULL)
        answer (task, list_download (transfer));
      else
        fail (task, not_known ());
    }
}

static void
on_parsed (ShoalEngine *self, const char *id, ShoalDescription *description, GBytes *chosen,
           gpointer user_data)
{
  GTask *task = user_data;
  ShoalTransfer *transfer
    = self->stopping ? NULL : g_hash_table_lookup (self->transfers, id);

  if (transfer == NULL || description == NULL)
    {
      fail (task, not_known ());
      return;
    }
  /* Likely to be asked for again soon. */
  if (self->listed != description)
    {
      g_free (self->listed_id);
      g_clear_pointer (&self->listed, shoal_description_unref);
      g_clear_pointer (&self->listed_chosen, g_bytes_unref);
      self->listed_id = g_strdup (id);
      self->listed = shoal_description_ref (description);
      self->listed_chosen = chosen != NULL ? g_bytes_ref (chosen) : NULL;
    }
  answer (task, list_stored (transfer, description, chosen));
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  g_autoptr (ShoalDescription) description
    = shoal_engine_look_finish (SHOAL_ENGINE (source), result, &error);

  if (description == NULL)
    fail (task, error);
  else
    answer (task, shoal_file_list_new (description));
}

static void
list_transfer (ShoalTransfer *transfer, GTask *task)
{
  ShoalEngine *self = transfer->engine;

  if (transfer->waits)
    {
      shoal_engine_look_async (self, transfer->offer_text, g_task_get_cancellable (task),
                               on_looked, task);
    }
  else if (transfer->download != NULL
           && shoal_download_get_description (transfer->download) != NULL)
    {
      answer (task, list_download (transfer));
    }
  else if (transfer->download != NULL)
    {
      if (transfer->file_calls == NULL)
        transfer->file_calls = g_ptr_array_new ();
      g_ptr_array_add (transfer->file_calls, task);
    }
  else if (transfer->offering != NULL)
    {
      answer (task, shoal_file_list_new (transfer->offering->description));
    }
  else if (g_strcmp0 (self->listed_id, transfer->id_text) == 0)
    {
      on_parsed (self, transfer->id_text, self->listed, self->listed_chosen, task);
    }
  else
    {
      shoal_engine_load_stored (self, transfer, on_parsed, task);
    }
}

void
shoal_engine_list_files_async (ShoalEngine *self, const char *id, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  ShoalTransfer *transfer = g_hash_table_lookup (self->transfers, id);
  ShoalSharing *sharing = shoal_engine_find_sharing (self, id, NULL);
  GError *error = NULL;

  g_task_set_source_tag (task, shoal_engine_list_files_async);
  if (!shoal_engine_check_running (self, &error))
    {
      fail (task, error);
      return;
    }
  if (transfer != NULL && (transfer->stored->flags & SHOAL_STORED_HIDDEN) == 0)
    {
      list_transfer (transfer, task);
      return;
    }
  if (sharing != NULL && sharing->description != NULL)
    answer (task, shoal_file_list_new (sharing->description));
  else
    fail (task, not_known ());
}

ShoalFileList *
shoal_engine_list_files_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
