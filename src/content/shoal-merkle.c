/* shoal-merkle.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-merkle.h"

#include "shoal-sha256.h"

/* --- Sizes --------------------------------------------------------------- */

uint64_t
shoal_merkle_n_leaves (uint64_t length)
{
  return length / SHOAL_LEAF_SIZE + (length % SHOAL_LEAF_SIZE != 0);
}

uint32_t
shoal_merkle_leaf_size (uint64_t length, uint64_t leaf)
{
  uint64_t n_leaves = shoal_merkle_n_leaves (length);

  if (leaf >= n_leaves)
    return 0;
  if (leaf + 1 < n_leaves)
    return SHOAL_LEAF_SIZE;
  return (uint32_t) (length - leaf * SHOAL_LEAF_SIZE);
}

unsigned
shoal_merkle_height (uint64_t length)
{
  uint64_t n_leaves = shoal_merkle_n_leaves (length);

  return n_leaves > 1 ? 64 - (unsigned) __builtin_clzll (n_leaves - 1) : 0;
}

/* ⌈n ÷ 2^shift⌉ without overflow; 1 for large shifts, 0 for 0. */
static uint64_t
divide_up (uint64_t n, unsigned shift)
{
  if (n == 0)
    return 0;
  return shift < 64 ? ((n - 1) >> shift) + 1 : 1;
}

uint64_t
shoal_merkle_layer_size (uint64_t length, unsigned layer)
{
  return divide_up (shoal_merkle_n_leaves (length), layer);
}

uint64_t
shoal_merkle_n_groups (uint64_t length)
{
  return shoal_merkle_layer_size (length, SHOAL_MERKLE_GROUP_LAYER);
}

uint32_t
shoal_merkle_group_size (uint64_t length, uint64_t group)
{
  uint64_t n_groups = shoal_merkle_n_groups (length);

  if (group >= n_groups)
    return 0;
  if (group + 1 < n_groups)
    return SHOAL_LEAVES_PER_GROUP;
  return (uint32_t) (shoal_merkle_n_leaves (length) - group * SHOAL_LEAVES_PER_GROUP);
}

unsigned
shoal_merkle_piece_layer (uint64_t piece_length)
{
  g_return_val_if_fail (piece_length >= SHOAL_LEAF_SIZE, 0);

  return 63 - (unsigned) __builtin_clzll (piece_length / SHOAL_LEAF_SIZE);
}

/* --- Building ------------------------------------------------------------ */

const ShoalHash *
shoal_merkle_pad (unsigned layer)
{
  static ShoalHash pads[SHOAL_MERKLE_MAX_HEIGHT + 1]; /* pads[0] stays zero */
  static gsize ready;

  g_assert (layer <= SHOAL_MERKLE_MAX_HEIGHT);

  if (g_once_init_enter (&ready))
    {
      for (unsigned i = 0; i < SHOAL_MERKLE_MAX_HEIGHT; i++)
        shoal_sha256_pair (&pads[i], &pads[i], &pads[i + 1]);
      g_once_init_leave (&ready, 1);
    }

  return &pads[layer];
}

/* A binary counter: @pending[i] is the node over 2^i nodes that the bit i of
 * @n_added stands for. Adds one over 2^@bit nodes; @n_added is a multiple of that. */
static void
push_node (ShoalHash *pending, uint64_t n_added, unsigned bit, const ShoalHash *node)
{
  ShoalHash carry = *node;

  for (; n_added >> bit & 1; bit++)
    shoal_sha256_pair (&pending[bit], &carry, &carry);
  pending[bit] = carry;
}

/* The node over 2^@bits nodes, of which @n_added ≥ 1 are in @pending and the
 * others are padding of layer @layer. */
static void
close_nodes (const ShoalHash *pending, uint64_t n_added, unsigned layer, unsigned bits,
             ShoalHash *out)
{
  unsigned bit = (unsigned) __builtin_ctzll (n_added);
  ShoalHash node = pending[bit];

  if (bit < bits)
    shoal_sha256_pair (&node, shoal_merkle_pad (layer + bit), &node);
  for (bit++; bit < bits; bit++)
    {
      if (n_added >> bit & 1)
        shoal_sha256_pair (&pending[bit], &node, &node);
      else
        shoal_sha256_pair (&node, shoal_merkle_pad (layer + bit), &node);
    }

  *out = node;
}

