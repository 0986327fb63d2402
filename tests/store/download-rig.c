/* download-rig.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"

#include "faulty-disk.h"
#include "shoal-merkle.h"
#include "shoal-sha256.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- Contents ------------------------------------------------------------ */

static void
fill (uint8_t *bytes, uint64_t length, uint64_t seed)
{
  uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

  for (uint64_t i = 0; i < length; i++)
    {
      if (i % 8 == 0)
        {
          x ^= x << 13;
          x ^= x >> 7;
          x ^= x << 17;
        }
      bytes[i] = (uint8_t) (x >> (i % 8 * 8));
    }
}

static void
hash_file (RigFile *file)
{
  file->n_leaves = shoal_merkle_n_leaves (file->length);
  file->hashes = g_new0 (ShoalHash, MAX (file->n_leaves, 1));
  shoal_sha256_leaves (file->bytes, file->length, file->hashes);
  if (file->length > 0)
    shoal_merkle_root (file->length, 0, file->hashes, &file->root);
}

RigFile *
rig_add_file (Rig *rig, const char *path, uint64_t length)
{
  RigFile *file = g_new0 (RigFile, 1);

  file->path = g_strdup (path);
  file->length = length;
  file->bytes = g_malloc0 (MAX (length, 1));
  fill (file->bytes, length, g_str_hash (path));
  hash_file (file);
  file->in_flight = g_malloc0 (MAX (file->n_leaves, 1));
  file->asked = g_malloc0 (MAX (shoal_merkle_n_groups (length), 1));
  g_ptr_array_add (rig->files, file);
  return file;
}

void
rig_zero (RigFile *file, uint64_t from, uint64_t length)
{
  memset (file->bytes + from, 0, length);
  g_free (file->hashes);
  hash_file (file);
}

void
rig_add_folder (Rig *rig, const char *path)
{
  RigFile *file = rig_add_file (rig, path, 0);

  file->is_folder = TRUE;
}

static void
free_file (gpointer data)
{
  RigFile *file = data;

  g_free (file->path);
  g_free (file->bytes);
  g_free (file->hashes);
  g_free (file->in_flight);
  g_free (file->asked);
  g_free (file);
}

/* --- Life ---------------------------------------------------------------- */

Rig *
rig_new (const char *folder, const char *state_dir)
{
  Rig *rig = g_new0 (Rig, 1);

  rig->runtime = shoal_main_runtime_new (NULL);
  rig->files = g_ptr_array_new_with_free_func (free_file);
  rig->failures = g_ptr_array_new_with_free_func (g_free);
  rig->folder = g_strdup (folder);
  rig->state_dir = g_strdup (state_dir);
  rig->rand = g_rand_new_with_seed (7);
  rig->extent = 8;
  rig->window = 12;
  rig->stop_after = G_MAXUINT64;
  return rig;
}

void
rig_free (Rig *rig)
{
  g_assert_null (rig->store);
  g_clear_pointer (&rig->database, shoal_database_unref);
  shoal_main_runtime_drain (rig->runtime);
  g_assert_finalize_object (rig->runtime);
  g_ptr_array_unref (rig->files);
  g_ptr_array_unref (rig->failures);
  g_clear_error (&rig->open_error);
  g_clear_error (&rig->end_error);
  g_rand_free (rig->rand);
  g_free (rig->entries);
  g_free (rig->folder);
  g_free (rig->state_dir);
  g_free (rig);
}

void
rig_iterate (Rig *rig, guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + (gint64) milliseconds * 1000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (200);
}

void
rig_wait (Rig *rig, const gboolean *flag)
{
  gint64 end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  while (!*flag)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
    }
}

/* --- Events -------------------------------------------------------------- */

static void
on_file_changed (ShoalPieceStore *store, guint file, ShoalFileState state, const GError *error,
                 gpointer user_data)
{
  Rig *rig = user_data;

  if (state == SHOAL_FILE_STATE_FAILED)
    {
      g_assert_nonnull (error);
      g_ptr_array_add (rig->failures, g_strdup (error->message));
    }
}

static void
on_state_changed (ShoalPieceStore *store, ShoalPieceStoreState state, const GError *error,
                  uint64_t needed, gpointer user_data)
{
  Rig *rig = user_data;

  if (state == SHOAL_PIECE_STORE_STATE_PAUSED)
    {
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL);
      rig->n_paused++;
    }
  if (state == SHOAL_PIECE_STORE_STATE_RUNNING && rig->n_paused > 0)
    rig->n_resumed_running++;
  if (state == SHOAL_PIECE_STORE_STATE_FAILED)
    {
      g_clear_error (&rig->end_error);
      rig->end_error = g_error_copy (error);
    }
}

