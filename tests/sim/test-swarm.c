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

/* Four devices have all of it, each on a line of its own. */
static void
run_four (const double *rates, uint64_t length, double least)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (3));
  SimDevice *sources[4];
  SimDevice *b;
  double sum = 0, seconds, efficiency;

  for (int i = 0; i < 4; i++)
    {
      sources[i] = sim_device_new (world, rates[i], 500);
      sum += rates[i];
    }
  b = sim_device_new (world, 0, 500);
  sim_device_make_file (sources[0], "file", length);
  for (int i = 1; i < 4; i++)
    sim_device_copy_share (sources[i], sources[0]);
  for (int i = 0; i < 4; i++)
    sim_device_serve_share (sources[i]);
  sim_device_fetch (b, sources[0], 0, 1);
  for (int i = 1; i < 4; i++)
    sim_device_add_source (b, sources[i]);
  seconds = sim_world_run (world, 100);
  efficiency = (double) length / sum / seconds;
  g_test_message ("%.3f of the lines in %.2f s", efficiency, seconds);
  sim_device_assert_same (b, sources[0]);
  g_assert_cmpfloat (efficiency, >=, least);
  sim_world_free (world);
}

static void
test_four_equal (void)
{
  const double rates[] = { 80 * MBIT, 80 * MBIT, 80 * MBIT, 80 * MBIT };

  run_four (rates, 100 * MIB, 0.95);
}

static void
test_four_unequal (void)
{
  const double rates[] = { 160 * MBIT, 40 * MBIT, 8 * MBIT, 1.6 * MBIT };

  run_four (rates, 100 * MIB, 0.93);
}

/* One sender, four receivers on fast lines that give to each other: hardly
 * longer than one alone would take. */
static double
run_fan_out (guint n, gboolean exchange, uint64_t length, gint64 stagger)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (4));
  SimDevice *a = sim_device_new (world, 100 * MBIT, 500);
  SimDevice *receivers[8];
  double seconds;

  sim_device_make_file (a, "file", length);
  sim_device_serve_draft (a, exchange);
  for (guint i = 0; i < n; i++)
    {
      receivers[i] = sim_device_new (world, 1000 * MBIT, 500);
      receivers[i]->pass_on = exchange;
    }
  for (guint i = 0; i < n; i++)
    {
      sim_device_fetch (receivers[i], a, i, n);
      for (guint j = 0; j < i && exchange; j++)
        {
          sim_device_add_source (receivers[i], receivers[j]);
          sim_device_add_source (receivers[j], receivers[i]);
        }
      shoal_sim_runtime_advance (world->sim, stagger);
    }
  seconds = sim_world_run (world, 600);
  for (guint i = 0; i < n; i++)
    sim_device_assert_same (receivers[i], a);
  g_test_message ("%u receivers: %.2f s, the sender sent %.2f times the file", n, seconds,
                  (double) sim_node_get_sent (a->node) / (double) length);
  sim_world_free (world);
  return seconds;
}

static void
test_fan_out (void)
{
  double alone = run_fan_out (1, FALSE, 64 * MIB, 0);
  double together = run_fan_out (4, TRUE, 64 * MIB, 0);
  double staggered = run_fan_out (4, TRUE, 64 * MIB, 300000);

  g_assert_cmpfloat (together, <=, 1.1 * alone);
  g_assert_cmpfloat (staggered, <=, 1.15 * alone);
}

/* A source that sends bad bytes is named and, the second time, avoided. */
static void
test_liar (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (5));
  SimDevice *a = sim_device_new (world, 20 * MBIT, 500);
  SimDevice *liar = sim_device_new (world, 80 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);

  for (int i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%d", i);

      sim_device_make_file (a, name, 700000 + (uint64_t) i * 100000);
    }
  sim_device_copy_share (liar, a);
  sim_device_serve_share (a);
  sim_device_serve_share (liar);
  sim_node_set_lies (liar->node, 10);
  sim_device_fetch (b, a, 0, 1);
  sim_device_add_source (b, liar);
  sim_world_run (world, 100);
  sim_device_assert_same (b, a);
  g_assert_cmpuint (b->n_bans, ==, 1);
  g_assert_nonnull (strstr (b->ban_why, "wrong data"));
  sim_world_free (world);
}

