/* test-device-book.c: whom we trust, and what is remembered.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-device-book.h"
#include "shoal-main-runtime.h"

static guint n_saved;

static void
on_save (const ShoalDeviceRecord *record, gpointer user_data)
{
  n_saved++;
}

static void
on_remove (const ShoalDeviceId *id, gpointer user_data)
{
}

static const ShoalDeviceKeeper keeper = { on_save, on_remove };

static const ShoalDeviceId own = { { 1 } };
static const ShoalDeviceId anna = { { 2 } };
static const ShoalDeviceId mallory = { { 3 } };

static void
test_friends (void)
{
  g_autoptr (ShoalMainRuntime) runtime = shoal_main_runtime_new (NULL);
  g_autoptr (ShoalDeviceBook) book = shoal_device_book_new (SHOAL_RUNTIME (runtime), &keeper, NULL);
  const uint8_t contribution[SHOAL_SECRET_SIZE] = { 9 };
  uint8_t secret[SHOAL_SECRET_SIZE];
  const ShoalDeviceRecord *record;

  g_assert_false (shoal_device_book_is_friend (book, &anna));
  shoal_device_book_add_friend (book, &anna, "Anna");
  g_assert_true (shoal_device_book_is_friend (book, &anna));
  g_assert_false (shoal_device_book_get_pair_secret (book, &own, &anna, secret));
  g_assert_true (shoal_device_book_set_their_contribution (book, &anna, contribution));
  g_assert_false (shoal_device_book_set_their_contribution (book, &anna, contribution));
  g_assert_true (shoal_device_book_get_pair_secret (book, &own, &anna, secret));

  /* A stranger with her name, however it is written. */
  record = shoal_device_book_get_friend_named (book, " ANNA", &mallory);
  g_assert_nonnull (record);
  g_assert_true (shoal_hash_equals (&record->id, &anna));
  g_assert_null (shoal_device_book_get_friend_named (book, "Anna", &anna));

  shoal_device_book_set_blocked (book, &anna, TRUE);
  g_assert_false (shoal_device_book_is_friend (book, &anna));
  g_assert_false (shoal_device_book_get_pair_secret (book, &own, &anna, secret));
  shoal_device_book_set_blocked (book, &anna, FALSE);
  shoal_device_book_remove_friend (book, &anna);
  g_assert_false (shoal_device_book_is_friend (book, &anna));
  record = shoal_device_book_get (book, &anna);
  g_assert_false (record->has_theirs);
}

static void
test_addresses (void)
{
  g_autoptr (ShoalMainRuntime) runtime = shoal_main_runtime_new (NULL);
  g_autoptr (ShoalDeviceBook) book = shoal_device_book_new (SHOAL_RUNTIME (runtime), &keeper, NULL);
  const char *address = "192.0.2.1:27474";

  /* Strangers met in passing are not remembered for their address. */
  n_saved = 0;
  shoal_device_book_seen (book, &anna, "Anna", address, FALSE);
  g_assert_cmpuint (n_saved, ==, 0);
  g_assert_null (shoal_device_book_get_by_address (book, address));
  shoal_device_book_drop_stranger (book, &anna);
  g_assert_null (shoal_device_book_get (book, &anna));
  shoal_device_book_seen (book, &anna, "Anna", address, TRUE);
  g_assert_cmpuint (n_saved, ==, 1);
  shoal_device_book_drop_stranger (book, &anna);
  g_assert_true (shoal_hash_equals (&shoal_device_book_get_by_address (book, address)->id, &anna));

  for (guint i = 2; i < 20; i++)
    {
      g_autofree char *other = g_strdup_printf ("192.0.2.%u:1", i);

      shoal_device_book_seen (book, &anna, "Anna", other, TRUE);
    }
  g_assert_cmpuint (shoal_device_book_get (book, &anna)->addresses->len, ==,
                    SHOAL_MAX_REMEMBERED_ADDRESSES);
  g_assert_true (shoal_device_book_forget_address (book, "192.0.2.19:1"));
  g_assert_false (shoal_device_book_forget_address (book, "192.0.2.19:1"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer/device-book/friends", test_friends);
  g_test_add_func ("/peer/device-book/addresses", test_addresses);
  return g_test_run ();
}