static void
on_checked (ShoalPieceStore *store, uint64_t kept, uint64_t refetched, gpointer user_data)
{
  ((Rig *) user_data)->was_checked = TRUE;
}

static const ShoalPieceStoreEvents EVENTS = {
  .file_changed = on_file_changed,
  .state_changed = on_state_changed,
  .checked = on_checked,
};

/* --- Opening and closing ------------------------------------------------- */

static void
on_opened (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  Rig *rig = user_data;

  rig->opened = TRUE;
  g_clear_error (&rig->open_error);
  rig->open_error = error != NULL ? g_error_copy (error) : NULL;
}

gboolean
rig_open (Rig *rig)
{
  g_autoptr (GError) error = NULL;
  ShoalPieceStoreOptions options = {
    .runtime = SHOAL_RUNTIME (rig->runtime),
    .destination = rig->folder,
    .n_entries = rig->files->len,
    .chosen = rig->chosen,
    .is_draft = rig->is_draft,
    .disk = rig->disk,
    .events = &EVENTS,
    .user_data = rig,
  };

  if (rig->database == NULL)
    rig->database = shoal_database_open (SHOAL_RUNTIME (rig->runtime), rig->state_dir, &error);
  g_assert_no_error (error);
  g_free (rig->entries);
  rig->entries = g_new0 (ShoalStoreEntry, rig->files->len + 1);
  for (guint i = 0; i < rig->files->len; i++)
    {
      RigFile *file = g_ptr_array_index (rig->files, i);

      memset (file->in_flight, 0, MAX (file->n_leaves, 1));
      memset (file->asked, 0, MAX (shoal_merkle_n_groups (file->length), 1));
      rig->entries[i] = (ShoalStoreEntry){
        .path = file->path,
        .length = file->length,
        .root = file->root,
        .has_root = !rig->is_draft && !file->is_folder && file->length > 0,
        .mtime = G_GINT64_CONSTANT (1500000000000000000) + i * G_GINT64_CONSTANT (2000000000),
        .has_mtime = TRUE,
        .is_folder = file->is_folder,
        .is_executable = file->is_executable,
      };
    }
  options.database = rig->database;
  options.entries = rig->entries;
  memset (options.transfer, 0x5a, sizeof options.transfer);
  if (!rig->keep_counts)
    for (guint i = 0; i < rig->files->len; i++)
      ((RigFile *) g_ptr_array_index (rig->files, i))->n_written = 0;
  options.transfer[0] = rig->transfer_byte;
  rig->store = shoal_piece_store_new (&options);
  rig->opened = rig->was_checked = FALSE;
  rig->n_taken = 0;
  shoal_piece_store_open_async (rig->store, on_opened, rig);
  rig_wait (rig, &rig->opened);
  return rig->open_error == NULL;
}

static void
on_closed (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  ((Rig *) user_data)->closed = TRUE;
}

void
rig_close (Rig *rig, gboolean remove, gboolean all)
{
  rig->closed = FALSE;
  if (remove)
    shoal_piece_store_remove_async (rig->store, on_closed, rig);
  else
    shoal_piece_store_close_async (rig->store, on_closed, rig);
  rig_wait (rig, &rig->closed);
  g_assert_cmpuint (shoal_piece_store_get_pending_bytes (rig->store), ==, 0);
  g_assert_cmpuint (rig->n_out, ==, 0);
  g_clear_pointer (&rig->store, shoal_piece_store_unref);
  if (all)
    g_clear_pointer (&rig->database, shoal_database_unref);
  shoal_main_runtime_drain (rig->runtime);
}

void
rig_crash (Rig *rig)
{
  /* What is on workers ends: the kernel would have done it too. */
  while (rig->n_out > 0)
    g_main_context_iteration (NULL, TRUE);
  shoal_main_runtime_drain (rig->runtime);
  g_clear_pointer (&rig->store, shoal_piece_store_unref);
  g_clear_pointer (&rig->database, shoal_database_unref);
  shoal_main_runtime_drain (rig->runtime);
}

/* --- Feeding ------------------------------------------------------------- */

static void
on_hashes (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  ((Rig *) user_data)->n_out--;
}

typedef struct
{
  Rig  *rig;
  guint n;
} Out;

