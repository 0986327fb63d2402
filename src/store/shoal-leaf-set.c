/* shoal-leaf-set.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-leaf-set.h"

#include <string.h>

static inline size_t
n_words (uint64_t size)
{
  return (size_t) ((size + 63) / 64);
}

static inline const uint64_t *
get_words (const ShoalLeafSet *self)
{
  return self->words != NULL ? self->words : &self->word;
}

static inline uint64_t *
get_word (ShoalLeafSet *self, uint64_t member)
{
  return (self->words != NULL ? self->words : &self->word) + member / 64;
}

static inline uint64_t
bit_of (uint64_t member)
{
  return G_GUINT64_CONSTANT (1) << (member % 64);
}

void
shoal_leaf_set_init (ShoalLeafSet *self, uint64_t size)
{
  *self = (ShoalLeafSet){ .size = size };
  if (size > 64)
    self->words = g_new0 (uint64_t, n_words (size));
}

void
shoal_leaf_set_clear (ShoalLeafSet *self)
{
  g_free (self->words);
  *self = (ShoalLeafSet){ 0 };
}

void
shoal_leaf_set_copy (ShoalLeafSet *to, const ShoalLeafSet *from)
{
  if (to->size != from->size)
    {
      shoal_leaf_set_clear (to);
      shoal_leaf_set_init (to, from->size);
    }
  to->count = from->count;
  to->word = from->word;
  if (from->words != NULL)
    memcpy (to->words, from->words, n_words (from->size) * sizeof *to->words);
}

gboolean
shoal_leaf_set_has (const ShoalLeafSet *self, uint64_t member)
{
  return member < self->size && (get_words (self)[member / 64] & bit_of (member)) != 0;
}

gboolean
shoal_leaf_set_add (ShoalLeafSet *self, uint64_t member)
{
  uint64_t *word = get_word (self, member);

  g_assert (member < self->size);
  if ((*word & bit_of (member)) != 0)
    return FALSE;
  *word |= bit_of (member);
  self->count++;
  return TRUE;
}

gboolean
shoal_leaf_set_remove (ShoalLeafSet *self, uint64_t member)
{
  uint64_t *word = get_word (self, member);

  g_assert (member < self->size);
  if ((*word & bit_of (member)) == 0)
    return FALSE;
  *word &= ~bit_of (member);
  self->count--;
  return TRUE;
}

void
shoal_leaf_set_remove_all (ShoalLeafSet *self)
{
  if (self->words != NULL)
    memset (self->words, 0, n_words (self->size) * sizeof *self->words);
  self->word = 0;
  self->count = 0;
}

static void
count (ShoalLeafSet *self)
{
  const uint64_t *words = get_words (self);

  self->count = 0;
  for (size_t i = 0; i < n_words (self->size); i++)
    self->count += (uint64_t) __builtin_popcountll (words[i]);
}

void
shoal_leaf_set_add_range (ShoalLeafSet *self, uint64_t first, uint64_t n)
{
  uint64_t end = first + n;

  g_assert (first <= self->size && n <= self->size - first);
  while (first < end)
    {
      uint64_t in_word = MIN (64 - first % 64, end - first);
      uint64_t bits = in_word == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << in_word) - 1;
      uint64_t *word = get_word (self, first);
      uint64_t added = bits << (first % 64) & ~*word;

      *word |= added;
      self->count += (uint64_t) __builtin_popcountll (added);
      first += in_word;
    }
}

void
shoal_leaf_set_subtract (ShoalLeafSet *self, const ShoalLeafSet *other)
{
  uint64_t *words = get_word (self, 0);
  const uint64_t *gone = get_words (other);

  g_assert (self->size == other->size);
  for (size_t i = 0; i < n_words (self->size); i++)
    words[i] &= ~gone[i];
  count (self);
}

uint64_t
shoal_leaf_set_find (const ShoalLeafSet *self, uint64_t from, gboolean value)
{
  const uint64_t *words = get_words (self);

  while (from < self->size)
    {
      uint64_t word = value ? words[from / 64] : ~words[from / 64];

      word >>= from % 64;
      if (word != 0)
        return MIN (from + (uint64_t) __builtin_ctzll (word), self->size);
      from = (from / 64 + 1) * 64;
    }
  return self->size;
}

GBytes *
shoal_leaf_set_save (const ShoalLeafSet *self)
{
  const uint64_t *words = get_words (self);
  size_t size = (size_t) ((self->size + 7) / 8);
  uint8_t *bytes = g_malloc (MAX (size, 1));

  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t) (words[i / 8] >> (i % 8 * 8));
  return g_bytes_new_take (bytes, size);
}

gboolean
shoal_leaf_set_load (ShoalLeafSet *self, uint64_t size, GBytes *bytes)
{
  gsize n_bytes = 0;
  const uint8_t *data = bytes != NULL ? g_bytes_get_data (bytes, &n_bytes) : NULL;

  shoal_leaf_set_clear (self);
  shoal_leaf_set_init (self, size);
  if (data == NULL || n_bytes != (size + 7) / 8)
    return FALSE;
  for (size_t i = 0; i < n_bytes; i++)
    get_word (self, 0)[i / 8] |= (uint64_t) data[i] << (i % 8 * 8);
  /* Bits beyond the end mean nothing. */
  if (size % 64 != 0)
    *get_word (self, size) &= bit_of (size) - 1;
  count (self);
  return TRUE;
}
