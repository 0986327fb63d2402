/* test-bitmap.c: sets of numbers, compared with the obvious way.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bitmap.h"
#include "shoal-sim-runtime.h"

#define SIZE 9000

static uint64_t
slow_next (const ShoalBitmap *a, const ShoalBitmap *b, const ShoalBitmap *c, uint64_t from,
           uint64_t end)
{
  for (uint64_t i = from; i < MIN (end, a->size); i++)
    {
      if (shoal_bitmap_get (a, i) && (b == NULL || shoal_bitmap_get (b, i))
          && (c == NULL || shoal_bitmap_get (c, i)))
        return i;
    }
  return SHOAL_BITMAP_NONE;
}

static void
test_random (void)
{
  g_autoptr (ShoalSimRuntime) sim = shoal_sim_runtime_new (shoal_sim_seed (7));
  ShoalBitmap maps[3];

  for (int i = 0; i < 3; i++)
    shoal_bitmap_init (&maps[i], SIZE);
  for (int round = 0; round < 2000; round++)
    {
      ShoalBitmap *map = &maps[shoal_sim_runtime_random (sim) % 3];
      uint64_t first = shoal_sim_runtime_random (sim) % SIZE;
      uint64_t end = first + shoal_sim_runtime_random (sim) % MIN (SIZE - first + 1, 300);
      const ShoalBitmap *b = shoal_sim_runtime_one_in (sim, 2) ? &maps[1] : NULL;
      const ShoalBitmap *c = shoal_sim_runtime_one_in (sim, 2) ? &maps[2] : NULL;

      shoal_bitmap_set_range (map, first, end, shoal_sim_runtime_one_in (sim, 2));
      shoal_bitmap_set (map, first, shoal_sim_runtime_one_in (sim, 2));
      first = shoal_sim_runtime_random (sim) % (SIZE + 10);
      end = shoal_sim_runtime_random (sim) % (SIZE + 10);
      g_assert_cmpuint (shoal_bitmap_next (&maps[0], b, c, first, end), ==,
                        slow_next (&maps[0], b, c, first, end));
    }
  for (int i = 0; i < 3; i++)
    {
      uint64_t count = 0;

      for (uint64_t j = 0; j < SIZE; j++)
        count += shoal_bitmap_get (&maps[i], j);
      g_assert_cmpuint (count, ==, maps[i].count);
      shoal_bitmap_clear (&maps[i]);
    }
}

static void
test_edges (void)
{
  ShoalBitmap map;

  shoal_bitmap_init (&map, 0);
  g_assert_cmpuint (shoal_bitmap_next (&map, NULL, NULL, 0, 10), ==, SHOAL_BITMAP_NONE);
  shoal_bitmap_clear (&map);
  shoal_bitmap_init (&map, 64);
  shoal_bitmap_set (&map, 63, TRUE);
  g_assert_cmpuint (shoal_bitmap_next (&map, NULL, NULL, 0, 64), ==, 63);
  g_assert_cmpuint (shoal_bitmap_next (&map, NULL, NULL, 0, 63), ==, SHOAL_BITMAP_NONE);
  g_assert_cmpuint (shoal_bitmap_next (&map, NULL, NULL, 64, 64), ==, SHOAL_BITMAP_NONE);
  shoal_bitmap_clear (&map);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/bitmap/edges", test_edges);
  g_test_add_func ("/swarm/bitmap/random", test_random);
  return g_test_run ();
}
