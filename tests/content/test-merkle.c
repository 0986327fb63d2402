/* test-merkle.c: SHA-256 and the tree, against known roots and a plain tree.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-merkle.h"
#include "shoal-sha256.h"

#define LEAF ((uint64_t) SHOAL_LEAF_SIZE)

static void
assert_hash (const ShoalHash *hash, const char *hex)
{
  g_autofree char *shown = shoal_hash_to_hex (hash);

  g_assert_cmpstr (shown, ==, hex);
}

static void
test_sha256 (void)
{
  ShoalHash hash, zero = { { 0 } };

  shoal_sha256 (NULL, 0, &hash);
  assert_hash (&hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  shoal_sha256 ("abc", 3, &hash);
  assert_hash (&hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  /* In place, both sides. */
  shoal_sha256_pair (&zero, &zero, &zero);
  assert_hash (&zero, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
  g_assert_true (shoal_hash_equals (&zero, shoal_merkle_pad (1)));
}

/* --- Known roots --------------------------------------------------------- */

/* From bep52.md: checked against libtorrent. */
static const struct
{
  unsigned    factor, add, shifted;
  uint64_t    length;
  const char *root;
} VECTORS[] = {
  { 31, 7, 0, 100000, "647f47f97b87375ddd3b0025cad9d1e4dbe1fcfdead30ed8f441268c34a8e9ec" },
  { 17, 3, 0, 5, "37a74a7a85b6aa70d6d6b826b93e91565daf3a42aa51ae3c5db1f5f6129c1deb" },
  { 13, 1, 0, 81921, "640e1aa928a73a8da4f71b24622f5977f22f3b7f5a40547236d67d98d53f6a85" },
  { 7, 0, 1, 606308, "0e45ad3d4a43c9fcad21a688c71b42f531547c2a6a387d46cfb8853cd7de8bb1" },
};

static void
test_vectors (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (VECTORS); i++)
    {
      uint64_t length = VECTORS[i].length;
      g_autofree uint8_t *data = g_malloc (length);
      g_autofree ShoalHash *leaves = g_new (ShoalHash, shoal_merkle_n_leaves (length));
      ShoalHash root;

      for (uint64_t j = 0; j < length; j++)
        data[j] = (uint8_t) (j * VECTORS[i].factor + VECTORS[i].add +
                             (VECTORS[i].shifted ? j >> 8 : 0));
      g_assert_cmpuint (shoal_sha256_leaves (data, length, leaves), ==,
                        shoal_merkle_n_leaves (length));
      shoal_merkle_root (length, 0, leaves, &root);
      assert_hash (&root, VECTORS[i].root);
    }
}

/* --- Sizes --------------------------------------------------------------- */

