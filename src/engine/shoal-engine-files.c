/* shoal-engine-files.c: .torrent files written, and folders compared with them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-engine-shares.h"
#include "shoal-sha256.h"
#include "shoal-sharing-private.h"
#include "shoal-torrent.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
shoal_bad_file_free (ShoalBadFile *bad)
{
  g_free (bad->path);
  g_free (bad->trouble);
  g_free (bad);
}

/* --- Export -------------------------------------------------------------- */

typedef struct
{
  ShoalEngine        *engine;  /* (unowned): the task's */
  char               *file;    /* (owned): to write */
  ShoalHashed        *hashed;  /* (owned) (nullable): unless it is a share of ours */
  ShoalDescription   *description; /* (owned) (nullable) */
  ShoalContentSource *source;  /* (owned) (nullable): the view of it */
  GPtrArray          *layers;  /* (owned) of GArray of ShoalHash, by file; NULL: one piece */
  GTask              *task;    /* (unowned) */
  uint32_t            n_file;
  uint64_t            group;
  GError             *error;
} ExportCall;

static void
layer_free (gpointer layer)
{
  g_clear_pointer ((GArray **) &layer, g_array_unref);
}

static void
export_call_free (gpointer data)
{
  ExportCall *call = data;

  g_free (call->file);
  g_clear_pointer (&call->source, shoal_content_source_unref);
  g_clear_pointer (&call->hashed, shoal_hashed_free);
  g_clear_pointer (&call->description, shoal_description_unref);
  g_ptr_array_unref (call->layers);
  g_clear_error (&call->error);
  g_free (call);
}

static const ShoalHash *
layer_of (uint32_t index, gpointer user_data)
{
  ExportCall *call = user_data;
  GArray *layer = g_ptr_array_index (call->layers, index);

  return layer != NULL ? (const ShoalHash *) layer->data : NULL;
}

static void
write_torrent (gpointer data)
{
  ExportCall *call = data;
  g_autoptr (GBytes) bytes
    = shoal_torrent_write (call->description, layer_of, call, NULL, &call->error);
  gsize size;
  const char *contents;

  if (bytes == NULL)
    return;
  contents = g_bytes_get_data (bytes, &size);
  g_file_set_contents_full (call->file, contents, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT,
                            0666, &call->error);
}

static void
on_torrent_written (gpointer data)
{
  ExportCall *call = data;
  g_autoptr (GTask) task = call->task;

  if (call->error != NULL)
    g_task_return_error (task, g_steal_pointer (&call->error));
  else
    g_task_return_pointer (
      task, shoal_engine_describe_share (call->engine, call->description),
      (GDestroyNotify) shoal_share_info_unref);
}

static void next_group (ExportCall *call);

static void
on_group (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  ExportCall *call = user_data;
  ShoalDescription *description = call->description;
  unsigned piece_layer
    = shoal_merkle_piece_layer (shoal_description_get_piece_length (description));
  GArray *layer = g_ptr_array_index (call->layers, call->n_file);
  ShoalHash nodes[SHOAL_LEAVES_PER_GROUP];
  uint64_t n;

  if (error != NULL)
    {
      g_autoptr (GTask) task = call->task;

      g_task_return_error (task, g_error_copy (error));
      return;
    }
  n = shoal_merkle_reduce (hashes, n_hashes, 0, MIN (piece_layer, SHOAL_MERKLE_GROUP_LAYER),
                           nodes);
  g_array_append_vals (layer, nodes, (guint) n);
  call->group++;
  next_group (call);
}

/* Pieces larger than a group are folded from group roots at the end. */
static void
end_layer (ExportCall *call, unsigned piece_layer)
{
  GArray *layer = g_ptr_array_index (call->layers, call->n_file);
  uint64_t n;

  if (piece_layer <= SHOAL_MERKLE_GROUP_LAYER)
    return;
  n = shoal_merkle_reduce ((const ShoalHash *) layer->data, layer->len, SHOAL_MERKLE_GROUP_LAYER,
                           piece_layer, (ShoalHash *) layer->data);
  g_array_set_size (layer, (guint) n);
}