static void
on_written (ShoalPieceStore *store, guint index, uint64_t first, uint64_t good, uint64_t bad,
            const GError *error, gpointer user_data)
{
  Out *out = user_data;
  Rig *rig = out->rig;
  RigFile *file = g_ptr_array_index (rig->files, index);

  rig->n_out--;
  rig->n_taken += (uint64_t) __builtin_popcountll (good);
  file->n_written += (uint64_t) __builtin_popcountll (good);
  rig->n_bad += (uint64_t) __builtin_popcountll (bad);
  for (guint i = 0; i < out->n; i++)
    {
      g_assert_cmpuint (file->in_flight[first + i], ==, 1);
      file->in_flight[first + i] = 0;
    }
  g_free (out);
}

static void
on_files_written (ShoalPieceStore *store, const ShoalWholeFile *files, const gboolean *results,
                  gsize n_files, const GError *error, gpointer user_data)
{
  Rig *rig = user_data;

  rig->n_out--;
  for (gsize i = 0; i < n_files; i++)
    {
      RigFile *file = g_ptr_array_index (rig->files, files[i].file);

      file->in_flight[0] = 0;
      if (results[i])
        rig->n_taken += file->n_leaves;
      else if (error == NULL)
        rig->n_bad++;
    }
}

static void
ask_hashes (Rig *rig, guint index, RigFile *file)
{
  for (uint64_t group = 0; group < shoal_merkle_n_groups (file->length); group++)
    {
      if (file->asked[group] || shoal_piece_store_knows_group (rig->store, index, group))
        continue;
      file->asked[group] = 1;
      rig->n_out++;
      shoal_piece_store_add_hashes_async (rig->store, index, group,
                                          file->hashes + group * SHOAL_LEAVES_PER_GROUP,
                                          shoal_merkle_group_size (file->length, group), on_hashes,
                                          rig);
    }
}

static void
write_extent (Rig *rig, guint index, RigFile *file, uint64_t first)
{
  uint64_t group_end = (first / SHOAL_LEAVES_PER_GROUP + 1) * SHOAL_LEAVES_PER_GROUP;
  uint64_t end = MIN (MIN (first + rig->extent, group_end), file->n_leaves);
  uint64_t offset = first * SHOAL_LEAF_SIZE;
  g_autoptr (GBytes) data = NULL;
  Out *out = g_new0 (Out, 1);

  out->rig = rig;
  for (uint64_t leaf = first; leaf < end; leaf++)
    {
      if (file->in_flight[leaf]
          || shoal_piece_store_get_leaf (rig->store, index, leaf) != SHOAL_LEAF_MISSING)
        break;
      file->in_flight[leaf] = 1;
      out->n++;
    }
  g_assert_cmpuint (out->n, >, 0);
  data = g_bytes_new (file->bytes + offset,
                      MIN ((uint64_t) out->n * SHOAL_LEAF_SIZE, file->length - offset));
  rig->n_out++;
  shoal_piece_store_write_async (rig->store, index, first, data, on_written, out);
}

static gboolean
feed_small (Rig *rig)
{
  ShoalWholeFile batch[64];
  gsize n = 0;

  for (guint i = 0; i < rig->files->len && n < G_N_ELEMENTS (batch); i++)
    {
      RigFile *file = g_ptr_array_index (rig->files, i);

      if (file->length == 0 || file->length > 256 * 1024 || file->in_flight[0]
          || shoal_piece_store_get_file_state (rig->store, i) != SHOAL_FILE_STATE_PARTIAL
          || shoal_piece_store_get_n_missing (rig->store, i) < file->n_leaves
          || (rig->is_draft && !shoal_piece_store_knows_group (rig->store, i, 0)))
        continue;
      file->in_flight[0] = 1;
      batch[n++] = (ShoalWholeFile){ i, g_bytes_new (file->bytes, file->length) };
    }
  if (n == 0)
    return FALSE;
  rig->n_out++;
  shoal_piece_store_write_files_async (rig->store, batch, n, on_files_written, rig);
  for (gsize i = 0; i < n; i++)
    g_bytes_unref (batch[i].data);
  return TRUE;
}

