/* engine-fixture.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-fixture.h"

#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

ShoalMainRuntime *runtime;

gboolean
spin_until (gboolean (*until) (gconstpointer data), gconstpointer data)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (!until (data) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  return until (data);
}

static gboolean
is_over (gconstpointer data)
{
  return g_get_monotonic_time () > *(const gint64 *) data;
}

void
spin_for (gint64 microseconds)
{
  gint64 end = g_get_monotonic_time () + microseconds;

  spin_until (is_over, &end);
}

/* --- The engine ------------------------------------------------------------ */

static void
on_event (ShoalEngine *engine, const ShoalEvent *event, gpointer user_data)
{
  Device *self = user_data;

  if (event->type == SHOAL_EVENT_OFFER)
    g_ptr_array_add (self->offers, g_strdup (event->offer->id));
  else if (event->type == SHOAL_EVENT_OFFER_GONE)
    self->n_offers_gone++;
  else if (event->type == SHOAL_EVENT_TRANSFER_GONE)
    g_ptr_array_add (self->gone, g_strdup (event->transfer->id));
  else if (event->type == SHOAL_EVENT_LISTENING)
    self->port = atoi (strrchr (event->text, ':') + 1);
  else if (event->type == SHOAL_EVENT_TRANSFER
           && event->transfer->phase == SHOAL_TRANSFER_FAILED)
    {
      self->n_failed++;
      g_free (self->failure);
      self->failure = g_strdup (shoal_error_get_nick (event->transfer->error));
    }
}

void
device_start (Device *self)
{
  g_autofree char *state = g_build_filename (self->folder, "state", NULL);
  g_autoptr (GError) error = NULL;
  ShoalEngineOptions options = {
    .state_dir = state,
    .listen_address = "127.0.0.1",
    .listen_port = self->listen_port,
    .no_discovery = TRUE,
    .visibility = -1,
    .receive = self->receive,
  };

  self->engine = shoal_engine_new (SHOAL_RUNTIME (runtime), &options, on_event, self, &error);
  g_assert_no_error (error);
  shoal_engine_start (self->engine, &error);
  g_assert_no_error (error);
  shoal_engine_set_acceptance (self->engine, SHOAL_ACCEPT_ASK, self->folder, TRUE);
}

void
device_init (Device *self)
{
  g_autoptr (GError) error = NULL;

  *self = (Device){ 0 };
  self->folder = g_dir_make_tmp ("shoal-engine-XXXXXX", &error);
  g_assert_no_error (error);
  self->offers = g_ptr_array_new_with_free_func (g_free);
  self->gone = g_ptr_array_new_with_free_func (g_free);
  device_start (self);
}

static void
on_engine_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (shoal_engine_stop_finish (SHOAL_ENGINE (source), result, NULL));
  ((Device *) user_data)->stopped = TRUE;
}

static gboolean
has_stopped (gconstpointer data)
{
  return ((const Device *) data)->stopped;
}

void
device_end (Device *self)
{
  self->stopped = FALSE;
  shoal_engine_stop_async (self->engine, on_engine_stopped, self);
  g_assert_true (spin_until (has_stopped, self));
}

void
device_stop (Device *self)
{
  gpointer weak = self->engine;

  device_end (self);
  g_object_add_weak_pointer (G_OBJECT (self->engine), &weak);
  g_clear_object (&self->engine);
  shoal_main_runtime_drain (runtime);
  g_assert_null (weak);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
device_clear (Device *self)
{
  device_stop (self);
  remove_tree (self->folder);
  g_ptr_array_unref (self->offers);
  g_ptr_array_unref (self->gone);
  g_free (self->failure);
  g_free (self->folder);
}

guint
count_transfers (Device *self)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (self->engine);

  return transfers->len;
}

/* --- The other: words alone ------------------------------------------------- */