static void
next_group (ExportCall *call)
{
  ShoalDescription *description = call->description;
  unsigned piece_layer
    = shoal_merkle_piece_layer (shoal_description_get_piece_length (description));

  for (; call->n_file < shoal_description_get_n_files (description); call->n_file++)
    {
      const ShoalFile *file = shoal_description_get_file (description, call->n_file);

      if (file->n_pieces > 1 && call->group < shoal_merkle_n_groups (file->length))
        {
          if (call->group == 0)
            call->layers->pdata[call->n_file]
              = g_array_sized_new (FALSE, FALSE, sizeof (ShoalHash), file->n_pieces);
          shoal_content_source_hashes_async (call->source, call->n_file, call->group, on_group,
                                             call);
          return;
        }
      if (file->n_pieces > 1)
        end_layer (call, piece_layer);
      call->group = 0;
    }
  shoal_runtime_submit (engine_runtime (call->engine), SHOAL_POOL_HASH, write_torrent,
                        on_torrent_written, call);
}

/* @source is taken. */
static void
begin_export (ExportCall *call, ShoalDescription *description, ShoalContentSource *source)
{
  call->description = shoal_description_ref (description);
  call->source = source;
  g_ptr_array_set_size (call->layers, (int) shoal_description_get_n_files (description));
  next_group (call);
}

static ExportCall *
export_call_new (ShoalEngine *self, const char *file, GTask *task)
{
  ExportCall *call = g_new0 (ExportCall, 1);

  call->engine = self;
  call->file = g_canonicalize_filename (file, NULL);
  call->layers = g_ptr_array_new_with_free_func (layer_free);
  call->task = task;
  g_task_set_task_data (task, call, export_call_free);
  return call;
}

static void
on_ready_to_export (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ShoalEngine *self = SHOAL_ENGINE (source);
  ExportCall *call = g_task_get_task_data (task);
  GError *error = NULL;

  call->hashed = shoal_engine_hash_paths_finish (self, result, &error);
  if (call->hashed == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  begin_export (call, call->hashed->description,
                shoal_seed_view_new (call->hashed->seed, call->hashed->description));
}

void
shoal_engine_export_async (ShoalEngine *self, const char *const *paths, const char *file,
                           ShoalHashProgress progress, gpointer progress_data,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, shoal_engine_export_async);
  export_call_new (self, file, task);
  shoal_engine_hash_paths_async (self, paths, progress, progress_data, cancellable,
                                 on_ready_to_export, task);
}

ShoalShareInfo *
shoal_engine_export_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
shoal_engine_export_share_async (ShoalEngine *self, const char *share, const char *file,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  ShoalSharing *sharing = shoal_engine_find_sharing (self, share, &error);

  g_task_set_source_tag (task, shoal_engine_export_share_async);
  if (sharing != NULL && sharing->state != SHOAL_SHARE_SERVED)
    shoal_error_set (&error, SHOAL_ERROR_BUSY, SHOAL_SIDE_HERE, "Try again when it is shared.",
                     "“%s” is not shared at the moment", sharing->stored->name);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  begin_export (export_call_new (self, file, task), sharing->description,
                shoal_content_source_ref (sharing->source));
}

gboolean
shoal_engine_export_share_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_autoptr (ShoalShareInfo) info = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  info = g_task_propagate_pointer (G_TASK (result), error);
  return info != NULL;
}

/* --- Verify -------------------------------------------------------------- */

typedef struct
{
  ShoalEngine      *engine;      /* (unowned): the task's */
  char             *what;        /* (owned) */
  char             *directory;   /* (owned) */
  ShoalTorrent     *torrent;     /* (owned) (nullable) */
  ShoalDescription *description; /* (owned) (nullable) */
  GPtrArray        *bad;         /* (owned) (nullable) of ShoalBadFile */
  GError           *error;
  GTask            *task;        /* (unowned) */
  GCancellable     *cancellable; /* (nullable) */
  ShoalHashProgress progress;    /* (nullable) */
  gpointer          progress_data;
  guint             timer;
  gint              done, total; /* atomic: in leaves; the worker counts */
} VerifyCall;

static void
verify_call_free (gpointer data)
{
  VerifyCall *call = data;

  /* A task drops its source, the engine, before its data. */
  g_assert (call->timer == 0);
  g_free (call->what);
  g_free (call->directory);
  g_clear_pointer (&call->torrent, shoal_torrent_free);
  g_clear_pointer (&call->description, shoal_description_unref);
  g_clear_pointer (&call->bad, g_ptr_array_unref);
  g_clear_error (&call->error);
  g_free (call);
}

static void
add_bad (VerifyCall *call, const ShoalFile *file, uint64_t offset, uint64_t blocks,
         const char *format, ...) G_GNUC_PRINTF (5, 6);

