/* shoal-piece-store-claim.c: top folders are made ours before anything goes into them
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-piece-store-private.h"

#include <string.h>

/* Between planning the names and the first verified byte somebody may have made
 * a folder of that name: another download of ours, for instance. Making it must
 * therefore be the claim; if it exists, the names are planned once more. */

#define MAX_TRIES 100
#define NOTE_AGAIN (2 * G_TIME_SPAN_SECOND)

typedef struct
{
  ShoalPieceStore  *store;
  const ShoalDisk  *disk;
  ShoalFolderCache *folders;
  ShoalNamePlan    *plan;    /* (owned) (nullable): a new one */
  GVariant         *names;   /* (owned) (nullable) */
  GHashTable       *claimed; /* (owned): top folders made by this job */
  GError           *error;   /* (owned) (nullable) */
  int               saved_errno;
} ClaimJob;

/* --- On a worker --------------------------------------------------------- */

static const char *
get_path (const ClaimJob *job, guint file)
{
  const ShoalNamePlan *plan = job->plan != NULL ? job->plan : job->store->plan;
  const char *planned = shoal_name_plan_get_path (plan, file);

  return planned != NULL ? planned : job->store->files[file].path;
}

static gboolean
is_wanted (const ClaimJob *job, guint file)
{
  return job->store->files[file].is_folder ? job->store->chosen == NULL
                                           : shoal_piece_store_is_chosen (job->store, file);
}

/* TRUE, or FALSE and errno: EEXIST if one is somebody else's. */
static gboolean
make_tops (ClaimJob *job)
{
  for (guint i = 0; i < job->store->n_files; i++)
    {
      const char *path = get_path (job, i);
      gsize size = strcspn (path, "/");
      g_autofree char *top = NULL;

      if (!is_wanted (job, i) || (path[size] == '\0' && !job->store->files[i].is_folder))
        continue;
      top = g_strndup (path, size);
      if (g_hash_table_contains (job->claimed, top))
        continue;
      if (job->disk->mkdirat (shoal_folder_cache_get_root (job->folders), top, 0777) != 0)
        return FALSE;
      g_hash_table_add (job->claimed, g_steal_pointer (&top));
    }
  return TRUE;
}

/* The names as they are, less those of tops that are not ours. */
static GVariant *
keep_claimed (const ClaimJob *job)
{
  const ShoalNamePlan *plan = job->plan != NULL ? job->plan : job->store->plan;
  g_autoptr (GVariant) all = shoal_name_plan_save (plan);
  g_autoptr (GVariantIter) tops = NULL;
  GVariantBuilder kept;
  gboolean windows_names;
  guint32 max_name_bytes;
  const char *from, *to;

  g_variant_get (all, "(bua{ss})", &windows_names, &max_name_bytes, &tops);
  g_variant_builder_init (&kept, G_VARIANT_TYPE ("a{ss}"));
  while (g_variant_iter_next (tops, "{&s&s}", &from, &to))
    if (g_hash_table_contains (job->claimed, to))
      g_variant_builder_add (&kept, "{ss}", from, to);
  return g_variant_ref_sink (g_variant_new ("(bua{ss})", windows_names, max_name_bytes, &kept));
}

static gboolean
plan_again (ClaimJob *job)
{
  g_autoptr (GVariant) kept = keep_claimed (job);
  ShoalNamePlan *plan =
    shoal_name_plan_new (&job->store->probe, shoal_folder_cache_get_root (job->folders), job->disk,
                         job->store->entries, job->store->n_files, kept, &job->error);

  if (plan == NULL)
    return FALSE;
  g_clear_pointer (&job->plan, shoal_name_plan_free);
  job->plan = plan;
  return TRUE;
}

static void
claim_work (gpointer data)
{
  ClaimJob *job = data;

  for (guint i = 0; i < MAX_TRIES; i++)
    {
      if (make_tops (job))
        {
          job->names = shoal_name_plan_save (job->plan != NULL ? job->plan : job->store->plan);
          return;
        }
      job->saved_errno = errno;
      if (errno != EEXIST || !plan_again (job))
        return;
      job->saved_errno = 0;
    }
  job->saved_errno = EEXIST;
}

/* --- Results ------------------------------------------------------------- */

static void
free_job (ClaimJob *job)
{
  g_clear_pointer (&job->plan, shoal_name_plan_free);
  g_clear_pointer (&job->names, g_variant_unref);
  g_hash_table_unref (job->claimed);
  g_clear_error (&job->error);
  g_free (job);
}

static void
fail_all (ShoalPieceStore *self, const GError *error)
{
  for (guint i = 0; i < self->n_files; i++)
    if (self->files[i].state == SHOAL_FILE_STATE_PARTIAL)
      shoal_piece_store_fail_file (self, i, error);
}

static gboolean
note_work (sqlite3 *db, gpointer data, GError **error)
{
  ClaimJob *job = data;

  return shoal_piece_records_set_names (db, job->store->row, job->names, TRUE, error);
}

static void note_done (gpointer data, const GError *error);

static void
on_note_again (gpointer data)
{
  ClaimJob *job = data;
  ShoalPieceStore *self = job->store;

  shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, note_work, note_done, job);
  shoal_piece_store_unref (self);
}

static void
note_done (gpointer data, const GError *error)
{
  ClaimJob *job = data;
  ShoalPieceStore *self = job->store;

  /* The folders are made: what is left is to note it, when there is room. */
  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL) && !self->wants_close)
    {
      shoal_piece_store_pause (self, ENOSPC);
      shoal_piece_store_ref (self);
      shoal_runtime_add_timer (self->runtime, NOTE_AGAIN, on_note_again, job);
      shoal_piece_store_end_job (self);
      return;
    }

  self->is_claiming = FALSE;
  if (error == NULL)
    self->claimed = TRUE;
  else
    fail_all (self, error);
  free_job (job);
  shoal_piece_store_end_job (self);
}

static void
claim_done (gpointer data)
{
  ClaimJob *job = data;
  ShoalPieceStore *self = job->store;

  if (job->plan != NULL)
    {
      shoal_name_plan_free (self->plan);
      self->plan = g_steal_pointer (&job->plan);
    }
  if (job->names != NULL)
    {
      shoal_piece_store_query (self, SHOAL_DATABASE_WRITE, note_work, note_done, job);
      shoal_piece_store_end_job (self);
      return;
    }

  self->is_claiming = FALSE;
  if (job->error == NULL && shoal_errno_is_full (job->saved_errno))
    shoal_piece_store_pause (self, job->saved_errno);
  else
    {
      if (job->error == NULL)
        shoal_error_set_errno (&job->error, job->saved_errno, "make a folder in %s",
                               self->destination);
      fail_all (self, job->error);
    }
  free_job (job);
  shoal_piece_store_end_job (self);
}

void
shoal_piece_store_claim (ShoalPieceStore *self)
{
  ClaimJob *job;

  if (self->is_claiming || self->claimed
      || (self->state != SHOAL_PIECE_STORE_STATE_RUNNING && !self->is_trying))
    return;
  job = g_new0 (ClaimJob, 1);
  job->store = self;
  job->disk = self->disk;
  job->folders = self->folders;
  job->claimed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->is_claiming = TRUE;
  shoal_piece_store_submit (self, SHOAL_POOL_DISK, claim_work, claim_done, job);
}