static void
test_sizes (void)
{
  const struct
  {
    uint64_t length, leaves;
    unsigned height;
    uint32_t last;
  } cases[] = {
    { 0, 0, 0, 0 },
    { 1, 1, 0, 1 },
    { LEAF - 1, 1, 0, 16383 },
    { LEAF, 1, 0, 16384 },
    { LEAF + 1, 2, 1, 1 },
    { 2 * LEAF, 2, 1, 16384 },
    { 3 * LEAF, 3, 2, 16384 },
    { 606308, 38, 6, 100 },
    { SHOAL_MAX_FILE_LENGTH, G_GUINT64_CONSTANT (1) << 34, SHOAL_MERKLE_MAX_HEIGHT, 16384 },
    { G_MAXUINT64, G_GUINT64_CONSTANT (1) << 50, 50, 16383 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      uint64_t length = cases[i].length;

      g_assert_cmpuint (shoal_merkle_n_leaves (length), ==, cases[i].leaves);
      g_assert_cmpuint (shoal_merkle_height (length), ==, cases[i].height);
      g_assert_cmpuint (shoal_merkle_leaf_size (length, cases[i].leaves), ==, 0);
      if (length > 0)
        g_assert_cmpuint (shoal_merkle_leaf_size (length, cases[i].leaves - 1), ==, cases[i].last);
    }

  g_assert_cmpuint (shoal_merkle_layer_size (606308, 2), ==, 10);
  g_assert_cmpuint (shoal_merkle_layer_size (606308, 6), ==, 1);
  g_assert_cmpuint (shoal_merkle_layer_size (606308, 40), ==, 1);
  g_assert_cmpuint (shoal_merkle_layer_size (606308, 400), ==, 1);
  g_assert_cmpuint (shoal_merkle_layer_size (0, 3), ==, 0);
  g_assert_cmpuint (shoal_merkle_n_groups (512 * LEAF), ==, 1);
  g_assert_cmpuint (shoal_merkle_n_groups (512 * LEAF + 1), ==, 2);
  g_assert_cmpuint (shoal_merkle_group_size (512 * LEAF + 1, 0), ==, 512);
  g_assert_cmpuint (shoal_merkle_group_size (512 * LEAF + 1, 1), ==, 1);
  g_assert_cmpuint (shoal_merkle_group_size (512 * LEAF + 1, 2), ==, 0);
  g_assert_cmpuint (shoal_merkle_group_size (512 * LEAF, 0), ==, 512);
  g_assert_cmpuint (shoal_merkle_piece_layer (16384), ==, 0);
  g_assert_cmpuint (shoal_merkle_piece_layer (65536), ==, 2);
  g_assert_cmpuint (shoal_merkle_piece_layer (SHOAL_MAX_FOREIGN_PIECE_LENGTH), ==, 14);
}

/* --- A plain tree to compare with ---------------------------------------- */

/* All layers of a file, padding included, the slow and obvious way. */
typedef struct
{
  uint64_t   length;
  unsigned   height;
  ShoalHash *layers[SHOAL_MERKLE_MAX_HEIGHT + 1];
} Plain;

static Plain
plain_new (uint64_t n_leaves)
{
  Plain self = { .length = n_leaves * LEAF, .height = 0 };

  while ((G_GUINT64_CONSTANT (1) << self.height) < n_leaves)
    self.height++;

  self.layers[0] = g_new0 (ShoalHash, G_GUINT64_CONSTANT (1) << self.height);
  for (uint64_t i = 0; i < n_leaves; i++)
    shoal_sha256 (&i, sizeof i, &self.layers[0][i]);
  for (unsigned layer = 1; layer <= self.height; layer++)
    {
      size_t n = (size_t) 1 << (self.height - layer);

      self.layers[layer] = g_new (ShoalHash, n);
      for (size_t i = 0; i < n; i++)
        shoal_sha256_pair (&self.layers[layer - 1][2 * i], &self.layers[layer - 1][2 * i + 1],
                           &self.layers[layer][i]);
    }
  return self;
}

static void
plain_clear (Plain *self)
{
  for (unsigned layer = 0; layer <= self->height; layer++)
    g_free (self->layers[layer]);
}

static const ShoalHash *
plain_root (const Plain *self)
{
  return &self->layers[self->height][0];
}

static const uint64_t N_LEAVES[]
  = { 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1024, 1025, 1700 };

static void
test_layers (void)
{
  for (size_t k = 0; k < G_N_ELEMENTS (N_LEAVES); k++)
    {
      Plain plain = plain_new (N_LEAVES[k]);
      g_autofree ShoalHash *nodes
        = g_memdup2 (plain.layers[0], N_LEAVES[k] * sizeof (ShoalHash));
      uint64_t n = N_LEAVES[k];
      ShoalHash root;

      for (unsigned layer = 0; layer <= plain.height; layer++)
        {
          g_assert_cmpuint (n, ==, shoal_merkle_layer_size (plain.length, layer));
          g_assert_cmpmem (nodes, n * sizeof *nodes, plain.layers[layer], n * sizeof *nodes);
          shoal_merkle_root (plain.length, layer, nodes, &root);
          g_assert_true (shoal_hash_equals (&root, plain_root (&plain)));
          if (layer < plain.height)
            n = shoal_merkle_reduce (nodes, n, layer, layer + 1, nodes);
        }
      plain_clear (&plain);
    }
}

static void
test_builder (void)
{
  for (size_t k = 0; k < G_N_ELEMENTS (N_LEAVES); k++)
    {
      Plain plain = plain_new (N_LEAVES[k]);
      uint64_t n_groups = shoal_merkle_n_groups (plain.length);
      ShoalMerkleBuilder by_leaf, by_group, mixed;
      ShoalHash group, root;

      shoal_merkle_builder_init (&by_leaf, plain.length);
      shoal_merkle_builder_init (&by_group, plain.length);
      shoal_merkle_builder_init (&mixed, plain.length);
      for (uint64_t i = 0; i < n_groups; i++)
        {
          const ShoalHash *leaves = &plain.layers[0][i * SHOAL_LEAVES_PER_GROUP];
          uint32_t n = shoal_merkle_group_size (plain.length, i);

          g_assert_false (shoal_merkle_builder_finish (&by_group, &root));
          shoal_merkle_group_root (plain.length, i, leaves, &group);
          g_assert_true (shoal_merkle_builder_add_group (&by_group, &group));
          g_assert_true (shoal_merkle_builder_add_leaves (&by_leaf, leaves, n / 2));
          if (n / 2 > 0)
            g_assert_false (shoal_merkle_builder_add_group (&by_leaf, &group));
          g_assert_false (shoal_merkle_builder_finish (&by_leaf, &root));
          g_assert_true (shoal_merkle_builder_add_leaves (&by_leaf, leaves + n / 2, n - n / 2));
          if (i % 2 == 0)
            g_assert_true (shoal_merkle_builder_add_leaves (&mixed, leaves, n));
          else
            g_assert_true (shoal_merkle_builder_add_group (&mixed, &group));
        }

      g_assert_false (shoal_merkle_builder_add_leaves (&by_leaf, plain.layers[0], 1));
      g_assert_false (shoal_merkle_builder_add_leaves (&by_group, plain.layers[0], 1));
      g_assert_false (shoal_merkle_builder_add_leaves (&by_leaf, plain.layers[0], G_MAXUINT64));
      g_assert_false (shoal_merkle_builder_add_group (&by_leaf, &group));
      g_assert_false (shoal_merkle_builder_add_group (&by_group, &group));
      g_assert_true (shoal_merkle_builder_finish (&by_leaf, &root));
      g_assert_true (shoal_hash_equals (&root, plain_root (&plain)));
      g_assert_true (shoal_merkle_builder_finish (&by_group, &root));
      g_assert_true (shoal_hash_equals (&root, plain_root (&plain)));
      g_assert_true (shoal_merkle_builder_finish (&mixed, &root));
      g_assert_true (shoal_hash_equals (&root, plain_root (&plain)));
      plain_clear (&plain);
    }
}

/* --- Ranges -------------------------------------------------------------- */

static void
test_range_init (void)
{
  /* A file of 38 leaves: height 6, 64 leaves with padding. */
  const struct
  {
    uint32_t base;
    uint64_t index, count;
    uint32_t proof_layers;
    int      n_nodes; /* -1: not valid */
    uint32_t n_uncles, count_made;
  } cases[] = {
    { 0, 0, 1, 0, 1, 1, 1 },
    { 0, 0, 1, 5, 1, 6, 1 },
    { 0, 0, 2, 0, 2, 0, 2 },
    { 0, 0, 2, 5, 2, 5, 2 },
    { 0, 0, 4, 1, 4, 0, 4 },
    { 0, 0, 4, 2, 4, 1, 4 },
    { 0, 32, 8, 5, 6, 3, 8 },
    { 0, 32, 6, 5, 6, 3, 8 },   /* what is left, rounded up */
    { 0, 32, 32, 5, 6, 1, 32 },
    { 0, 0, 64, 5, 38, 0, 64 },
    { 0, 0, 38, 5, 38, 0, 64 },
    { 2, 0, 16, 3, 10, 0, 16 },
    { 2, 8, 2, 3, 2, 3, 2 },
    { 6, 0, 1, 0, 1, 0, 1 },
    { 0, 0, 64, 6, -1, 0, 0 },  /* proof above the root */
    { 0, 0, 128, 0, -1, 0, 0 }, /* wider than the layer */
    { 0, 40, 8, 0, -1, 0, 0 },  /* padding only */
    { 0, 2, 4, 0, -1, 0, 0 },   /* unaligned */
    { 0, 0, 3, 0, -1, 0, 0 },   /* neither a power of two nor what is left */
    { 0, 0, 0, 0, -1, 0, 0 },
    { 7, 0, 1, 0, -1, 0, 0 },   /* above the root */
    { 6, 1, 1, 0, -1, 0, 0 },
    { 0, G_MAXUINT64, 1, 0, -1, 0, 0 },
    { 0, 0, G_MAXUINT64, 0, -1, 0, 0 },
    { 0, G_MAXUINT64 - 1, G_MAXUINT64, 0, -1, 0, 0 },
    { G_MAXUINT32, 0, 1, 0, -1, 0, 0 },
    { 0, 0, 1, G_MAXUINT32, -1, 0, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ShoalMerkleRange range;
      gboolean ok = shoal_merkle_range_init (&range, 606308, cases[i].base, cases[i].index,
                                             cases[i].count, cases[i].proof_layers, 512);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (ok, ==, cases[i].n_nodes >= 0);
      if (!ok)
        continue;
      g_assert_cmpuint (range.n_nodes, ==, (guint) cases[i].n_nodes);
      g_assert_cmpuint (range.n_uncles, ==, cases[i].n_uncles);
      g_assert_cmpuint (range.count, ==, cases[i].count_made);
    }
}

static void
test_range_limits (void)
{
  ShoalMerkleRange range;

  g_assert_false (shoal_merkle_range_init (&range, 0, 0, 0, 1, 0, 512));
  g_assert_false (shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH + 1, 0, 0, 1, 0, 512));
  g_assert_true (shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH, 0, 0, 512, 33, 512));
  g_assert_cmpuint (range.n_uncles, ==, 25);
  g_assert_true (shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH, 0,
                                          (G_GUINT64_CONSTANT (1) << 34) - 512, 512, 33, 512));
  g_assert_false (shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH, 0, 0, 1024, 33, 512));
  g_assert_true (
    shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH, 0, 0, 8192, 33, G_MAXUINT32));
  g_assert_false (shoal_merkle_range_init (&range, SHOAL_MAX_FILE_LENGTH, 0, 0, 16384, 33,
                                           G_MAXUINT32));
}

