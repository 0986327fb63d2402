/* shoal-bytes.h: bounded reading and writing of big-endian bytes.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-hash.h"

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Reads from bytes it does not own. The first read past the end, or the first
 * value over its maximum, makes the reader fail; from then on every read
 * returns zeroes. Ask shoal_reader_finish() once, at the end. */
typedef struct
{
  const uint8_t *data;
  size_t         left;
  gboolean       failed;
} ShoalReader;

static inline ShoalReader
shoal_reader (const void *data, size_t size)
{
  return (ShoalReader){ data, size, FALSE };
}

uint8_t        shoal_reader_u8    (ShoalReader *self);
uint16_t       shoal_reader_u16   (ShoalReader *self);
uint32_t       shoal_reader_u32   (ShoalReader *self);
uint64_t       shoal_reader_u64   (ShoalReader *self);
/* A view of the next @size bytes, valid as long as the data; NULL on failure. */
const uint8_t *shoal_reader_bytes (ShoalReader *self, size_t size);
gboolean       shoal_reader_hash  (ShoalReader *self, ShoalHash *hash);
/* A u16 length, then that many bytes of valid UTF-8 without NUL, at most @max.
 * Returns: (transfer full) (nullable) */
char          *shoal_reader_string (ShoalReader *self, size_t max);
/* TRUE if nothing failed and nothing is left. */
gboolean       shoal_reader_finish (const ShoalReader *self);

/* Appends to a GByteArray it borrows. */
void shoal_write_u8     (GByteArray *out, uint8_t value);
void shoal_write_u16    (GByteArray *out, uint16_t value);
void shoal_write_u32    (GByteArray *out, uint32_t value);
void shoal_write_u64    (GByteArray *out, uint64_t value);
void shoal_write_bytes  (GByteArray *out, const void *data, size_t size);
void shoal_write_hash   (GByteArray *out, const ShoalHash *hash);
/* u16 length and bytes; @string (nullable: empty) must be under 64 KiB. */
void shoal_write_string (GByteArray *out, const char *string);

/* base64url without padding (RFC 4648, 5). Returns: (transfer full) */
char    *shoal_base64url_encode (const void *data, size_t size);
/* Only what encode() would have written: no other character, and one spelling for
 * each value. Returns: (transfer full) (nullable); of @size bytes (out) */
uint8_t *shoal_base64url_decode (const char *text, size_t *size);

static inline void
shoal_put_u32 (uint8_t *to, uint32_t value)
{
  to[0] = (uint8_t) (value >> 24);
  to[1] = (uint8_t) (value >> 16);
  to[2] = (uint8_t) (value >> 8);
  to[3] = (uint8_t) value;
}

static inline uint32_t
shoal_get_u32 (const uint8_t *from)
{
  return (uint32_t) from[0] << 24 | (uint32_t) from[1] << 16 | (uint32_t) from[2] << 8 | from[3];
}

G_END_DECLS
