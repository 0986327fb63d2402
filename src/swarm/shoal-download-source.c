/* shoal-download-source.c: devices to fetch from, and the channels to them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-download-private.h"

static void on_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data);
static void on_closed (ShoalChannel *channel, const GError *error, gpointer user_data);

static const ShoalChannelEvents CHANNEL_EVENTS = { .message = on_message, .closed = on_closed };

/* --- Sources ----------------------------------------------------------------- */

Source *
source_ref (Source *source)
{
  g_ref_count_inc (&source->ref_count);
  return source;
}

void
source_unref (Source *source)
{
  if (!g_ref_count_dec (&source->ref_count))
    return;

  g_assert (source->conn == NULL);
  shoal_peer_unref (source->peer);
  g_hash_table_unref (source->bad_files);
  g_free (source->why);
  g_free (source);
}

void
source_set_state (Source *source, ShoalDownloadSourceState state, const char *why)
{
  ShoalDownload *download = source->download;

  if (source->state == SHOAL_DOWNLOAD_SOURCE_BANNED
      || (source->state == state && g_strcmp0 (source->why, why) == 0))
    return;

  /* Back to work, but for a file that it must not be asked for. */
  if (state == SHOAL_DOWNLOAD_SOURCE_ACTIVE && g_hash_table_size (source->bad_files) > 0)
    {
      state = SHOAL_DOWNLOAD_SOURCE_CHANGED;
      why = "Its copy of some files is not what was described";
    }
  source->state = state;
  g_free (source->why);
  source->why = g_strdup (why);
  if (download != NULL && !download->stopping && download->events->sources_changed != NULL)
    download->events->sources_changed (download, download->user_data);
}

static gboolean
is_of (const Source *source, const ShoalDeviceId *id)
{
  return shoal_hash_equals (shoal_peer_get_id (source->peer), id);
}

Source *
download_find_source (ShoalDownload *self, const ShoalDeviceId *id)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      if (is_of (g_ptr_array_index (self->sources, i), id))
        return g_ptr_array_index (self->sources, i);
    }
  return NULL;
}

static void
retry_later (Source *source)
{
  source->retry_at = download_now (source->download) + source->retry_delay;
  source->retry_delay = MIN (source->retry_delay * 2, LAST_RETRY_US);
}

void
source_ban (Source *source, const char *why)
{
  ShoalDownload *self = source->download;
  g_autoptr (ShoalDownload) keep = NULL;

  if (self == NULL || source->state == SHOAL_DOWNLOAD_SOURCE_BANNED)
    return;

  keep = shoal_download_ref (self);
  source_set_state (source, SHOAL_DOWNLOAD_SOURCE_BANNED, why);
  for (guint i = self->conns->len; i > 0; i--)
    {
      Conn *conn = g_ptr_array_index (self->conns, i - 1);

      if (conn->source == source)
        conn_end (conn, NULL);
    }
  if (!self->stopping && self->events->banned != NULL)
    self->events->banned (self, source->peer, why, self->user_data);
}

/* --- Channels ------------------------------------------------------------------- */

Conn *
conn_ref (Conn *conn)
{
  g_ref_count_inc (&conn->ref_count);
  return conn;
}

void
conn_unref (Conn *conn)
{
  if (!g_ref_count_dec (&conn->ref_count))
    return;

  g_assert (conn->channel == NULL && conn->pick == NULL);
  g_hash_table_unref (conn->gathers);
  g_array_unref (conn->requests);
  g_array_unref (conn->cancels);
  g_free (conn->early_pieces);
  source_unref (conn->source);
  g_free (conn);
}

