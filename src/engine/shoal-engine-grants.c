/* shoal-engine-grants.c: sends whose files the desktop lets us read no more.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * To a sandbox the desktop hands files for a time. A send that has lost its own
 * is paused, not failed: chosen again, it goes on under its old names, and so
 * the receiver goes on with what has come. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-grants.h"

#include "shoal-engine-private.h"
#include "shoal-portal-path.h"

#include <unistd.h>

gboolean
shoal_grants_concern (ShoalTransfer *transfer)
{
  char **roots = transfer->stored->roots;

  for (gsize i = 0; transfer->stored->kind == SHOAL_STORED_FILES && roots[i] != NULL; i++)
    if (shoal_path_is_from_portal (roots[i]))
      return TRUE;
  return FALSE;
}

/* (transfer container): of one offer, all that are not over. */
static GPtrArray *
list_group (ShoalEngine *self, const ShoalTransferId *offer)
{
  GPtrArray *group = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction == SHOAL_STORED_SEND && !shoal_transfer_is_over (transfer)
          && memcmp (&transfer->stored->offer, offer, sizeof *offer) == 0)
        g_ptr_array_add (group, transfer);
    }
  return group;
}

/* The receivers keep what they have, and wait. */
static void
end_offering (ShoalEngine *self, GPtrArray *group)
{
  for (guint i = 0; i < group->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (group, i);

      if (transfer->offering != NULL)
        g_ptr_array_remove (self->offerings, transfer->offering);
    }
}

/* --- Lost ---------------------------------------------------------------- */

typedef struct
{
  ShoalEngine    *engine;  /* (owned) */
  ShoalTransferId offer;
  char          **roots;   /* (owned) */
  GBytes         *manifest; /* (owned): of what was offered */
  ShoalHash       share;
  gboolean        is_draft;
  guint           missing; /* the first that cannot be read, or the first */
  gboolean        is_folder;
} LookJob;

/* What cannot be looked at was described when it could. */
static gboolean
was_folder (LookJob *job)
{
  g_autoptr (ShoalDescription) description
    = job->is_draft ? shoal_description_parse_draft (job->manifest, &job->share, NULL)
                    : shoal_description_parse (job->manifest, SHOAL_NAMES_REFUSE, NULL);
  g_autofree char *name = g_path_get_basename (job->roots[job->missing]);
  uint32_t file;

  if (description == NULL || job->roots[1] == NULL)
    return description == NULL || !shoal_description_is_single_file (description);
  return !shoal_description_find_path (description, name, &file);
}

static void
work_look (gpointer data)
{
  LookJob *job = data;
  guint n = g_strv_length (job->roots);

  while (job->missing < n && access (job->roots[job->missing], R_OK) == 0)
    job->missing++;
  if (job->missing == n)
    job->missing = 0;
  job->is_folder = was_folder (job);
}

static void
pause_for_lack (ShoalTransfer *transfer, const LookJob *job)
{
  const char *root = job->roots[job->missing];
  GError *error = NULL;

  if (transfer->stored->state == SHOAL_STORED_PAUSED)
    transfer->stored->state = SHOAL_STORED_RUNNING; /* it is not the person who holds it up */
  g_clear_pointer (&transfer->reason, g_free);
  g_free (transfer->unreadable);
  transfer->unreadable = g_strdup (root);
  transfer->lacks_folder = job->is_folder;
  shoal_error_set_not_granted (&error, root);
  if (transfer->phase != SHOAL_TRANSFER_PAUSED)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_PAUSED, error);
      return;
    }
  g_clear_error (&transfer->error);
  transfer->error = error;
  shoal_transfer_update (transfer);
  shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER);
}

static void
done_look (gpointer data)
{
  LookJob *job = data;
  ShoalEngine *self = job->engine;
  g_autoptr (GPtrArray) group = NULL;

  if (!self->stopping)
    {
      group = list_group (self, &job->offer);
      end_offering (self, group);
      for (guint i = 0; i < group->len; i++)
        pause_for_lack (g_ptr_array_index (group, i), job);
    }
  g_strfreev (job->roots);
  g_bytes_unref (job->manifest);
  g_object_unref (self);
  g_free (job);
}

