/* shoal-merkle-proof.c: ranges of a tree and their proofs.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-merkle.h"

#include "shoal-sha256.h"

static unsigned
log2_of (uint32_t power)
{
  return (unsigned) g_bit_storage (power) - 1;
}

static gboolean
is_power_of_two (uint64_t n)
{
  return n != 0 && (n & (n - 1)) == 0;
}

gboolean
shoal_merkle_range_init (ShoalMerkleRange *self, uint64_t length, uint32_t base, uint64_t index,
                         uint64_t count, uint32_t proof_layers, uint32_t max_count)
{
  unsigned height = shoal_merkle_height (length);
  uint64_t size;
  unsigned bits;

  memset (self, 0, sizeof *self);
  if (length == 0 || length > SHOAL_MAX_FILE_LENGTH || base > height)
    return FALSE;

  size = shoal_merkle_layer_size (length, base);
  if (index >= size || count == 0 || count > MIN (max_count, SHOAL_MERKLE_MAX_RANGE))
    return FALSE;
  if (count == size - index && !is_power_of_two (count))
    count = G_GUINT64_CONSTANT (1) << g_bit_storage (count);
  if (!is_power_of_two (count) || count > G_GUINT64_CONSTANT (1) << (height - base)
      || index % count != 0)
    return FALSE;
  if (proof_layers > shoal_merkle_proof_layers_to_root (length, base))
    return FALSE;

  self->base = base;
  self->count = (uint32_t) count;
  self->index = index;
  self->n_nodes = (uint32_t) MIN (count, size - index);
  /* The root's own layer needs no proof, so height - base - 1 layers are the
   * most; of those the nodes themselves give the first bits - 1. A single node
   * gives none and needs its sibling as well. */
  bits = log2_of (self->count);
  if (proof_layers + 1 > bits)
    self->n_uncles = MIN (proof_layers + 1 - bits, height - base - bits);
  return TRUE;
}

gboolean
shoal_merkle_range_is_valid (const ShoalMerkleRange *self, uint64_t length, uint32_t max_count)
{
  ShoalMerkleRange full;

  return shoal_merkle_range_init (&full, length, self->base, self->index, self->count,
                                  shoal_merkle_proof_layers_to_root (length, self->base),
                                  max_count)
         && self->count == full.count && self->n_nodes == full.n_nodes
         && self->n_uncles <= full.n_uncles;
}

uint32_t
shoal_merkle_proof_layers_to_root (uint64_t length, uint32_t base)
{
  unsigned height = shoal_merkle_height (length);

  return height > base ? height - base - 1 : 0;
}

/* The layer that nodes and uncles lead to. */
static unsigned
top_layer (const ShoalMerkleRange *self)
{
  return self->base + log2_of (self->count) + self->n_uncles;
}

gboolean
shoal_merkle_range_is_to_root (const ShoalMerkleRange *self, uint64_t length)
{
  return top_layer (self) == shoal_merkle_height (length);
}

/* --- Verifying ----------------------------------------------------------- */

gboolean
shoal_merkle_ancestor (const ShoalMerkleRange *range, uint64_t length, const ShoalHash *nodes,
                       size_t n_nodes, const ShoalHash *uncles, ShoalHash *out)
{
  unsigned bits = log2_of (range->count);
  uint64_t index = range->index >> bits;
  ShoalHash node;

  if (n_nodes != range->n_nodes && n_nodes != range->count)
    return FALSE;
  for (size_t i = range->n_nodes; i < n_nodes; i++)
    {
      if (!shoal_hash_equals (&nodes[i], shoal_merkle_pad (range->base)))
        return FALSE;
    }

  shoal_merkle_fold (nodes, range->n_nodes, range->base, range->base + bits, &node);
  for (uint32_t i = 0; i < range->n_uncles; i++, index >>= 1)
    {
      unsigned layer = range->base + bits + i;

      if ((index ^ 1) >= shoal_merkle_layer_size (length, layer)
          && !shoal_hash_equals (&uncles[i], shoal_merkle_pad (layer)))
        return FALSE;
      if (index & 1)
        shoal_sha256_pair (&uncles[i], &node, &node);
      else
        shoal_sha256_pair (&node, &uncles[i], &node);
    }

  *out = node;
  return TRUE;
}

gboolean
shoal_merkle_verify (const ShoalMerkleRange *range, uint64_t length, const ShoalHash *nodes,
                     size_t n_nodes, const ShoalHash *uncles, const ShoalHash *root)
{
  ShoalHash top;

  return shoal_merkle_range_is_to_root (range, length)
         && shoal_merkle_ancestor (range, length, nodes, n_nodes, uncles, &top)
         && shoal_hash_equals (&top, root);
}

/* --- Proving ------------------------------------------------------------- */

/* TRUE if @window holds all that lies below node @index of @layer. */
static gboolean
window_covers (const ShoalMerkleWindow *window, uint64_t length, unsigned layer, uint64_t index,
               uint64_t *first, uint64_t *n)
{
  unsigned bits = layer - window->layer;

  if (window->layer > layer)
    return FALSE;

  *first = index << bits;
  *n = MIN (G_GUINT64_CONSTANT (1) << bits,
            shoal_merkle_layer_size (length, window->layer) - *first);
  return *first >= window->first && window->n_nodes >= *n
         && *first - window->first <= window->n_nodes - *n;
}

static gboolean
compute_node (const ShoalMerkleWindow *windows, size_t n_windows, uint64_t length, unsigned layer,
              uint64_t index, ShoalHash *out)
{
  const ShoalMerkleWindow *best = NULL;
  uint64_t best_first = 0, best_n = 0;

  if (index >= shoal_merkle_layer_size (length, layer))
    {
      *out = *shoal_merkle_pad (layer);
      return TRUE;
    }

  for (size_t i = 0; i < n_windows; i++)
    {
      uint64_t first, n;

      if ((best == NULL || windows[i].layer > best->layer)
          && window_covers (&windows[i], length, layer, index, &first, &n))
        {
          best = &windows[i];
          best_first = first;
          best_n = n;
        }
    }

  if (best == NULL)
    return FALSE;
  shoal_merkle_fold (&best->nodes[best_first - best->first], best_n, best->layer, layer, out);
  return TRUE;
}

gboolean
shoal_merkle_prove (const ShoalMerkleRange *range, uint64_t length,
                    const ShoalMerkleWindow *windows, size_t n_windows, ShoalHash *out)
{
  unsigned bits = log2_of (range->count);
  uint64_t index = range->index >> bits;

  for (uint32_t i = 0; i < range->n_nodes; i++)
    {
      if (!compute_node (windows, n_windows, length, range->base, range->index + i, out++))
        return FALSE;
    }
  for (uint32_t i = 0; i < range->n_uncles; i++, index >>= 1)
    {
      if (!compute_node (windows, n_windows, length, range->base + bits + i, index ^ 1, out++))
        return FALSE;
    }
  return TRUE;
}
