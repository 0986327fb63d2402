/* test-sightings.c: what is seen piece by piece is told as a whole.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-main-runtime.h"
#include "shoal-sightings.h"

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalSightings   *sightings;
  GString          *told; /* "+1 Anna 4000 a: 10.0.0.1@2 fe80::1@2\n" and the like */
  gboolean          clear_when_told;
} Fixture;

static void
on_event (ShoalSightingEvent event, const ShoalNearby *nearby, gpointer user_data)
{
  Fixture *self = user_data;
  const ShoalNearbyAddress *first = g_ptr_array_index (nearby->addresses, 0);

  g_string_append_printf (self->told, "%c%" G_GUINT64_FORMAT " %s %u %.*s:", "+=-"[event],
                          nearby->key, nearby->instance,
                          g_inet_socket_address_get_port (first->address),
                          (int) g_bytes_get_size (nearby->txt),
                          (const char *) g_bytes_get_data (nearby->txt, NULL));
  for (guint i = 0; i < nearby->addresses->len; i++)
    {
      const ShoalNearbyAddress *address = g_ptr_array_index (nearby->addresses, i);
      g_autofree char *text = g_inet_address_to_string (
        g_inet_socket_address_get_address (address->address));

      g_string_append_printf (self->told, " %s@%u", text, address->interface);
    }
  g_string_append_c (self->told, '\n');
  if (self->clear_when_told)
    shoal_sightings_clear (self->sightings);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->runtime = shoal_main_runtime_new (NULL);
  self->told = g_string_new (NULL);
  self->sightings = shoal_sightings_new (SHOAL_RUNTIME (self->runtime), on_event, self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  shoal_sightings_free (self->sightings);
  g_string_free (self->told, TRUE);
  g_assert_finalize_object (self->runtime);
}

static void
see (Fixture *self, guint interface, const char *name, const char *address, guint port,
     const char *txt)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);
  GSocketFamily family = g_inet_address_get_family (inet);
  g_autoptr (GInetSocketAddress) where
    = G_INET_SOCKET_ADDRESS (g_inet_socket_address_new (inet, (guint16) port));
  g_autoptr (GBytes) record = g_bytes_new (txt, strlen (txt));

  shoal_sightings_set (self->sightings, interface, family, name, where, record);
}

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets time pass and compares what was told in it. */
static void
expect (Fixture *self, guint milliseconds, const char *told)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (self->told->str, ==, told);
  g_string_truncate (self->told, 0);
}

static void
test_together (Fixture *self, gconstpointer data)
{
  see (self, 3, "Anna", "fe80::1", 4000, "a");
  see (self, 2, "Anna", "169.254.1.1", 4000, "a");
  see (self, 3, "Anna", "10.0.0.1", 4000, "a");
  see (self, 1, "Anna", "127.0.0.1", 4000, "a");
  see (self, 2, "Anna", "fd00::1", 4000, "a");
  expect (self, 90,
          "+1 Anna 4000 a: 127.0.0.1@1 10.0.0.1@3 fd00::1@2 169.254.1.1@2 fe80::1@3\n");

  /* The same again is no news; one address less is; the last one is the end. */
  see (self, 3, "Anna", "10.0.0.1", 4000, "a");
  expect (self, 90, "");
  for (guint i = 1; i <= 3; i++)
    shoal_sightings_remove (self->sightings, i, G_SOCKET_FAMILY_IPV4, "Anna");
  expect (self, 90, "=1 Anna 4000 a: fd00::1@2 fe80::1@3\n");
  shoal_sightings_remove (self->sightings, 2, G_SOCKET_FAMILY_IPV6, "Anna");
  shoal_sightings_remove (self->sightings, 3, G_SOCKET_FAMILY_IPV6, "Anna");
  shoal_sightings_remove (self->sightings, 3, G_SOCKET_FAMILY_IPV6, "Anna");
  shoal_sightings_remove (self->sightings, 3, G_SOCKET_FAMILY_IPV6, "Nobody");
  expect (self, 90, "-1 Anna 4000 a: fd00::1@2 fe80::1@3\n");

  /* Back: a new announcement. The same address on two interfaces is one. */
  see (self, 2, "Anna", "fd00::1", 4000, "a");
  see (self, 3, "Anna", "fd00::1", 4000, "a");
  expect (self, 90, "+2 Anna 4000 a: fd00::1@2\n");
}