static void
open_channel (ShoalDownload *self, Source *source)
{
  uint8_t flags = self->tell_others ? SHOAL_OPEN_TELL_OTHERS : 0;
  g_autoptr (GError) error = NULL;
  ShoalChannel *channel;
  Conn *conn;

  if (!shoal_peer_is_connected (source->peer))
    return;

  conn = g_new0 (Conn, 1);
  channel = shoal_channel_open (source->peer, &self->key, flags, &CHANNEL_EVENTS, conn, &error);
  if (channel == NULL)
    {
      g_free (conn);
      source_set_state (source, SHOAL_DOWNLOAD_SOURCE_WAITING, error->message);
      retry_later (source);
      return;
    }
  g_ref_count_init (&conn->ref_count);
  conn->source = source_ref (source);
  conn->channel = channel;
  conn->gathers = g_hash_table_new_full (NULL, NULL, NULL, gather_free);
  conn->requests = g_array_new (FALSE, FALSE, sizeof (ShoalRequestEntry));
  conn->cancels = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  source->conn = conn_ref (conn);
  g_ptr_array_add (self->conns, conn);
  source_set_state (source, SHOAL_DOWNLOAD_SOURCE_OPENING, NULL);
}

static void
leave_picker (ShoalDownload *self, Conn *conn)
{
  ShoalPickerSource *pick = g_steal_pointer (&conn->pick);

  if (pick != NULL)
    shoal_picker_remove_source (self->picker, pick, download_now (self));
}

/* The channel is gone, or must go. What it has sent is still used. */
void
conn_end (Conn *conn, const char *why)
{
  Source *source = conn->source;
  ShoalDownload *self = source->download;
  ShoalChannel *channel = g_steal_pointer (&conn->channel);

  if (channel == NULL)
    return;

  conn_ref (conn);
  conn_flush_gathers (conn, G_MAXINT64);
  if (conn->not_reading)
    shoal_channel_set_reading (channel, TRUE);
  conn->not_reading = FALSE;
  shoal_channel_close (channel);
  shoal_channel_unref (channel);
  leave_picker (self, conn);
  download_forget_blob (self, conn);
  if (source->conn == conn)
    {
      g_clear_pointer (&source->conn, conn_unref);
      if (!self->stopping)
        {
          source_set_state (source, SHOAL_DOWNLOAD_SOURCE_WAITING, why);
          retry_later (source);
        }
    }
  g_ptr_array_remove (self->conns, conn);
  conn_unref (conn);
  download_pump (self);
}

void
conn_fail (Conn *conn, const char *what)
{
  g_autofree char *why = g_strdup_printf ("It broke the protocol: %s", what);

  g_debug ("%s", why);
  conn->source->retry_delay = LAST_RETRY_US;
  conn_end (conn, why);
}

static void
on_closed (ShoalChannel *channel, const GError *error, gpointer user_data)
{
  Conn *conn = user_data;
  ShoalDownload *self = conn->source->download;
  gboolean refused = g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_REFUSED);

  if (self == NULL || conn->channel == NULL)
    return;

  conn_ref (conn);
  shoal_download_ref (self);
  conn_end (conn, error->message);
  if (refused && download_is_live (self))
    source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_REFUSED, error->message);
  shoal_download_unref (self);
  conn_unref (conn);
}

static void
on_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data)
{
  Conn *conn = user_data;
  ShoalDownload *self = conn->source->download;

  if (self == NULL || conn->channel == NULL)
    return;

  conn_ref (conn);
  shoal_download_ref (self);
  conn_message (conn, message);
  shoal_download_unref (self);
  conn_unref (conn);
}

/* --- Sending what the picker wants ------------------------------------------------ */

static gboolean
send_requests (Conn *conn, guint from, guint n)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_REQUEST };

  message.request.entries = &g_array_index (conn->requests, ShoalRequestEntry, from);
  message.request.n_entries = n;
  return shoal_channel_send (conn->channel, &message, NULL);
}

/* The session has no room for it, or is going: it counts as turned away. */
static void
take_back (Conn *conn, guint from)
{
  ShoalDownload *self = conn->source->download;

  for (guint i = from; i < conn->requests->len && conn->pick != NULL; i++)
    {
      const ShoalRequestEntry *entry = &g_array_index (conn->requests, ShoalRequestEntry, i);

      shoal_picker_rejected (self->picker, conn->pick, entry->request, SHOAL_REJECT_BUSY,
                             download_now (self));
    }
}