void
shoal_grants_lost (ShoalTransfer *transfer)
{
  LookJob *job = g_new0 (LookJob, 1);

  job->engine = g_object_ref (transfer->engine);
  job->offer = transfer->stored->offer;
  job->roots = g_strdupv (transfer->stored->roots);
  job->manifest = g_bytes_ref (transfer->stored->description);
  job->share = transfer->stored->share_key;
  job->is_draft = (transfer->stored->flags & SHOAL_STORED_IS_DRAFT) != 0;
  shoal_runtime_submit (engine_runtime (transfer->engine), SHOAL_POOL_DISK, work_look, done_look,
                        job);
}

/* --- Chosen again -------------------------------------------------------- */

typedef struct
{
  char  *id;    /* (owned): of the transfer */
  char **roots; /* (owned): as they shall be */
} Choice;

static void
choice_free (gpointer data)
{
  Choice *choice = data;

  g_free (choice->id);
  g_strfreev (choice->roots);
  g_free (choice);
}

/* Each of @paths takes the place of the root of its name. */
static gboolean
replace_roots (char **roots, const char *const *paths, const char *wanted, GError **error)
{
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *name = g_path_get_basename (paths[i]);
      gsize j = 0;

      for (; roots[j] != NULL; j++)
        {
          g_autofree char *old = g_path_get_basename (roots[j]);

          if (g_str_equal (old, name))
            break;
        }
      if (roots[j] == NULL)
        {
          g_autofree char *old = g_path_get_basename (wanted);

          return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                                  "Choose what was sent, under the name that it had.",
                                  "“%s” was sent, and “%s” chosen", old, name);
        }
      g_free (roots[j]);
      roots[j] = g_strdup (paths[i]);
    }
  return TRUE;
}

static void
go_on (ShoalEngine *self, ShoalTransfer *chosen, char **roots)
{
  g_autoptr (GPtrArray) group = list_group (self, &chosen->stored->offer);

  end_offering (self, group);
  for (guint i = 0; i < group->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (group, i);

      g_strfreev (transfer->stored->roots);
      transfer->stored->roots = g_strdupv (roots);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
      shoal_transfer_save (transfer);
      shoal_transfer_hold (transfer);
    }
  shoal_wake_send (chosen);
}

/* Whoever has accepted gets that, or nothing: another folder of the same name would
 * end it for good. */
static gboolean
check_is_same (ShoalTransfer *transfer, ShoalScan *scan, GError **error)
{
  ShoalDescription *found = shoal_scan_get_description (scan);
  const ShoalStoredTransfer *stored = transfer->stored;

  if (!transfer->accepted
      || (shoal_description_get_length (found) == stored->total_bytes
          && shoal_description_get_n_files (found) == stored->total_files))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_CHANGED, SHOAL_SIDE_HERE,
                          "Choose the one that was, or cancel this and send it again.",
                          "This “%s” is not the one that was accepted", stored->name);
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (g_task_get_source_object (task));
  Choice *choice = g_task_get_task_data (task);
  /* Of several the next may be lacking as well: one at a time. */
  gboolean another = g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED);
  GError *why = error != NULL && !another ? g_error_copy (error) : NULL;
  ShoalTransfer *transfer = NULL;

  if (why == NULL && shoal_engine_check_running (self, &why))
    transfer = shoal_engine_find_transfer (self, choice->id, &why);
  if (transfer == NULL || (scan != NULL && !check_is_same (transfer, scan, &why)))
    g_task_return_error (task, why);
  else
    {
      go_on (self, transfer, choice->roots);
      g_task_return_boolean (task, TRUE);
    }
}

void
shoal_engine_choose_again_async (ShoalEngine *self, const char *id, const char *const *paths,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Choice *choice = g_new0 (Choice, 1);
  GError *error = NULL;
  ShoalTransfer *transfer = shoal_engine_find_transfer (self, id, &error);

  g_return_if_fail (paths != NULL);

  g_task_set_source_tag (task, shoal_engine_choose_again_async);
  g_task_set_task_data (task, choice, choice_free);
  choice->id = g_strdup (id);
  if (transfer != NULL && transfer->unreadable == NULL)
    shoal_error_set (&error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                     "That transfer has its files");
  if (error == NULL)
    {
      choice->roots = g_strdupv (transfer->stored->roots);
      replace_roots (choice->roots, paths, transfer->unreadable, &error);
    }
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  shoal_scan_async (engine_runtime (self), (const char *const *) choice->roots,
                    &transfer->stored->share_key, self->cancellable, on_scanned,
                    g_object_ref (task));
}

gboolean
shoal_engine_choose_again_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