/* --- Proofs -------------------------------------------------------------- */

/* Proves and verifies one range, and sees every kind of damage refused. */
static void
check_range (const Plain *plain, const ShoalMerkleRange *range, const ShoalMerkleWindow *windows,
             size_t n_windows)
{
  g_autofree ShoalHash *hashes = g_new0 (ShoalHash, range->n_nodes + range->n_uncles);
  g_autofree ShoalHash *padded = g_new0 (ShoalHash, range->count);
  unsigned bits = (unsigned) g_bit_storage (range->count) - 1;
  const ShoalHash *root = plain_root (plain);
  ShoalHash *uncles = hashes + range->n_nodes;

  g_assert_true (shoal_merkle_range_is_to_root (range, plain->length));
  g_assert_true (shoal_merkle_prove (range, plain->length, windows, n_windows, hashes));
  for (uint32_t i = 0; i < range->n_nodes; i++)
    g_assert_true (shoal_hash_equals (&hashes[i], &plain->layers[range->base][range->index + i]));
  for (uint32_t i = 0; i < range->n_uncles; i++)
    {
      uint64_t index = (range->index >> (bits + i)) ^ 1;

      g_assert_true (shoal_hash_equals (&uncles[i], &plain->layers[range->base + bits + i][index]));
    }

  g_assert_true (shoal_merkle_verify (range, plain->length, hashes, range->n_nodes, uncles, root));
  memcpy (padded, &plain->layers[range->base][range->index], range->count * sizeof *padded);
  g_assert_true (shoal_merkle_verify (range, plain->length, padded, range->count, uncles, root));
  if (range->count > range->n_nodes)
    {
      padded[range->count - 1].bytes[0] ^= 1;
      g_assert_false (
        shoal_merkle_verify (range, plain->length, padded, range->count, uncles, root));
    }

  for (uint32_t i = 0; i < range->n_nodes + range->n_uncles; i += 1 + range->n_nodes / 3)
    {
      hashes[i].bytes[i % 32] ^= 1;
      g_assert_false (
        shoal_merkle_verify (range, plain->length, hashes, range->n_nodes, uncles, root));
      hashes[i].bytes[i % 32] ^= 1;
    }
  if (range->n_nodes > 1)
    g_assert_false (
      shoal_merkle_verify (range, plain->length, hashes, range->n_nodes - 1, uncles, root));
}

