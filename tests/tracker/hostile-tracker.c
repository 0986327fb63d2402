/* hostile-tracker.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "hostile-tracker.h"

/* --- The tracker ---------------------------------------------------------- */

void
hostile_say (SoupWebsocketConnection *to, const ShoalTrackerMessage *message)
{
  g_autofree char *text = shoal_tracker_message_write (message);

  if (soup_websocket_connection_get_state (to) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (to, text);
}

void
hostile_say_stats (SoupWebsocketConnection *to, const ShoalTrackerId *topic)
{
  g_autoptr (ShoalTrackerMessage) stats = shoal_tracker_message_new (SHOAL_TRACKER_STATS);

  stats->has_topic = TRUE;
  stats->topic = *topic;
  stats->incomplete = 2;
  hostile_say (to, stats);
}

static void
on_message (SoupWebsocketConnection *socket, int type, GBytes *bytes, gpointer user_data)
{
  Fixture *f = user_data;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  ShoalTrackerMessage *message = shoal_tracker_message_read (text, size, NULL);

  g_assert_nonnull (message);
  g_string_append_len (f->bytes, text, (gssize) size);
  if (message->offers != NULL || message->type == SHOAL_TRACKER_ANSWER)
    g_ptr_array_add (f->heard, message);
  else
    {
      g_ptr_array_add (f->announced, message);
      hostile_say_stats (socket, &message->topic);
    }
}

static void
on_socket (SoupServer *server, SoupServerMessage *message, const char *path,
           SoupWebsocketConnection *socket, gpointer user_data)
{
  Fixture *f = user_data;

  g_ptr_array_add (f->sockets, g_object_ref (socket));
  g_signal_connect (socket, "message", G_CALLBACK (on_message), f);
}

SoupWebsocketConnection *
hostile_last_socket (Fixture *f)
{
  return g_ptr_array_index (f->sockets, f->sockets->len - 1);
}

/* --- Fixture -------------------------------------------------------------- */

void
hostile_start (Fixture *f, Device *device, guint8 id)
{
  const char *urls[] = { f->url, NULL };
  guint before = f->announced->len;

  device_start (device, f->hour, urls, id, SECRET);
  WAIT_UNTIL (f->announced->len > before && device->n_seen > 0);
}

void
hostile_set_up (Fixture *f, gconstpointer data)
{
  g_autoslist (GUri) uris = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->hour = SHOAL_RUNTIME (shoal_hour_runtime_new (f->runtime, 12 * 60));
  f->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  f->heard = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_tracker_message_free);
  f->announced = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_tracker_message_free);
  f->bytes = g_string_new (NULL);
  f->server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (f->server, NULL, NULL, NULL, on_socket, f, NULL);
  g_assert_true (soup_server_listen_local (f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (f->server);
  f->url = g_strdup_printf ("ws://127.0.0.1:%d/", g_uri_get_port (uris->data));
}

void
hostile_tear_down (Fixture *f, gconstpointer data)
{
  device_stop (&f->anna);
  device_stop (&f->ben);
  for (guint i = 0; i < f->sockets->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (f->sockets, i), f);
  soup_server_disconnect (f->server);
  g_clear_object (&f->server);
  g_ptr_array_unref (f->sockets);
  g_ptr_array_unref (f->heard);
  g_ptr_array_unref (f->announced);
  g_string_free (f->bytes, TRUE);
  shoal_main_runtime_drain (f->runtime);
  g_object_unref (f->hour);
  g_object_unref (f->runtime);
  g_free (f->url);
}

const ShoalTrackerMessage *
hostile_catch_offer (Fixture *f)
{
  g_autoptr (ShoalSignalBody) body = device_body (&f->ben);
  guint before = f->heard->len;

  g_assert_cmpuint (shoal_meeting_offer (f->ben.meeting, body, NULL), !=, 0);
  WAIT_UNTIL (f->heard->len > before);
  return g_ptr_array_index (f->heard, before);
}

guint
hostile_count_answers (Fixture *f)
{
  guint n = 0;

  for (guint i = 0; i < f->heard->len; i++)
    n += ((ShoalTrackerMessage *) g_ptr_array_index (f->heard, i))->type == SHOAL_TRACKER_ANSWER;
  return n;
}

ShoalTrackerMessage *
hostile_relayed (const ShoalTrackerMessage *caught)
{
  const ShoalTrackerOffer *offer = &g_array_index (caught->offers, ShoalTrackerOffer, 0);
  ShoalTrackerMessage *message = shoal_tracker_message_new (SHOAL_TRACKER_OFFERED);

  message->has_topic = TRUE;
  message->topic = caught->topic;
  message->peer = caught->peer;
  message->offer_id = offer->id;
  message->sdp = g_strdup (offer->sdp);
  return message;
}

void
hostile_settle (Fixture *f, SoupWebsocketConnection *to, const ShoalTrackerId *topic)
{
  f->anna.n_seen = 0;
  hostile_say_stats (to, topic);
  WAIT_UNTIL (f->anna.n_seen > 0);
}
