/* shoal-download-open.c: the store: opened, watched, finished.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

#include "shoal-entries.h"

/* --- Telling ------------------------------------------------------------------------ */

static void
tell_pieces (ShoalDownload *self, uint32_t first, uint32_t end)
{
  while (first < end)
    {
      uint32_t run = first;

      while (run < end && shoal_picker_has_piece (self->picker, run))
        run++;
      if (run > first)
        self->events->pieces_done (self, first, run - first, self->user_data);
      first = MAX (run, first + 1);
    }
}

void
download_tell_pieces (ShoalDownload *self, uint32_t file, uint64_t first, uint64_t count)
{
  if (!self->tell_pieces || count == 0 || self->events->pieces_done == NULL)
    return;
  tell_pieces (self, shoal_picker_piece_of (self->picker, file, first),
               shoal_picker_piece_of (self->picker, file, first + count - 1) + 1);
}

/* Nothing is in doubt any more: what is there can be given to others. */
static void
begin_telling (ShoalDownload *self)
{
  self->tell_pieces = TRUE;
  if (self->events->pieces_done != NULL)
    tell_pieces (self, 0, shoal_picker_get_n_pieces (self->picker));
}

void
download_check_done (ShoalDownload *self)
{
  if (self->picker == NULL)
    return;
  if (self->state == SHOAL_DOWNLOAD_STATE_FETCHING && shoal_picker_is_done (self->picker))
    download_set_state (self, SHOAL_DOWNLOAD_STATE_FINISHING, NULL);
  else if (self->state == SHOAL_DOWNLOAD_STATE_FINISHING && !shoal_picker_is_done (self->picker))
    download_set_state (self, SHOAL_DOWNLOAD_STATE_FETCHING, NULL);
}

/* --- What the store says --------------------------------------------------------------- */

static void
on_leaves_changed (ShoalPieceStore *store, guint file, uint64_t first, uint64_t n,
                   ShoalLeafState state, gpointer user_data)
{
  ShoalDownload *self = user_data;

  if (self->picker == NULL || self->stopping)
    return;
  if (state == SHOAL_LEAF_MISSING)
    shoal_picker_set_missing (self->picker, file, first, n);
  else
    shoal_picker_set_done (self->picker, file, first, n);
  if (state == SHOAL_LEAF_HAVE)
    download_tell_pieces (self, file, first, n);
  download_check_done (self);
  shoal_picker_fill (self->picker, download_now (self));
  download_pump (self);
}

static void
on_file_changed (ShoalPieceStore *store, guint file, ShoalFileState state, const GError *error,
                 gpointer user_data)
{
  ShoalDownload *self = user_data;

  /* Folders are entries too, and nobody's concern here. */
  if (self->stopping || self->description == NULL
      || file >= shoal_description_get_n_files (self->description))
    return;

  if (state == SHOAL_FILE_STATE_FINAL)
    self->n_final++;
  if (state == SHOAL_FILE_STATE_FAILED && (self->file_flags[file] & FILE_FAILED) == 0)
    {
      self->n_failed++;
      self->file_flags[file] |= FILE_FAILED;
      if (self->picker != NULL)
        shoal_picker_set_wanted (self->picker, file, FALSE);
      download_check_done (self);
    }
  if (self->events->file_changed != NULL)
    self->events->file_changed (self, file, state, error, self->user_data);
}

static void
on_checked (ShoalPieceStore *store, uint64_t kept, uint64_t refetched, gpointer user_data)
{
  ShoalDownload *self = user_data;

  if (self->stopping)
    return;
  if (self->picker != NULL && !self->tell_pieces)
    begin_telling (self);
  if (self->events->resumed != NULL)
    self->events->resumed (self, kept, refetched, self->user_data);
}

static void
set_disk_full (ShoalDownload *self, gboolean full, const GError *error, uint64_t needed)
{
  if (self->disk_full == full)
    return;
  self->disk_full = full;
  if (self->picker != NULL)
    {
      shoal_picker_set_paused (self->picker, self->paused || full, download_now (self));
      download_pump (self);
    }
  if (self->events->disk_full != NULL)
    self->events->disk_full (self, full ? error : NULL, needed, self->user_data);
}

static void
finish (ShoalDownload *self)
{
  if (self->state == SHOAL_DOWNLOAD_STATE_FETCHING)
    download_set_state (self, SHOAL_DOWNLOAD_STATE_FINISHING, NULL);
  if (self->state != SHOAL_DOWNLOAD_STATE_FINISHING)
    return;
  download_close_sources (self);
  download_set_state (self, SHOAL_DOWNLOAD_STATE_DONE, NULL);
}

