/* test-hub-announced.c: what anybody can announce nearby.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-announcement.h"
#include "shoal-peer-private.h"

#define N_ANNOUNCED 12u
#define N_AT_ONCE 4u

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalIdentity    *identity;
  ShoalDeviceBook  *book;
  ShoalHub         *hub;
  GSocketListener  *listener;
  GPtrArray        *open;       /* (owned) of GSocketConnection */
  guint             n_accepted;
} Fixture;

/* Takes calls, and says nothing. */
static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  GSocketConnection *connection
    = g_socket_listener_accept_finish (G_SOCKET_LISTENER (source), result, NULL, NULL);

  if (connection == NULL)
    return;
  g_ptr_array_add (f->open, connection);
  f->n_accepted++;
  g_socket_listener_accept_async (f->listener, NULL, on_accepted, f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const ShoalHubEvents EVENTS = { 0 };
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GError) error = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->identity = shoal_identity_generate (&error);
  g_assert_no_error (error);
  f->book = shoal_device_book_new (SHOAL_RUNTIME (f->runtime), NULL, NULL);
  f->hub = shoal_hub_new (&(ShoalHubOptions){
    .runtime = f->runtime,
    .identity = f->identity,
    .book = f->book,
    .name = "Anna",
    .agent = "test",
    .visibility = SHOAL_VISIBLE_EVERYONE,
    .events = &EVENTS,
  });
  shoal_hub_start (f->hub, TRUE, loopback, 0, &error);
  g_assert_no_error (error);
  f->listener = g_socket_listener_new ();
  f->open = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_hub_free (f->hub);
  g_socket_listener_close (f->listener);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_ptr_array_unref (f->open);
  g_object_unref (f->listener);
  shoal_device_book_free (f->book);
  shoal_identity_unref (f->identity);
  shoal_main_runtime_drain (f->runtime);
  g_object_unref (f->runtime);
}

static void
announce (Fixture *f, guint number, guint16 port)
{
  ShoalAnnouncement announcement = { .version = SHOAL_PROTOCOL_VERSION, .name = (char *) "Many" };
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();
  g_autoptr (GBytes) txt = NULL;
  ShoalNearbyAddress seen = { G_INET_SOCKET_ADDRESS (address), 1 };
  ShoalNearby nearby = { number + 1, (char *) "Many", NULL, addresses };
  ShoalDeviceIdPrefix prefix;
  ShoalDeviceId id;

  memset (&id, (int) number * 6, sizeof id);
  shoal_device_id_prefix_init (&prefix, &id, SHOAL_ANNOUNCEMENT_ID_CHARS);
  g_strlcpy (announcement.id, prefix.digits, sizeof announcement.id);
  nearby.txt = txt = shoal_announcement_format (&announcement);
  g_ptr_array_add (addresses, &seen);
  shoal_hub_discovery_listener.found (NULL, &nearby, f->hub);
}

static guint
count_dials (ShoalHub *hub)
{
  guint n = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, hub->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((ShoalSighting *) value)->dial != NULL;
  return n;
}

/* However many are announced at one host, which may be anybody's: it is called by a few
 * at a time, and each has its turn. */
static void
test_many (Fixture *f, gconstpointer data)
{
  guint16 port = g_socket_listener_add_any_inet_port (f->listener, NULL, NULL);
  guint most = 0;

  g_socket_listener_accept_async (f->listener, NULL, on_accepted, f);
  for (guint i = 0; i < N_ANNOUNCED; i++)
    announce (f, i, port);
  while (f->n_accepted < N_ANNOUNCED)
    {
      g_main_context_iteration (NULL, TRUE);
      most = MAX (most, count_dials (f->hub));
      if (f->open->len == N_AT_ONCE)
        g_ptr_array_set_size (f->open, 0); /* hangs up: the next have their turn */
    }
  g_assert_cmpuint (most, ==, N_AT_ONCE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/peer/hub-announced/many", Fixture, NULL, set_up, test_many, tear_down);
  return g_test_run ();
}