static void
test_proofs (void)
{
  for (size_t k = 0; k < G_N_ELEMENTS (N_LEAVES); k++)
    {
      Plain plain = plain_new (N_LEAVES[k]);
      const ShoalMerkleWindow leaves = { 0, 0, N_LEAVES[k], plain.layers[0] };

      for (unsigned base = 0; base <= plain.height; base += 1 + base / 2)
        for (uint32_t count = 1; count <= 512 && count <= 1u << (plain.height - base); count *= 4)
          {
            uint64_t size = shoal_merkle_layer_size (plain.length, base);
            uint64_t step = count * (1 + size / count / 3);

            for (uint64_t index = 0; index < size; index += step)
              {
                ShoalMerkleRange range;

                g_assert_true (shoal_merkle_range_init (
                  &range, plain.length, base, index, count,
                  shoal_merkle_proof_layers_to_root (plain.length, base), 512));
                check_range (&plain, &range, &leaves, 1);
              }
          }
      plain_clear (&plain);
    }
}

/* A group of leaves is proved from itself and the group roots. */
static void
test_windows (void)
{
  Plain plain = plain_new (1700);

  for (uint64_t group = 0; group < 4; group++)
    {
      const ShoalMerkleWindow windows[] = {
        { 0, group * 512, shoal_merkle_group_size (plain.length, group),
          &plain.layers[0][group * 512] },
        { SHOAL_MERKLE_GROUP_LAYER, 0, 4, plain.layers[SHOAL_MERKLE_GROUP_LAYER] },
      };
      ShoalHash hashes[520];
      ShoalMerkleRange range, other;

      g_assert_true (shoal_merkle_range_init (&range, plain.length, 0, group * 512, 512, 10, 512));
      check_range (&plain, &range, windows, 2);
      g_assert_false (shoal_merkle_prove (&range, plain.length, windows, 1, hashes));
      g_assert_true (
        shoal_merkle_range_init (&other, plain.length, 0, (group ^ 1) * 512, 512, 10, 512));
      g_assert_false (shoal_merkle_prove (&other, plain.length, windows, 2, hashes));
    }
  plain_clear (&plain);
}

