/* shoal-download.c: the life of a download, and what drives it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

#include "shoal-state.h"

G_DEFINE_ENUM_TYPE (ShoalDownloadState, shoal_download_state,
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_DESCRIBING, "describing"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_DESCRIBED, "described"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_OPENING, "opening"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_FETCHING, "fetching"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_FINISHING, "finishing"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_DONE, "done"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_STATE_STOPPED, "stopped"))

G_DEFINE_ENUM_TYPE (ShoalDownloadSourceState, shoal_download_source_state,
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_WAITING, "gone"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_OPENING, "connecting"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_ACTIVE, "active"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_STALLED, "stalled"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_BUSY, "busy"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_PAUSED, "paused"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_CHANGED, "changed"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_REFUSED, "refused"),
  G_DEFINE_ENUM_VALUE (SHOAL_DOWNLOAD_SOURCE_BANNED, "banned"))

#define LIMITED_TICK_US (50 * 1000)

/* --- State ----------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { SHOAL_DOWNLOAD_STATE_DESCRIBING, SHOAL_DOWNLOAD_STATE_DESCRIBED }, /* all of it is here */
  { SHOAL_DOWNLOAD_STATE_DESCRIBING, SHOAL_DOWNLOAD_STATE_FAILED },    /* it cannot be used */
  { SHOAL_DOWNLOAD_STATE_DESCRIBED, SHOAL_DOWNLOAD_STATE_OPENING },    /* a destination is set */
  { SHOAL_DOWNLOAD_STATE_OPENING, SHOAL_DOWNLOAD_STATE_FETCHING },     /* the store is open */
  { SHOAL_DOWNLOAD_STATE_OPENING, SHOAL_DOWNLOAD_STATE_FAILED },       /* trouble with it */
  { SHOAL_DOWNLOAD_STATE_FETCHING, SHOAL_DOWNLOAD_STATE_FINISHING },   /* nothing is missing */
  { SHOAL_DOWNLOAD_STATE_FINISHING, SHOAL_DOWNLOAD_STATE_FETCHING },   /* leaves were lost again */
  { SHOAL_DOWNLOAD_STATE_FINISHING, SHOAL_DOWNLOAD_STATE_DONE },       /* synced */
  { SHOAL_DOWNLOAD_STATE_FETCHING, SHOAL_DOWNLOAD_STATE_FAILED },      /* a file, or the disk */
  { SHOAL_DOWNLOAD_STATE_FINISHING, SHOAL_DOWNLOAD_STATE_FAILED },
  { SHOAL_DOWNLOAD_STATE_DESCRIBING, SHOAL_DOWNLOAD_STATE_STOPPED },   /* by its owner, any time */
  { SHOAL_DOWNLOAD_STATE_DESCRIBED, SHOAL_DOWNLOAD_STATE_STOPPED },
  { SHOAL_DOWNLOAD_STATE_OPENING, SHOAL_DOWNLOAD_STATE_STOPPED },
  { SHOAL_DOWNLOAD_STATE_FETCHING, SHOAL_DOWNLOAD_STATE_STOPPED },
  { SHOAL_DOWNLOAD_STATE_FINISHING, SHOAL_DOWNLOAD_STATE_STOPPED },
  { SHOAL_DOWNLOAD_STATE_DONE, SHOAL_DOWNLOAD_STATE_STOPPED },
  { SHOAL_DOWNLOAD_STATE_FAILED, SHOAL_DOWNLOAD_STATE_STOPPED },
};

gint64
download_now (ShoalDownload *self)
{
  return shoal_runtime_now (self->runtime);
}

gboolean
download_is_live (ShoalDownload *self)
{
  return self->state < SHOAL_DOWNLOAD_STATE_DONE && !self->stopping;
}

void
download_set_state (ShoalDownload *self, ShoalDownloadState to, const GError *error)
{
  if (self->state == to
      || !shoal_state_step (SHOAL_TYPE_DOWNLOAD_STATE, EDGES, G_N_ELEMENTS (EDGES), self->state,
                            to))
    return;

  self->state = to;
  if (error != NULL && self->error == NULL)
    self->error = g_error_copy (error);
  if (!self->stopping && self->events->state_changed != NULL)
    self->events->state_changed (self, to, error, self->user_data);
}

