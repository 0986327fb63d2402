/* test-secrets.c: keyed hashes against RFC vectors and Python's hmac.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-secrets.h"

static ShoalDeviceId id_a, id_b;
static uint8_t key[32], exporter[32];

static void
set_up (void)
{
  for (uint8_t i = 0; i < 32; i++)
    {
      id_a.bytes[i] = i;
      id_b.bytes[i] = (uint8_t) (100 + i);
    }
  memset (exporter, 0x33, 32);
  memset (key, 0x44, 32);
}

static void
assert_hex (const void *data, size_t size, const char *hex)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (size_t i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", ((const uint8_t *) data)[i]);
  g_assert_cmpstr (text->str, ==, hex);
}

/* RFC 4231, test cases 2 and 6. */
static void
test_hmac (void)
{
  uint8_t long_key[131], mac[32];
  const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";

  shoal_hmac_sha256 ("Jefe", 4, "what do ya want for nothing?", 28, mac);
  assert_hex (mac, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset (long_key, 0xaa, sizeof long_key);
  shoal_hmac_sha256 (long_key, sizeof long_key, text, strlen (text), mac);
  assert_hex (mac, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 5869, appendix A.1 and A.3. */
static void
test_hkdf (void)
{
  uint8_t secret[22], salt[13], info[10], out[42];

  memset (secret, 0x0b, sizeof secret);
  for (uint8_t i = 0; i < sizeof salt; i++)
    salt[i] = i;
  for (uint8_t i = 0; i < sizeof info; i++)
    info[i] = (uint8_t) (0xf0 + i);

  shoal_hkdf_sha256 (salt, sizeof salt, secret, sizeof secret, info, sizeof info, out, 42);
  assert_hex (out, 42, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                       "34007208d5b887185865");
  shoal_hkdf_sha256 (NULL, 0, secret, sizeof secret, NULL, 0, out, 42);
  assert_hex (out, 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                       "9d201395faa4b61a96c8");
}

static void
test_share_proof (void)
{
  ShoalHash proof, answer, wrong;
  uint8_t other[32];

  shoal_share_proof_make (SHOAL_PROOF_FETCHER, key, exporter, &id_a, &id_b, &proof);
  assert_hex (&proof, 32, "89cd9f0663c5139bb6b5b8e0daa136191e4bb6b484fa364a9aff9045803609f9");
  shoal_share_proof_make (SHOAL_PROOF_SERVER, key, exporter, &id_a, &id_b, &answer);
  assert_hex (&answer, 32, "6b58a864eef4111cad0d03404db0c86b3ce5fa89987bfab4d7c83efd464bcc27");

  g_assert_true (shoal_share_proof_check (SHOAL_PROOF_FETCHER, key, exporter, &id_a, &id_b,
                                          &proof));
  /* Neither the other role, nor the other way round, nor another link, nor
   * another share. */
  g_assert_false (shoal_share_proof_check (SHOAL_PROOF_SERVER, key, exporter, &id_a, &id_b,
                                           &proof));
  g_assert_false (shoal_share_proof_check (SHOAL_PROOF_FETCHER, key, exporter, &id_b, &id_a,
                                           &proof));
  memset (other, 0x45, sizeof other);
  g_assert_false (shoal_share_proof_check (SHOAL_PROOF_FETCHER, key, other, &id_a, &id_b,
                                           &proof));
  g_assert_false (shoal_share_proof_check (SHOAL_PROOF_FETCHER, other, exporter, &id_a, &id_b,
                                           &proof));
  for (int i = 0; i < 256; i++)
    {
      wrong = proof;
      wrong.bytes[i / 8] ^= (uint8_t) (1 << i % 8);
      g_assert_false (shoal_share_proof_check (SHOAL_PROOF_FETCHER, key, exporter, &id_a, &id_b,
                                               &wrong));
    }
}

static void
test_pair_secret (void)
{
  uint8_t ours[32], theirs[32], secret[32], again[32];

  memset (ours, 0x11, 32);
  memset (theirs, 0x22, 32);
  shoal_pair_secret (&id_a, ours, &id_b, theirs, secret);
  assert_hex (secret, 32, "d646f5d2916d2d8108122fc30e47bf5f26faa7495e109a22903abb7ca1db6458");
  shoal_pair_secret (&id_b, theirs, &id_a, ours, again);
  g_assert_cmpmem (secret, 32, again, 32);
  shoal_pair_secret (&id_a, theirs, &id_b, ours, again);
  g_assert_true (memcmp (secret, again, 32) != 0);
}

static void
test_friend_tag (void)
{
  uint8_t nonce[SHOAL_FRIEND_NONCE_SIZE], tag[SHOAL_FRIEND_TAG_SIZE];

  memset (nonce, 0x55, sizeof nonce);
  shoal_friend_tag_make (key, nonce, &id_a, tag);
  assert_hex (tag, sizeof tag, "f39773b63150");
  g_assert_true (shoal_friend_tag_check (key, nonce, &id_a, tag));
  g_assert_false (shoal_friend_tag_check (exporter, nonce, &id_a, tag));
  g_assert_false (shoal_friend_tag_check (key, nonce, &id_b, tag));
  nonce[7] ^= 1;
  g_assert_false (shoal_friend_tag_check (key, nonce, &id_a, tag));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/identity/secrets/hmac", test_hmac);
  g_test_add_func ("/identity/secrets/hkdf", test_hkdf);
  g_test_add_func ("/identity/secrets/share-proof", test_share_proof);
  g_test_add_func ("/identity/secrets/pair-secret", test_pair_secret);
  g_test_add_func ("/identity/secrets/friend-tag", test_friend_tag);
  return g_test_run ();
}