void
shoal_merkle_fold (const ShoalHash *nodes, uint64_t n_nodes, unsigned layer, unsigned to_layer,
                   ShoalHash *out)
{
  ShoalHash pending[SHOAL_MERKLE_MAX_HEIGHT + 1];
  unsigned bits = to_layer - layer;

  g_return_if_fail (layer <= to_layer && to_layer <= SHOAL_MERKLE_MAX_HEIGHT);
  g_return_if_fail (n_nodes >= 1 && n_nodes <= G_GUINT64_CONSTANT (1) << bits);

  for (uint64_t i = 0; i < n_nodes; i++)
    push_node (pending, i, 0, &nodes[i]);
  close_nodes (pending, n_nodes, layer, bits, out);
}

uint64_t
shoal_merkle_reduce (const ShoalHash *nodes, uint64_t n_nodes, unsigned layer, unsigned to_layer,
                     ShoalHash *out)
{
  uint64_t span, n_out;

  g_return_val_if_fail (layer <= to_layer && to_layer <= SHOAL_MERKLE_MAX_HEIGHT, 0);

  span = G_GUINT64_CONSTANT (1) << (to_layer - layer);
  n_out = divide_up (n_nodes, to_layer - layer);
  for (uint64_t i = 0; i < n_out; i++)
    shoal_merkle_fold (&nodes[i * span], MIN (span, n_nodes - i * span), layer, to_layer, &out[i]);
  return n_out;
}

void
shoal_merkle_root (uint64_t length, unsigned layer, const ShoalHash *nodes, ShoalHash *out)
{
  unsigned height = shoal_merkle_height (length);

  g_return_if_fail (length > 0 && length <= SHOAL_MAX_FILE_LENGTH && layer <= height);

  shoal_merkle_fold (nodes, shoal_merkle_layer_size (length, layer), layer, height, out);
}

static unsigned
group_layer (uint64_t length)
{
  return MIN (SHOAL_MERKLE_GROUP_LAYER, shoal_merkle_height (length));
}

void
shoal_merkle_group_root (uint64_t length, uint64_t group, const ShoalHash *leaves, ShoalHash *out)
{
  g_return_if_fail (length <= SHOAL_MAX_FILE_LENGTH && group < shoal_merkle_n_groups (length));

  shoal_merkle_fold (leaves, shoal_merkle_group_size (length, group), 0, group_layer (length), out);
}

/* --- Builder ------------------------------------------------------------- */

void
shoal_merkle_builder_init (ShoalMerkleBuilder *self, uint64_t length)
{
  g_return_if_fail (length > 0 && length <= SHOAL_MAX_FILE_LENGTH);

  memset (self, 0, sizeof *self);
  self->length = length;
}

gboolean
shoal_merkle_builder_add_leaves (ShoalMerkleBuilder *self, const ShoalHash *leaves,
                                 uint64_t n_leaves)
{
  uint64_t total = shoal_merkle_n_leaves (self->length);

  if (self->n_added > total || n_leaves > total - self->n_added)
    return FALSE;

  for (uint64_t i = 0; i < n_leaves; i++)
    push_node (self->pending, self->n_added++, 0, &leaves[i]);
  return TRUE;
}

gboolean
shoal_merkle_builder_add_group (ShoalMerkleBuilder *self, const ShoalHash *root)
{
  unsigned layer = group_layer (self->length);

  if (self->n_added % SHOAL_LEAVES_PER_GROUP != 0
      || self->n_added >= shoal_merkle_n_leaves (self->length))
    return FALSE;

  push_node (self->pending, self->n_added, layer, root);
  self->n_added += G_GUINT64_CONSTANT (1) << layer;
  return TRUE;
}

gboolean
shoal_merkle_builder_finish (const ShoalMerkleBuilder *self, ShoalHash *root)
{
  if (self->n_added < shoal_merkle_n_leaves (self->length))
    return FALSE;

  close_nodes (self->pending, self->n_added, 0, shoal_merkle_height (self->length), root);
  return TRUE;
}
