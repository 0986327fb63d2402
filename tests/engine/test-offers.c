/* test-offers.c: an engine and devices that are not as friendly as engines.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-fixture.h"

#include "shoal-error.h"

#include <string.h>

static gboolean
was_declined (gconstpointer data)
{
  return ((const Other *) data)->n[SHOAL_MESSAGE_DECLINE] > 0;
}

static gboolean
was_offered (gconstpointer data)
{
  return ((const Other *) data)->n[SHOAL_MESSAGE_OFFER] > 0;
}

static gboolean
has_offer (gconstpointer data)
{
  return ((const Device *) data)->offers->len > 0;
}

static gboolean
has_another_offer (gconstpointer data)
{
  return ((const Device *) data)->offers->len > 1;
}

static gboolean
has_failed (gconstpointer data)
{
  return ((const Device *) data)->n_failed > 0;
}

/* --- Offers that come -------------------------------------------------------- */

/* A device that comes back has the offers it had, not new ones. */
static void
test_comes_back (void)
{
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  other_offer (&other, 1, "x");
  g_assert_true (spin_until (has_offer, &device));
  spin_for (100 * 1000);
  g_assert_cmpuint (device.offers->len, ==, 1);

  other_go (&other);
  spin_for (200 * 1000);
  other_come (&other);
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  spin_for (200 * 1000);
  /* Told again, as the code is another; but the same. */
  g_assert_cmpuint (device.offers->len, ==, 2);
  g_assert_cmpstr (device.offers->pdata[0], ==, device.offers->pdata[1]);
  g_assert_true (shoal_engine_decline (device.engine, device.offers->pdata[0], NULL, NULL));
  g_assert_true (spin_until (was_declined, &other));
  other_clear (&other);
  device_clear (&device);
}

/* Offer IDs are their makers' choice: two of one ID are two. */
static void
test_same_id (void)
{
  Device device;
  Other one, two;

  device_init (&device);
  other_init (&one);
  other_init (&two);
  other_dial (&one, &device);
  other_dial (&two, &device);
  other_offer (&one, 1, "x");
  g_assert_true (spin_until (has_offer, &device));
  other_offer (&two, 1, "x");
  spin_for (200 * 1000);
  g_assert_cmpuint (device.offers->len, ==, 2);
  g_assert_cmpstr (device.offers->pdata[0], !=, device.offers->pdata[1]);
  g_assert_true (shoal_engine_decline (device.engine, device.offers->pdata[0], NULL, NULL));
  g_assert_true (spin_until (was_declined, &one));
  spin_for (100 * 1000);
  g_assert_cmpuint (two.n[SHOAL_MESSAGE_DECLINE], ==, 0);
  other_clear (&one);
  other_clear (&two);
  device_clear (&device);
}

/* No is no, after a restart as well. */
static void
test_stays_declined (void)
{
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  g_assert_true (spin_until (has_offer, &device));
  g_assert_true (shoal_engine_decline (device.engine, device.offers->pdata[0], NULL, NULL));
  g_assert_false (shoal_engine_decline (device.engine, device.offers->pdata[0], NULL, NULL));
  g_assert_null (shoal_engine_accept (device.engine, device.offers->pdata[0], NULL, NULL, NULL));
  g_assert_true (spin_until (was_declined, &other));
  device_stop (&device);
  other_go (&other);

  device_start (&device);
  other_come (&other);
  other.n[SHOAL_MESSAGE_DECLINE] = 0;
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  g_assert_true (spin_until (was_declined, &other));
  g_assert_cmpuint (other.decline_reason, ==, SHOAL_DECLINE_PERSON);
  g_assert_cmpuint (device.offers->len, ==, 1);
  other_offer (&other, 2, "y"); /* another one is asked about */
  g_assert_true (spin_until (has_another_offer, &device));
  g_assert_cmpuint (count_transfers (&device), ==, 1);
  other_clear (&other);
  device_clear (&device);
}

/* Offering and taking back for ever fills nothing, here or on disk. */
static void
test_flood (void)
{
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  for (uint32_t i = 1; i <= 300; i++)
    {
      other_offer (&other, i, "x");
      other_withdraw (&other, i);
    }
  g_assert_true (spin_until (was_declined, &other));
  spin_for (300 * 1000);
  g_assert_cmpuint (other.decline_reason, ==, SHOAL_DECLINE_TOO_MANY);
  g_assert_cmpuint (device.offers->len, ==, SHOAL_MAX_PENDING_OFFERS);
  g_assert_cmpuint (count_transfers (&device), <=, SHOAL_MAX_PENDING_OFFERS);
  device_stop (&device);
  device_start (&device);
  g_assert_cmpuint (count_transfers (&device), ==, 0);
  other_clear (&other);
  device_clear (&device);
}

/* What comes must be what was agreed to. */
static void
test_another_thing (gconstpointer manifest)
{
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  other.manifest = manifest;
  other.key.bytes[0] = 7;
  other.draft.bytes[0] = 8;
  other_dial (&other, &device);
  other_offer (&other, 1, "cat.jpg");
  g_assert_true (spin_until (has_offer, &device));
  g_free (shoal_engine_accept (device.engine, device.offers->pdata[0], NULL, NULL, NULL));
  g_assert_true (spin_until (has_failed, &device));
  g_assert_cmpstr (device.failure, ==, "protocol");
  g_assert_true (spin_until (was_declined, &other));
  other_clear (&other);
  device_clear (&device);
}

