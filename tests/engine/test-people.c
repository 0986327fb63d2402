/* test-people.c: two devices, and what they think and tell of each other.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-fixture.h"

#include "shoal-engine-people.h"
#include "shoal-engine-settings.h"
#include "shoal-error.h"

#include <string.h>

static const char PICTURE[] = "\x89PNG\r\n\x1a\nnot decoded by anybody";

typedef struct
{
  Device anna, berta;
  char  *anna_id, *berta_id;
} Pair;

/* Waits until @expression holds. */
#define WAIT_FOR(expression) \
  G_STMT_START \
    { \
      for (guint tries = 0; tries < 2000 && !(expression); tries++) \
        spin_for (5000); \
      g_assert_true (expression); \
    } \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
connect_pair (Pair *pair)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", pair->berta.port);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalDeviceInfo) info = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_find_device_async (pair->anna.engine, address, 5 * G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_find_device_finish (pair->anna.engine, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->id, ==, pair->berta_id);
}

static void
pair_init (Pair *pair)
{
  device_init (&pair->anna);
  device_init (&pair->berta);
  pair->anna_id = g_strdup (shoal_engine_get_id (pair->anna.engine));
  pair->berta_id = g_strdup (shoal_engine_get_id (pair->berta.engine));
  g_assert_true (shoal_engine_set_name (pair->anna.engine, "Anna", NULL));
  g_assert_true (shoal_engine_set_name (pair->berta.engine, "Berta", NULL));
  connect_pair (pair);
}

static void
pair_clear (Pair *pair)
{
  device_clear (&pair->anna);
  device_clear (&pair->berta);
  g_free (pair->anna_id);
  g_free (pair->berta_id);
}

/* How @device sees the device @id; empty if it does not. */
static ShoalDeviceInfo *
see (Device *device, const char *id)
{
  g_autoptr (GPtrArray) devices = shoal_engine_get_devices (device->engine);

  for (guint i = 0; i < devices->len; i++)
    {
      ShoalDeviceInfo *info = g_ptr_array_index (devices, i);

      if (g_str_equal (info->id, id))
        return shoal_device_info_ref (info);
    }
  return shoal_device_info_new ();
}

static gboolean
is_mutual (Device *device, const char *id)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return info->is_mutual;
}

static gsize
picture_size (Device *device, const char *id)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return info->picture != NULL ? g_bytes_get_size (info->picture) : 0;
}

static gboolean
bears_name (Device *device, const char *id, const char *name)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return g_strcmp0 (info->name, name) == 0;
}

static void
make_friends (Pair *pair)
{
  g_autoptr (GError) error = NULL;

  shoal_engine_add_friend (pair->anna.engine, pair->berta_id, &error);
  g_assert_no_error (error);
  shoal_engine_add_friend (pair->berta.engine, pair->anna_id, &error);
  g_assert_no_error (error);
  WAIT_FOR (is_mutual (&pair->anna, pair->berta_id) && is_mutual (&pair->berta, pair->anna_id));
}

static void
change (Device *device, const char *key, GVariant *value)
{
  GVariantDict dict;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, value);
  shoal_engine_change_settings_async (device->engine, g_variant_dict_end (&dict), NULL, on_result,
                                      &result);
  g_assert_true (spin_until (has_result, &result));
  shoal_engine_change_settings_finish (device->engine, result, &error);
  g_assert_no_error (error);
}

static GVariant *
picture (gsize size)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, PICTURE, size, 1);
}

/* --- Tests --------------------------------------------------------------- */

static void
test_strangers (void)
{
  Pair pair;
  g_autoptr (GError) error = NULL;

  pair_init (&pair);
  g_assert_false (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, "B", &error));
  g_assert_cmpstr (shoal_error_get_nick (error), ==, "not-found");
  g_assert_false (shoal_engine_set_verified (pair.anna.engine, pair.berta_id, TRUE, NULL));
  g_assert_false (shoal_engine_set_auto_accept (pair.anna.engine, pair.berta_id, 5, NULL));
  g_assert_false (shoal_engine_rename_friend (pair.anna.engine, pair.anna_id, "B", NULL));
  g_assert_false (shoal_engine_rename_friend (pair.anna.engine, "nobody", "B", NULL));
  pair_clear (&pair);
}

