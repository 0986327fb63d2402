/* shoal-engine-get.c: bytes that come here: the downloads and their sources.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

/* The offerer hears how far we are this often. */
#define REPORT_US (G_USEC_PER_SEC)

/* --- The download's events ----------------------------------------------- */

/* What a person has chosen, to look paths up in: they may be as many as files. */
static GHashTable *
index_chosen (char **chosen)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; chosen[i] != NULL; i++)
    {
      char *path = g_strdup (chosen[i]);

      for (gsize length = strlen (path); length > 0 && path[length - 1] == '/'; length--)
        path[length - 1] = '\0';
      g_hash_table_add (set, path);
    }
  return set;
}

/* The file itself, or a folder that it lies in. */
static gboolean
is_among (GHashTable *chosen, const char *path)
{
  g_autofree char *part = g_strdup (path);
  char *slash;

  while (!g_hash_table_contains (chosen, part))
    {
      slash = strrchr (part, '/');
      if (slash == NULL)
        return FALSE;
      *slash = '\0';
    }
  return TRUE;
}

/* Bit i of byte i / 8, lowest first; a chosen folder means all beneath it. */
static uint8_t *
choose (ShoalTransfer *self, ShoalDescription *description, gsize *size)
{
  uint32_t n_files = shoal_description_get_n_files (description);
  g_autoptr (GHashTable) chosen = NULL;
  uint8_t *bits;

  *size = (n_files + 7) / 8;
  if (self->chosen == NULL && self->stored->chosen == NULL)
    return NULL;

  bits = g_malloc0 (MAX (*size, 1));
  if (self->stored->chosen != NULL)
    {
      gsize stored_size;
      const uint8_t *stored = g_bytes_get_data (self->stored->chosen, &stored_size);

      memcpy (bits, stored, MIN (*size, stored_size));
      return bits;
    }

  chosen = index_chosen (self->chosen);
  for (uint32_t i = 0; i < n_files; i++)
    {
      if (is_among (chosen, shoal_description_get_file (description, i)->path))
        bits[i / 8] |= (uint8_t) (1 << (i % 8));
    }
  self->stored->chosen = g_bytes_new (bits, *size);
  return bits;
}

static gboolean
is_empty (const uint8_t *bits, gsize size)
{
  return bits[0] == 0 && memcmp (bits, bits + 1, size - 1) == 0;
}

static void
on_described (ShoalDownload *download, ShoalDescription *description, gpointer user_data)
{
  ShoalTransfer *self = user_data;
  g_autofree uint8_t *chosen = NULL;
  GError *error = NULL;
  gsize size;

  if (!shoal_engine_check_description (self, description, &error))
    {
      shoal_incoming_send_trouble (self, error);
      shoal_get_stop (self, TRUE);
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_FAILED, error);
      return;
    }
  shoal_engine_keep_description (self, description, shoal_download_get_attributes (download));
  chosen = choose (self, description, &size);
  if (chosen != NULL && size > 0 && is_empty (chosen, size))
    {
      shoal_incoming_send_decline (self, SHOAL_DECLINE_STOPPED, NULL);
      shoal_get_stop (self, TRUE);
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_FAILED,
                                shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                                                 "Choose among the names the offer lists.",
                                                 "Nothing of “%s” is called what was chosen",
                                                 self->stored->name));
      return;
    }
  shoal_transfer_save (self);
  shoal_list_answer (self);
  shoal_download_set_destination (download, self->stored->destination, chosen, size);
}

/* What the share is called on disk: its folder, or its only file. */
static char *
dup_top_name (ShoalTransfer *self)
{
  ShoalPieceStore *store = shoal_download_get_store (self->download);

  for (guint i = 0; i < shoal_piece_store_get_n_files (store); i++)
    {
      const char *path = shoal_piece_store_get_path (store, i);

      if (path != NULL && shoal_piece_store_get_file_state (store, i) == SHOAL_FILE_STATE_FINAL)
        return g_strndup (path, strcspn (path, "/"));
    }
  return g_strdup (self->stored->name);
}

static void
note_wanted (ShoalTransfer *self)
{
  ShoalDownloadProgress progress;

  shoal_download_get_progress (self->download, &progress);
  self->stored->wanted_bytes = progress.total;
  self->stored->wanted_files = progress.files;
}

