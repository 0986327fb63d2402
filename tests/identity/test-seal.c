/* test-seal.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-seal.h"

static const uint8_t KEY[] = "a key of thirty-two bytes, right";
static const uint8_t SALT[] = "a salt of thirty-two bytes, sure";

static GBytes *
open_box (const uint8_t *key, const char *bound, GBytes *box, size_t size, GError **error)
{
  return shoal_unseal (key, bound, strlen (bound), g_bytes_get_data (box, NULL), size, error);
}

static void
test_round_trip (void)
{
  static const size_t SIZES[] = { 0, 1, 15, 16, 17, 1024, 16384 };
  g_autofree uint8_t *plain = g_malloc0 (16384);

  g_test_summary ("What was sealed opens to the same bytes, whatever the length");
  for (size_t i = 0; i < 16384; i++)
    plain[i] = (uint8_t) (i * 7);

  for (guint i = 0; i < G_N_ELEMENTS (SIZES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) box = shoal_seal (KEY, SALT, "here", 4, plain, SIZES[i]);
      g_autoptr (GBytes) opened = NULL;

      g_assert_cmpuint (g_bytes_get_size (box), ==, SIZES[i] + SHOAL_SEAL_OVERHEAD);
      opened = open_box (KEY, "here", box, g_bytes_get_size (box), &error);
      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), plain,
                       SIZES[i]);
    }
}

static void
test_refusals (void)
{
  g_autoptr (GBytes) box = shoal_seal (KEY, SALT, "here", 4, "secret", 6);
  g_autoptr (GBytes) opened = NULL;
  uint8_t other_key[SHOAL_SECRET_SIZE];
  size_t size = g_bytes_get_size (box);

  g_test_summary ("Another key, place, length, or one changed bit: nothing opens");
  memcpy (other_key, KEY, sizeof other_key);
  other_key[31] ^= 1;

  for (size_t bit = 0; bit < size * 8; bit++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree uint8_t *changed = g_memdup2 (g_bytes_get_data (box, NULL), size);

      changed[bit / 8] ^= (uint8_t) (1 << bit % 8);
      opened = shoal_unseal (KEY, "here", 4, changed, size, &error);
      g_assert_null (opened);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }

  for (size_t shorter = 0; shorter < size; shorter++)
    {
      g_autoptr (GError) error = NULL;

      opened = open_box (KEY, "here", box, shorter, &error);
      g_assert_null (opened);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }

  g_assert_null (open_box (other_key, "here", box, size, NULL));
  g_assert_null (open_box (KEY, "there", box, size, NULL));
  g_assert_null (open_box (KEY, "", box, size, NULL));
}

static void
test_salt (void)
{
  static const uint8_t OTHER[] = "another salt of thirty-two bytes";
  g_autoptr (GBytes) one = shoal_seal (KEY, SALT, NULL, 0, "aaaaaaaaaaaaaaaa", 16);
  g_autoptr (GBytes) two = shoal_seal (KEY, OTHER, NULL, 0, "aaaaaaaaaaaaaaaa", 16);

  g_test_summary ("The same words under another salt look like other words");
  g_assert_cmpint (memcmp ((const uint8_t *) g_bytes_get_data (one, NULL) + SHOAL_SEAL_SALT_SIZE,
                           (const uint8_t *) g_bytes_get_data (two, NULL) + SHOAL_SEAL_SALT_SIZE,
                           16), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/seal/round-trip", test_round_trip);
  g_test_add_func ("/identity/seal/refusals", test_refusals);
  g_test_add_func ("/identity/seal/salt", test_salt);
  return g_test_run ();
}
