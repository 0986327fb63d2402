/* test-bytes.c: the bounded reader and the writer.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bytes.h"

static void
test_round_trip (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *text = NULL;
  ShoalHash hash = { { 1, 2, 3 } };
  ShoalHash read;
  ShoalReader in;

  shoal_write_u8 (out, 0xab);
  shoal_write_u16 (out, 0x1234);
  shoal_write_u32 (out, 0xdeadbeef);
  shoal_write_u64 (out, G_GUINT64_CONSTANT (0x0102030405060708));
  shoal_write_hash (out, &hash);
  shoal_write_string (out, "Grüße");

  in = shoal_reader (out->data, out->len);
  g_assert_cmphex (shoal_reader_u8 (&in), ==, 0xab);
  g_assert_cmphex (shoal_reader_u16 (&in), ==, 0x1234);
  g_assert_cmphex (shoal_reader_u32 (&in), ==, 0xdeadbeef);
  g_assert_cmphex (shoal_reader_u64 (&in), ==, G_GUINT64_CONSTANT (0x0102030405060708));
  g_assert_true (shoal_reader_hash (&in, &read));
  g_assert_true (shoal_hash_equals (&read, &hash));
  text = shoal_reader_string (&in, 7);
  g_assert_cmpstr (text, ==, "Grüße");
  g_assert_true (shoal_reader_finish (&in));
}

static void
test_failure_sticks (void)
{
  const uint8_t data[] = { 0, 5, 'a' };
  ShoalReader in = shoal_reader (data, sizeof data);

  g_assert_null (shoal_reader_string (&in, 10));
  g_assert_cmpuint (shoal_reader_u8 (&in), ==, 0);
  g_assert_false (shoal_reader_finish (&in));

  in = shoal_reader (data, 1);
  g_assert_cmpuint (shoal_reader_u8 (&in), ==, 0);
  g_assert_true (shoal_reader_finish (&in));
  g_assert_cmpuint (shoal_reader_u8 (&in), ==, 0);
  g_assert_false (shoal_reader_finish (&in));
}

static void
test_bad_strings (void)
{
  const struct
  {
    const char *bytes;
    size_t      size, max;
  } cases[] = {
    { "\0\2a\0", 4, 10 },     /* embedded NUL */
    { "\0\2\xc3\x28", 4, 10 }, /* invalid UTF-8 */
    { "\0\3abc", 5, 2 },      /* over the maximum */
    { "\0\3ab", 4, 10 },      /* short */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ShoalReader in = shoal_reader (cases[i].bytes, cases[i].size);

      g_assert_null (shoal_reader_string (&in, cases[i].max));
      g_assert_false (shoal_reader_finish (&in));
    }
}

static void
test_hex (void)
{
  const char *hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
  g_autofree char *again = NULL;
  ShoalHash hash;

  g_assert_true (shoal_hash_from_hex (hex, &hash));
  again = shoal_hash_to_hex (&hash);
  g_assert_cmpstr (again, ==, hex);
  g_assert_false (shoal_hash_from_hex ("00", &hash));
  g_assert_false (shoal_hash_from_hex (
    "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff", &hash));
}

static void
test_base64url (void)
{
  static const char *const BAD[] = { "A", "AA=", "AA==", "A+8_", "A/8_", "A A", "AB", "AAB", "é" };
  static const uint8_t BYTES[] = { 0xFB, 0xFF, 0xBF, 0, 1 };

  for (size_t i = 0; i <= sizeof BYTES; i++)
    {
      g_autofree char *text = shoal_base64url_encode (BYTES, i);
      size_t size = 99;
      g_autofree uint8_t *again = shoal_base64url_decode (text, &size);

      g_assert_null (strpbrk (text, "+/="));
      g_assert_cmpmem (again, size, BYTES, i);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (BAD); i++)
    {
      size_t size;

      g_assert_null (shoal_base64url_decode (BAD[i], &size));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/bytes/round-trip", test_round_trip);
  g_test_add_func ("/base/bytes/failure-sticks", test_failure_sticks);
  g_test_add_func ("/base/bytes/bad-strings", test_bad_strings);
  g_test_add_func ("/base/bytes/base64url", test_base64url);
  g_test_add_func ("/base/hash/hex", test_hex);
  return g_test_run ();
}