static void
end_well (ShoalTransfer *self)
{
  ShoalDownloadProgress progress;

  shoal_download_get_progress (self->download, &progress);
  note_wanted (self);
  self->stored->done_bytes = progress.verified;
  self->stored->failed_files = progress.files_failed;
  g_free (self->stored->saved_as);
  self->stored->saved_as = dup_top_name (self);
  shoal_get_remember_hashes (self);
  self->committed = TRUE;
  self->idle_since = shoal_runtime_now (engine_runtime (self->engine));
  if (self->stored->has_offer)
    {
      shoal_incoming_send_received (self);
      shoal_incoming_send_committed (self);
    }
  else
    {
      shoal_get_stop_passing_on (self); /* not served further unless shared */
    }
  shoal_transfer_set_phase (self, SHOAL_TRANSFER_DONE, NULL);
  if (self->passing == NULL)
    shoal_get_stop (self, FALSE);
}

static void
on_done (ShoalTransfer *self)
{
  if (self->stored->kind != SHOAL_STORED_FILES)
    shoal_get_take_text (self, end_well);
  else
    end_well (self);
}

static void
on_state_changed (ShoalDownload *download, ShoalDownloadState state, const GError *error,
                  gpointer user_data)
{
  ShoalTransfer *self = user_data;

  switch (state)
    {
    case SHOAL_DOWNLOAD_STATE_FETCHING:
      note_wanted (self);
      if (self->stored->has_offer)
        shoal_incoming_send_accept (self); /* with the chosen numbers */
      shoal_get_pass_on (self);
      if (!shoal_download_is_paused (download))
        shoal_transfer_set_phase (self, SHOAL_TRANSFER_RUNNING, NULL);
      break;

    case SHOAL_DOWNLOAD_STATE_FINISHING:
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_SYNCING, NULL);
      if (self->stored->has_offer)
        shoal_incoming_send_received (self);
      break;

    case SHOAL_DOWNLOAD_STATE_DONE:
      on_done (self);
      break;

    case SHOAL_DOWNLOAD_STATE_FAILED:
      if (self->stored->has_offer)
        shoal_incoming_send_trouble (self, error);
      shoal_get_stop_passing_on (self);
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_FAILED, g_error_copy (error));
      shoal_get_stop (self, FALSE);
      break;

    case SHOAL_DOWNLOAD_STATE_DESCRIBING:
    case SHOAL_DOWNLOAD_STATE_DESCRIBED:
    case SHOAL_DOWNLOAD_STATE_OPENING:
    case SHOAL_DOWNLOAD_STATE_STOPPED:
    default:
      break;
    }
}

static void
on_first_byte (ShoalDownload *download, gpointer user_data)
{
  shoal_transfer_tell (user_data, SHOAL_EVENT_FIRST_BYTE);
}

static void
on_sources_changed (ShoalDownload *download, gpointer user_data)
{
  ShoalTransfer *self = user_data;

  if (!self->stored->has_offer && self->download != NULL)
    shoal_transfer_tell_lost (self);
  shoal_get_tell_refused (self);
  shoal_transfer_touch (self);
}

static void
on_peers (ShoalDownload *download, ShoalPeer *teller, const ShoalPeerEntry *entries, guint n,
          gpointer user_data)
{
  for (guint i = 0; i < n; i++)
    shoal_get_add_other (user_data, teller, &entries[i]);
}

static void
on_banned (ShoalDownload *download, ShoalPeer *peer, const char *why, gpointer user_data)
{
  ShoalTransfer *self = user_data;
  g_autofree char *name = shoal_engine_name_device (self->engine, shoal_peer_get_id (peer));

  shoal_engine_tell_notice (self->engine, "%s sends wrong data and is not asked again: %s", name,
                            why);
}

static void
on_pieces_done (ShoalDownload *download, uint32_t first, uint32_t count, gpointer user_data)
{
  ShoalTransfer *self = user_data;

  if (self->passing != NULL)
    shoal_serving_have (self->passing, first, count);
}

static void
on_file_changed (ShoalDownload *download, uint32_t file, ShoalFileState state,
                 const GError *error, gpointer user_data)
{
  ShoalTransfer *self = user_data;

  if (error != NULL)
    shoal_list_note_error (self, file, error);
  /* The only file's failure is the transfer's, which is told. */
  if (error != NULL
      && shoal_description_get_n_files (shoal_download_get_description (download)) > 1)
    shoal_engine_tell_error (self->engine, error);
  shoal_transfer_touch (self);
}