static void
on_other_message (ShoalPeer *peer, const ShoalMessage *message, gpointer user_data)
{
  Other *self = user_data;

  self->n[message->type]++;
  if (message->type == SHOAL_MESSAGE_DECLINE)
    self->decline_reason = message->decline.reason;
  if (message->type == SHOAL_MESSAGE_OFFER)
    {
      self->offered = message->offer.offer;
      self->offered_share = message->offer.share;
    }
}

static void
on_channel_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data)
{
  Other *self = user_data;
  ShoalMessage blob = { .type = SHOAL_MESSAGE_BLOB };

  if (message->type != SHOAL_MESSAGE_BLOB_REQUEST)
    return;
  blob.blob.what = message->blob_request.what;
  blob.blob.offset = message->blob_request.offset;
  blob.blob.data = (const uint8_t *) self->manifest + blob.blob.offset;
  blob.blob.size = message->blob_request.length;
  shoal_channel_send (channel, &blob, NULL);
}

static const ShoalChannelEvents CHANNEL_EVENTS = { .message = on_channel_message };

static void
on_other_channel (ShoalPeer *peer, ShoalChannel *channel, gpointer user_data)
{
  Other *self = user_data;

  if (self->manifest == NULL || !shoal_channel_is_for (channel, &self->key))
    {
      shoal_channel_refuse (channel, SHOAL_REFUSED_NOT_ALLOWED);
      return;
    }
  g_ptr_array_add (self->channels, shoal_channel_ref (channel));
  shoal_channel_accept (channel, &self->key, SHOAL_OPENED_DRAFT | SHOAL_OPENED_COMPLETE,
                        (uint32_t) strlen (self->manifest), 0, &self->draft, &CHANNEL_EVENTS, self,
                        NULL);
}

static const ShoalHubEvents HUB_EVENTS = {
  .message = on_other_message,
  .channel = on_other_channel,
};

void
other_come (Other *self)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GError) error = NULL;

  self->book = shoal_device_book_new (SHOAL_RUNTIME (runtime), NULL, NULL);
  self->hub = shoal_hub_new (&(ShoalHubOptions){
    .runtime = runtime,
    .identity = self->identity,
    .book = self->book,
    .name = "Mallory",
    .agent = "test",
    .events = &HUB_EVENTS,
    .user_data = self,
  });
  shoal_hub_start (self->hub, TRUE, loopback, 0, &error);
  g_assert_no_error (error);
}

void
other_init (Other *self)
{
  *self = (Other){ 0 };
  self->identity = shoal_identity_generate (NULL);
  self->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_channel_unref);
  other_come (self);
}

void
other_go (Other *self)
{
  g_ptr_array_set_size (self->channels, 0);
  g_clear_pointer (&self->engine, shoal_peer_unref);
  g_clear_pointer (&self->hub, shoal_hub_free);
  g_clear_pointer (&self->book, shoal_device_book_free);
}

void
other_clear (Other *self)
{
  other_go (self);
  g_ptr_array_unref (self->channels);
  shoal_identity_unref (self->identity);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

gboolean
has_result (gconstpointer data)
{
  return *(GAsyncResult *const *) data != NULL;
}

void
other_dial (Other *self, Device *device)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", device->port);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  shoal_hub_dial_async (self->hub, address, TRUE, NULL, on_dialled, &result);
  g_assert_true (spin_until (has_result, &result));
  self->engine = shoal_hub_dial_finish (self->hub, result, &error);
  g_assert_no_error (error);
}

void
other_offer (Other *self, uint32_t number, const char *name)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_OFFER };

  memcpy (message.offer.offer.id, &number, sizeof number);
  message.offer.key = self->key;
  message.offer.share = self->draft;
  message.offer.flags = SHOAL_OFFER_DRAFT;
  message.offer.bytes = 5;
  message.offer.files = 1;
  message.offer.name = name;
  g_assert_true (shoal_peer_send (self->engine, &message, NULL));
}

void
other_withdraw (Other *self, uint32_t number)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_WITHDRAW };

  memcpy (message.decline.offer.id, &number, sizeof number);
  g_assert_true (shoal_peer_send (self->engine, &message, NULL));
}