/* Alone with a liar nothing is ever done, and nothing bad is kept. */
static void
test_only_liar (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (6));
  SimDevice *liar = sim_device_new (world, 80 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);

  sim_device_make_file (liar, "one", 3 * MIB);
  sim_device_make_file (liar, "two", 3 * MIB);
  sim_device_serve_share (liar);
  sim_node_set_lies (liar->node, 1);
  sim_device_fetch (b, liar, 0, 1);
  shoal_sim_runtime_advance (world->sim, 60 * G_USEC_PER_SEC);
  g_assert_false (b->done);
  g_assert_cmpuint (b->n_bans, ==, 1);
  sim_world_free (world);
}

/* One source dies, one falls silent for ever, one line comes and goes. */
static void
test_faults (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (7));
  SimDevice *sources[4];
  SimDevice *b;

  for (int i = 0; i < 4; i++)
    sources[i] = sim_device_new (world, 20 * MBIT, 2000);
  b = sim_device_new (world, 0, 500);
  sim_device_make_file (sources[0], "file", 60 * MIB);
  sim_device_make_file (sources[0], "small", 100000);
  for (int i = 1; i < 4; i++)
    sim_device_copy_share (sources[i], sources[0]);
  for (int i = 0; i < 4; i++)
    sim_device_serve_share (sources[i]);
  sim_device_fetch (b, sources[0], 0, 1);
  for (int i = 1; i < 4; i++)
    sim_device_add_source (b, sources[i]);
  shoal_sim_runtime_advance (world->sim, 2 * G_USEC_PER_SEC);
  sim_node_kill (sources[1]->node);
  sim_node_set_silent (sources[2]->node, TRUE);
  for (int i = 0; i < 5; i++)
    {
      shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC);
      sim_net_disconnect (b->node, sources[3]->node);
      shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC / 2);
      sim_net_connect (b->node, sources[3]->node);
    }
  g_test_message ("%.2f s", sim_world_run (world, 100));
  sim_device_assert_same (b, sources[0]);
  sim_node_set_silent (sources[2]->node, FALSE);
  sim_world_free (world);
}

/* Stopped in the middle and begun again: little is fetched twice. */
static void
run_resume (gboolean draft)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (8));
  SimDevice *a = sim_device_new (world, 80 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);
  uint64_t length = 40 * MIB;

  sim_device_make_file (a, "file", length);
  sim_device_make_file (a, "other/small", 500000);
  if (draft)
    sim_device_serve_draft (a, FALSE);
  else
    sim_device_serve_share (a);
  for (int i = 0; i < 5; i++)
    {
      sim_device_fetch (b, a, 0, 1);
      shoal_sim_runtime_advance (world->sim, 700000);
      g_assert_false (b->done);
      sim_device_stop (b);
    }
  sim_device_fetch (b, a, 0, 1);
  sim_world_run (world, 60);
  sim_device_assert_same (b, a);
  g_test_message ("kept %.1f MiB; sent %.2f times", (double) b->kept / MIB,
                  (double) sim_node_get_sent (a->node) / (double) length);
  g_assert_cmpuint (b->kept, >, length / 2);
  sim_world_free (world);
}

static void
test_resume (void)
{
  run_resume (FALSE);
}

static void
test_resume_draft (void)
{
  run_resume (TRUE);
}

