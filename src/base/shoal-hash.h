/* shoal-hash.h: a 32-byte value that names something by SHA-256.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

G_BEGIN_DECLS

#define SHOAL_HASH_SIZE 32

/* A leaf hash, a pieces root, an info hash, a draft ID, or a device ID
 * (SHA-256 of the SubjectPublicKeyInfo). Plain value: copy it, compare it. An
 * all-zero value means nothing special: keep "unknown" beside it. */
typedef struct
{
  uint8_t bytes[SHOAL_HASH_SIZE];
} ShoalHash;

static inline gboolean
shoal_hash_equals (const ShoalHash *a, const ShoalHash *b)
{
  return memcmp (a->bytes, b->bytes, SHOAL_HASH_SIZE) == 0;
}

static inline int
shoal_hash_compare (const ShoalHash *a, const ShoalHash *b)
{
  return memcmp (a->bytes, b->bytes, SHOAL_HASH_SIZE);
}

/* For GHashTable; the values are uniformly distributed already. */
guint    shoal_hash_hash  (gconstpointer hash);
gboolean shoal_hash_equal (gconstpointer a, gconstpointer b);

/* 64 lower-case digits. Returns: (transfer full) */
char    *shoal_hash_to_hex   (const ShoalHash *hash);
/* Exactly 64 digits of either case; FALSE leaves @hash alone. */
gboolean shoal_hash_from_hex (const char *hex, ShoalHash *hash);

/* TRUE if equal, in time that does not depend on the contents: for secrets. */
gboolean shoal_constant_time_equal (const void *a, const void *b, size_t size);

G_END_DECLS