/* A proof to an inner node, without the layers above. */
static void
test_ancestor (void)
{
  Plain plain = plain_new (1025);
  const ShoalMerkleWindow leaves = { 0, 0, 1025, plain.layers[0] };
  ShoalHash hashes[16], top;
  ShoalMerkleRange range;

  g_assert_true (shoal_merkle_range_init (&range, plain.length, 0, 600, 8, 5, 512));
  g_assert_cmpuint (range.n_uncles, ==, 3);
  g_assert_false (shoal_merkle_range_is_to_root (&range, plain.length));
  g_assert_true (shoal_merkle_prove (&range, plain.length, &leaves, 1, hashes));
  g_assert_true (
    shoal_merkle_ancestor (&range, plain.length, hashes, 8, hashes + 8, &top));
  g_assert_true (shoal_hash_equals (&top, &plain.layers[6][600 >> 6]));
  g_assert_false (shoal_merkle_verify (&range, plain.length, hashes, 8, hashes + 8,
                                       plain_root (&plain)));
  plain_clear (&plain);
}

/* A root made over something else than zero padding names nothing that can be
 * fetched: refused, be the padding among the nodes or an uncle. */
static void
test_foreign_padding (void)
{
  ShoalHash leaves[4] = { { { 1 } }, { { 2 } }, { { 3 } }, { { 4 } } };
  ShoalHash pairs[2], root;
  ShoalMerkleRange range;
  uint64_t length = 3 * LEAF;

  shoal_sha256_pair (&leaves[0], &leaves[1], &pairs[0]);
  shoal_sha256_pair (&leaves[2], &leaves[3], &pairs[1]);
  shoal_sha256_pair (&pairs[0], &pairs[1], &root);

  g_assert_true (shoal_merkle_range_init (&range, length, 0, 0, 4, 1, 512));
  g_assert_false (shoal_merkle_verify (&range, length, leaves, 4, NULL, &root));
  g_assert_true (shoal_merkle_range_init (&range, 4 * LEAF, 0, 0, 4, 1, 512));
  g_assert_true (shoal_merkle_verify (&range, 4 * LEAF, leaves, 4, NULL, &root));

  {
    const ShoalHash uncles[2] = { leaves[3], pairs[0] };

    g_assert_true (shoal_merkle_range_init (&range, length, 0, 2, 1, 1, 512));
    g_assert_false (shoal_merkle_verify (&range, length, &leaves[2], 1, uncles, &root));
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/sha256/known", test_sha256);
  g_test_add_func ("/content/merkle/vectors", test_vectors);
  g_test_add_func ("/content/merkle/sizes", test_sizes);
  g_test_add_func ("/content/merkle/layers", test_layers);
  g_test_add_func ("/content/merkle/builder", test_builder);
  g_test_add_func ("/content/merkle/range-init", test_range_init);
  g_test_add_func ("/content/merkle/range-limits", test_range_limits);
  g_test_add_func ("/content/merkle/proofs", test_proofs);
  g_test_add_func ("/content/merkle/windows", test_windows);
  g_test_add_func ("/content/merkle/ancestor", test_ancestor);
  g_test_add_func ("/content/merkle/foreign-padding", test_foreign_padding);
  return g_test_run ();
}
