/* shoal-merkle.h: the SHA-256 Merkle tree of one file, as in BEP 52.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file's bytes are cut into leaves of 16 KiB, the last one short. Layer 0 is
 * the leaf hashes, layer n+1 the hashes of pairs of layer n, up to the *pieces
 * root* at layer shoal_merkle_height(). The leaf count is padded to a power of
 * two with leaf hashes of 32 zero bytes; so a node over padding alone has a
 * value that depends on its layer only, shoal_merkle_pad(). An empty file has
 * no tree and no root.
 *
 * Layers are kept and sent without the padding: `layer size` is the number of
 * nodes that cover at least one byte of the file.
 *
 * Pure functions on plain memory, callable on any thread. Lengths come from
 * other devices: 0 < length ≤ SHOAL_MAX_FILE_LENGTH is the one precondition,
 * which a parsed description guarantees. */
#pragma once

#include "shoal-hash.h"
#include "shoal-limits.h"

G_BEGIN_DECLS

/* A root is never higher than this: 2³⁴ leaves in a file of 2⁴⁸ bytes. */
#define SHOAL_MERKLE_MAX_HEIGHT 34u
/* Group roots, each over SHOAL_LEAVES_PER_GROUP leaves, are this layer. */
#define SHOAL_MERKLE_GROUP_LAYER 9u
/* Nodes in one range: 8,192 fill a hash frame. BEP 52 allows 512. */
#define SHOAL_MERKLE_MAX_RANGE 8192u

/* --- Sizes --------------------------------------------------------------- */

/* ⌈length ÷ 16 KiB⌉; 0 for an empty file. */
uint64_t shoal_merkle_n_leaves   (uint64_t length);
/* Bytes in leaf @leaf: 16 KiB, less in the last one; 0 beyond the end. */
uint32_t shoal_merkle_leaf_size  (uint64_t length, uint64_t leaf);
/* The layer of the root: 0 for a file of one leaf (or none). */
unsigned shoal_merkle_height     (uint64_t length);
/* Nodes of @layer that cover data; 1 at and above the root; 0 if empty. */
uint64_t shoal_merkle_layer_size (uint64_t length, unsigned layer);
/* Groups of 512 leaves; the last may be short. */
uint64_t shoal_merkle_n_groups   (uint64_t length);
/* Leaves in group @group: 512, fewer in the last one; 0 beyond the end. */
uint32_t shoal_merkle_group_size (uint64_t length, uint64_t group);
/* Layer whose nodes cover one piece: log2 (piece length ÷ 16 KiB). @piece_length
 * must be a power of two ≥ 16 KiB. */
unsigned shoal_merkle_piece_layer (uint64_t piece_length);

/* --- Building ------------------------------------------------------------ */

/* Root of 2^layer zero leaves; valid for ever. layer ≤ SHOAL_MERKLE_MAX_HEIGHT. */
const ShoalHash *shoal_merkle_pad (unsigned layer);

/**
 * shoal_merkle_fold:
 * @nodes: consecutive nodes of layer @layer, the first at a multiple of
 *   2^(@to_layer - @layer)
 * @n_nodes: 1 … 2^(@to_layer - @layer); the rest is padding
 *
 * One node of layer @to_layer. This gives a group root from its leaves
 * (0 → 9), a pieces root from the leaf layer (0 → height), from the piece layer
 * or from group roots. For a file of less than 512 leaves the one "group root"
 * is the pieces root: fold to MIN (9, height), see shoal_merkle_group_root().
 */
void shoal_merkle_fold (const ShoalHash *nodes, uint64_t n_nodes, unsigned layer, unsigned to_layer,
                        ShoalHash *out);

/* As fold, for a whole layer: writes ⌈@n_nodes ÷ 2^(@to_layer - @layer)⌉ nodes to
 * @out, which may be @nodes. Gives the piece layer from the leaves. */
uint64_t shoal_merkle_reduce (const ShoalHash *nodes, uint64_t n_nodes, unsigned layer,
                              unsigned to_layer, ShoalHash *out);

/* The pieces root from the complete layer @layer of a file of @length bytes.
 * @nodes holds shoal_merkle_layer_size (@length, @layer) nodes. */
void shoal_merkle_root (uint64_t length, unsigned layer, const ShoalHash *nodes, ShoalHash *out);

/* Root of one group from its leaves, at layer MIN (9, height). @leaves holds
 * shoal_merkle_group_size() hashes. */
void shoal_merkle_group_root (uint64_t length, uint64_t group, const ShoalHash *leaves,
                              ShoalHash *out);

/* Builds a root from the front, holding one node per layer. Plain value. */
typedef struct
{
  uint64_t  length;
  uint64_t  n_added;                             /* leaves, padding included */
  ShoalHash pending[SHOAL_MERKLE_MAX_HEIGHT + 1]; /* valid where n_added has a bit */
} ShoalMerkleBuilder;

