/* test-picker-sim.c: the picker among simulated sources: nothing lost, nothing
 * asked thrice, whatever happens; and how much of the lines it uses.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-picker-private.h"
#include "shoal-sim-runtime.h"

#define MIB (1024.0 * 1024)
#define MAX_SOURCES 10

typedef struct _World World;

/* A source answers requests in order over a line of its own. */
typedef struct
{
  World             *world;
  ShoalPickerSource *source; /* NULL: gone */
  GQueue             queue;  /* of ShoalPick (owned) */
  double             rate;   /* bytes/s */
  gint64             rtt;
  gboolean           complete;
  gboolean           silent;
  gboolean           lies;
  uint32_t           sent;   /* leaves of the head */
  guint              life;   /* counts its comings and goings */
  guint              timer;
} Peer;

struct _World
{
  ShoalSimRuntime *sim;
  ShoalRuntime    *runtime;
  ShoalPicker     *picker;
  ShoalBudget     *budget;
  ShoalPickerFile *files;
  uint32_t         n_files;
  Peer             peers[MAX_SOURCES];
  guint            n_peers;
  GHashTable      *messages; /* (owned): on their way */
  GArray         **leaves;   /* per file: times each leaf was written */
  gboolean         checking; /* invariants after every step */
  gboolean         finished;
  uint64_t         received, total;
  gint64           started, done_at, reached_10, reached_90;
  guint            bans;
  gint64           write_delay;
};

static void pump (World *world);
static void remove_peer (Peer *peer);
static void send_next (Peer *peer);

static uint32_t
leaf_bytes (World *world, uint32_t file, uint64_t leaf)
{
  uint64_t left = world->files[file].length - leaf * SHOAL_LEAF_SIZE;

  return (uint32_t) MIN (left, SHOAL_LEAF_SIZE);
}

static gint64
now_of (World *world)
{
  return shoal_runtime_now (world->runtime);
}

/* --- Written after a while, in any order ------------------------------------- */

typedef struct
{
  World   *world;
  Peer    *peer;
  uint32_t file;
  uint64_t leaf;
  gboolean bad;
} Write;

static void
on_write (gpointer data)
{
}

static void
on_written (gpointer data)
{
  g_autofree Write *write = data;
  World *world = write->world;
  gint64 now = now_of (world);

  if (write->bad)
    {
      if (shoal_picker_bad_leaf (world->picker, write->peer->source, write->file, write->leaf, now)
            == SHOAL_BLAME_BAN && write->peer->source != NULL)
        {
          world->bans++;
          remove_peer (write->peer);
        }
    }
  else
    {
      g_array_index (world->leaves[write->file], uint8_t, write->leaf)++;
      world->received += leaf_bytes (world, write->file, write->leaf);
      if (world->reached_10 == 0 && world->received >= world->total / 10)
        world->reached_10 = now;
      if (world->reached_90 == 0 && world->received >= world->total / 10 * 9)
        world->reached_90 = now;
      shoal_picker_written (world->picker, write->file, write->leaf, 1, now);
    }
  if (shoal_picker_is_done (world->picker) && !world->finished)
    {
      world->finished = TRUE;
      world->done_at = now;
    }
  pump (world);
}

/* --- Sources ------------------------------------------------------------------- */

static void
deliver (Peer *peer, uint32_t request, uint32_t offset, uint32_t count)
{
  World *world = peer->world;
  ShoalPickData data;

  g_assert_true (shoal_picker_data (world->picker, peer->source, request, offset, count,
                                    now_of (world), &data));
  for (uint32_t i = 0; i < data.count; i++)
    {
      Write *write;

      if (((data.fresh >> i) & 1) == 0)
        continue;
      write = g_new0 (Write, 1);
      *write = (Write){ world, peer, data.file, data.first + i,
                        peer->lies && shoal_sim_runtime_one_in (world->sim, 8) };
      shoal_runtime_submit (world->runtime, SHOAL_POOL_DISK, on_write, on_written, write);
    }
}