static void
test_unresolved (Fixture *self, gconstpointer data)
{
  shoal_sightings_set (self->sightings, 2, G_SOCKET_FAMILY_IPV4, "Anna", NULL, NULL);
  expect (self, 90, "");
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  expect (self, 90, "+1 Anna 4000 a: 10.0.0.1@2\n");
  shoal_sightings_set (self->sightings, 2, G_SOCKET_FAMILY_IPV4, "Anna", NULL, NULL);
  expect (self, 90, "-1 Anna 4000 a: 10.0.0.1@2\n");
  /* Gone and back before anybody was told. */
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  shoal_sightings_remove (self->sightings, 2, G_SOCKET_FAMILY_IPV4, "Anna");
  expect (self, 90, "");
}

/* A change arrives on one interface first: told when it has arrived on all. */
static void
test_change (Fixture *self, gconstpointer data)
{
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  see (self, 2, "Anna", "fe80::1", 4000, "a");
  expect (self, 90, "+1 Anna 4000 a: 10.0.0.1@2 fe80::1@2\n");
  see (self, 2, "Anna", "10.0.0.1", 4000, "b");
  expect (self, 300, "");
  see (self, 2, "Anna", "fe80::1", 4000, "b");
  expect (self, 90, "=1 Anna 4000 b: 10.0.0.1@2 fe80::1@2\n");
  see (self, 2, "Anna", "10.0.0.1", 4001, "b");
  see (self, 2, "Anna", "fe80::1", 4001, "b");
  expect (self, 90, "=1 Anna 4001 b: 10.0.0.1@2 fe80::1@2\n");
}

/* Two networks, two devices, one name. Flapping of one does not split before its time. */
static void
test_namesakes (Fixture *self, gconstpointer data)
{
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  expect (self, 90, "+1 Anna 4000 a: 10.0.0.1@2\n");
  see (self, 3, "Anna", "10.9.0.1", 4000, "b");
  expect (self, 700, "");
  see (self, 3, "Anna", "10.9.0.2", 4000, "b");
  expect (self, 500, "");
  expect (self, 500, "+2 Anna 4000 b: 10.9.0.2@3\n");
  see (self, 3, "Anna", "10.9.0.3", 4000, "c");
  expect (self, 90, "=2 Anna 4000 c: 10.9.0.3@3\n");
  shoal_sightings_remove (self->sightings, 2, G_SOCKET_FAMILY_IPV4, "Anna");
  expect (self, 90, "-1 Anna 4000 a: 10.0.0.1@2\n");
  shoal_sightings_remove (self->sightings, 3, G_SOCKET_FAMILY_IPV4, "Anna");
  expect (self, 90, "-2 Anna 4000 c: 10.9.0.3@3\n");
}

static void
test_sweep (Fixture *self, gconstpointer data)
{
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  see (self, 2, "Ben", "10.0.0.2", 4000, "b");
  expect (self, 90, "+1 Anna 4000 a: 10.0.0.1@2\n+2 Ben 4000 b: 10.0.0.2@2\n");
  shoal_sightings_mark (self->sightings);
  see (self, 2, "Ben", "10.0.0.2", 4000, "b");
  expect (self, 90, "");
  shoal_sightings_sweep (self->sightings);
  expect (self, 90, "-1 Anna 4000 a: 10.0.0.1@2\n");
}

/* Whoever is told may clear the table. */
static void
test_clear (Fixture *self, gconstpointer data)
{
  self->clear_when_told = TRUE;
  see (self, 2, "Anna", "10.0.0.1", 4000, "a");
  see (self, 2, "Ben", "10.0.0.2", 4000, "a");
  expect (self, 90, "+1 Anna 4000 a: 10.0.0.1@2\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/discovery/sightings/together", Fixture, NULL, set_up, test_together, tear_down);
  g_test_add ("/discovery/sightings/unresolved", Fixture, NULL, set_up, test_unresolved,
              tear_down);
  g_test_add ("/discovery/sightings/change", Fixture, NULL, set_up, test_change, tear_down);
  g_test_add ("/discovery/sightings/namesakes", Fixture, NULL, set_up, test_namesakes, tear_down);
  g_test_add ("/discovery/sightings/sweep", Fixture, NULL, set_up, test_sweep, tear_down);
  g_test_add ("/discovery/sightings/clear", Fixture, NULL, set_up, test_clear, tear_down);
  return g_test_run ();
}