void     shoal_merkle_builder_init       (ShoalMerkleBuilder *self, uint64_t length);
/* The next leaves, any number of them. FALSE if more than the file has. */
gboolean shoal_merkle_builder_add_leaves (ShoalMerkleBuilder *self, const ShoalHash *leaves,
                                          uint64_t n_leaves);
/* The next group by its root, see shoal_merkle_group_root(). FALSE unless the
 * builder stands at a group boundary before the end. */
gboolean shoal_merkle_builder_add_group  (ShoalMerkleBuilder *self, const ShoalHash *root);
/* FALSE while something is missing. */
gboolean shoal_merkle_builder_finish     (const ShoalMerkleBuilder *self, ShoalHash *root);

/* --- Ranges and proofs (BEP 52 messages 21 and 22) ----------------------- */

/* An aligned run of nodes of one layer, made by shoal_merkle_range_init(). */
typedef struct
{
  uint32_t base;     /* layer of the nodes; 0 = leaves */
  uint32_t count;    /* a power of two; padding at the end included */
  uint64_t index;    /* of the first one; a multiple of count */
  uint32_t n_nodes;  /* of those `count`, how many cover data: at least 1 */
  uint32_t n_uncles; /* that follow the nodes, bottom up */
} ShoalMerkleRange;

/**
 * shoal_merkle_range_init:
 * @length: of the file
 * @base: the layer
 * @index: the first node
 * @count: a power of two; or exactly what is left of the layer from @index on,
 *   which is rounded up to one
 * @proof_layers: layers above @base to prove, as BEP 52 counts them: the first
 *   log2 (count) - 1 are in the nodes themselves. See
 *   shoal_merkle_proof_layers_to_root().
 * @max_count: SHOAL_MERKLE_MAX_RANGE, or 512 in BEP 52
 *
 * Checks what somebody asks for; safe on any values. FALSE unless the range lies
 * in the file's tree, touches data, is aligned, and its proof ends at or below
 * the root. n_uncles is max (0, @proof_layers - (log2 (count) - 1)), or less
 * where the root's children come first.
 */
gboolean shoal_merkle_range_init (ShoalMerkleRange *self, uint64_t length, uint32_t base,
                                  uint64_t index, uint64_t count, uint32_t proof_layers,
                                  uint32_t max_count);

/* TRUE if shoal_merkle_range_init() can have made it for a file of @length. Safe
 * on any values. */
gboolean shoal_merkle_range_is_valid (const ShoalMerkleRange *self, uint64_t length,
                                      uint32_t max_count);

/* The @proof_layers with which nodes of layer @base are proved up to the root. */
uint32_t shoal_merkle_proof_layers_to_root (uint64_t length, uint32_t base);

/* TRUE if nodes and uncles reach the pieces root. */
gboolean shoal_merkle_range_is_to_root (const ShoalMerkleRange *self, uint64_t length);

/**
 * shoal_merkle_verify:
 * @range: one that is to the root
 * @nodes: @n_nodes of them: range->n_nodes, or with the padding range->count
 * @uncles: range->n_uncles of them
 *
 * TRUE if nodes and uncles lead to @root. Nodes and uncles over padding must
 * have exactly the padding's value: a root made over anything else is refused.
 */
gboolean shoal_merkle_verify (const ShoalMerkleRange *range, uint64_t length,
                              const ShoalHash *nodes, size_t n_nodes, const ShoalHash *uncles,
                              const ShoalHash *root);

/* The ancestor that nodes and uncles lead to, node @index >> (log2 (count) +
 * n_uncles) of layer base + log2 (count) + n_uncles: for checking against an
 * inner node that is known already, such as a group root or piece hash. FALSE
 * on wrong padding or a wrong @n_nodes. */
gboolean shoal_merkle_ancestor (const ShoalMerkleRange *range, uint64_t length,
                                const ShoalHash *nodes, size_t n_nodes, const ShoalHash *uncles,
                                ShoalHash *out);

/* A part of one layer that is held in memory: known nodes, without padding. */
typedef struct
{
  unsigned         layer;
  uint64_t         first;   /* index of nodes[0] in the layer */
  uint64_t         n_nodes;
  const ShoalHash *nodes;
} ShoalMerkleWindow;

/**
 * shoal_merkle_prove:
 * @windows: what is known, in any order. One over the leaf layer is enough for
 *   everything; the 512 leaves asked for and all group roots (layer 9) are
 *   enough for a group of leaves, and cheap.
 * @out: room for range->n_nodes + range->n_uncles hashes: a hashes message
 *
 * Computes each node from the highest window that covers it.
 * Costs at most one hash per known node above the range's layer.
 *
 * Returns: FALSE if something is needed that the windows do not cover
 */
gboolean shoal_merkle_prove (const ShoalMerkleRange *range, uint64_t length,
                             const ShoalMerkleWindow *windows, size_t n_windows, ShoalHash *out);

G_END_DECLS