static void
add_bad (VerifyCall *call, const ShoalFile *file, uint64_t offset, uint64_t blocks,
         const char *format, ...)
{
  ShoalBadFile *bad = g_new0 (ShoalBadFile, 1);
  va_list args;

  va_start (args, format);
  bad->trouble = g_strdup_vprintf (format, args);
  va_end (args);
  bad->path = g_strdup (file->path);
  bad->first_offset = offset;
  bad->bad_blocks = blocks;
  g_ptr_array_add (call->bad, bad);
}

/* The leaf hashes of a whole open file. FALSE with errno on a read error. */
static gboolean
hash_file (VerifyCall *call, int fd, uint64_t length, ShoalHash *leaves)
{
  const gsize chunk = 1024 * 1024;
  g_autofree uint8_t *buffer = g_malloc (chunk);
  uint64_t offset = 0;

  while (offset < length && !g_cancellable_is_cancelled (call->cancellable))
    {
      gsize want = (gsize) MIN ((uint64_t) chunk, length - offset);
      gsize have = 0;

      while (have < want)
        {
          ssize_t got = pread (fd, buffer + have, want - have, (off_t) (offset + have));

          if (got < 0 && errno == EINTR)
            continue;
          if (got <= 0)
            {
              errno = got == 0 ? EIO : errno;
              return FALSE;
            }
          have += (gsize) got;
        }
      shoal_sha256_leaves (buffer, want, leaves + offset / SHOAL_LEAF_SIZE);
      offset += want;
      g_atomic_int_add (&call->done, (gint) shoal_merkle_n_leaves (want));
    }
  return TRUE;
}

/* With the piece layer it can be said where; without, only that. */
static void
compare (VerifyCall *call, uint32_t index, ShoalHash *leaves)
{
  const ShoalFile *file = shoal_description_get_file (call->description, index);
  uint32_t piece_length = shoal_description_get_piece_length (call->description);
  unsigned piece_layer = shoal_merkle_piece_layer (piece_length);
  const ShoalHash *layer
    = call->torrent != NULL ? shoal_torrent_get_piece_layer (call->torrent, index) : NULL;
  uint64_t n_leaves = shoal_merkle_n_leaves (file->length);
  uint64_t first = G_MAXUINT64, n_bad = 0;
  ShoalHash root;

  shoal_merkle_root (file->length, 0, leaves, &root);
  if (shoal_hash_equals (&root, &file->key))
    return;

  if (layer == NULL)
    {
      add_bad (call, file, 0, n_leaves, "its bytes are not what is described");
      return;
    }
  shoal_merkle_reduce (leaves, n_leaves, 0, piece_layer, leaves);
  for (uint32_t i = 0; i < file->n_pieces; i++)
    {
      if (shoal_hash_equals (&leaves[i], &layer[i]))
        continue;
      first = MIN (first, (uint64_t) i * piece_length);
      n_bad++;
    }
  add_bad (call, file, first, n_bad * (piece_length / SHOAL_LEAF_SIZE),
           "%" G_GUINT64_FORMAT " of %u pieces are bad, the first at byte %" G_GUINT64_FORMAT,
           n_bad, file->n_pieces, first);
}

static void
verify_file (VerifyCall *call, uint32_t index)
{
  const ShoalFile *file = shoal_description_get_file (call->description, index);
  const char *name = shoal_description_get_name (call->description);
  g_autofree char *path
    = shoal_description_is_single_file (call->description)
        ? g_build_filename (call->directory, file->path, NULL)
        : g_build_filename (call->directory, name, file->path, NULL);
  g_autofree ShoalHash *leaves = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0)
    {
      add_bad (call, file, 0, shoal_merkle_n_leaves (file->length), "%s",
               errno == ENOENT ? "it is missing" : g_strerror (errno));
    }
  else if (!S_ISREG (st.st_mode) || (uint64_t) st.st_size != file->length)
    {
      add_bad (call, file, 0, shoal_merkle_n_leaves (file->length),
               "it has %" G_GUINT64_FORMAT " bytes instead of %" G_GUINT64_FORMAT,
               (uint64_t) st.st_size, file->length);
    }
  else if (file->length > 0)
    {
      leaves = g_new (ShoalHash, shoal_merkle_n_leaves (file->length));
      if (!hash_file (call, fd, file->length, leaves))
        add_bad (call, file, 0, shoal_merkle_n_leaves (file->length), "%s", g_strerror (errno));
      else if (!g_cancellable_is_cancelled (call->cancellable))
        compare (call, index, leaves);
    }
  if (fd >= 0)
    close (fd);
}

