/* shoal-bitmap.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-bitmap.h"

static uint64_t
n_words (uint64_t bits)
{
  return bits / 64 + 1;
}

void
shoal_bitmap_init (ShoalBitmap *self, uint64_t size)
{
  self->size = size;
  self->count = 0;
  self->words = g_new0 (uint64_t, n_words (size));
  self->summary = g_new0 (uint64_t, n_words (n_words (size)));
}

void
shoal_bitmap_clear (ShoalBitmap *self)
{
  g_clear_pointer (&self->words, g_free);
  g_clear_pointer (&self->summary, g_free);
  self->size = self->count = 0;
}

static void
set_word (ShoalBitmap *self, uint64_t index, uint64_t word)
{
  uint64_t bit = G_GUINT64_CONSTANT (1) << (index % 64);

  self->count -= (uint64_t) __builtin_popcountll (self->words[index]);
  self->count += (uint64_t) __builtin_popcountll (word);
  self->words[index] = word;
  if (word != 0)
    self->summary[index / 64] |= bit;
  else
    self->summary[index / 64] &= ~bit;
}

void
shoal_bitmap_set (ShoalBitmap *self, uint64_t number, gboolean value)
{
  uint64_t bit = G_GUINT64_CONSTANT (1) << (number % 64);
  uint64_t word = self->words[number / 64];

  g_assert (number < self->size);
  set_word (self, number / 64, value ? word | bit : word & ~bit);
}

void
shoal_bitmap_set_range (ShoalBitmap *self, uint64_t first, uint64_t end, gboolean value)
{
  g_assert (first <= end && end <= self->size);
  while (first < end)
    {
      uint64_t index = first / 64;
      uint64_t stop = MIN (end, (index + 1) * 64);
      uint64_t mask = (stop - first == 64 ? ~G_GUINT64_CONSTANT (0)
                                          : (G_GUINT64_CONSTANT (1) << (stop - first)) - 1)
                      << (first % 64);

      set_word (self, index, value ? self->words[index] | mask : self->words[index] & ~mask);
      first = stop;
    }
}

/* The first word at or after @index that is not zero; or one beyond @last. */
static uint64_t
next_word (const ShoalBitmap *self, uint64_t index, uint64_t last)
{
  uint64_t high = index / 64;
  uint64_t word = self->summary[high] & (~G_GUINT64_CONSTANT (0) << (index % 64));

  while (word == 0)
    {
      if (++high > last / 64)
        return last + 1;
      word = self->summary[high];
    }
  return high * 64 + (uint64_t) __builtin_ctzll (word);
}

uint64_t
shoal_bitmap_next (const ShoalBitmap *self, const ShoalBitmap *second, const ShoalBitmap *third,
                   uint64_t from, uint64_t end)
{
  uint64_t last, index, mask;

  end = MIN (end, self->size);
  if (from >= end)
    return SHOAL_BITMAP_NONE;

  last = (end - 1) / 64;
  mask = ~G_GUINT64_CONSTANT (0) << (from % 64);
  for (index = next_word (self, from / 64, last); index <= last;
       index = index < last ? next_word (self, index + 1, last) : last + 1)
    {
      uint64_t word = self->words[index];

      if (second != NULL)
        word &= second->words[index];
      if (third != NULL)
        word &= third->words[index];
      if (index == from / 64)
        word &= mask;
      if (word != 0)
        {
          uint64_t found = index * 64 + (uint64_t) __builtin_ctzll (word);

          return found < end ? found : SHOAL_BITMAP_NONE;
        }
    }
  return SHOAL_BITMAP_NONE;
}
