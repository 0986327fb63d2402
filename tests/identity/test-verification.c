/* test-verification.c: the six-digit code, against values from Python's hashlib.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-verification.h"

static ShoalDeviceId id_a, id_b;
static uint8_t nonce_a[32], nonce_b[32], exporter[32];

static void
set_up (void)
{
  for (uint8_t i = 0; i < 32; i++)
    {
      id_a.bytes[i] = i;
      id_b.bytes[i] = (uint8_t) (100 + i);
    }
  memset (nonce_a, 0x11, 32);
  memset (nonce_b, 0x22, 32);
  memset (exporter, 0x33, 32);
}

static void
test_commit (void)
{
  ShoalHash commit;
  g_autofree char *hex = NULL;

  shoal_code_commit (&id_a, nonce_a, &commit);
  hex = shoal_hash_to_hex (&commit);
  g_assert_cmpstr (hex, ==, "9f4b0866c0ba8ae44e5096816c0f1c990c573f3051158b8eeccbd99c6798b2e8");
  g_assert_true (shoal_code_check_commit (&id_a, nonce_a, &commit));
  g_assert_false (shoal_code_check_commit (&id_b, nonce_a, &commit));
  g_assert_false (shoal_code_check_commit (&id_a, nonce_b, &commit));
  commit.bytes[31] ^= 1;
  g_assert_false (shoal_code_check_commit (&id_a, nonce_a, &commit));
}

static void
test_code (void)
{
  guint code = shoal_code_compute (&id_a, nonce_a, &id_b, nonce_b, exporter);
  uint8_t other[32];

  g_assert_cmpuint (code, ==, 569808);
  g_assert_cmpuint (shoal_code_compute (&id_b, nonce_b, &id_a, nonce_a, exporter), ==, code);

  /* Everything counts: IDs with their nonces, and the link. */
  g_assert_cmpuint (shoal_code_compute (&id_a, nonce_b, &id_b, nonce_a, exporter), !=, code);
  memset (other, 0x34, sizeof other);
  g_assert_cmpuint (shoal_code_compute (&id_a, nonce_a, &id_b, nonce_b, other), !=, code);
  g_assert_cmpuint (shoal_code_compute (&id_a, nonce_a, &id_a, nonce_b, exporter), !=, code);
}

static void
test_text (void)
{
  static const struct
  {
    guint       code;
    const char *text;
  } rows[] = {
    { 482913, "482 913" }, { 0, "000 000" }, { 7, "000 007" },
    { 1000, "001 000" },   { 999999, "999 999" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = shoal_code_to_text (rows[i].code);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

/* Whoever sits in the middle has two links and shows two codes. */
static void
test_middle (void)
{
  uint8_t middle_exporter[32], middle_nonce[32];
  ShoalDeviceId middle = { { 0x80 } };
  guint equal = 0;

  memset (middle_nonce, 0x77, 32);
  for (int i = 0; i < 200; i++)
    {
      memset (middle_exporter, i, 32);
      memset (nonce_a, i, 32);
      equal += shoal_code_compute (&id_a, nonce_a, &middle, middle_nonce, exporter)
               == shoal_code_compute (&middle, middle_nonce, &id_b, nonce_b, middle_exporter);
    }
  g_assert_cmpuint (equal, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/identity/verification/commit", test_commit);
  g_test_add_func ("/identity/verification/code", test_code);
  g_test_add_func ("/identity/verification/text", test_text);
  g_test_add_func ("/identity/verification/middle", test_middle);
  return g_test_run ();
}
