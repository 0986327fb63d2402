/* test-hub.c: devices that meet over loopback: codes, trust, channels.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-hub.h"

typedef struct
{
  const char       *name;
  ShoalIdentity    *identity;
  ShoalDeviceBook  *book;
  ShoalHub         *hub;
  guint             n_ready, n_lost, n_messages;
  ShoalPeer        *other;    /* (unowned): the last that was ready */
  ShoalHash         key;      /* of the share that it serves */
  ShoalChannel     *served;   /* (owned) (nullable) */
  gboolean          opened;
  GError           *closed;
} Device;

static ShoalMainRuntime *runtime;

static void
spin (gboolean (*until) (gpointer data), gpointer data)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (!until (data) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (until (data));
}

static void
on_ready (ShoalPeer *peer, gpointer user_data)
{
  Device *device = user_data;

  device->n_ready++;
  device->other = peer;
}

static void
on_lost (ShoalPeer *peer, const GError *error, gpointer user_data)
{
  ((Device *) user_data)->n_lost++;
}

static void
on_message (ShoalPeer *peer, const ShoalMessage *message, gpointer user_data)
{
  ((Device *) user_data)->n_messages++;
}

static void
on_channel (ShoalPeer *peer, ShoalChannel *channel, gpointer user_data)
{
  Device *device = user_data;

  if (!shoal_channel_is_for (channel, &device->key))
    {
      shoal_channel_refuse (channel, SHOAL_REFUSED_NOT_ALLOWED);
      return;
    }
  device->served = shoal_channel_ref (channel);
  g_assert_true (shoal_channel_accept (channel, &device->key, 0, 1, 0, &device->key, NULL, NULL,
                                       NULL));
}

static const ShoalHubEvents events = {
  .ready = on_ready,
  .lost = on_lost,
  .message = on_message,
  .channel = on_channel,
};

static void
device_init (Device *self, const char *name)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GError *error = NULL;

  *self = (Device){ .name = name };
  self->identity = shoal_identity_generate (&error);
  g_assert_no_error (error);
  self->book = shoal_device_book_new (SHOAL_RUNTIME (runtime), NULL, NULL);
  self->hub = shoal_hub_new (&(ShoalHubOptions){
    .runtime = runtime,
    .identity = self->identity,
    .book = self->book,
    .name = name,
    .agent = "test",
    .events = &events,
    .user_data = self,
  });
  shoal_hub_start (self->hub, TRUE, loopback, 0, &error);
  g_assert_no_error (error);
}

static void
device_clear (Device *self)
{
  g_clear_pointer (&self->served, shoal_channel_unref);
  g_clear_error (&self->closed);
  shoal_hub_free (self->hub);
  shoal_device_book_free (self->book);
  shoal_identity_unref (self->identity);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
has_result (gpointer data)
{
  return *(GAsyncResult **) data != NULL;
}

static ShoalPeer *
dial (Device *from, Device *to, GError **error)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", shoal_hub_get_port (to->hub));
  g_autoptr (GAsyncResult) result = NULL;

  shoal_hub_dial_async (from->hub, address, TRUE, NULL, on_dialled, &result);
  spin (has_result, &result);
  return shoal_hub_dial_finish (from->hub, result, error);
}

static gboolean
is_ready (gpointer data)
{
  return ((Device *) data)->n_ready > 0;
}

static gboolean
is_lost (gpointer data)
{
  return ((Device *) data)->n_lost > 0;
}

static void
test_codes_agree (void)
{
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  Device anna, bob;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  peer = dial (&anna, &bob, &error);
  g_assert_no_error (error);
  spin (is_ready, &bob);
  g_assert_cmpstr (shoal_peer_get_name (peer), ==, "Bob");
  g_assert_cmpstr (shoal_peer_get_name (bob.other), ==, "Anna");
  g_assert_cmpint (shoal_peer_get_code (peer), >=, 0);
  g_assert_cmpint (shoal_peer_get_code (peer), ==, shoal_peer_get_code (bob.other));
  g_assert_cmpint (shoal_peer_get_presence (peer), ==, SHOAL_PRESENCE_SESSION);
  device_clear (&anna);
  spin (is_lost, &bob);
  device_clear (&bob);
}