/* One data frame of up to four leaves has crossed the line. */
static void
on_sent (gpointer data)
{
  Peer *peer = data;
  ShoalPick *head = g_queue_peek_head (&peer->queue);
  uint32_t count, offset, request;

  peer->timer = 0;
  if (head == NULL || peer->source == NULL || peer->silent)
    return;

  count = MIN (4, head->count - peer->sent);
  offset = peer->sent;
  request = head->request;
  peer->sent += count;
  if (peer->sent == head->count)
    {
      g_free (g_queue_pop_head (&peer->queue));
      peer->sent = 0;
    }
  send_next (peer);
  deliver (peer, request, offset, count);
  pump (peer->world);
}

static void
send_next (Peer *peer)
{
  ShoalPick *head = g_queue_peek_head (&peer->queue);
  uint64_t bytes = 0;

  if (head == NULL || peer->timer != 0 || peer->silent || peer->source == NULL)
    return;
  for (uint32_t i = 0; i < MIN (4, head->count - peer->sent); i++)
    bytes += leaf_bytes (peer->world, head->file, head->first + peer->sent + i);
  peer->timer = shoal_runtime_add_timer (peer->world->runtime,
                                         (gint64) ((double) bytes / peer->rate * 1e6), on_sent,
                                         peer);
}

/* A request reaches the other side half a round trip later, data the same; both
 * are put on the way there. */
typedef struct
{
  Peer      *peer;
  guint      life;
  ShoalPick  pick;
} Message;

static void
on_message (gpointer data)
{
  g_autofree Message *message = data;
  Peer *peer = message->peer;
  World *world = peer->world;

  g_hash_table_steal (world->messages, message);

  if (peer->source == NULL || peer->life != message->life)
    return;

  if (message->pick.type == SHOAL_PICK_REQUEST)
    {
      ShoalPick *copy = g_new (ShoalPick, 1);

      *copy = message->pick;
      g_queue_push_tail (&peer->queue, copy);
      send_next (peer);
    }
  else if (message->pick.type == SHOAL_PICK_CANCEL)
    {
      for (GList *l = peer->queue.head; l != NULL; l = l->next)
        {
          if (((ShoalPick *) l->data)->request != message->pick.request)
            continue;
          if (l == peer->queue.head)
            {
              shoal_runtime_clear_timer (world->runtime, &peer->timer);
              peer->sent = 0;
            }
          g_free (l->data);
          g_queue_delete_link (&peer->queue, l);
          g_assert_true (shoal_picker_rejected (world->picker, peer->source,
                                                message->pick.request, SHOAL_REJECT_CANCELLED,
                                                now_of (world)));
          break;
        }
      send_next (peer);
      pump (world);
    }
  else
    {
      shoal_picker_have_hashes (world->picker, message->pick.file, message->pick.first,
                                message->pick.count, now_of (world));
      pump (world);
    }
}

static void
remove_peer (Peer *peer)
{
  ShoalPickerSource *source = peer->source;

  peer->source = NULL;
  peer->life++;
  shoal_runtime_clear_timer (peer->world->runtime, &peer->timer);
  g_queue_clear_full (&peer->queue, g_free);
  peer->sent = 0;
  shoal_picker_remove_source (peer->world->picker, source, now_of (peer->world));
}

static void
pump (World *world)
{
  ShoalPick pick;

  while (shoal_picker_next (world->picker, &pick))
    {
      Peer *peer = NULL;
      Message *message;

      for (guint i = 0; i < world->n_peers; i++)
        {
          if (world->peers[i].source == pick.source)
            peer = &world->peers[i];
        }
      g_assert_nonnull (peer);
      if (pick.type == SHOAL_PICK_DEAD)
        {
          remove_peer (peer);
          continue;
        }
      if (pick.type > SHOAL_PICK_HASHES)
        continue;
      message = g_new0 (Message, 1);
      *message = (Message){ peer, peer->life, pick };
      g_hash_table_add (world->messages, message);
      shoal_runtime_add_timer (world->runtime, peer->rtt, on_message, message);
    }
  if (world->checking)
    shoal_picker_check (world->picker);
}