static void
on_disk_full (ShoalDownload *download, const GError *error, uint64_t needed, gpointer user_data)
{
  ShoalTransfer *self = user_data;
  g_autofree char *size = NULL;

  g_clear_pointer (&self->reason, g_free);
  if (error == NULL && shoal_download_is_paused (download))
    {
      self->reason = g_strdup ("Paused here");
    }
  else if (error == NULL)
    {
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_RUNNING, NULL);
    }
  else
    {
      size = g_format_size (needed);
      self->reason = g_strdup_printf ("The disk is full. %s more are needed; the transfer goes on "
                                      "when there is room.", size);
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_PAUSED, g_error_copy (error));
    }
  if (self->stored->has_offer)
    shoal_incoming_send_received (self);
}

static void
on_resumed (ShoalDownload *download, uint64_t kept, uint64_t refetched, gpointer user_data)
{
  ShoalTransfer *self = user_data;

  self->kept = kept;
  self->refetched = refetched;
  shoal_transfer_tell (self, SHOAL_EVENT_RESUMED);
}

static const ShoalDownloadEvents download_events = {
  .state_changed = on_state_changed,
  .described = on_described,
  .first_byte = on_first_byte,
  .sources_changed = on_sources_changed,
  .peers = on_peers,
  .banned = on_banned,
  .pieces_done = on_pieces_done,
  .file_changed = on_file_changed,
  .disk_full = on_disk_full,
  .resumed = on_resumed,
};

/* --- Sessions ------------------------------------------------------------ */

void
shoal_get_peer_ready (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->download == NULL)
        continue;
      if (!transfer->stored->has_offer && !shoal_transfer_is_over (transfer))
        shoal_download_add_peer (transfer->download, peer);
      shoal_download_peer_ready (transfer->download, peer);
      if (transfer->stored->has_offer && transfer->peer == peer && transfer->committed)
        shoal_incoming_send_committed (transfer);
    }
}

void
shoal_get_peer_lost (ShoalEngine *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->download != NULL)
        shoal_transfer_touch (transfer);
    }
}

/* --- Starting and stopping ----------------------------------------------- */

static char *
text_folder (ShoalTransfer *self)
{
  return g_build_filename (self->engine->state_dir, "texts", self->id_text, NULL);
}

/* Whoever is there may have what a link names: the proof tells nothing to those
 * who do not. */
static void
add_who_is_there (ShoalTransfer *self)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self->engine->hub);

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      if (shoal_peer_is_connected (peer))
        shoal_download_add_peer (self->download, peer);
    }
}

static void
make_download (ShoalTransfer *self, ShoalDescription *description)
{
  ShoalStoredTransfer *stored = self->stored;
  ShoalEngine *engine = self->engine;
  ShoalDownloadOptions options = {
    .runtime = engine_runtime (engine),
    .database = engine->database,
    .budget = engine->budget,
    .shaper = engine->shaper,
    .key = stored->has_offer    ? stored->offer_key
           : stored->has_secret ? stored->secret
                                : stored->share_key,
    .share = stored->share_key,
    .is_draft = (stored->flags & SHOAL_STORED_IS_DRAFT) != 0,
    .tell_others = (stored->flags & SHOAL_STORED_PASS_ON) != 0,
    .description = description,
    .attributes = description != NULL ? stored->attributes : NULL,
    .events = &download_events,
    .user_data = self,
  };

  if (stored->kind != SHOAL_STORED_FILES)
    {
      g_free (stored->destination);
      stored->destination = text_folder (self);
    }
  memcpy (options.transfer, stored->id.bytes, sizeof options.transfer);
  if (self->peer != NULL)
    options.offerer = *shoal_peer_get_id (self->peer);
  self->download = shoal_download_new (&options);
  self->begun = shoal_runtime_now (engine_runtime (engine));
  if (self->peer != NULL)
    {
      shoal_transfer_hold (self);
      shoal_download_add_peer (self->download, self->peer);
    }
  else
    {
      add_who_is_there (self);
    }
  for (guint i = 0; self->others != NULL && i < self->others->len; i++)
    shoal_download_add_peer (self->download, g_ptr_array_index (self->others, i));
}

static void
on_parsed (ShoalEngine *self, const char *id, ShoalDescription *description, GBytes *chosen,
           gpointer user_data)
{
  ShoalTransfer *transfer
    = self->stopping ? NULL : g_hash_table_lookup (self->transfers, id);

  if (transfer == NULL)
    return;
  transfer->starting = FALSE;
  if (!shoal_transfer_is_over (transfer) && transfer->download == NULL
      && transfer->phase != SHOAL_TRANSFER_PAUSED)
    make_download (transfer, description);
}

