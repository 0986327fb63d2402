/* test-swarm.c: downloads and uploads among simulated devices, with faults.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-device.h"

#define MIB (1024 * 1024)
#define MBIT (1e6 / 8)

/* Sizes at which something changes. */
static void
make_edge_files (SimDevice *device)
{
  sim_device_make_file (device, "empty", 0);
  sim_device_make_file (device, "one", 1);
  sim_device_make_file (device, "leaf-1", 16383);
  sim_device_make_file (device, "leaf", 16384);
  sim_device_make_file (device, "leaf+1", 16385);
  sim_device_make_file (device, "sub/small", 1024 * 1024);
  sim_device_make_file (device, "sub/large", 1024 * 1024 + 1);
  sim_device_make_file (device, "sub/deep/larger", 9 * MIB + 12345);
  for (int i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("many/%03d", i);

      sim_device_make_file (device, name, (uint64_t) i * 97);
    }
}

static void
test_share (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (1));
  SimDevice *a = sim_device_new (world, 100 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);

  make_edge_files (a);
  sim_device_serve_share (a);
  sim_device_fetch (b, a, 0, 1);
  g_test_message ("%.2f s", sim_world_run (world, 60));
  sim_device_assert_same (b, a);
  g_assert_cmpuint (b->n_first_bytes, ==, 1);
  sim_world_free (world);
}

static void
test_draft (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (2));
  SimDevice *a = sim_device_new (world, 100 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);

  make_edge_files (a);
  sim_device_serve_draft (a, FALSE);
  sim_device_fetch (b, a, 0, 1);
  g_test_message ("%.2f s", sim_world_run (world, 60));
  sim_device_assert_same (b, a);
  g_assert_nonnull (shoal_download_get_final (b->download));
  sim_world_free (world);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/share", test_share);
  g_test_add_func ("/sim/draft", test_draft);
  return g_test_run ();
}