static void
on_tick (gpointer data)
{
  World *world = data;

  shoal_picker_tick (world->picker, now_of (world));
  pump (world);
  shoal_runtime_add_timer (world->runtime, SHOAL_PICKER_TICK_US, on_tick, world);
}

/* --- The world ------------------------------------------------------------------- */

static Peer *
add_peer (World *world, double rate, gint64 rtt, gboolean complete)
{
  Peer *peer = &world->peers[world->n_peers++];

  g_assert (world->n_peers <= MAX_SOURCES);
  peer->world = world;
  peer->rate = rate;
  peer->rtt = rtt;
  peer->complete = complete;
  g_queue_init (&peer->queue);
  peer->source = shoal_picker_add_source (world->picker, peer, complete, now_of (world));
  shoal_picker_source_set_rtt (peer->source, rtt);
  return peer;
}

static World *
make_world (uint64_t seed, const uint64_t *lengths, uint32_t n_files, gboolean hashed)
{
  World *world = g_new0 (World, 1);
  ShoalPickerConfig config = { .piece_length = 65536 };

  world->sim = shoal_sim_runtime_new (seed);
  world->runtime = SHOAL_RUNTIME (world->sim);
  world->budget = shoal_budget_new (0);
  world->files = g_new0 (ShoalPickerFile, n_files);
  world->leaves = g_new0 (GArray *, n_files);
  world->n_files = n_files;
  world->messages = g_hash_table_new_full (NULL, NULL, g_free, NULL);
  for (uint32_t i = 0; i < n_files; i++)
    {
      world->files[i].length = lengths[i];
      world->files[i].wanted = TRUE;
      world->files[i].has_hashes = hashed || lengths[i] <= SHOAL_LEAF_SIZE;
      world->total += lengths[i];
      world->leaves[i] = g_array_new (FALSE, TRUE, 1);
      g_array_set_size (world->leaves[i], (guint) ((lengths[i] + SHOAL_LEAF_SIZE - 1)
                                                   / SHOAL_LEAF_SIZE));
    }
  config.files = world->files;
  config.n_files = n_files;
  config.budget = world->budget;
  world->picker = shoal_picker_new (&config);
  world->started = now_of (world);
  shoal_runtime_add_timer (world->runtime, SHOAL_PICKER_TICK_US, on_tick, world);
  return world;
}

static void
free_world (World *world)
{
  shoal_sim_runtime_drain (world->sim);
  for (guint i = 0; i < world->n_peers; i++)
    g_queue_clear_full (&world->peers[i].queue, g_free);
  for (uint32_t i = 0; i < world->n_files; i++)
    g_array_unref (world->leaves[i]);
  shoal_picker_free (world->picker);
  g_hash_table_unref (world->messages);
  g_assert_cmpuint (shoal_budget_get_asked (world->budget), ==, 0);
  g_assert_cmpuint (shoal_budget_get_unwritten (world->budget), ==, 0);
  shoal_budget_unref (world->budget);
  g_object_unref (world->sim);
  g_free (world->leaves);
  g_free (world->files);
  g_free (world);
}

static void
assert_all_once (World *world)
{
  for (uint32_t i = 0; i < world->n_files; i++)
    {
      for (guint j = 0; j < world->leaves[i]->len; j++)
        g_assert_cmpuint (g_array_index (world->leaves[i], uint8_t, j), ==, 1);
      g_assert_true (shoal_picker_is_file_done (world->picker, i));
    }
}

static double
seconds (World *world)
{
  return (double) (world->done_at - world->started) / G_USEC_PER_SEC;
}

/* --- How much of the lines is used -------------------------------------------------- */

