/* shoal-seal.h: a box that only those with the same key can make or open.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   sealed = salt (32 random bytes) ‖ AES-256-GCM (message key, nonce 0, plain)
 *   message key = HKDF-SHA256 (salt: salt, secret: key, info: "shoal seal 1")
 *
 * Every box has a key of its own, so that a nonce need not be counted (NIST SP
 * 800-38D, 8.2). Sealing hides neither length nor time, and stops no replay:
 * the body inside must. Pure; any thread. */
#pragma once

#include "shoal-secrets.h"

G_BEGIN_DECLS

#define SHOAL_SEAL_SALT_SIZE 32
#define SHOAL_SEAL_TAG_SIZE 16
#define SHOAL_SEAL_OVERHEAD (SHOAL_SEAL_SALT_SIZE + SHOAL_SEAL_TAG_SIZE)

/* @key: 32 bytes. @salt: 32 bytes, random, used once. @bound (with @bound_size):
 * what the box belongs to; it is authenticated, not carried.
 * Returns: (transfer full) */
GBytes *shoal_seal   (const uint8_t *key, const uint8_t *salt, const void *bound,
                      size_t bound_size, const void *plain, size_t size);
/* INVALID if @sealed was not made with @key and @bound, or was changed.
 * Returns: (transfer full) (nullable) */
GBytes *shoal_unseal (const uint8_t *key, const void *bound, size_t bound_size,
                      const void *sealed, size_t size, GError **error);

G_END_DECLS
