/* shoal-leaf-set.h: a set of the leaves (or groups) of one file, as bits.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the room.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Plain value; all zeroes is an empty set of size 0. Up to 64 members need no
 * memory of their own. */
typedef struct
{
  uint64_t  size;  /* members are 0 … size - 1 */
  uint64_t  count; /* of members */
  uint64_t *words; /* (owned): if size > 64 */
  uint64_t  word;  /* if not */
} ShoalLeafSet;

void     shoal_leaf_set_init  (ShoalLeafSet *self, uint64_t size);
void     shoal_leaf_set_clear (ShoalLeafSet *self);
/* @to becomes a copy; cleared first. */
void     shoal_leaf_set_copy  (ShoalLeafSet *to, const ShoalLeafSet *from);

gboolean shoal_leaf_set_has    (const ShoalLeafSet *self, uint64_t member);
/* TRUE if it was not in before. */
gboolean shoal_leaf_set_add    (ShoalLeafSet *self, uint64_t member);
/* TRUE if it was in before. */
gboolean shoal_leaf_set_remove (ShoalLeafSet *self, uint64_t member);
void     shoal_leaf_set_remove_all (ShoalLeafSet *self);

/* Whole words at a time: sets of millions of leaves are changed in a
 * millisecond. */
void     shoal_leaf_set_add_range (ShoalLeafSet *self, uint64_t first, uint64_t n);
/* Those that are in @other, of the same size, go. */
void     shoal_leaf_set_subtract  (ShoalLeafSet *self, const ShoalLeafSet *other);

static inline gboolean
shoal_leaf_set_is_full (const ShoalLeafSet *self)
{
  return self->count == self->size;
}

/* The first member ≥ @from that is in (@value TRUE) or not; size if none. */
uint64_t shoal_leaf_set_find (const ShoalLeafSet *self, uint64_t from, gboolean value);

/* ⌈size ÷ 8⌉ bytes, lowest bit first. Returns: (transfer full) */
GBytes  *shoal_leaf_set_save (const ShoalLeafSet *self);
/* FALSE and empty unless @bytes (nullable) is of the right shape. */
gboolean shoal_leaf_set_load (ShoalLeafSet *self, uint64_t size, GBytes *bytes);

G_END_DECLS