static void
test_book (void)
{
  Pair pair;
  g_autoptr (ShoalDeviceInfo) info = NULL;
  g_autoptr (GPtrArray) friends = NULL;

  pair_init (&pair);
  make_friends (&pair);
  g_assert_false (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, "a\nb", NULL));
  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, " Bee ", NULL));
  g_assert_true (shoal_engine_set_verified (pair.anna.engine, pair.berta_id, TRUE, NULL));
  g_assert_false (shoal_engine_set_auto_accept (pair.anna.engine, pair.berta_id, -1, NULL));
  g_assert_true (shoal_engine_set_auto_accept (pair.anna.engine, pair.berta_id, 1 << 20, NULL));

  device_stop (&pair.anna);
  device_start (&pair.anna);
  friends = shoal_engine_get_friends (pair.anna.engine);
  g_assert_cmpuint (friends->len, ==, 1);
  info = shoal_device_info_ref (friends->pdata[0]);
  g_assert_cmpstr (info->label, ==, "Bee");
  g_assert_cmpstr (info->nickname, ==, "Bee");
  g_assert_cmpstr (info->name, ==, "Berta");
  g_assert_true (info->is_verified && info->is_friend);
  g_assert_cmpint (info->auto_accept, ==, 1 << 20);
  g_assert_cmpint (info->first_seen, >, 0);
  g_assert_cmpint (info->last_seen, >=, info->first_seen);

  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, "", NULL));
  g_assert_true (
    shoal_engine_set_auto_accept (pair.anna.engine, pair.berta_id, SHOAL_AUTO_ACCEPT_ANY, NULL));
  g_clear_pointer (&info, shoal_device_info_unref);
  info = see (&pair.anna, pair.berta_id);
  g_assert_cmpstr (info->label, ==, "Berta");
  g_assert_null (info->nickname);
  g_assert_cmpint (info->auto_accept, ==, SHOAL_AUTO_ACCEPT_ANY);
  pair_clear (&pair);
}

/* A stranger who bears what we call a friend is not the friend. */
static void
test_nickname_taken (void)
{
  Pair pair;
  Device carl;
  g_autofree char *address = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalDeviceInfo) info = NULL;

  pair_init (&pair);
  make_friends (&pair);
  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, "Bee", NULL));
  device_init (&carl);
  g_assert_true (shoal_engine_set_name (carl.engine, "BEE", NULL));
  address = g_strdup_printf ("127.0.0.1:%d", carl.port);
  shoal_engine_find_device_async (pair.anna.engine, address, G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_find_device_finish (pair.anna.engine, result, NULL);
  g_assert_cmpstr (info->name, ==, "BEE");
  g_assert_cmpstr (info->not_friend, ==, "Bee");

  /* Who says the nickname means the friend. */
  g_clear_object (&result);
  g_clear_pointer (&info, shoal_device_info_unref);
  shoal_engine_find_device_async (pair.anna.engine, "bee", G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_find_device_finish (pair.anna.engine, result, NULL);
  g_assert_nonnull (info);
  g_assert_cmpstr (info->id, ==, pair.berta_id);
  g_clear_object (&result);
  device_clear (&carl);
  pair_clear (&pair);
}

static gboolean
is_labelled (Device *device, const char *id, const char *label)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return g_strcmp0 (info->label, label) == 0;
}

/* Whom Anna means by @name, by ID; NULL for nobody. */
static char *
mean (Pair *pair, const char *name)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalDeviceInfo) info = NULL;

  shoal_engine_find_device_async (pair->anna.engine, name, G_USEC_PER_SEC, NULL, on_result,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_find_device_finish (pair->anna.engine, result, NULL);
  return info != NULL ? g_strdup (info->id) : NULL;
}