static gboolean
is_mutual (gpointer data)
{
  Device **pair = data;
  uint8_t a[SHOAL_SECRET_SIZE], b[SHOAL_SECRET_SIZE];

  return shoal_device_book_get_pair_secret (pair[0]->book, shoal_hub_get_own_id (pair[0]->hub),
                                            shoal_hub_get_own_id (pair[1]->hub), a)
         && shoal_device_book_get_pair_secret (pair[1]->book, shoal_hub_get_own_id (pair[1]->hub),
                                               shoal_hub_get_own_id (pair[0]->hub), b)
         && memcmp (a, b, sizeof a) == 0;
}

static void
test_friends_share_a_secret (void)
{
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  Device anna, bob;
  Device *pair[] = { &anna, &bob };

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  peer = dial (&anna, &bob, &error);
  g_assert_no_error (error);
  spin (is_ready, &bob);

  shoal_device_book_add_friend (anna.book, shoal_hub_get_own_id (bob.hub), "Bob");
  shoal_hub_trust_changed (anna.hub, shoal_hub_get_own_id (bob.hub));
  g_assert_false (is_mutual (pair));
  shoal_device_book_add_friend (bob.book, shoal_hub_get_own_id (anna.hub), "Anna");
  shoal_hub_trust_changed (bob.hub, shoal_hub_get_own_id (anna.hub));
  spin (is_mutual, pair);

  /* Blocking ends the session, and no other begins. */
  shoal_device_book_set_blocked (bob.book, shoal_hub_get_own_id (anna.hub), TRUE);
  shoal_hub_trust_changed (bob.hub, shoal_hub_get_own_id (anna.hub));
  spin (is_lost, &anna);
  g_clear_pointer (&peer, shoal_peer_unref);
  device_clear (&anna);
  device_clear (&bob);
}

static void
on_channel_message (ShoalChannel *channel, const ShoalMessage *message, gpointer user_data)
{
  ((Device *) user_data)->opened |= message->type == SHOAL_MESSAGE_OPENED;
}

static void
on_channel_closed (ShoalChannel *channel, const GError *error, gpointer user_data)
{
  ((Device *) user_data)->closed = g_error_copy (error);
}

static const ShoalChannelEvents channel_events = {
  .message = on_channel_message,
  .closed = on_channel_closed,
};

static gboolean
is_answered (gpointer data)
{
  Device *device = data;

  return device->opened || device->closed != NULL;
}

/* @right: with the key of what Bob serves. */
static void
test_channel (gconstpointer right)
{
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (ShoalChannel) channel = NULL;
  g_autoptr (GError) error = NULL;
  ShoalHash key = { { 7 } };
  Device anna, bob;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  bob.key = key;
  if (right == NULL)
    key.bytes[0]++;
  peer = dial (&anna, &bob, &error);
  g_assert_no_error (error);
  channel = shoal_channel_open (peer, &key, 0, &channel_events, &anna, &error);
  g_assert_no_error (error);
  spin (is_answered, &anna);
  if (right != NULL)
    {
      g_assert_true (anna.opened);
      /* The other end goes: the channel ends, once. */
      shoal_channel_close (bob.served);
      anna.opened = FALSE;
      spin (is_answered, &anna);
      g_assert_error (anna.closed, SHOAL_ERROR, (int) SHOAL_ERROR_CLOSED);
    }
  else
    {
      g_assert_error (anna.closed, SHOAL_ERROR, (int) SHOAL_ERROR_REFUSED);
    }
  g_assert_true (shoal_channel_is_closed (channel));
  device_clear (&anna);
  device_clear (&bob);
}

