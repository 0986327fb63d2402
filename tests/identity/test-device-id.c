/* test-device-id.c: the text form of device IDs, and their marks.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-device-id.h"
#include "shoal-error.h"

/* The example of Syncthing's documentation. */
#define TEXT "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2"

static void
assert_parses (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *again = NULL;
  ShoalDeviceId id;

  g_assert_true (shoal_device_id_parse (text, &id, &error));
  g_assert_no_error (error);
  again = shoal_device_id_to_text (&id);
  g_assert_cmpstr (again, ==, TEXT);
}

static void
test_good (void)
{
  assert_parses (TEXT);
  assert_parses ("p56ioi7-mzjnu2y-iqgdrey-dm2mgti-mgl3bxn-pq6w5bm-tbbz4tj-xzwicq2");
  assert_parses ("P56IOI7MZJNU2YIQGDREYDM2MGTIMGL3BXNPQ6W5BMTBBZ4TJXZWICQ2");
  assert_parses ("  P56IOI7 MZJNU2Y IQGDREY DM2MGTI MGL3BXN PQ6W5BM TBBZ4TJ XZWICQ2\n");
  /* O typed as 0, I as 1, B as 8. */
  assert_parses ("P5610I7-MZJNU2Y-1QGDREY-DM2MGT1-MGL38XN-PQ6W58M-T88Z4TJ-XZW1CQ2");
  assert_parses ("P56-IOI7MZJNU2YIQGDREYDM2MGTIMGL3BXNPQ6W5BMTBBZ4TJXZWICQ2");
}

static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    const char *says;
  } rows[] = {
    { "", "has 56 characters, this has 0" },
    { "-", "has 56 characters, this has 0" },
    { "P56IOI7-MZJNU2Y", "has 56 characters, this has 14" },
    { "P56IOI7MZJNU2YIQGDREYDM2MGTIMGL3BXNPQ6W5BMTBBZ4TJXZWICQ", "this has 55" },
    { "P56IOI7MZJNU2YIQGDREYDM2MGTIMGL3BXNPQ6W5BMTBBZ4TJXZWICQ22", "this has 57" },
    { "P56IOI7-MZJNU2Y-IQGDRY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2", "Group 3 " },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ22", "Group 8 " },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXNN-PQ6W5BM-TBBZ4TJ-XZWICQ2", "Group 5 " },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL9BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2", "Group 5 " },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL\xc3\xa9" "BXN", "Group 5 " },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL\xff", "Group 5 " },
    { "Q56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2", "group 1 or 2" },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTJ-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2", "group 3 or 4" },
    { "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-QP6W5BM-TBBZ4JT-XZWICQ2", "group 5 or 6, 7 or 8" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      ShoalDeviceId id = { { 7 } };

      g_test_message ("%s", rows[i].says);
      g_assert_false (shoal_device_id_parse (rows[i].text, &id, &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, rows[i].says));
      g_assert_nonnull (shoal_error_get_next (error));
      g_assert_cmpuint (id.bytes[0], ==, 7);
    }
}

/* The 52nd digit carries one bit; other values would be second names. */
static void
test_one_text_per_id (void)
{
  ShoalDeviceId id = { { 0 } };
  g_autofree char *text = NULL;
  guint n_good = 0;

  text = shoal_device_id_to_text (&id);
  g_assert_cmpstr (text, ==, "AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA");
  for (char digit = 'A'; digit <= 'Z'; digit++)
    for (const char *check = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; *check != '\0'; check++)
      {
        g_autofree char *other = g_strdup (text);

        other[61] = digit;
        other[62] = *check;
        n_good += shoal_device_id_parse (other, &id, NULL);
      }
  g_assert_cmpuint (n_good, ==, 2); /* A and Q */
}

static void
test_round_trip (void)
{
  for (int i = 0; i < 1000; i++)
    {
      ShoalDeviceId id, again;
      g_autofree char *text = NULL, *brief = NULL;

      for (int j = 0; j < SHOAL_HASH_SIZE; j++)
        id.bytes[j] = (uint8_t) g_test_rand_int ();
      text = shoal_device_id_to_text (&id);
      brief = shoal_device_id_to_short (&id);
      g_assert_cmpuint (strlen (text), ==, SHOAL_DEVICE_ID_TEXT_LENGTH);
      g_assert_true (shoal_device_id_parse (text, &again, NULL));
      g_assert_true (shoal_hash_equals (&id, &again));
      g_assert_cmpuint (strlen (brief), ==, 7);
      g_assert_true (g_str_has_prefix (text, brief));
    }
}

