/* shoal-secrets.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-identity"

#include "config.h"

#include "shoal-secrets.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

/* --- Primitives ---------------------------------------------------------- */

void
shoal_hmac_sha256 (const void *key, size_t key_size, const void *data, size_t size, uint8_t *out)
{
  int status = gnutls_hmac_fast (GNUTLS_MAC_SHA256, key, key_size, data, size, out);

  /* It fails only without memory or without SHA-256. */
  g_assert (status == GNUTLS_E_SUCCESS);
}

void
shoal_hkdf_sha256 (const void *salt, size_t salt_size, const void *secret, size_t secret_size,
                   const void *info, size_t info_size, void *out, size_t out_size)
{
  /* gnutls_datum_t is not const-correct: nothing is written through these. */
  gnutls_datum_t salt_datum = { (unsigned char *) salt, (unsigned) salt_size };
  gnutls_datum_t secret_datum = { (unsigned char *) secret, (unsigned) secret_size };
  gnutls_datum_t info_datum = { (unsigned char *) info, (unsigned) info_size };
  uint8_t extracted[SHOAL_HASH_SIZE];
  gnutls_datum_t extracted_datum = { extracted, sizeof extracted };
  int status;

  g_return_if_fail (out_size <= 255 * SHOAL_HASH_SIZE);

  status = gnutls_hkdf_extract (GNUTLS_MAC_SHA256, &secret_datum, &salt_datum, extracted);
  g_assert (status == GNUTLS_E_SUCCESS);
  status = gnutls_hkdf_expand (GNUTLS_MAC_SHA256, &extracted_datum, &info_datum, out, out_size);
  g_assert (status == GNUTLS_E_SUCCESS);
  gnutls_memset (extracted, 0, sizeof extracted);
}

/* --- Share proof --------------------------------------------------------- */

void
shoal_share_proof_make (ShoalProofRole role, const uint8_t *key, const uint8_t *exporter,
                        const ShoalDeviceId *fetcher, const ShoalDeviceId *server,
                        ShoalHash *proof)
{
  const char *label = role == SHOAL_PROOF_FETCHER ? "shoal open 1" : "shoal opened 1";
  uint8_t message[16 + 3 * SHOAL_HASH_SIZE];
  size_t size = strlen (label);

  memcpy (message, label, size);
  memcpy (message + size, exporter, SHOAL_HASH_SIZE);
  memcpy (message + size + SHOAL_HASH_SIZE, fetcher->bytes, SHOAL_HASH_SIZE);
  memcpy (message + size + 2 * SHOAL_HASH_SIZE, server->bytes, SHOAL_HASH_SIZE);
  shoal_hmac_sha256 (key, SHOAL_SECRET_SIZE, message, size + 3 * SHOAL_HASH_SIZE, proof->bytes);
}

gboolean
shoal_share_proof_check (ShoalProofRole role, const uint8_t *key, const uint8_t *exporter,
                         const ShoalDeviceId *fetcher, const ShoalDeviceId *server,
                         const ShoalHash *proof)
{
  ShoalHash right;

  shoal_share_proof_make (role, key, exporter, fetcher, server, &right);
  return shoal_constant_time_equal (&right, proof, sizeof right);
}

/* --- Friends ------------------------------------------------------------- */

void
shoal_pair_secret (const ShoalDeviceId *a, const uint8_t *contribution_a,
                   const ShoalDeviceId *b, const uint8_t *contribution_b, uint8_t *secret)
{
  static const char SALT[] = "shoal pair 1";
  gboolean a_first = shoal_hash_compare (a, b) <= 0;
  uint8_t contributions[2 * SHOAL_SECRET_SIZE];
  ShoalDeviceId ids[2] = { a_first ? *a : *b, a_first ? *b : *a };

  memcpy (contributions, a_first ? contribution_a : contribution_b, SHOAL_SECRET_SIZE);
  memcpy (contributions + SHOAL_SECRET_SIZE, a_first ? contribution_b : contribution_a,
          SHOAL_SECRET_SIZE);
  shoal_hkdf_sha256 (SALT, strlen (SALT), contributions, sizeof contributions, ids, sizeof ids,
                     secret, SHOAL_SECRET_SIZE);
  gnutls_memset (contributions, 0, sizeof contributions);
}

void
shoal_friend_tag_make (const uint8_t *secret, const uint8_t *nonce, const ShoalDeviceId *announcer,
                       uint8_t *tag)
{
  static const char LABEL[] = "shoal friend tag 1";
  uint8_t message[sizeof LABEL - 1 + SHOAL_FRIEND_NONCE_SIZE + SHOAL_HASH_SIZE];
  uint8_t mac[SHOAL_HASH_SIZE];

  memcpy (message, LABEL, sizeof LABEL - 1);
  memcpy (message + sizeof LABEL - 1, nonce, SHOAL_FRIEND_NONCE_SIZE);
  memcpy (message + sizeof LABEL - 1 + SHOAL_FRIEND_NONCE_SIZE, announcer->bytes, SHOAL_HASH_SIZE);
  shoal_hmac_sha256 (secret, SHOAL_SECRET_SIZE, message, sizeof message, mac);
  memcpy (tag, mac, SHOAL_FRIEND_TAG_SIZE);
}

gboolean
shoal_friend_tag_check (const uint8_t *secret, const uint8_t *nonce,
                        const ShoalDeviceId *announcer, const uint8_t *tag)
{
  uint8_t right[SHOAL_FRIEND_TAG_SIZE];

  shoal_friend_tag_make (secret, nonce, announcer, right);
  return shoal_constant_time_equal (right, tag, sizeof right);
}