typedef struct
{
  const char *name;
  double      mbit[MAX_SOURCES];
  guint       n;
  gint64      rtt;
  double      bytes;
  gboolean    hashed;
  double      efficiency; /* at least, of the sum of the lines */
} Line;

static const Line LINES[] = {
  { "one", { 800 }, 1, 1000, 512 * MIB, TRUE, 0.98 },
  { "one-far", { 200 }, 1, 100000, 256 * MIB, FALSE, 0.93 },
  { "one-slow", { 0.16 }, 1, 50000, 1 * MIB, FALSE, 0.95 },
  { "four-equal", { 80, 80, 80, 80 }, 4, 1000, 400 * MIB, FALSE, 0.98 },
  { "four-unequal", { 160, 40, 8, 1.6 }, 4, 1000, 256 * MIB, FALSE, 0.97 },
  { "four-unequal-short", { 160, 40, 8, 1.6 }, 4, 1000, 64 * MIB, FALSE, 0.93 },
  { "four-unequal-far", { 160, 40, 8, 1.6 }, 4, 50000, 256 * MIB, FALSE, 0.95 },
  { "hundredfold", { 400, 4 }, 2, 1000, 256 * MIB, TRUE, 0.97 },
  { "ten", { 50, 50, 50, 20, 20, 20, 5, 5, 1, 0.5 }, 10, 10000, 256 * MIB, FALSE, 0.97 },
};

static void
test_line (gconstpointer data)
{
  const Line *line = data;
  uint64_t length = (uint64_t) line->bytes;
  World *world = make_world (shoal_sim_seed (11), &length, 1, line->hashed);
  double sum = 0, ideal, efficiency, middle, tail;

  for (guint i = 0; i < line->n; i++)
    {
      add_peer (world, line->mbit[i] * 1e6 / 8, line->rtt, TRUE);
      sum += line->mbit[i] * 1e6 / 8;
    }
  shoal_picker_fill (world->picker, now_of (world));
  pump (world);
  g_assert_true (shoal_sim_runtime_run_until (world->sim, &world->finished,
                                              1000 * G_USEC_PER_SEC));
  ideal = line->bytes / sum;
  efficiency = ideal / seconds (world);
  middle = 0.8 * line->bytes / (double) (world->reached_90 - world->reached_10);
  tail = 0.1 * line->bytes / (double) (world->done_at - world->reached_90);
  g_test_message ("%s: %.3f of the lines in %.2f s, tail %.2f of middle, duplicates %.2f MiB",
                  line->name, efficiency, seconds (world), tail / middle,
                  (double) shoal_picker_get_duplicated (world->picker) / MIB);
  assert_all_once (world);
  shoal_picker_check (world->picker);
  g_assert_cmpfloat (efficiency, >=, line->efficiency);
  g_assert_cmpuint (shoal_picker_get_duplicated (world->picker), <=,
                    MAX (4 * 1024 * 1024, length / 200));
  if (line->n > 1 && line->bytes > 100 * MIB)
    g_assert_cmpfloat (tail, >=, 0.9 * middle);
  free_world (world);
}

/* --- Whatever happens ------------------------------------------------------------------ */

static void
random_have (World *world, Peer *peer, double share)
{
  uint32_t n = shoal_picker_get_n_pieces (world->picker);

  if (peer->source == NULL || peer->complete)
    return;
  for (uint32_t piece = 0; piece < n; piece++)
    {
      if ((double) (shoal_sim_runtime_random (world->sim) % 1000) < share * 1000)
        shoal_picker_source_have (world->picker, peer->source, piece, 1, now_of (world));
    }
}

