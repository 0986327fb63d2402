/* shoal-verification.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-identity"

#include "config.h"

#include "shoal-verification.h"

#include "shoal-bytes.h"
#include "shoal-secrets.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#define N_CODES 1000000u

void
shoal_code_commit (const ShoalDeviceId *id, const uint8_t *nonce, ShoalHash *commit)
{
  static const char LABEL[] = "shoal code commit 1";
  uint8_t message[sizeof LABEL - 1 + SHOAL_HASH_SIZE + SHOAL_CODE_NONCE_SIZE];
  int status;

  memcpy (message, LABEL, sizeof LABEL - 1);
  memcpy (message + sizeof LABEL - 1, id->bytes, SHOAL_HASH_SIZE);
  memcpy (message + sizeof LABEL - 1 + SHOAL_HASH_SIZE, nonce, SHOAL_CODE_NONCE_SIZE);
  status = gnutls_hash_fast (GNUTLS_DIG_SHA256, message, sizeof message, commit->bytes);
  g_assert (status == GNUTLS_E_SUCCESS);
}

gboolean
shoal_code_check_commit (const ShoalDeviceId *id, const uint8_t *nonce, const ShoalHash *commit)
{
  ShoalHash right;

  shoal_code_commit (id, nonce, &right);
  return shoal_constant_time_equal (&right, commit, sizeof right);
}

guint
shoal_code_compute (const ShoalDeviceId *a, const uint8_t *nonce_a,
                    const ShoalDeviceId *b, const uint8_t *nonce_b,
                    const uint8_t *exporter)
{
  static const char SALT[] = "shoal code 1";
  gboolean a_first = shoal_hash_compare (a, b) <= 0;
  uint8_t nonces[2 * SHOAL_CODE_NONCE_SIZE];
  uint8_t info[2 * SHOAL_HASH_SIZE + SHOAL_EXPORTER_SIZE];
  uint8_t out[8];
  uint64_t value;

  memcpy (nonces, a_first ? nonce_a : nonce_b, SHOAL_CODE_NONCE_SIZE);
  memcpy (nonces + SHOAL_CODE_NONCE_SIZE, a_first ? nonce_b : nonce_a, SHOAL_CODE_NONCE_SIZE);
  memcpy (info, (a_first ? a : b)->bytes, SHOAL_HASH_SIZE);
  memcpy (info + SHOAL_HASH_SIZE, (a_first ? b : a)->bytes, SHOAL_HASH_SIZE);
  memcpy (info + 2 * SHOAL_HASH_SIZE, exporter, SHOAL_EXPORTER_SIZE);
  shoal_hkdf_sha256 (SALT, strlen (SALT), nonces, sizeof nonces, info, sizeof info,
                     out, sizeof out);

  /* 64 bits: the bias of the remainder is 5 in 10¹⁴. */
  value = (uint64_t) shoal_get_u32 (out) << 32 | shoal_get_u32 (out + 4);
  return (guint) (value % N_CODES);
}

char *
shoal_code_to_text (guint code)
{
  g_return_val_if_fail (code < N_CODES, NULL);

  return g_strdup_printf ("%03u %03u", code / 1000, code % 1000);
}
