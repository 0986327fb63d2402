/* shoal-seal.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-identity"

#include "config.h"

#include "shoal-seal.h"

#include "shoal-error.h"

#include <gnutls/crypto.h>

#define NONCE_SIZE 12

static gnutls_aead_cipher_hd_t
open_cipher (const uint8_t *key, const uint8_t *salt)
{
  static const char INFO[] = "shoal seal 1";
  uint8_t message_key[SHOAL_SECRET_SIZE];
  gnutls_datum_t datum = { message_key, sizeof message_key };
  gnutls_aead_cipher_hd_t cipher;
  int status;

  shoal_hkdf_sha256 (salt, SHOAL_SEAL_SALT_SIZE, key, SHOAL_SECRET_SIZE, INFO, strlen (INFO),
                     message_key, sizeof message_key);
  status = gnutls_aead_cipher_init (&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);
  gnutls_memset (message_key, 0, sizeof message_key);

  /* It fails only without memory or without AES. */
  g_assert (status == GNUTLS_E_SUCCESS);
  return cipher;
}

GBytes *
shoal_seal (const uint8_t *key, const uint8_t *salt, const void *bound, size_t bound_size,
            const void *plain, size_t size)
{
  static const uint8_t NONCE[NONCE_SIZE];
  gnutls_aead_cipher_hd_t cipher = open_cipher (key, salt);
  uint8_t *sealed = g_malloc (size + SHOAL_SEAL_OVERHEAD);
  size_t left = size + SHOAL_SEAL_TAG_SIZE;
  int status;

  memcpy (sealed, salt, SHOAL_SEAL_SALT_SIZE);
  status = gnutls_aead_cipher_encrypt (cipher, NONCE, sizeof NONCE, bound, bound_size,
                                       SHOAL_SEAL_TAG_SIZE, plain, size,
                                       sealed + SHOAL_SEAL_SALT_SIZE, &left);
  gnutls_aead_cipher_deinit (cipher);
  g_assert (status == GNUTLS_E_SUCCESS && left == size + SHOAL_SEAL_TAG_SIZE);
  return g_bytes_new_take (sealed, size + SHOAL_SEAL_OVERHEAD);
}

GBytes *
shoal_unseal (const uint8_t *key, const void *bound, size_t bound_size, const void *sealed,
              size_t size, GError **error)
{
  static const uint8_t NONCE[NONCE_SIZE];
  const uint8_t *bytes = sealed;
  g_autofree uint8_t *plain = NULL;
  gnutls_aead_cipher_hd_t cipher;
  size_t plain_size;
  int status;

  if (size < SHOAL_SEAL_OVERHEAD)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                       "A sealed message is too short");
      return NULL;
    }

  plain_size = size - SHOAL_SEAL_OVERHEAD;
  plain = g_malloc (plain_size + 1); /* never nothing: GnuTLS refuses NULL */
  cipher = open_cipher (key, bytes);
  status = gnutls_aead_cipher_decrypt (cipher, NONCE, sizeof NONCE, bound, bound_size,
                                       SHOAL_SEAL_TAG_SIZE, bytes + SHOAL_SEAL_SALT_SIZE,
                                       size - SHOAL_SEAL_SALT_SIZE, plain, &plain_size);
  gnutls_aead_cipher_deinit (cipher);
  if (status != GNUTLS_E_SUCCESS)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                       "A sealed message was not made for us, or was changed on its way");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&plain), plain_size);
}