static void
disturb (World *world)
{
  Peer *peer = &world->peers[shoal_sim_runtime_random (world->sim) % world->n_peers];
  gboolean first = peer == &world->peers[0]; /* one stays, so that it can end */

  switch (shoal_sim_runtime_random (world->sim) % 8)
    {
    case 0:
      if (peer->source != NULL && !first)
        remove_peer (peer);
      break;

    case 1:
      if (peer->source == NULL)
        {
          peer->source = shoal_picker_add_source (world->picker, peer, peer->complete,
                                                  now_of (world));
          random_have (world, peer, 0.5);
          shoal_picker_fill (world->picker, now_of (world));
        }
      break;

    case 2:
      peer->silent = !first;
      break;

    case 3:
      peer->silent = FALSE;
      send_next (peer);
      break;

    case 4:
      random_have (world, peer, 0.2);
      break;

    case 5:
      if (peer->source != NULL && !first)
        shoal_picker_source_lose_file (world->picker, peer->source,
                                       (uint32_t) (shoal_sim_runtime_random (world->sim)
                                                   % world->n_files), now_of (world));
      break;

    case 6:
      if (peer->source != NULL)
        shoal_picker_source_set_paused (world->picker, peer->source,
                                        !first && shoal_sim_runtime_one_in (world->sim, 2),
                                        now_of (world));
      break;

    default:
      shoal_picker_set_paused (world->picker, TRUE, now_of (world));
      pump (world);
      shoal_picker_set_paused (world->picker, FALSE, now_of (world));
      break;
    }
  pump (world);
}

static void
run_chaos (uint64_t seed)
{
  g_autoptr (ShoalSimRuntime) dice = shoal_sim_runtime_new (seed);
  uint32_t n_files = (uint32_t) shoal_sim_runtime_random_range (dice, 1, 12);
  uint64_t lengths[12];
  World *world;
  gint64 end;

  for (uint32_t i = 0; i < n_files; i++)
    lengths[i] = shoal_sim_runtime_random (dice) % (shoal_sim_runtime_one_in (dice, 2)
                                                      ? 40000 : 12 * 1024 * 1024);
  lengths[0]++;
  world = make_world (seed, lengths, n_files, shoal_sim_runtime_one_in (dice, 2));
  world->checking = TRUE;
  shoal_sim_runtime_set_job_delay (world->sim, SHOAL_POOL_DISK, 100,
                                   shoal_sim_runtime_one_in (dice, 2) ? 2000 : 300000);
  for (guint i = 0, n = (guint) shoal_sim_runtime_random_range (dice, 1, 10); i < n; i++)
    {
      Peer *peer = add_peer (world, (double) shoal_sim_runtime_random_range (dice, 60000, 6000000),
                             (gint64) shoal_sim_runtime_random_range (dice, 100, 200000),
                             i == 0 || shoal_sim_runtime_one_in (dice, 2));

      peer->lies = i != 0 && shoal_sim_runtime_one_in (dice, 6);
      random_have (world, peer, 0.3);
    }
  shoal_picker_fill (world->picker, now_of (world));
  pump (world);

  end = now_of (world) + 3000 * (gint64) G_USEC_PER_SEC;
  while (!world->finished && now_of (world) < end)
    {
      shoal_sim_runtime_advance (world->sim,
                                 (gint64) shoal_sim_runtime_random_range (dice, 1000, 2000000));
      if (!world->finished)
        disturb (world);
    }
  g_assert_true (world->finished);
  shoal_sim_runtime_drain (world->sim);
  assert_all_once (world);
  for (guint i = 0; i < world->n_peers; i++)
    {
      if (world->peers[i].source != NULL)
        remove_peer (&world->peers[i]);
    }
  shoal_picker_check (world->picker);
  free_world (world);
}

static void
test_chaos (void)
{
  uint64_t seed = shoal_sim_seed (1);
  guint rounds = g_test_slow () ? 2000 : 40;

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
  for (guint i = 0; i < G_N_ELEMENTS (LINES); i++)
    {
      g_autofree char *path = g_strconcat ("/swarm/picker/lines/", LINES[i].name, NULL);

      g_test_add_data_func (path, &LINES[i], test_line);
    }
  g_test_add_func ("/swarm/picker/chaos", test_chaos);
  return g_test_run ();
}
