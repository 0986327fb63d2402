/* test-diagnosis.c: which step fails, and whether calls get through.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "engine-fixture.h"

#include "shoal-diagnosis-private.h"
#include "shoal-diagnosis.h"
#include "shoal-engine-settings.h"
#include "shoal-error.h"

#include <string.h>

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* --- Firewalls ----------------------------------------------------------- */

static void
test_firewalld (void)
{
  static const struct
  {
    const char *zone;
    guint16     port;
    gboolean    open;
  } CASES[] = {
    { "@a{sv} {}", 27474, FALSE },
    { "{'target': <'ACCEPT'>}", 27474, TRUE },
    { "{'target': <'default'>}", 27474, FALSE },
    { "{'target': <5>}", 27474, FALSE },
    { "{'ports': <[('27474', 'tcp')]>}", 27474, TRUE },
    { "{'ports': <[('27474', 'udp')]>}", 27474, FALSE },
    { "{'ports': <[('1025-65535', 'udp'), ('1025-65535', 'tcp')]>}", 27474, TRUE },
    { "{'ports': <[('1025-27473', 'tcp')]>}", 27474, FALSE },
    { "{'ports': <[('27475-1', 'tcp')]>}", 27474, FALSE },
    { "{'ports': <[('', 'tcp'), ('-', 'tcp'), ('x-y', 'tcp'), ('1-99999999', 'tcp')]>}", 27474,
      FALSE },
    { "{'ports': <['27474']>}", 27474, FALSE },
    { "{'services': <['ssh', 'shoal']>}", 27474, TRUE },
    { "{'services': <['ssh', 'shoal']>}", 40000, FALSE },
    { "{'services': <['ssh']>}", 27474, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GVariant) zone
        = g_variant_parse (G_VARIANT_TYPE_VARDICT, CASES[i].zone, NULL, NULL, NULL);

      g_test_message ("%s", CASES[i].zone);
      g_assert_nonnull (zone);
      g_assert_cmpint (shoal_firewall_zone_has_port (zone, CASES[i].port), ==, CASES[i].open);
    }
}

static void
test_ufw (void)
{
  g_assert_true (shoal_firewall_ufw_is_on ("# comment\nENABLED=yes\nLOGLEVEL=low\n"));
  g_assert_true (shoal_firewall_ufw_is_on (" ENABLED = Yes "));
  g_assert_false (shoal_firewall_ufw_is_on ("ENABLED=no\n"));
  g_assert_false (shoal_firewall_ufw_is_on ("#ENABLED=yes\n"));
  g_assert_false (shoal_firewall_ufw_is_on (""));
  g_assert_false (shoal_firewall_ufw_is_on ("=\nENABLED"));
}

/* --- Calling back -------------------------------------------------------- */

static ShoalCalled
ask (Other *other)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalCallResult) called = NULL;
  g_autoptr (GError) error = NULL;

  shoal_hub_ask_to_call_async (other->hub, other->engine, NULL, on_result, &result);
  g_assert_true (spin_until (has_result, &result));
  called = shoal_hub_ask_to_call_finish (other->hub, result, &error);
  g_assert_no_error (error);
  return called->result;
}

static void
say_port (Other *other, guint port)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_PROFILE };

  message.profile.name = "Mallory";
  message.profile.port = (uint16_t) port;
  g_assert_true (shoal_peer_send (other->engine, &message, NULL));
  spin_for (1100 * 1000); /* one is called once a second */
}

/* Who asks is called where it says that it listens, on its own address. */
static void
test_called (void)
{
  Device device, third;
  Other other;

  device_init (&device);
  device_init (&third);
  other_init (&other);
  other_dial (&other, &device);
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_THROUGH);
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_NOT_NOW);
  say_port (&other, third.port);
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_OTHER_KEY);
  say_port (&other, 1);
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_NO_ANSWER);
  say_port (&other, 0);
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_NO_ADDRESS);
  /* Nobody who is not to know that we are there learns it by asking. */
  shoal_engine_set_visibility (device.engine, SHOAL_VISIBLE_FRIENDS);
  say_port (&other, shoal_hub_get_port (other.hub));
  g_assert_cmpint (ask (&other), ==, SHOAL_CALLED_NOT_NOW);
  other_clear (&other);
  device_clear (&third);
  device_clear (&device);
}

/* An answer that nobody has asked for is no trouble. */
static void
test_false_answer (void)
{
  Device device;
  Other other;
  ShoalMessage message = { .type = SHOAL_MESSAGE_CALLED };

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  g_assert_true (shoal_peer_send (other.engine, &message, NULL));
  other_offer (&other, 1, "x");
  for (guint i = 0; i < 1000 && device.offers->len == 0; i++)
    spin_for (10000);
  g_assert_cmpuint (device.offers->len, ==, 1);
  other_clear (&other);
  device_clear (&device);
}

/* --- All of it ----------------------------------------------------------- */

typedef struct
{
  guint n_running, n_done;
} Told;

static void
on_check (ShoalCheck *check, gpointer user_data)
{
  Told *told = user_data;

  g_assert_nonnull (check->title);
  if (check->state == SHOAL_CHECK_RUNNING)
    {
      told->n_running++;
      return;
    }
  told->n_done++;
  g_assert_nonnull (check->cause);
  g_assert_true (check->remedy_id == NULL || check->remedy != NULL);
  g_test_message ("%s %d: %s / %s", check->id, check->state, check->cause, check->remedy);
}

static ShoalCheckState
state_of (GPtrArray *checks, const char *id)
{
  for (guint i = 0; i < checks->len; i++)
    {
      ShoalCheck *check = g_ptr_array_index (checks, i);

      if (g_str_equal (check->id, id))
        return check->state;
    }
  g_assert_not_reached ();
}