static void
test_address_remembers_key (void)
{
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  Device anna, bob, mallory;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  device_init (&mallory, "Bob");
  peer = dial (&anna, &bob, &error);
  g_assert_no_error (error);

  /* Somebody else answers where Bob was. */
  address = g_strdup_printf ("127.0.0.1:%u", shoal_hub_get_port (mallory.hub));
  shoal_device_book_seen (anna.book, shoal_hub_get_own_id (bob.hub), NULL, address, TRUE);
  g_assert_null (dial (&anna, &mallory, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_WRONG_KEY);
  g_assert_nonnull (strstr (shoal_error_get_next (error), "forget-address"));
  g_clear_error (&error);

  g_assert_true (shoal_device_book_forget_address (anna.book, address));
  g_clear_pointer (&peer, shoal_peer_unref);
  peer = dial (&anna, &mallory, &error);
  g_assert_no_error (error);
  g_clear_pointer (&peer, shoal_peer_unref);
  device_clear (&anna);
  device_clear (&bob);
  device_clear (&mallory);
}

static ShoalPeer *
find (Device *from, const char *text, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  shoal_hub_find_async (from->hub, text, 100 * 1000, NULL, on_dialled, &result);
  spin (has_result, &result);
  return shoal_hub_find_finish (from->hub, result, error);
}

static void
test_find (void)
{
  g_autoptr (ShoalPeer) first = NULL;
  g_autoptr (ShoalPeer) second = NULL;
  g_autoptr (ShoalPeer) found = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *short_id = NULL;
  g_autofree char *id = NULL;
  Device anna, bob, other;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  device_init (&other, "bob");
  first = dial (&anna, &bob, &error);
  g_assert_no_error (error);
  second = dial (&anna, &other, &error);
  g_assert_no_error (error);

  /* Two strangers of one name: their IDs are listed, and tell them apart. */
  g_assert_null (find (&anna, "Bob", &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_AMBIGUOUS);
  id = shoal_device_id_to_text (shoal_hub_get_own_id (other.hub));
  g_assert_nonnull (strstr (error->message, id));
  g_clear_error (&error);
  short_id = shoal_device_id_to_short (shoal_hub_get_own_id (other.hub));
  found = find (&anna, short_id, &error);
  g_assert_no_error (error);
  g_assert_true (found == second);

  /* A friend of that name is who is meant. */
  shoal_device_book_add_friend (anna.book, shoal_hub_get_own_id (bob.hub), "Bob");
  g_clear_pointer (&found, shoal_peer_unref);
  found = find (&anna, "Bob", &error);
  g_assert_no_error (error);
  g_assert_true (found == first);

  /* A friend who calls itself what another friend is called gets nothing of it. */
  shoal_device_book_add_friend (anna.book, shoal_hub_get_own_id (other.hub), "BOB");
  g_assert_null (find (&anna, "Bob", &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_AMBIGUOUS);
  g_clear_error (&error);
  /* Unless it is blocked. */
  shoal_device_book_set_blocked (anna.book, shoal_hub_get_own_id (other.hub), TRUE);
  g_clear_pointer (&found, shoal_peer_unref);
  found = find (&anna, "Bob", &error);
  g_assert_no_error (error);
  g_assert_true (found == first);

  g_assert_null (find (&anna, "Nobody", &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND);
  g_clear_pointer (&first, shoal_peer_unref);
  g_clear_pointer (&second, shoal_peer_unref);
  g_clear_pointer (&found, shoal_peer_unref);
  device_clear (&anna);
  device_clear (&bob);
  device_clear (&other);
}

static guint n_taken;

static void
count_link (ShoalListener *listener, ShoalLink *link, gpointer user_data)
{
  n_taken++;
  shoal_link_close (link);
}

static gboolean
is_half_a_second_later (gpointer since)
{
  return g_get_monotonic_time () - *(gint64 *) since > G_USEC_PER_SEC / 2;
}

/* Who takes every call and hangs up is not called again and again at once, and
 * whoever waits for the session hears of it. */
static void
test_hangs_up (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (ShoalIdentity) identity = shoal_identity_generate (NULL);
  g_autoptr (ShoalListener) listener = shoal_listener_new (runtime, identity);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  Device anna;
  gint64 since;

  g_signal_connect (listener, "accepted", G_CALLBACK (count_link), NULL);
  shoal_listener_start (listener, loopback, 0, &error);
  g_assert_no_error (error);
  device_init (&anna, "Anna");
  shoal_device_book_add_friend (anna.book, shoal_identity_get_id (identity), "Rude");

  n_taken = 0;
  address = g_strdup_printf ("127.0.0.1:%u", shoal_listener_get_port (listener));
  shoal_hub_dial_async (anna.hub, address, TRUE, NULL, on_dialled, &result);
  spin (has_result, &result);
  g_assert_null (shoal_hub_dial_finish (anna.hub, result, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CLOSED);
  since = g_get_monotonic_time ();
  spin (is_half_a_second_later, &since);
  g_assert_cmpuint (n_taken, ==, 1);
  shoal_listener_stop (listener);
  device_clear (&anna);
}

static void
on_stopped (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

/* Stopping answers those who wait for a session. */
static void
test_stop_answers (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  gboolean stopped = FALSE;
  Device anna, bob;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  address = g_strdup_printf ("127.0.0.1:%u", shoal_hub_get_port (bob.hub));
  shoal_hub_dial_async (anna.hub, address, TRUE, NULL, on_dialled, &result);
  shoal_hub_stop_async (anna.hub, on_stopped, &stopped);
  spin (is_true, &stopped);
  spin (has_result, &result);
  g_assert_null (shoal_hub_dial_finish (anna.hub, result, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
  device_clear (&anna);
  device_clear (&bob);
}

/* A pinned peer is the same one when the device comes back. */
static void
test_pin (void)
{
  g_autoptr (GPtrArray) peers = NULL;
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  Device anna, bob;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  peer = dial (&anna, &bob, &error);
  g_assert_no_error (error);
  spin (is_ready, &bob);
  shoal_peer_pin (bob.other);
  device_clear (&anna);
  spin (is_lost, &bob);
  g_assert_true (shoal_hub_get_peer (bob.hub, shoal_peer_get_id (bob.other)) == bob.other);
  shoal_peer_unpin (bob.other); /* and so it is forgotten */
  peers = shoal_hub_get_peers (bob.hub);
  g_assert_cmpuint (peers->len, ==, 0);
  device_clear (&bob);
}

static GSocket *
bind_udp (guint16 port, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocket) socket
    = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

  return g_socket_bind (socket, address, FALSE, error) ? g_steal_pointer (&socket) : NULL;
}

/* One number for TCP and UDP: firewalls and links know only one. */
static void
test_one_port (void)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  Device anna;

  device_init (&anna, "Anna");
  socket = bind_udp (shoal_hub_get_port (anna.hub), &error);
  g_assert_null (socket);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  device_clear (&anna);
}

/* Another program has the UDP port for a while: TCP alone will do, until it is free. */
static void
test_udp_later (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocket) other = bind_udp (0, NULL);
  g_autoptr (GSocketAddress) taken = g_socket_get_local_address (other, NULL);
  guint16 port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
  g_autoptr (GSocket) again = NULL;
  Device anna;

  device_init (&anna, "Anna");
  g_assert_true (shoal_hub_listen_anew (anna.hub, loopback, port, NULL));
  g_assert_cmpuint (shoal_hub_get_port (anna.hub), ==, port);
  shoal_hub_check_network (anna.hub);
  g_assert_true (g_socket_close (other, NULL));
  shoal_hub_check_network (anna.hub);
  again = bind_udp (port, NULL);
  g_assert_null (again);
  device_clear (&anna);
}

/* Who allows only relays calls nobody, and takes no other link. */
static void
test_relays_only (void)
{
  g_autoptr (ShoalPeer) peer = NULL;
  g_autoptr (GError) error = NULL;
  Device anna, bob;

  device_init (&anna, "Anna");
  device_init (&bob, "Bob");
  shoal_hub_set_policy (anna.hub, SHOAL_ICE_RELAY_ONLY);
  peer = dial (&anna, &bob, &error);
  g_assert_null (peer);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  peer = dial (&bob, &anna, &error);
  g_assert_null (peer);
  g_assert_nonnull (error);
  g_assert_cmpuint (anna.n_ready, ==, 0);
  device_clear (&anna);
  device_clear (&bob);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/peer/hub/codes-agree", test_codes_agree);
  g_test_add_func ("/peer/hub/friends-share-a-secret", test_friends_share_a_secret);
  g_test_add_data_func ("/peer/hub/channel-right-key", "right", test_channel);
  g_test_add_data_func ("/peer/hub/channel-wrong-key", NULL, test_channel);
  g_test_add_func ("/peer/hub/address-remembers-key", test_address_remembers_key);
  g_test_add_func ("/peer/hub/find", test_find);
  g_test_add_func ("/peer/hub/hangs-up", test_hangs_up);
  g_test_add_func ("/peer/hub/stop-answers", test_stop_answers);
  g_test_add_func ("/peer/hub/pin", test_pin);
  g_test_add_func ("/peer/hub/one-port", test_one_port);
  g_test_add_func ("/peer/hub/udp-later", test_udp_later);
  g_test_add_func ("/peer/hub/relays-only", test_relays_only);
  status = g_test_run ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (runtime);
  return status;
}