/* FALSE: nothing to do at this moment. */
static gboolean
feed_one (Rig *rig)
{
  guint start = (guint) g_rand_int_range (rig->rand, 0, (gint32) rig->files->len);

  if (rig->forward)
    start = 0;
  if (rig->small_files && feed_small (rig))
    return TRUE;
  for (guint k = 0; k < rig->files->len; k++)
    {
      guint i = (start + k) % rig->files->len;
      RigFile *file = g_ptr_array_index (rig->files, i);
      uint64_t from;

      if (file->length == 0
          || shoal_piece_store_get_file_state (rig->store, i) != SHOAL_FILE_STATE_PARTIAL)
        continue;
      if (rig->small_files && file->length <= 256 * 1024 && file->in_flight[0])
        continue;
      if (!rig->small_files || file->length > 256 * 1024 || rig->is_draft)
        ask_hashes (rig, i, file);
      from = (uint64_t) g_rand_int_range (rig->rand, 0, (gint32) file->n_leaves);
      if (rig->forward)
        from = 0;
      for (uint64_t n = 0; n < file->n_leaves; n++)
        {
          uint64_t leaf = (from + n) % file->n_leaves;

          if (!file->in_flight[leaf]
              && shoal_piece_store_knows_group (rig->store, i, leaf / SHOAL_LEAVES_PER_GROUP)
              && shoal_piece_store_get_leaf (rig->store, i, leaf) == SHOAL_LEAF_MISSING)
            {
              write_extent (rig, i, file, leaf);
              return TRUE;
            }
        }
    }
  return FALSE;
}

void
rig_confirm (Rig *rig)
{
  g_autofree ShoalHash *roots = g_new0 (ShoalHash, rig->files->len + 1);

  for (guint i = 0; i < rig->files->len; i++)
    roots[i] = ((RigFile *) g_ptr_array_index (rig->files, i))->root;
  shoal_piece_store_complete_draft (rig->store, roots, NULL, rig->files->len);
}

static gboolean
has_partial (Rig *rig)
{
  for (guint i = 0; i < rig->files->len; i++)
    if (shoal_piece_store_get_file_state (rig->store, i) == SHOAL_FILE_STATE_PARTIAL
        && shoal_piece_store_get_n_leaves (rig->store, i) > 0)
      return TRUE;
  return FALSE;
}

void
rig_feed (Rig *rig)
{
  gint64 end = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  gboolean confirmed = !rig->is_draft || rig->no_confirm;

  while (TRUE)
    {
      ShoalPieceStoreState state = shoal_piece_store_get_state (rig->store);

      if (state == SHOAL_PIECE_STORE_STATE_COMMITTED || state == SHOAL_PIECE_STORE_STATE_FAILED)
        break;
      if (rig->n_taken >= rig->stop_after)
        break;
      if (!confirmed && (rig->n_taken > 10 || !has_partial (rig)))
        {
          confirmed = TRUE;
          rig_confirm (rig);
        }
      if (g_get_monotonic_time () > end)
        {
          for (guint i = 0; i < rig->files->len; i++)
            g_printerr ("%s: state %d, %d missing\n",
                        shoal_piece_store_get_path (rig->store, i),
                        shoal_piece_store_get_file_state (rig->store, i),
                        (int) shoal_piece_store_get_n_missing (rig->store, i));
          g_error ("stuck in state %d, %u out, %s failed", state, rig->n_out,
                   faulty_disk_failed ());
        }
      while (rig->n_out < rig->window && feed_one (rig))
        ;
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
    }
}

/* --- Checking ------------------------------------------------------------ */

char *
rig_find_wrong (Rig *rig, gboolean all_final)
{
  for (guint i = 0; i < rig->files->len; i++)
    {
      RigFile *file = g_ptr_array_index (rig->files, i);
      const char *name = shoal_piece_store_get_path (rig->store, i);
      g_autofree char *path = g_build_filename (rig->folder, name, NULL);
      g_autofree char *contents = NULL;
      ShoalFileState state = shoal_piece_store_get_file_state (rig->store, i);
      gsize size;

      if (state == SHOAL_FILE_STATE_SKIPPED && !file->is_folder)
        continue;
      if (file->is_folder)
        {
          if (all_final && !g_file_test (path, G_FILE_TEST_IS_DIR))
            return g_strdup_printf ("%s is no folder", path);
          continue;
        }
      if (state != SHOAL_FILE_STATE_FINAL)
        {
          if (all_final)
            return g_strdup_printf ("%s is not final: %d", name, state);
          continue;
        }
      if (!g_file_get_contents (path, &contents, &size, NULL))
        return g_strdup_printf ("%s cannot be read", path);
      if (size != file->length || memcmp (contents, file->bytes, size) != 0)
        return g_strdup_printf ("%s is wrong", path);
    }
  return NULL;
}

void
rig_assert_right (Rig *rig)
{
  g_autofree char *wrong = rig_find_wrong (rig, TRUE);

  if (wrong != NULL)
    g_error ("%s", wrong);
}

char *
rig_make_folder (void)
{
  char *folder = g_dir_make_tmp ("shoal-store-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

void
rig_delete_folder (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        rig_delete_folder (path);
      else
        g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
}