/* Sources are let go of, the store stays for its owner to look at. */
void
download_fail (ShoalDownload *self, const GError *error)
{
  g_autoptr (ShoalDownload) keep = shoal_download_ref (self);

  if (!download_is_live (self))
    return;
  download_close_sources (self);
  download_set_state (self, SHOAL_DOWNLOAD_STATE_FAILED, error);
}

void
download_described (ShoalDownload *self)
{
  g_autoptr (ShoalDownload) keep = shoal_download_ref (self);

  download_set_state (self, SHOAL_DOWNLOAD_STATE_DESCRIBED, NULL);
  if (!self->stopping && self->events->described != NULL)
    self->events->described (self, self->description, self->user_data);
  download_open_store (self);
}

/* --- What the picker wants done ---------------------------------------------- */

static void
do_pick (ShoalDownload *self, const ShoalPick *pick, Conn *conn)
{
  switch (pick->type)
    {
    case SHOAL_PICK_REQUEST:
      {
        const ShoalFile *file = shoal_description_get_file (self->description, pick->file);
        ShoalRequestEntry entry = { pick->request, file->key, pick->first, pick->count };

        g_array_append_val (conn->requests, entry);
        break;
      }

    case SHOAL_PICK_CANCEL:
      g_array_append_val (conn->cancels, pick->request);
      break;

    case SHOAL_PICK_HASHES:
      conn_ask_hashes (conn, pick->file, pick->first, pick->count);
      break;

    case SHOAL_PICK_STALLED:
      source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_STALLED, "It has fallen silent");
      break;

    case SHOAL_PICK_REVIVED:
      source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_ACTIVE, NULL);
      break;

    case SHOAL_PICK_DEAD:
      conn_end (conn, "Nothing came from it for 30 seconds");
      break;

    default:
      g_assert_not_reached ();
    }
}

/* What is sent can fail, which gives the picker more to say: so until all is
 * said. Never nested: whoever is called from here finds it running. */
void
download_pump (ShoalDownload *self)
{
  g_autoptr (ShoalDownload) keep = NULL;
  ShoalPick pick;
  gboolean again;

  if (self->pumping || self->picker == NULL)
    return;

  keep = shoal_download_ref (self);
  self->pumping = TRUE;
  do
    {
      again = FALSE;
      while (self->picker != NULL && shoal_picker_next (self->picker, &pick))
        {
          ShoalSourceStats stats;
          g_autoptr (GPtrArray) unused = NULL;
          Conn *conn;

          shoal_picker_source_get_stats (pick.source, &stats);
          conn = conn_ref (stats.user_data);
          do_pick (self, &pick, conn);
          conn_unref (conn);
          again = TRUE;
        }
      for (guint i = 0; i < self->conns->len; i++)
        conn_flush (g_ptr_array_index (self->conns, i));
    }
  while (again);
  self->pumping = FALSE;
}

/* --- Back-pressure -------------------------------------------------------------- */

/* The disk is behind: links are not read until it has caught up. */
void
download_update_reading (ShoalDownload *self)
{
  gboolean reading = shoal_budget_may_read (self->budget);

  for (guint i = 0; i < self->conns->len; i++)
    {
      Conn *conn = g_ptr_array_index (self->conns, i);

      if (conn->channel == NULL || conn->not_reading == !reading)
        continue;
      conn->not_reading = !reading;
      shoal_channel_set_reading (conn->channel, reading);
    }
}

static void
on_budget_timer (gpointer user_data)
{
  ShoalDownload *self = user_data;

  self->budget_timer = 0;
  download_update_reading (self);
  if (self->picker != NULL && download_is_live (self))
    {
      shoal_picker_fill (self->picker, download_now (self));
      download_pump (self);
    }
}

/* Comes from inside the picker, of this download or of another: later. */
static void
on_budget (gpointer user_data)
{
  ShoalDownload *self = user_data;

  if (self->budget_timer == 0 && !self->stopping)
    self->budget_timer = shoal_runtime_add_timer (self->runtime, 0, on_budget_timer, self);
}

/* --- Ticks ------------------------------------------------------------------------ */

static void
on_tick (gpointer user_data)
{
  g_autoptr (ShoalDownload) self = shoal_download_ref (user_data);
  gint64 now = download_now (self);
  gboolean limited = self->rate_limit != 0
                     || (self->shaper != NULL && shoal_shaper_get_limit (self->shaper) != 0);

  self->tick_timer = 0;
  if (!download_is_live (self))
    return;

  self->tick_timer = shoal_runtime_add_timer (
    self->runtime, limited ? LIMITED_TICK_US : SHOAL_PICKER_TICK_US, on_tick, self);
  download_tick_sources (self, now);
  if (self->picker != NULL)
    {
      for (guint i = 0; i < self->conns->len; i++)
        conn_flush_gathers (g_ptr_array_index (self->conns, i), now - HOLD_US);
      shoal_picker_tick (self->picker, now);
      download_pump (self);
      download_tick_lost (self, now);
    }
}