/* Paused, nothing comes; then it goes on. */
static void
test_pause (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (9));
  SimDevice *a = sim_device_new (world, 80 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);
  ShoalDownloadProgress before, after;

  sim_device_make_file (a, "file", 40 * MIB);
  sim_device_serve_share (a);
  sim_device_fetch (b, a, 0, 1);
  shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC);
  shoal_download_set_paused (b->download, TRUE);
  shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC);
  shoal_download_get_progress (b->download, &before);
  shoal_sim_runtime_advance (world->sim, 40 * G_USEC_PER_SEC);
  shoal_download_get_progress (b->download, &after);
  g_assert_cmpuint (before.received, ==, after.received);
  g_assert_cmpuint (before.received, >, 0);
  shoal_download_set_paused (b->download, FALSE);

  /* The other side can do it too. */
  shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC / 2);
  shoal_serving_set_paused (a->serving, SHOAL_PAUSED_PERSON, "lunch");
  shoal_sim_runtime_advance (world->sim, G_USEC_PER_SEC);
  shoal_download_get_progress (b->download, &before);
  shoal_sim_runtime_advance (world->sim, 20 * G_USEC_PER_SEC);
  shoal_download_get_progress (b->download, &after);
  g_assert_cmpuint (before.received, ==, after.received);
  shoal_serving_set_paused (a->serving, SHOAL_PAUSED_GOING_ON, NULL);
  sim_world_run (world, 60);
  sim_device_assert_same (b, a);
  sim_world_free (world);
}

/* The limits are kept, by either side. */
static void
test_rate_limits (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (10));
  SimDevice *a = sim_device_new (world, 800 * MBIT, 500);
  SimDevice *b = sim_device_new (world, 0, 500);
  SimDevice *c = sim_device_new (world, 0, 500);
  double seconds;

  sim_device_make_file (a, "file", 10 * MIB);
  sim_device_serve_share (a);
  sim_device_fetch (b, a, 0, 1);
  shoal_download_set_rate_limit (b->download, 2 * MIB);
  seconds = sim_world_run (world, 60);
  g_test_message ("download %.2f s", seconds);
  g_assert_cmpfloat (seconds, >, 4.5);
  g_assert_cmpfloat (seconds, <, 6.5);

  shoal_upload_set_rate_limit (a->upload, 2 * MIB);
  sim_device_fetch (c, a, 0, 1);
  seconds = sim_world_run (world, 60);
  g_test_message ("upload %.2f s", seconds);
  g_assert_cmpfloat (seconds, >, 4.5);
  g_assert_cmpfloat (seconds, <, 6.5);
  sim_world_free (world);
}

/* Many small files: no round trip each. */
static void
test_many (void)
{
  SimWorld *world = sim_world_new (shoal_sim_seed (11));
  SimDevice *a = sim_device_new (world, 800 * MBIT, 20000);
  SimDevice *b = sim_device_new (world, 0, 20000);

  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d/%d", i / 100, i % 100);

      sim_device_make_file (a, name, 10240);
    }
  sim_device_serve_draft (a, FALSE);
  sim_device_fetch (b, a, 0, 1);
  g_test_message ("%.2f s", sim_world_run (world, 20));
  sim_device_assert_same (b, a);
  sim_world_free (world);
}

/* Anything may happen. */
typedef struct
{
  SimWorld  *world;
  SimDevice *sources[4], *receivers[3];
  guint      n, n_receivers;
  gboolean   draft;
} Chaos;

static uint64_t
roll (Chaos *chaos, uint64_t least, uint64_t most)
{
  return shoal_sim_runtime_random_range (chaos->world->sim, least, most);
}

static void
make_sources (Chaos *chaos)
{
  for (guint i = 0; i < chaos->n; i++)
    chaos->sources[i] = sim_device_new (chaos->world, (double) roll (chaos, 1, 100) * MBIT,
                                        (gint64) roll (chaos, 100, 50000));
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      sim_device_make_file (chaos->sources[0], name,
                            roll (chaos, 0, roll (chaos, 0, 1) == 0 ? 20000 : 6000000));
    }
  for (guint i = 1; i < chaos->n; i++)
    sim_device_copy_share (chaos->sources[i], chaos->sources[0]);
  for (guint i = 0; i < chaos->n; i++)
    {
      if (chaos->draft)
        sim_device_serve_draft (chaos->sources[i], TRUE);
      else
        sim_device_serve_share (chaos->sources[i]);
    }
}