static void
on_store_state (ShoalPieceStore *store, ShoalPieceStoreState state, const GError *error,
                uint64_t needed, gpointer user_data)
{
  ShoalDownload *self = user_data;
  g_autoptr (ShoalDownload) keep = shoal_download_ref (self);

  if (self->stopping)
    return;

  switch ((int) state)
    {
    case SHOAL_PIECE_STORE_STATE_PAUSED:
      set_disk_full (self, TRUE, error, needed);
      break;

    case SHOAL_PIECE_STORE_STATE_RUNNING:
      set_disk_full (self, FALSE, NULL, 0);
      break;

    case SHOAL_PIECE_STORE_STATE_COMMITTED:
      finish (self);
      break;

    case SHOAL_PIECE_STORE_STATE_FAILED:
      /* Some files failed, alone: the others are here, synced and in place. */
      if (self->n_failed > 0 && self->n_final > 0)
        finish (self);
      else if (self->store_open)
        download_fail (self, error);
      break;

    default:
      break;
    }
}

static const ShoalPieceStoreEvents STORE_EVENTS = {
  .leaves_changed = on_leaves_changed,
  .file_changed = on_file_changed,
  .checked = on_checked,
  .state_changed = on_store_state,
};

/* --- The picker's tables ------------------------------------------------------------------ */

/* Small files that nothing is there of are fetched and verified whole. */
static gboolean
is_whole (ShoalDownload *self, uint32_t file, uint64_t length)
{
  return length > 0 && length <= SHOAL_SMALL_FILE_LENGTH
         && shoal_piece_store_get_file_state (self->store, file) == SHOAL_FILE_STATE_PARTIAL
         && shoal_piece_store_get_n_missing (self->store, file) == shoal_merkle_n_leaves (length);
}

static ShoalPickerFile *
make_table (ShoalDownload *self)
{
  uint32_t n = shoal_description_get_n_files (self->description);
  ShoalPickerFile *files = g_new0 (ShoalPickerFile, MAX (1, n));

  for (uint32_t i = 0; i < n; i++)
    {
      uint64_t length = shoal_description_get_file (self->description, i)->length;
      ShoalFileState state = shoal_piece_store_get_file_state (self->store, i);

      if (is_whole (self, i, length))
        self->file_flags[i] |= FILE_WHOLE;
      files[i].length = length;
      files[i].wanted = state != SHOAL_FILE_STATE_SKIPPED && state != SHOAL_FILE_STATE_FAILED;
      files[i].has_hashes = !self->is_draft && (length <= SHOAL_LEAF_SIZE
                                                || (self->file_flags[i] & FILE_WHOLE) != 0);
      self->n_chosen += state != SHOAL_FILE_STATE_SKIPPED;
      self->n_final += state == SHOAL_FILE_STATE_FINAL;
    }
  return files;
}

static void
load_groups (ShoalDownload *self, uint32_t file, uint64_t length, gint64 now)
{
  uint64_t n = shoal_merkle_n_groups (length);

  for (uint64_t group = 0; group < n; group++)
    {
      uint64_t first = group;

      while (group < n && shoal_piece_store_knows_group (self->store, file, group))
        group++;
      if (group > first)
        shoal_picker_have_hashes (self->picker, file, first * SHOAL_LEAVES_PER_GROUP,
                                  (group - first) * SHOAL_LEAVES_PER_GROUP, now);
    }
}

/* What the store has, or is still looking at: the latter comes back as missing
 * if it turns out so. TRUE if there was any of that. */
static gboolean
load_file (ShoalDownload *self, uint32_t file, gint64 now)
{
  uint64_t length = shoal_description_get_file (self->description, file)->length;
  uint64_t n = shoal_merkle_n_leaves (length);
  gboolean checking = FALSE;

  if (n == 0 || (self->file_flags[file] & FILE_WHOLE) != 0)
    {
      if (self->is_draft && n > 0)
        load_groups (self, file, length, now);
      return FALSE;
    }
  for (uint64_t leaf = 0; leaf < n;)
    {
      ShoalLeafState state;
      uint64_t run = shoal_piece_store_get_run (self->store, file, leaf, &state);

      run = CLAMP (run, 1, n - leaf);
      checking |= state == SHOAL_LEAF_CHECKING;
      if (state != SHOAL_LEAF_MISSING)
        shoal_picker_set_done (self->picker, file, leaf, run);
      leaf += run;
    }
  load_groups (self, file, length, now);
  return checking;
}

static void
make_picker (ShoalDownload *self)
{
  g_autofree ShoalPickerFile *files = make_table (self);
  ShoalPickerConfig config = {
    .files = files,
    .n_files = shoal_description_get_n_files (self->description),
    .piece_length = shoal_description_get_piece_length (self->description),
    .is_draft = self->is_draft,
    .start_index = self->start_index,
    .start_count = self->start_count,
    .budget = self->budget,
    .shaper = self->shaper,
  };
  gint64 now = download_now (self);
  gboolean checking = FALSE;

  self->picker = shoal_picker_new (&config);
  for (uint32_t i = 0; i < config.n_files; i++)
    checking |= load_file (self, i, now);
  shoal_picker_set_rate_limit (self->picker, self->rate_limit, now);
  shoal_picker_set_paused (self->picker, self->paused || self->disk_full, now);
  if (!checking)
    begin_telling (self);
}