void
shoal_get_start (ShoalTransfer *self)
{
  if (self->download != NULL || self->starting)
    return;
  if (self->closing)
    {
      self->starts_again = TRUE;
      return;
    }
  if (!shoal_queue_admits (self))
    {
      shoal_transfer_set_phase (self, SHOAL_TRANSFER_QUEUED, NULL);
      return;
    }

  if (self->stored->started == 0)
    self->stored->started = shoal_runtime_wall_time (engine_runtime (self->engine));
  self->starting = TRUE;
  shoal_transfer_set_phase (self, SHOAL_TRANSFER_PREPARING, NULL);
  shoal_engine_parse_stored (self->engine, self->stored, on_parsed, NULL);
}

void
shoal_get_add_source (ShoalTransfer *self, ShoalPeer *peer)
{
  if (self->others == NULL)
    self->others = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_peer_unref);
  if (!g_ptr_array_find (self->others, peer, NULL))
    g_ptr_array_add (self->others, shoal_peer_ref (peer));
  if (self->download != NULL)
    shoal_download_add_peer (self->download, peer);
}

void
shoal_get_wake_offers (ShoalEngine *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_list_transfers (self);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (transfers, i);

      if (transfer->stored->direction != SHOAL_STORED_GET || !transfer->stored->has_offer
          || transfer->waits || transfer->download != NULL || transfer->starting
          || shoal_transfer_is_over (transfer)
          || transfer->stored->state == SHOAL_STORED_PAUSED)
        continue;
      shoal_transfer_tell (transfer, SHOAL_EVENT_ACCEPTED);
      shoal_get_start (transfer);
    }
}

/* What is being closed is opened again only when that is over. */
typedef struct
{
  ShoalEngine *engine; /* (owned) */
  char        *id;     /* (owned): of the transfer */
} StopCall;

static void
on_stopped (ShoalDownload *download, gpointer user_data)
{
  StopCall *call = user_data;
  g_autoptr (ShoalEngine) engine = call->engine;
  ShoalTransfer *transfer
    = engine->transfers != NULL && !engine->stopping
        ? g_hash_table_lookup (engine->transfers, call->id) : NULL;

  shoal_engine_closed_one (engine);
  if (transfer != NULL)
    transfer->closing = FALSE;
  if (transfer != NULL && transfer->starts_again)
    {
      transfer->starts_again = FALSE;
      if (!shoal_transfer_is_over (transfer) && transfer->phase != SHOAL_TRANSFER_PAUSED)
        shoal_get_start (transfer);
    }
  g_free (call->id);
  g_free (call);
}

void
shoal_get_stop (ShoalTransfer *self, gboolean remove)
{
  g_autoptr (ShoalDownload) download = g_steal_pointer (&self->download);
  ShoalDownloadProgress progress;
  StopCall *call;

  shoal_get_end_passing (self);
  self->held_back = FALSE;
  if (download == NULL)
    {
      if (remove)
        shoal_engine_discard_parts (self->engine, self->stored);
      return;
    }

  call = g_new0 (StopCall, 1);
  shoal_download_get_progress (download, &progress);
  if (progress.total > 0)
    self->stored->done_bytes = progress.verified;
  self->engine->n_closing++;
  self->closing = TRUE;
  call->engine = g_object_ref (self->engine);
  call->id = g_strdup (self->id_text);
  shoal_download_stop_async (download, remove, on_stopped, call);
}

/* --- Now and then -------------------------------------------------------- */

void
shoal_get_tick (ShoalTransfer *self, gint64 now)
{
  ShoalDownloadProgress progress;

  if (self->phase == SHOAL_TRANSFER_DONE)
    {
      shoal_get_tend_passing (self, now);
      return;
    }

  if (self->held_back)
    return;
  shoal_download_get_progress (self->download, &progress);
  if (self->phase == SHOAL_TRANSFER_RUNNING && progress.n_active == 0)
    shoal_transfer_set_phase (self, SHOAL_TRANSFER_CONNECTING, NULL);
  else if (self->phase == SHOAL_TRANSFER_CONNECTING && progress.n_active > 0
           && shoal_download_get_state (self->download) == SHOAL_DOWNLOAD_STATE_FETCHING)
    shoal_transfer_set_phase (self, SHOAL_TRANSFER_RUNNING, NULL);

  if (self->phase == SHOAL_TRANSFER_RUNNING)
    shoal_transfer_touch (self);
  if (self->stored->has_offer && now - self->reported >= REPORT_US
      && shoal_peer_is_connected (self->peer))
    shoal_incoming_send_received (self);
}