static void
make_receivers (Chaos *chaos)
{
  for (guint i = 0; i < chaos->n_receivers; i++)
    {
      chaos->receivers[i] = sim_device_new (chaos->world, 50 * MBIT, 1000);
      chaos->receivers[i]->pass_on = TRUE;
      sim_device_fetch (chaos->receivers[i], chaos->sources[0], i, chaos->n_receivers);
      for (guint j = 1; j < chaos->n; j++)
        sim_device_add_source (chaos->receivers[i], chaos->sources[j]);
    }
  for (guint i = 0; i < chaos->n_receivers; i++)
    {
      for (guint j = 0; j < chaos->n_receivers; j++)
        {
          if (i != j)
            sim_device_add_source (chaos->receivers[i], chaos->receivers[j]);
        }
    }
}

static void
disturb (Chaos *chaos)
{
  SimDevice *source = chaos->sources[roll (chaos, 0, chaos->n - 1)];
  SimDevice *receiver = chaos->receivers[roll (chaos, 0, chaos->n_receivers - 1)];

  switch (roll (chaos, 0, 5))
    {
    case 0:
      sim_net_disconnect (source->node, receiver->node);
      break;

    case 1:
      sim_net_connect (source->node, receiver->node);
      break;

    case 2:
      sim_node_set_silent (source->node, TRUE);
      break;

    case 3:
      sim_node_set_silent (source->node, FALSE);
      break;

    case 4:
      sim_device_stop (receiver);
      sim_device_fetch (receiver, chaos->sources[0], 0, 1);
      break;

    default:
      shoal_download_set_paused (receiver->download, roll (chaos, 0, 1) == 0);
      break;
    }
  shoal_sim_runtime_advance (chaos->world->sim, (gint64) roll (chaos, 1000, 3000000));
}

static void
run_chaos (uint64_t seed)
{
  Chaos chaos = { .world = sim_world_new (seed) };

  chaos.draft = roll (&chaos, 0, 1) == 0;
  chaos.n = chaos.draft ? 1 : (guint) roll (&chaos, 1, 4);
  chaos.n_receivers = (guint) roll (&chaos, 1, 3);
  make_sources (&chaos);
  make_receivers (&chaos);
  for (guint i = 0; i < 20; i++)
    disturb (&chaos);

  for (guint i = 0; i < chaos.n; i++)
    {
      sim_node_set_silent (chaos.sources[i]->node, FALSE);
      for (guint j = 0; j < chaos.n_receivers; j++)
        sim_net_connect (chaos.sources[i]->node, chaos.receivers[j]->node);
    }
  for (guint i = 0; i < chaos.n_receivers; i++)
    shoal_download_set_paused (chaos.receivers[i]->download, FALSE);
  sim_world_run (chaos.world, 600);
  for (guint i = 0; i < chaos.n_receivers; i++)
    sim_device_assert_same (chaos.receivers[i], chaos.sources[0]);
  sim_world_free (chaos.world);
}

static void
test_chaos (void)
{
  uint64_t seed = shoal_sim_seed (100);
  guint rounds = g_test_slow () ? 300 : 12;

  for (guint i = 0; i < rounds; i++)
    {
      g_test_message ("seed %" G_GUINT64_FORMAT, seed + i);
      run_chaos (seed + i);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/share", test_share);
  g_test_add_func ("/sim/draft", test_draft);
  g_test_add_func ("/sim/four-equal", test_four_equal);
  g_test_add_func ("/sim/four-unequal", test_four_unequal);
  g_test_add_func ("/sim/fan-out", test_fan_out);
  g_test_add_func ("/sim/liar", test_liar);
  g_test_add_func ("/sim/only-liar", test_only_liar);
  g_test_add_func ("/sim/faults", test_faults);
  g_test_add_func ("/sim/resume", test_resume);
  g_test_add_func ("/sim/resume-draft", test_resume_draft);
  g_test_add_func ("/sim/pause", test_pause);
  g_test_add_func ("/sim/rate-limits", test_rate_limits);
  g_test_add_func ("/sim/many", test_many);
  g_test_add_func ("/sim/chaos", test_chaos);
  return g_test_run ();
}