static void
on_described_timer (gpointer user_data)
{
  ShoalDownload *self = user_data;

  self->described_timer = 0;
  download_described (self);
}

/* --- Life ---------------------------------------------------------------------------- */

ShoalDownload *
shoal_download_new (const ShoalDownloadOptions *options)
{
  ShoalDownload *self = g_new0 (ShoalDownload, 1);

  g_ref_count_init (&self->ref_count);
  shoal_owner_thread_init (&self->owner);
  self->runtime = g_object_ref (options->runtime);
  self->database = shoal_database_ref (options->database);
  self->budget = shoal_budget_ref (options->budget);
  self->shaper = options->shaper != NULL ? shoal_shaper_ref (options->shaper) : NULL;
  memcpy (self->transfer, options->transfer, sizeof self->transfer);
  self->key = options->key;
  self->share = options->share;
  self->is_draft = options->is_draft;
  self->offerer = options->offerer;
  self->tell_others = options->tell_others;
  self->disk = options->disk;
  self->events = options->events;
  self->user_data = options->user_data;
  if (options->attributes != NULL)
    self->attributes = g_bytes_ref (options->attributes);

  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_unref);
  self->conns = g_ptr_array_new_with_free_func ((GDestroyNotify) conn_unref);
  self->smalls = g_hash_table_new_full (NULL, NULL, NULL, small_free);
  self->batch = g_ptr_array_new_with_free_func (small_free);
  g_queue_init (&self->waiting);
  self->budget_watch = shoal_budget_add_watch (self->budget, on_budget, self);
  self->tick_timer = shoal_runtime_add_timer (self->runtime, SHOAL_PICKER_TICK_US, on_tick, self);
  if (options->description != NULL)
    {
      self->description = shoal_description_ref (options->description);
      self->described_timer = shoal_runtime_add_timer (self->runtime, 0, on_described_timer, self);
    }
  return self;
}