/* Every slip of one character is found. */
static void
test_single_slips (void)
{
  for (int at = 0; at < SHOAL_DEVICE_ID_TEXT_LENGTH; at++)
    for (const char *c = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; *c != '\0'; c++)
      {
        char text[] = TEXT;
        ShoalDeviceId id;

        if (text[at] == '-' || text[at] == *c)
          continue;
        text[at] = *c;
        g_assert_false (shoal_device_id_parse (text, &id, NULL));
      }
}

static void
test_prefix (void)
{
  ShoalDeviceId id, other;
  ShoalDeviceIdPrefix prefix;
  g_autoptr (GError) error = NULL;

  g_assert_true (shoal_device_id_parse (TEXT, &id, NULL));
  other = id;
  other.bytes[0] ^= 0x80;

  for (guint n = SHOAL_DEVICE_ID_MIN_PREFIX; n <= SHOAL_DEVICE_ID_TEXT_LENGTH; n++)
    {
      g_autofree char *text = g_strndup (TEXT, n);

      g_assert_true (shoal_device_id_prefix_parse (text, &prefix, NULL));
      g_assert_true (shoal_device_id_prefix_matches (&prefix, &id));
      g_assert_false (shoal_device_id_prefix_matches (&prefix, &other));
    }
  g_assert_true (shoal_device_id_prefix_parse ("p5610i7m", &prefix, NULL));
  g_assert_cmpstr (prefix.digits, ==, "P56IOI7M");

  g_assert_false (shoal_device_id_prefix_parse ("P56IOI", &prefix, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_cmpstr (prefix.digits, ==, "P56IOI7M");
  g_assert_false (shoal_device_id_prefix_parse ("P56IOI7-MZJNUZY", &prefix, &error));
  g_assert_nonnull (strstr (error->message, "group 1 or 2"));
  g_clear_error (&error);
  g_assert_false (shoal_device_id_prefix_parse ("Anna's laptop", &prefix, &error));
  g_clear_error (&error);
  g_assert_false (shoal_device_id_prefix_parse (TEXT "A", &prefix, &error));

  shoal_device_id_prefix_init (&prefix, &id, 10);
  g_assert_cmpstr (prefix.digits, ==, "P56IOI7MZJ");
}

static void
test_mark (void)
{
  ShoalDeviceId id;
  ShoalDeviceIdPrefix prefix;
  ShoalDeviceMark mark, again;
  g_autofree char *text = NULL;

  g_assert_true (shoal_device_id_parse (TEXT, &id, NULL));
  mark = shoal_device_id_get_mark (&id);
  g_assert_cmpuint (mark.shapes[0], ==, 'P' - 'A');
  g_assert_cmpuint (mark.shapes[1], ==, 26 + 5 - 2);
  g_assert_cmpuint (mark.shapes[3], ==, 'I' - 'A');

  /* An announcement's ten digits suffice. */
  shoal_device_id_prefix_init (&prefix, &id, 10);
  again = shoal_device_id_prefix_get_mark (&prefix);
  g_assert_cmpmem (&mark, sizeof mark, &again, sizeof again);
  text = shoal_device_mark_to_text (&mark);
  g_assert_cmpint (g_utf8_strlen (text, -1), ==, SHOAL_MARK_LENGTH);

  for (guint i = 0; i < SHOAL_N_MARK_SHAPES; i++)
    {
      gunichar c = g_utf8_get_char (shoal_mark_shape_glyph (i));

      g_assert_cmpint (g_utf8_strlen (shoal_mark_shape_glyph (i), -1), ==, 1);
      g_assert_true (g_unichar_isprint (c) && !g_unichar_iswide (c));
      for (guint j = 0; j < i; j++)
        {
          g_assert_cmpstr (shoal_mark_shape_glyph (i), !=, shoal_mark_shape_glyph (j));
          g_assert_cmpstr (shoal_mark_shape_name (i), !=, shoal_mark_shape_name (j));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/device-id/good", test_good);
  g_test_add_func ("/identity/device-id/bad", test_bad);
  g_test_add_func ("/identity/device-id/one-text-per-id", test_one_text_per_id);
  g_test_add_func ("/identity/device-id/round-trip", test_round_trip);
  g_test_add_func ("/identity/device-id/single-slips", test_single_slips);
  g_test_add_func ("/identity/device-id/prefix", test_prefix);
  g_test_add_func ("/identity/device-id/mark", test_mark);
  return g_test_run ();
}