static GPtrArray *
diagnose (Device *device)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Told told = { 0 };
  GPtrArray *checks;

  shoal_engine_diagnose_async (device->engine, NULL, on_check, &told, NULL, on_result, &result);
  g_assert_cmpuint (told.n_running, ==, SHOAL_N_STEPS);
  g_assert_true (spin_until (has_result, &result));
  checks = shoal_engine_diagnose_finish (device->engine, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (told.n_done, ==, SHOAL_N_STEPS);
  g_assert_cmpuint (checks->len, ==, SHOAL_N_STEPS);
  return checks;
}

static void
test_diagnose (void)
{
  Device device;
  Other other;
  GPtrArray *checks;

  device_init (&device);
  checks = diagnose (&device);
  g_assert_cmpint (state_of (checks, "port"), ==, SHOAL_CHECK_OK);
  g_assert_cmpint (state_of (checks, "visible"), ==, SHOAL_CHECK_OK);
  g_assert_cmpint (state_of (checks, "discovery"), ==, SHOAL_CHECK_FAILED); /* switched off */
  g_assert_cmpint (state_of (checks, "reachable"), ==, SHOAL_CHECK_UNKNOWN);
  g_ptr_array_unref (checks);

  other_init (&other);
  other_dial (&other, &device);
  shoal_hub_set_visibility (other.hub, SHOAL_VISIBLE_NOBODY);
  checks = diagnose (&device);
  g_assert_cmpint (state_of (checks, "reachable"), ==, SHOAL_CHECK_UNKNOWN); /* it will not */
  g_ptr_array_unref (checks);

  shoal_hub_set_visibility (other.hub, SHOAL_VISIBLE_EVERYONE);
  checks = diagnose (&device);
  g_assert_cmpint (state_of (checks, "reachable"), ==, SHOAL_CHECK_OK);
  g_ptr_array_unref (checks);

  shoal_engine_set_visibility (device.engine, SHOAL_VISIBLE_NOBODY);
  checks = diagnose (&device);
  g_assert_cmpint (state_of (checks, "visible"), ==, SHOAL_CHECK_FAILED);
  g_ptr_array_unref (checks);
  other_clear (&other);
  device_clear (&device);
}

/* The engine stops in the middle of it. */
static void
test_stop (void)
{
  Device device;
  Other other;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  shoal_engine_diagnose_async (device.engine, NULL, NULL, NULL, NULL, on_result, &result);
  device_end (&device);
  g_assert_true (spin_until (has_result, &result));
  g_assert_null (shoal_engine_diagnose_finish (device.engine, result, &error));
  g_assert_cmpstr (shoal_error_get_nick (error), ==, "cancelled");
  g_clear_object (&result);
  other_clear (&other);
  device_clear (&device);
}

/* What may not be used is not used: neither to call nor to be called; but
 * loopback always is. */
static void
test_interfaces (void)
{
  const char *const none[] = { "nosuch0", NULL };
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GInetAddress) far = g_inet_address_new_from_string ("192.0.2.1");
  g_autoptr (GSocketAddress) near_address = g_inet_socket_address_new (loopback, 1);
  g_autoptr (GSocketAddress) far_address = g_inet_socket_address_new (far, 1);
  ShoalInterfaces *interfaces = shoal_interfaces_new ();
  GPtrArray *ways;

  g_assert_true (shoal_interfaces_are_all (interfaces));
  ways = shoal_interfaces_route (interfaces, far_address);
  g_assert_cmpuint (ways->len, ==, 1);
  g_ptr_array_unref (ways);

  shoal_interfaces_set_names (interfaces, none);
  g_assert_false (shoal_interfaces_may_use (interfaces, 99999));
  g_assert_true (shoal_interfaces_may_use_own (interfaces, loopback));
  g_assert_false (shoal_interfaces_may_use_own (interfaces, far));
  ways = shoal_interfaces_route (interfaces, far_address);
  g_assert_cmpuint (ways->len, ==, 0);
  g_ptr_array_unref (ways);
  ways = shoal_interfaces_route (interfaces, near_address);
  g_assert_cmpuint (ways->len, ==, 1);
  g_ptr_array_unref (ways);
  shoal_interfaces_unref (interfaces);

  g_assert_cmpint (shoal_interface_guess_kind ("wlp3s0", FALSE, TRUE), ==, SHOAL_INTERFACE_WIFI);
  g_assert_cmpint (shoal_interface_guess_kind ("eth0", FALSE, FALSE), ==,
                   SHOAL_INTERFACE_ETHERNET);
  g_assert_cmpint (shoal_interface_guess_kind ("br-0123", FALSE, FALSE), ==,
                   SHOAL_INTERFACE_CONTAINER);
  g_assert_cmpint (shoal_interface_guess_kind ("wg0", FALSE, FALSE), ==, SHOAL_INTERFACE_VPN);
  g_assert_cmpint (shoal_interface_guess_kind ("x0", TRUE, FALSE), ==, SHOAL_INTERFACE_VPN);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/diagnosis/firewalld", test_firewalld);
  g_test_add_func ("/engine/diagnosis/ufw", test_ufw);
  g_test_add_func ("/engine/diagnosis/called", test_called);
  g_test_add_func ("/engine/diagnosis/false-answer", test_false_answer);
  g_test_add_func ("/engine/diagnosis/diagnose", test_diagnose);
  g_test_add_func ("/engine/diagnosis/stop", test_stop);
  g_test_add_func ("/engine/diagnosis/interfaces", test_interfaces);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