/* --- Offers that go ------------------------------------------------------------ */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static char **
send_file (Device *device, const char *path, const char *to, GError **error)
{
  const char *paths[] = { path, NULL };
  const char *devices[] = { to, to, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  shoal_engine_send_async (device->engine, paths, NULL, devices, NULL, on_sent, &result);
  g_assert_true (spin_until (has_result, &result));
  return shoal_engine_send_finish (device->engine, result, error);
}

/* Sends @path to @other and takes what it is offered as. */
static void
send_to (Device *device, const char *path, Other *other)
{
  g_autofree char *id = shoal_device_id_to_text (shoal_identity_get_id (other->identity));
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) transfers = NULL;

  other_dial (other, device);
  other->n[SHOAL_MESSAGE_OFFER] = 0;
  transfers = send_file (device, path, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (transfers), ==, 2);
  g_assert_cmpstr (transfers[0], ==, transfers[1]); /* it was named twice */
  g_assert_true (spin_until (was_offered, other));
}

/* An earlier offer goes on if nothing has changed, and only then: one draft ID
 * is never two contents. */
static void
test_goes_on (void)
{
  g_autofree char *path = NULL;
  ShoalOfferId offer;
  ShoalHash share;
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  path = g_build_filename (device.folder, "file", NULL);
  g_assert_true (g_file_set_contents (path, "first", -1, NULL));
  send_to (&device, path, &other);
  offer = other.offered;
  share = other.offered_share;

  for (guint changed = 0; changed < 2; changed++)
    {
      device_stop (&device);
      other_go (&other);
      if (changed > 0)
        g_assert_true (g_file_set_contents (path, "other", -1, NULL));
      device_start (&device);
      other_come (&other);
      send_to (&device, path, &other);
      g_assert_cmpint (memcmp (&offer, &other.offered, sizeof offer) == 0, ==, changed == 0);
      g_assert_cmpint (shoal_hash_equals (&share, &other.offered_share), ==, changed == 0);
    }
  other_clear (&other);
  device_clear (&device);
}

/* Not to ourselves, and not to whom we have blocked. */
static void
test_whom (void)
{
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  g_assert_null (send_file (&device, "/nowhere", shoal_engine_get_id (device.engine), &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (shoal_engine_add_friend (device.engine, shoal_engine_get_id (device.engine),
                                           NULL));

  /* Blocking ends what is offered. */
  other_dial (&other, &device);
  other_offer (&other, 1, "x");
  g_assert_true (spin_until (has_offer, &device));
  id = shoal_device_id_to_text (shoal_identity_get_id (other.identity));
  g_assert_true (shoal_engine_set_blocked (device.engine, id, TRUE, NULL));
  g_assert_cmpuint (device.n_offers_gone, ==, 1);
  g_assert_null (send_file (&device, "/nowhere", id, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_REFUSED);
  other_clear (&other);
  device_clear (&device);
}

static gboolean
was_withdrawn (gconstpointer data)
{
  return ((const Other *) data)->n[SHOAL_MESSAGE_WITHDRAW] > 0;
}

/* Who fetches what is not offered any more hears of it. */
static void
test_unknown (void)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_ACCEPT };
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  message.accept.offer.id[0] = 9;
  g_assert_true (shoal_peer_send (other.engine, &message, NULL));
  g_assert_true (spin_until (was_withdrawn, &other));
  other_clear (&other);
  device_clear (&device);
}

/* Stopping ends questions that nobody has answered; device_stop() sees that
 * nothing holds the engine. */
static void
test_stop (void)
{
  g_autoptr (GAsyncResult) list = NULL;
  g_autoptr (GAsyncResult) found = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  Device device;
  Other other;

  device_init (&device);
  other_init (&other);
  id = shoal_device_id_to_text (shoal_identity_get_id (other.identity));
  shoal_engine_list_async (device.engine, id, NULL, on_sent, &list);
  shoal_engine_find_device_async (device.engine, "nobody", G_USEC_PER_SEC, NULL, on_sent, &found);
  spin_for (50 * 1000);
  device_end (&device);
  g_assert_true (spin_until (has_result, &list) && spin_until (has_result, &found));
  g_assert_null (shoal_engine_list_finish (device.engine, list, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
  g_clear_object (&list);
  g_clear_object (&found);
  g_assert_finalize_object (g_steal_pointer (&device.engine));
  device_start (&device);
  other_clear (&other);
  device_clear (&device);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/offers/comes-back", test_comes_back);
  g_test_add_func ("/engine/offers/same-id", test_same_id);
  g_test_add_func ("/engine/offers/stays-declined", test_stays_declined);
  g_test_add_func ("/engine/offers/flood", test_flood);
  g_test_add_data_func ("/engine/offers/another-name",
                        "d9:file treed3:dogd0:d6:lengthi5eeee4:name3:doge", test_another_thing);
  g_test_add_data_func ("/engine/offers/another-length",
                        "d9:file treed7:cat.jpgd0:d6:lengthi5000000000eeee4:name7:cat.jpge",
                        test_another_thing);
  g_test_add_func ("/engine/offers/goes-on", test_goes_on);
  g_test_add_func ("/engine/offers/whom", test_whom);
  g_test_add_func ("/engine/offers/unknown", test_unknown);
  g_test_add_func ("/engine/offers/stop", test_stop);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
