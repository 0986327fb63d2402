/* shoal-bitmap.h: a set of numbers with a summary, for finding the next one.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOAL_BITMAP_NONE G_MAXUINT64

/* One bit per number, and above it one bit per word that is not zero: looking
 * through a million empty numbers reads 250 words. */
typedef struct
{
  uint64_t  size;
  uint64_t  count;   /* of members */
  uint64_t *words;   /* (owned) */
  uint64_t *summary; /* (owned) */
} ShoalBitmap;

void     shoal_bitmap_init  (ShoalBitmap *self, uint64_t size);
void     shoal_bitmap_clear (ShoalBitmap *self); /* frees */
void     shoal_bitmap_set   (ShoalBitmap *self, uint64_t number, gboolean value);
/* [first, end) */
void     shoal_bitmap_set_range (ShoalBitmap *self, uint64_t first, uint64_t end, gboolean value);

static inline gboolean
shoal_bitmap_get (const ShoalBitmap *self, uint64_t number)
{
  return (self->words[number / 64] >> (number % 64)) & 1;
}

/* The least member in [from, end) that is also a member of @second and @third
 * (each nullable and of the same size); SHOAL_BITMAP_NONE if there is none. */
uint64_t shoal_bitmap_next (const ShoalBitmap *self, const ShoalBitmap *second,
                            const ShoalBitmap *third, uint64_t from, uint64_t end);

G_END_DECLS