ShoalDownload *
shoal_download_ref (ShoalDownload *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
clear_timers (ShoalDownload *self)
{
  shoal_runtime_clear_timer (self->runtime, &self->tick_timer);
  shoal_runtime_clear_timer (self->runtime, &self->budget_timer);
  shoal_runtime_clear_timer (self->runtime, &self->described_timer);
  shoal_runtime_clear_timer (self->runtime, &self->batch_timer);
}

void
shoal_download_unref (ShoalDownload *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  /* Whoever drops it without stopping it first must have had nothing open. */
  g_assert (self->stopping || self->store == NULL);
  clear_timers (self);
  if (self->budget_watch != 0)
    shoal_budget_remove_watch (self->budget, self->budget_watch);
  download_close_sources (self);
  download_clear_blob (self);
  g_clear_pointer (&self->picker, shoal_picker_free);
  g_clear_pointer (&self->store, shoal_piece_store_unref);
  g_ptr_array_unref (self->sources);
  g_ptr_array_unref (self->conns);
  g_hash_table_unref (self->smalls);
  g_ptr_array_unref (self->batch);
  g_queue_clear_full (&self->waiting, write_free);
  g_clear_pointer (&self->description, shoal_description_unref);
  g_clear_pointer (&self->final, shoal_description_unref);
  g_clear_pointer (&self->attributes, g_bytes_unref);
  g_clear_pointer (&self->rekey_conn, conn_unref);
  g_clear_error (&self->error);
  g_free (self->final_roots);
  g_free (self->final_left_out);
  g_free (self->file_flags);
  g_free (self->directory);
  g_free (self->chosen);
  shoal_budget_unref (self->budget);
  g_clear_pointer (&self->shaper, shoal_shaper_unref);
  shoal_database_unref (self->database);
  g_object_unref (self->runtime);
  g_free (self);
}

static void
end_stop (ShoalDownload *self)
{
  g_autoptr (ShoalDownload) keep = self; /* the reference that stop_async() took */

  g_clear_pointer (&self->picker, shoal_picker_free);
  if (self->stop_done != NULL)
    self->stop_done (self, self->stop_data);
}

static void
on_store_closed (ShoalPieceStore *store, const GError *error, gpointer user_data)
{
  end_stop (user_data);
}

static void
on_stop_timer (gpointer user_data)
{
  ShoalDownload *self = user_data;

  self->stop_timer = 0;
  end_stop (self);
}

void
shoal_download_stop_async (ShoalDownload *self, gboolean remove, ShoalDownloadDone done,
                           gpointer user_data)
{
  shoal_owner_thread_assert (&self->owner);
  g_return_if_fail (!self->stopping);

  shoal_download_ref (self);
  self->stopping = TRUE;
  self->stop_done = done;
  self->stop_data = user_data;
  clear_timers (self);
  shoal_budget_remove_watch (self->budget, self->budget_watch);
  self->budget_watch = 0;
  download_close_sources (self);
  /* What is gathered is verified and kept: it need not be fetched again. */
  download_flush_batch (self);
  download_drop_data (self);
  download_set_state (self, SHOAL_DOWNLOAD_STATE_STOPPED, NULL);
  if (self->store == NULL)
    self->stop_timer = shoal_runtime_add_timer (self->runtime, 0, on_stop_timer, self);
  else if (remove)
    shoal_piece_store_remove_async (self->store, on_store_closed, self);
  else
    shoal_piece_store_close_async (self->store, on_store_closed, self);
}

/* --- The rest --------------------------------------------------------------------------- */

void
shoal_download_set_start (ShoalDownload *self, uint32_t index, uint32_t count)
{
  self->start_index = index;
  self->start_count = count;
  if (self->picker != NULL && count > 0)
    shoal_picker_set_start (self->picker, index, count);
}

void
shoal_download_set_destination (ShoalDownload *self, const char *directory, const uint8_t *chosen,
                                size_t chosen_size)
{
  shoal_owner_thread_assert (&self->owner);
  g_return_if_fail (self->directory == NULL);

  self->directory = g_strdup (directory);
  if (chosen != NULL)
    {
      /* A bit for every file there may be: the description is not known yet. */
      self->chosen = g_malloc0 (MAX (chosen_size, SHOAL_MAX_ENTRIES / 8 + 2));
      memcpy (self->chosen, chosen, chosen_size);
    }
  download_open_store (self);
}

void
shoal_download_set_paused (ShoalDownload *self, gboolean paused)
{
  self->paused = paused;
  if (self->picker != NULL && download_is_live (self))
    {
      shoal_picker_set_paused (self->picker, paused || self->disk_full, download_now (self));
      download_pump (self);
    }
}

void
shoal_download_set_rate_limit (ShoalDownload *self, uint64_t limit)
{
  self->rate_limit = limit;
  if (self->picker != NULL)
    shoal_picker_set_rate_limit (self->picker, limit, download_now (self));
}

ShoalDownloadState
shoal_download_get_state (ShoalDownload *self)
{
  return self->state;
}

void
shoal_download_get_progress (ShoalDownload *self, ShoalDownloadProgress *progress)
{
  *progress = (ShoalDownloadProgress){ 0 };
  progress->received = self->received;
  progress->rate = shoal_rate_get (&self->rate, download_now (self));
  progress->files = self->n_chosen;
  progress->files_done = self->n_final;
  progress->files_failed = self->n_failed;
  for (guint i = 0; i < self->conns->len; i++)
    progress->n_active += ((Conn *) g_ptr_array_index (self->conns, i))->opened;
  if (self->store_open)
    {
      progress->total = shoal_piece_store_get_total_bytes (self->store);
      progress->verified = shoal_piece_store_get_verified_bytes (self->store);
    }
}

ShoalDescription *
shoal_download_get_description (ShoalDownload *self)
{
  return self->description;
}

GBytes *
shoal_download_get_attributes (ShoalDownload *self)
{
  return self->attributes;
}

ShoalDescription *
shoal_download_get_final (ShoalDownload *self)
{
  return self->final;
}

ShoalPieceStore *
shoal_download_get_store (ShoalDownload *self)
{
  return self->store;
}

gboolean
shoal_download_has_piece (ShoalDownload *self, uint32_t piece)
{
  return self->picker != NULL && piece < shoal_picker_get_n_pieces (self->picker)
         && shoal_picker_has_piece (self->picker, piece);
}

gboolean
shoal_download_is_paused (ShoalDownload *self)
{
  return self->paused;
}