void
conn_flush (Conn *conn)
{
  if (conn->channel == NULL)
    return;

  for (guint i = 0; i < conn->requests->len; i += SHOAL_MAX_REQUEST_ENTRIES)
    {
      if (!send_requests (conn, i, MIN (conn->requests->len - i, SHOAL_MAX_REQUEST_ENTRIES)))
        {
          take_back (conn, i);
          break;
        }
    }
  g_array_set_size (conn->requests, 0);

  for (guint i = 0; i < conn->cancels->len; i += SHOAL_MAX_CANCEL_ENTRIES)
    {
      ShoalMessage message = { .type = SHOAL_MESSAGE_CANCEL };

      message.cancel.requests = &g_array_index (conn->cancels, uint32_t, i);
      message.cancel.n_requests = MIN (conn->cancels->len - i, SHOAL_MAX_CANCEL_ENTRIES);
      shoal_channel_send (conn->channel, &message, NULL);
    }
  g_array_set_size (conn->cancels, 0);
}

/* --- Joining the picker -------------------------------------------------------------- */

static void
have_early_pieces (ShoalDownload *self, Conn *conn)
{
  uint32_t n = shoal_picker_get_n_pieces (self->picker);

  if (conn->early_pieces == NULL)
    return;
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t first = i;

      while (i < n && (conn->early_pieces[i / 8] >> (i % 8)) & 1)
        i++;
      if (i > first)
        shoal_picker_source_have (self->picker, conn->pick, first, i - first, download_now (self));
    }
  g_clear_pointer (&conn->early_pieces, g_free);
}

static void
enlist (ShoalDownload *self, Conn *conn)
{
  gint64 now = download_now (self);
  gint64 rtt = shoal_channel_get_rtt (conn->channel);
  GHashTableIter iter;
  gpointer file;

  conn->pick = shoal_picker_add_source (self->picker, conn, conn->complete, now);
  shoal_picker_source_set_vouches (conn->pick, conn->vouches);
  if (rtt >= 0)
    shoal_picker_source_set_rtt (conn->pick, rtt);
  g_hash_table_iter_init (&iter, conn->source->bad_files);
  while (g_hash_table_iter_next (&iter, &file, NULL))
    shoal_picker_source_lose_file (self->picker, conn->pick, GPOINTER_TO_UINT (file), now);
  have_early_pieces (self, conn);
  if (conn->paused)
    shoal_picker_source_set_paused (self->picker, conn->pick, TRUE, now);
}

void
download_enlist (ShoalDownload *self)
{
  gboolean any = FALSE;

  if (self->picker == NULL || !download_is_live (self))
    return;
  for (guint i = 0; i < self->conns->len; i++)
    {
      Conn *conn = g_ptr_array_index (self->conns, i);

      if (!conn->opened || conn->draining || conn->pick != NULL || conn->channel == NULL)
        continue;
      enlist (self, conn);
      any = TRUE;
    }
  if (!any)
    return;
  shoal_picker_fill (self->picker, download_now (self));
  download_pump (self);
}

/* --- Time -------------------------------------------------------------------------------- */

/* A better link is there: what is out on the old one may come, new work goes
 * over the new one. */
static void
upgrade (ShoalDownload *self, Source *source)
{
  Conn *old = source->conn;

  if (old == NULL || !old->opened || shoal_channel_is_on_best_link (old->channel)
      || !shoal_peer_is_connected (source->peer))
    return;
  old->draining = TRUE;
  if (old->pick != NULL)
    shoal_picker_source_close (old->pick);
  source->conn = NULL;
  conn_unref (old);
  open_channel (self, source);
}

static void
tick_conn (ShoalDownload *self, Conn *conn)
{
  ShoalSourceStats stats = { 0 };
  gint64 rtt = shoal_channel_get_rtt (conn->channel);

  if (conn->pick != NULL)
    shoal_picker_source_get_stats (conn->pick, &stats);
  if (conn->draining && stats.outstanding == 0)
    {
      conn_end (conn, NULL);
      return;
    }
  if (conn->pick == NULL)
    return;
  if (rtt >= 0)
    shoal_picker_source_set_rtt (conn->pick, rtt);
  if (stats.state == SHOAL_SOURCE_BUSY)
    source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_BUSY, "It serves others just now");
  else if (stats.state == SHOAL_SOURCE_ACTIVE && !conn->paused)
    source_set_state (conn->source, SHOAL_DOWNLOAD_SOURCE_ACTIVE, NULL);
}