/* --- Opening ---------------------------------------------------------------------------------- */

void
download_apply_roots (ShoalDownload *self)
{
  if (self->final_roots == NULL || !self->store_open)
    return;
  shoal_piece_store_complete_draft (self->store, self->final_roots, self->final_left_out,
                                    shoal_description_get_n_files (self->description));
  g_clear_pointer (&self->final_roots, g_free);
  g_clear_pointer (&self->final_left_out, g_free);
  if (!self->stopping && self->events->rekeyed != NULL)
    self->events->rekeyed (self, self->final, self->user_data);
}

static void
on_opened (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  g_autoptr (ShoalDownload) self = user_data;

  if (self->stopping)
    return;
  if (error != NULL)
    {
      download_fail (self, error);
      return;
    }
  self->store_open = TRUE;
  make_picker (self);
  download_set_state (self, SHOAL_DOWNLOAD_STATE_FETCHING, NULL);
  download_enlist (self);
  download_apply_roots (self);
  download_check_done (self);
  if (shoal_piece_store_get_state (store) == SHOAL_PIECE_STORE_STATE_COMMITTED)
    finish (self);
}

typedef struct
{
  ShoalDownload  *download;   /* (owned) */
  GBytes         *attributes; /* (owned) (nullable) */
  ShoalEntryList *entries;    /* (owned) */
} Opening;

/* A long list takes a few milliseconds to make: not here. */
static void
work_entries (gpointer data)
{
  Opening *job = data;
  ShoalDescription *description = job->download->description;
  g_autoptr (ShoalAttributes) attributes = NULL;

  if (job->attributes != NULL)
    attributes = shoal_attributes_parse (job->attributes, description, NULL);
  job->entries = shoal_entry_list_new (description, attributes);
}

static void
open_store (ShoalDownload *self, const ShoalEntryList *entries)
{
  ShoalPieceStoreOptions options = {
    .runtime = self->runtime,
    .database = self->database,
    .destination = self->directory,
    .entries = entries->entries,
    .n_entries = entries->n_entries,
    .chosen = self->chosen,
    .is_draft = self->is_draft,
    .disk = self->disk,
    .events = &STORE_EVENTS,
    .user_data = self,
  };

  memcpy (options.transfer, self->transfer, sizeof options.transfer);
  self->store = shoal_piece_store_new (&options);
  shoal_piece_store_open_async (self->store, on_opened, shoal_download_ref (self));
}

static void
done_entries (gpointer data)
{
  Opening *job = data;
  ShoalDownload *self = job->download;

  if (download_is_live (self))
    open_store (self, job->entries);
  shoal_entry_list_free (job->entries);
  g_clear_pointer (&job->attributes, g_bytes_unref);
  shoal_download_unref (self);
  g_free (job);
}

static gboolean
is_chosen (ShoalDownload *self, uint32_t entry)
{
  return (self->chosen[entry / 8] >> (entry % 8)) & 1;
}

/* Folders are made that hold something chosen, or nothing at all. */
static void
choose_folders (ShoalDownload *self)
{
  uint32_t n_files = shoal_description_get_n_files (self->description);
  uint32_t n_folders = shoal_description_get_n_folders (self->description);

  for (uint32_t i = 0; i <= n_folders; i++)
    {
      const ShoalFolder *folder
        = i < n_folders ? shoal_description_get_folder (self->description, i) : NULL;
      gboolean wanted = folder == NULL || folder->n_files == 0;

      for (uint32_t j = 0; folder != NULL && !wanted && j < folder->n_files; j++)
        wanted = is_chosen (self, folder->first_file + j);
      if (wanted)
        self->chosen[(n_files + i) / 8] |= (uint8_t) (1u << ((n_files + i) % 8));
    }
}

void
download_open_store (ShoalDownload *self)
{
  Opening *job;

  if (self->directory == NULL || self->state != SHOAL_DOWNLOAD_STATE_DESCRIBED || self->stopping)
    return;

  download_set_state (self, SHOAL_DOWNLOAD_STATE_OPENING, NULL);
  self->file_flags = g_new0 (uint8_t, shoal_description_get_n_files (self->description) + 1);
  if (self->chosen != NULL)
    choose_folders (self);
  job = g_new0 (Opening, 1);
  job->download = shoal_download_ref (self);
  if (self->attributes != NULL)
    job->attributes = g_bytes_ref (self->attributes);
  shoal_runtime_submit (self->runtime, SHOAL_POOL_HASH, work_entries, done_entries, job);
}