static void
verify_all (gpointer data)
{
  VerifyCall *call = data;
  uint64_t total = 0;

  if (call->description == NULL)
    {
      call->torrent = shoal_engine_read_torrent (call->what, &call->error);
      if (call->torrent == NULL)
        return;
      call->description
        = shoal_description_ref (shoal_torrent_get_description (call->torrent));
    }
  if (!g_file_test (call->directory, G_FILE_TEST_IS_DIR))
    {
      shoal_error_set (&call->error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                       "Give the folder that the share was put into.", "There is no folder “%s”",
                       call->directory);
      return;
    }

  for (uint32_t i = 0; i < shoal_description_get_n_files (call->description); i++)
    total += shoal_merkle_n_leaves (shoal_description_get_file (call->description, i)->length);
  g_atomic_int_set (&call->total, (gint) MIN (total, G_MAXINT));
  call->bad = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_bad_file_free);
  for (uint32_t i = 0; i < shoal_description_get_n_files (call->description); i++)
    verify_file (call, i);
}

static void
on_verified (gpointer data)
{
  VerifyCall *call = data;
  g_autoptr (GTask) task = call->task;

  shoal_runtime_clear_timer (engine_runtime (call->engine), &call->timer);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (call->error != NULL)
    g_task_return_error (task, g_steal_pointer (&call->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&call->bad),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
on_progress (gpointer user_data)
{
  VerifyCall *call = user_data;

  call->progress ((uint64_t) g_atomic_int_get (&call->done) * SHOAL_LEAF_SIZE,
                  (uint64_t) g_atomic_int_get (&call->total) * SHOAL_LEAF_SIZE,
                  call->progress_data);
  call->timer = shoal_runtime_add_timer (engine_runtime (call->engine), 100 * 1000, on_progress,
                                         call);
}

static void
fail_verify (VerifyCall *call, GError *error)
{
  g_autoptr (GTask) task = call->task;

  g_task_return_error (task, error);
}

static void
run_verify (VerifyCall *call)
{
  if (call->progress != NULL)
    call->timer = shoal_runtime_add_timer (engine_runtime (call->engine), 0, on_progress, call);
  shoal_runtime_submit (engine_runtime (call->engine), SHOAL_POOL_DISK, verify_all, on_verified,
                        call);
}

static void
on_parsed (ShoalEngine *self, const char *id, ShoalDescription *description, GBytes *chosen,
           gpointer user_data)
{
  VerifyCall *call = user_data;

  if (description == NULL)
    {
      fail_verify (call, shoal_error_new (
        SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
        "Run “shoal-cli get” with that link into the same folder: it checks what is there and "
        "fetches what is bad; or use the .torrent file.",
        "What that link names is not known here"));
      return;
    }
  call->description = shoal_description_ref (description);
  run_verify (call);
}

/* A link only names a share: its description is that of a share of ours, or comes
 * from a transfer. */
static void
find_description (VerifyCall *call)
{
  ShoalEngine *self = call->engine;
  GError *error = NULL;
  g_autoptr (ShoalShareLink) link = shoal_share_link_parse (call->what, -1, &error);
  g_autofree char *id = NULL;
  ShoalSharing *sharing;
  GHashTableIter iter;
  gpointer value;

  if (link == NULL)
    {
      fail_verify (call, error);
      return;
    }
  id = shoal_hash_to_hex (&link->id);
  sharing = shoal_engine_find_sharing (self, id, NULL);
  if (sharing != NULL && sharing->description != NULL)
    {
      on_parsed (self, NULL, sharing->description, NULL, call);
      return;
    }
  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if ((transfer->stored->flags & (SHOAL_STORED_IS_DRAFT | SHOAL_STORED_HIDDEN)) == 0
          && (transfer->retired || transfer->stored->description != NULL)
          && shoal_hash_equals (&transfer->stored->share_key, &link->id))
        {
          shoal_engine_load_stored (self, transfer, on_parsed, call);
          return;
        }
    }
  on_parsed (self, NULL, NULL, NULL, call);
}

void
shoal_engine_verify_async (ShoalEngine *self, const char *what, const char *directory,
                           ShoalHashProgress progress, gpointer progress_data,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  VerifyCall *call = g_new0 (VerifyCall, 1);

  g_task_set_source_tag (task, shoal_engine_verify_async);
  g_task_set_task_data (task, call, verify_call_free);
  call->engine = self;
  call->what = g_strdup (what);
  call->directory = g_canonicalize_filename (directory, NULL);
  call->task = task;
  call->cancellable = cancellable;
  call->progress = progress;
  call->progress_data = progress_data;
  if (shoal_share_link_looks_like (what))
    find_description (call);
  else
    run_verify (call);
}

GPtrArray *
shoal_engine_verify_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