void
download_tick_sources (ShoalDownload *self, gint64 now)
{
  for (guint i = self->conns->len; i > 0; i--)
    tick_conn (self, g_ptr_array_index (self->conns, i - 1));

  for (guint i = 0; i < self->sources->len; i++)
    {
      Source *source = g_ptr_array_index (self->sources, i);

      if (source->conn == NULL && now >= source->retry_at
          && source->state != SHOAL_DOWNLOAD_SOURCE_BANNED)
        open_channel (self, source);
      else
        upgrade (self, source);
    }
  /* Whoever is there may have what the one asked last took along. */
  if (self->state == SHOAL_DOWNLOAD_STATE_DESCRIBING || self->rekey_conn != NULL)
    {
      for (guint i = 0; i < self->conns->len; i++)
        download_fetch_blobs (self, g_ptr_array_index (self->conns, i));
    }
}

static void
let_go (ShoalDownload *self, Source *source)
{
  for (guint i = self->conns->len; i > 0; i--)
    {
      Conn *conn = g_ptr_array_index (self->conns, i - 1);

      if (conn->source == source)
        conn_end (conn, NULL);
    }
  shoal_peer_release (source->peer);
  source->download = NULL;
}

void
download_close_sources (ShoalDownload *self)
{
  gboolean pumping = self->pumping;

  /* Nothing more is asked of anybody while they go one after the other. */
  self->pumping = TRUE;
  if (self->picker != NULL)
    shoal_picker_set_paused (self->picker, TRUE, download_now (self));
  for (guint i = 0; i < self->sources->len; i++)
    let_go (self, g_ptr_array_index (self->sources, i));
  g_ptr_array_set_size (self->sources, 0);
  self->pumping = pumping;
}

/* --- Public --------------------------------------------------------------------------------- */

void
shoal_download_add_peer (ShoalDownload *self, ShoalPeer *peer)
{
  Source *source;

  shoal_owner_thread_assert (&self->owner);

  if (!download_is_live (self) || download_find_source (self, shoal_peer_get_id (peer)) != NULL)
    return;

  source = g_new0 (Source, 1);
  g_ref_count_init (&source->ref_count);
  source->download = self;
  source->peer = shoal_peer_ref (peer);
  source->bad_files = g_hash_table_new (NULL, NULL);
  source->retry_delay = FIRST_RETRY_US;
  g_ptr_array_add (self->sources, source);
  shoal_peer_hold (peer);
  open_channel (self, source);
}

void
shoal_download_remove_peer (ShoalDownload *self, const ShoalDeviceId *id)
{
  Source *source = download_find_source (self, id);

  shoal_owner_thread_assert (&self->owner);

  if (source == NULL)
    return;
  let_go (self, source);
  g_ptr_array_remove (self->sources, source);
  download_pump (self);
}

void
shoal_download_peer_ready (ShoalDownload *self, ShoalPeer *peer)
{
  Source *source = download_find_source (self, shoal_peer_get_id (peer));

  shoal_owner_thread_assert (&self->owner);

  if (source == NULL || source->conn != NULL || !download_is_live (self)
      || source->state == SHOAL_DOWNLOAD_SOURCE_BANNED)
    return;
  source->retry_delay = FIRST_RETRY_US;
  open_channel (self, source);
}

guint
shoal_download_get_n_sources (ShoalDownload *self)
{
  return self->sources->len;
}

GArray *
shoal_download_get_sources (ShoalDownload *self)
{
  GArray *infos = g_array_new (FALSE, TRUE, sizeof (ShoalDownloadSourceInfo));

  for (guint i = 0; i < self->sources->len; i++)
    {
      Source *source = g_ptr_array_index (self->sources, i);
      ShoalDownloadSourceInfo info = {
        .peer = source->peer,
        .state = source->state,
        .why = source->why,
        .bytes = source->verified,
        .bad_bytes = source->bad_bytes,
      };

      if (source->conn != NULL && source->conn->pick != NULL)
        {
          ShoalSourceStats stats;

          shoal_picker_source_get_stats (source->conn->pick, &stats);
          info.rate = stats.outstanding > 0 ? stats.rate : 0;
          info.complete = stats.complete;
        }
      g_array_append_val (infos, info);
    }
  return infos;
}