/* Two devices of one person: told apart, and the one that is here is meant. */
static void
test_two_of_one (void)
{
  Pair pair;
  Device carl;
  g_autofree char *carl_id = NULL;
  g_autofree char *address = NULL;
  g_autofree char *meant = NULL;

  pair_init (&pair);
  make_friends (&pair);
  device_init (&carl);
  g_assert_true (shoal_engine_set_name (carl.engine, "Laptop", NULL));
  carl_id = g_strdup (shoal_engine_get_id (carl.engine));
  address = g_strdup_printf ("127.0.0.1:%d", carl.port);
  g_free (mean (&pair, address));
  g_assert_true (shoal_engine_add_friend (pair.anna.engine, carl_id, NULL));

  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, pair.berta_id, "Bee", NULL));
  g_assert_true (is_labelled (&pair.anna, pair.berta_id, "Bee"));
  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, carl_id, "BEE", NULL));
  g_assert_true (is_labelled (&pair.anna, pair.berta_id, "Bee · Berta"));
  g_assert_true (is_labelled (&pair.anna, carl_id, "BEE · Laptop"));

  device_stop (&carl);
  meant = mean (&pair, "bee");
  g_assert_cmpstr (meant, ==, pair.berta_id);

  g_assert_true (shoal_engine_rename_friend (pair.anna.engine, carl_id, NULL, NULL));
  g_assert_true (is_labelled (&pair.anna, pair.berta_id, "Bee"));
  device_start (&carl);
  device_clear (&carl);
  pair_clear (&pair);
}

static void
test_forget (void)
{
  Pair pair;
  g_autoptr (GPtrArray) friends = NULL;
  g_autoptr (GPtrArray) blocked = NULL;

  pair_init (&pair);
  make_friends (&pair);
  g_assert_true (shoal_engine_set_blocked (pair.anna.engine, pair.berta_id, TRUE, NULL));
  blocked = shoal_engine_get_blocked (pair.anna.engine);
  g_assert_cmpuint (blocked->len, ==, 1);
  g_assert_true (shoal_engine_forget_device (pair.anna.engine, pair.berta_id, NULL));
  friends = shoal_engine_get_friends (pair.anna.engine);
  g_assert_cmpuint (friends->len, ==, 0);
  device_stop (&pair.anna);
  device_start (&pair.anna);
  g_ptr_array_unref (blocked);
  blocked = shoal_engine_get_blocked (pair.anna.engine);
  g_assert_cmpuint (blocked->len, ==, 0);
  g_assert_false (shoal_engine_forget_device (pair.anna.engine, pair.berta_id, NULL));
  pair_clear (&pair);
}

/* Shown to friends, before they were or after; another, then none. */
static void
test_picture (void)
{
  Pair pair;

  pair_init (&pair);
  change (&pair.berta, "picture", picture (20));
  spin_for (50000);
  g_assert_cmpuint (picture_size (&pair.anna, pair.berta_id), ==, 0);

  make_friends (&pair);
  WAIT_FOR (picture_size (&pair.anna, pair.berta_id) == 20);
  change (&pair.berta, "picture", picture (sizeof PICTURE));
  WAIT_FOR (picture_size (&pair.anna, pair.berta_id) == sizeof PICTURE);

  /* It is kept while the friend is away. */
  device_stop (&pair.anna);
  device_start (&pair.anna);
  g_assert_cmpuint (picture_size (&pair.anna, pair.berta_id), ==, sizeof PICTURE);
  WAIT_FOR (is_mutual (&pair.anna, pair.berta_id));
  change (&pair.berta, "picture", picture (0));
  WAIT_FOR (picture_size (&pair.anna, pair.berta_id) == 0);
  pair_clear (&pair);
}

/* A picture that nobody asked for, and one that is none, are not kept. */
static void
test_false_picture (void)
{
  Device device;
  Other other;
  g_autofree char *id = NULL;
  ShoalMessage message = { .type = SHOAL_MESSAGE_PICTURE_BYTES };
  ShoalMessage stated = { .type = SHOAL_MESSAGE_PICTURE };

  device_init (&device);
  other_init (&other);
  other_dial (&other, &device);
  id = shoal_device_id_to_text (shoal_hub_get_own_id (other.hub));
  g_assert_true (shoal_engine_add_friend (device.engine, id, NULL));
  message.picture_bytes.hash.bytes[0] = stated.picture.hash.bytes[0] = 1;
  message.picture_bytes.data = (const uint8_t *) PICTURE;
  message.picture_bytes.size = sizeof PICTURE;
  g_assert_true (shoal_peer_send (other.engine, &message, NULL));
  g_assert_true (shoal_peer_send (other.engine, &stated, NULL));
  g_assert_true (shoal_peer_send (other.engine, &message, NULL));
  other_offer (&other, 1, "x"); /* comes behind them */
  WAIT_FOR (device.offers->len == 1);
  g_assert_cmpuint (picture_size (&device, id), ==, 0);
  other_clear (&other);
  device_clear (&device);
}

