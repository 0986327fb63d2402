/* fuzz-merkle.c: hash requests and answers with any numbers in them.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * u64 length, u8 base, u64 index, u32 count, u8 proof layers, u8 and u8: which
 * bit of which hash to damage; what is left are hashes that claim to answer.
 */

#include "config.h"

#include "shoal-bytes.h"
#include "shoal-merkle.h"
#include "shoal-sha256.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Files that are really hashed. */
#define MAX_LEAVES 700

static ShoalHash leaves[MAX_LEAVES];

static void
make_leaves (void)
{
  static gboolean done;

  for (uint32_t i = 0; i < MAX_LEAVES && !done; i++)
    shoal_sha256 (&i, sizeof i, &leaves[i]);
  done = TRUE;
}

/* A true answer verifies; one with a bit changed does not. */
static void
check_true (const ShoalMerkleRange *range, uint64_t length, uint8_t which, uint8_t bit)
{
  const ShoalMerkleWindow window = { 0, 0, shoal_merkle_n_leaves (length), leaves };
  uint32_t n = range->n_nodes + range->n_uncles;
  g_autofree ShoalHash *hashes = g_new (ShoalHash, n);
  ShoalHash root, top, other;

  g_assert (shoal_merkle_prove (range, length, &window, 1, hashes));
  shoal_merkle_root (length, 0, leaves, &root);
  g_assert (
    shoal_merkle_ancestor (range, length, hashes, range->n_nodes, hashes + range->n_nodes, &top));
  g_assert (shoal_merkle_verify (range, length, hashes, range->n_nodes, hashes + range->n_nodes,
                                 &root) == shoal_merkle_range_is_to_root (range, length));
  hashes[which % n].bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
  g_assert (!shoal_merkle_ancestor (range, length, hashes, range->n_nodes,
                                    hashes + range->n_nodes, &other)
            || !shoal_hash_equals (&top, &other));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ShoalReader in = shoal_reader (data, size);
  uint64_t length = shoal_reader_u64 (&in);
  uint8_t base = shoal_reader_u8 (&in);
  uint64_t index = shoal_reader_u64 (&in);
  uint32_t count = shoal_reader_u32 (&in);
  uint8_t proof_layers = shoal_reader_u8 (&in);
  uint8_t which = shoal_reader_u8 (&in);
  uint8_t bit = shoal_reader_u8 (&in);
  ShoalHash zero = { { 0 } };
  ShoalMerkleRange range;
  size_t n_hashes;

  make_leaves ();
  if (in.failed || !shoal_merkle_range_init (&range, length, base, index, count, proof_layers,
                                             SHOAL_MERKLE_MAX_RANGE))
    return 0;

  g_assert (range.n_nodes >= 1 && range.n_nodes <= range.count);
  g_assert (range.n_uncles <= SHOAL_MERKLE_MAX_HEIGHT);
  g_assert (shoal_merkle_range_is_valid (&range, length, SHOAL_MERKLE_MAX_RANGE));
  if (shoal_merkle_n_leaves (length) <= MAX_LEAVES)
    check_true (&range, length, which, bit);

  n_hashes = in.left / SHOAL_HASH_SIZE;
  /* Of a range that is the root itself, the claim may well be it. */
  if (n_hashes >= range.n_nodes + range.n_uncles && range.count + range.n_uncles > 1)
    {
      const ShoalHash *hashes = (const ShoalHash *) in.data;

      g_assert (!shoal_merkle_verify (&range, length, hashes, n_hashes - range.n_uncles,
                                      hashes + n_hashes - range.n_uncles, &zero));
    }
  return 0;
}