/* A name cannot move the cursor of a terminal or break a line. */
static void
test_hostile_name (void)
{
  Device device;
  Other other;
  g_autofree char *id = NULL;

  device_init (&device);
  other_init (&other);
  shoal_hub_set_name (other.hub, "Ben\x1b[2J\nCode: \u202e\xc2\x9b" "1A");
  other_dial (&other, &device);
  id = shoal_device_id_to_text (shoal_hub_get_own_id (other.hub));
  WAIT_FOR (bears_name (&device, id, "Ben [2J Code:      1A"));
  other_clear (&other);
  device_clear (&device);
}

/* --- What follows for others --------------------------------------------- */

static guint
offers_out (Device *device, const char *id)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return info->offers_out;
}

static guint
offers_in (Device *device, const char *id)
{
  g_autoptr (ShoalDeviceInfo) info = see (device, id);

  return info->offers_in;
}

/* Within the limit it is taken, beyond it asked; and rows know what waits. */
static void
test_auto_accept (void)
{
  static const char *const TEXT = "five!";
  Pair pair;
  const char *devices[] = { NULL, NULL };
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  pair_init (&pair);
  make_friends (&pair);
  devices[0] = pair.anna_id;
  g_assert_true (shoal_engine_set_auto_accept (pair.anna.engine, pair.berta_id, 5, NULL));
  shoal_engine_send_async (pair.berta.engine, NULL, TEXT, devices, NULL, on_result, &first);
  WAIT_FOR (first != NULL && offers_out (&pair.berta, pair.anna_id) == 0
            && count_transfers (&pair.anna) == 1);
  g_assert_cmpuint (pair.anna.offers->len, ==, 0);

  shoal_engine_send_async (pair.berta.engine, NULL, "six!!!", devices, NULL, on_result, &second);
  WAIT_FOR (pair.anna.offers->len == 1);
  g_assert_cmpuint (offers_out (&pair.berta, pair.anna_id), ==, 1);
  g_assert_cmpuint (offers_in (&pair.anna, pair.berta_id), ==, 1);
  g_assert_true (shoal_engine_decline (pair.anna.engine, pair.anna.offers->pdata[0], NULL, NULL));
  WAIT_FOR (offers_out (&pair.berta, pair.anna_id) == 0);
  g_assert_cmpuint (offers_in (&pair.anna, pair.berta_id), ==, 0);
  g_strfreev (shoal_engine_send_finish (pair.berta.engine, first, NULL));
  g_strfreev (shoal_engine_send_finish (pair.berta.engine, second, NULL));
  g_clear_object (&first);
  g_clear_object (&second);
  pair_clear (&pair);
}

/* Another name is known to whoever is connected. */
static void
test_live (void)
{
  Pair pair;

  pair_init (&pair);
  make_friends (&pair);
  g_assert_true (shoal_engine_set_name (pair.anna.engine, "Annabel", NULL));
  WAIT_FOR (bears_name (&pair.berta, pair.anna_id, "Annabel"));
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/people/strangers", test_strangers);
  g_test_add_func ("/engine/people/book", test_book);
  g_test_add_func ("/engine/people/nickname-taken", test_nickname_taken);
  g_test_add_func ("/engine/people/two-of-one", test_two_of_one);
  g_test_add_func ("/engine/people/forget", test_forget);
  g_test_add_func ("/engine/people/picture", test_picture);
  g_test_add_func ("/engine/people/false-picture", test_false_picture);
  g_test_add_func ("/engine/people/hostile-name", test_hostile_name);
  g_test_add_func ("/engine/people/auto-accept", test_auto_accept);
  g_test_add_func ("/engine/people/live", test_live);
  status = g_test_run ();
  g_object_unref (runtime);
  return status;
}
