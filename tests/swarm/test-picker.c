/* test-picker.c: single decisions of the picker.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-picker-private.h"

#define SECOND G_USEC_PER_SEC
#define MIB (1024u * 1024)

static gint64 now = 1000 * SECOND;

typedef struct
{
  ShoalPickerFile   files[4];
  ShoalPickerConfig config;
} Setup;

static Setup
one_file (uint64_t length)
{
  return (Setup){ .files = { { length, TRUE, TRUE } },
                  .config = { .n_files = 1, .piece_length = 65536 } };
}

static ShoalPicker *
make (Setup *setup)
{
  setup->config.files = setup->files;
  return shoal_picker_new (&setup->config);
}

/* Everything the picker wants done; and the next of @type, if any. */
static guint
drain (ShoalPicker *picker, ShoalPickType type, ShoalPick *found)
{
  ShoalPick pick;
  guint n = 0;

  while (shoal_picker_next (picker, &pick))
    {
      if (pick.type == type && n++ == 0 && found != NULL)
        *found = pick;
    }
  return n;
}

static void
receive (ShoalPicker *picker, ShoalPickerSource *source, const ShoalPick *request)
{
  ShoalPickData data;

  g_assert_true (shoal_picker_data (picker, source, request->request, 0, request->count, now,
                                    &data));
  g_assert_cmpuint (data.first, ==, request->first);
  for (uint32_t i = 0; i < data.count; i++)
    {
      if ((data.fresh >> i) & 1)
        shoal_picker_written (picker, data.file, data.first + i, 1, now);
    }
  shoal_picker_check (picker);
}

/* Answers all that @source is asked for. */
static void
receive_all (ShoalPicker *picker, ShoalPickerSource *source)
{
  while (source->head != NULL)
    {
      ShoalPick pick = { .request = source->head->id,
                         .first = source->head->first_bit,
                         .count = source->head->count };

      receive (picker, source, &pick);
    }
}

/* A new source is asked for 64 KiB, and for more with every byte it sends. */
static void
test_depth (void)
{
  Setup setup = one_file (64 * MIB);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *source = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalSourceStats stats;
  GQueue asked = G_QUEUE_INIT;
  ShoalPick pick = { 0 };

  shoal_picker_fill (picker, now);
  shoal_picker_source_get_stats (source, &stats);
  g_assert_cmpuint (stats.outstanding, ==, 65536);
  for (int i = 0; i < 2000; i++)
    {
      ShoalPick *head;

      while (shoal_picker_next (picker, &pick))
        {
          ShoalPick *copy = g_new (ShoalPick, 1);

          *copy = pick;
          g_queue_push_tail (&asked, copy);
        }
      head = g_queue_pop_head (&asked);
      if (head == NULL)
        break;
      now += 1000 * head->count; /* 16 MB/s */
      receive (picker, source, head);
      g_free (head);
      if (i % 10 == 0)
        shoal_picker_tick (picker, now);
      shoal_picker_source_get_stats (source, &stats);
      g_assert_cmpuint (stats.outstanding, <=, 16 * MIB);
      if (i == 40)
        g_assert_cmpuint (stats.outstanding, >=, 2 * 65536);
    }
  g_assert_true (shoal_picker_is_done (picker));
  g_queue_clear_full (&asked, g_free);
}

/* Extents are aligned to their size; the end of the file may cut one short. */
static void
test_alignment (void)
{
  Setup setup = one_file (3 * SHOAL_LEAF_SIZE + 5);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *source;
  ShoalPick pick = { 0 };
  uint64_t mask = 0;

  shoal_picker_set_done (picker, 0, 1, 1);
  g_assert_cmpuint (shoal_picker_get_missing (picker), ==, 2 * SHOAL_LEAF_SIZE + 5);
  source = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  while (shoal_picker_next (picker, &pick))
    {
      g_assert_true (pick.source == source);
      g_assert_cmpuint (pick.first % pick.count, ==, 0);
      mask |= picker_run ((uint32_t) pick.first, pick.count);
    }
  g_assert_cmpuint (mask, ==, 0xd);
  shoal_picker_check (picker);
}

static void
test_fan_out (void)
{
  for (uint32_t j = 0; j < 4; j++)
    {
      Setup setup = one_file (64 * MIB);
      g_autoptr (ShoalPicker) picker = NULL;
      ShoalPick pick = { 0 };

      setup.config.start_index = j;
      setup.config.start_count = 4;
      picker = make (&setup);
      shoal_picker_add_source (picker, NULL, TRUE, now);
      shoal_picker_fill (picker, now);
      g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
      g_assert_cmpuint (pick.first, ==, j * 1024);

      /* Told anew while running, it goes on there. */
      shoal_picker_set_start (picker, 1, 8);
      shoal_picker_set_paused (picker, TRUE, now);
      shoal_picker_set_paused (picker, FALSE, now);
      g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
      g_assert_cmpuint (pick.first, ==, 512);
    }
}

/* With two partial sources, whoever has all gives first what nobody else has. */
static void
test_rarest (void)
{
  Setup setup = one_file (4 * MIB);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *some = shoal_picker_add_source (picker, NULL, FALSE, now);
  ShoalPickerSource *more = shoal_picker_add_source (picker, NULL, FALSE, now);
  ShoalPickerSource *all = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalPick pick = { 0 };

  shoal_picker_source_set_paused (picker, some, TRUE, now);
  shoal_picker_source_set_paused (picker, more, TRUE, now);
  shoal_picker_source_set_paused (picker, all, TRUE, now);
  shoal_picker_source_have (picker, some, 0, 48, now);  /* 0 – 3 MiB */
  shoal_picker_source_have (picker, more, 0, 16, now);  /* 0 – 1 MiB */
  drain (picker, SHOAL_PICK_REQUEST, NULL);
  shoal_picker_source_set_paused (picker, all, FALSE, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_true (pick.source == all);
  g_assert_cmpuint (pick.first, ==, 3 * 64);
  /* From a partial one, the rarest of what it has. */
  shoal_picker_source_set_paused (picker, some, FALSE, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_true (pick.source == some);
  g_assert_cmpuint (pick.first, ==, 64);
  shoal_picker_check (picker);
}

/* A source that dies gives everything back at once. */
static void
test_death (void)
{
  Setup setup = one_file (65536);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *first = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalPickerSource *second;
  ShoalPick pick = { 0 };

  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_cmpuint (first->outstanding, ==, 65536);
  second = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_remove_source (picker, first, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_true (pick.source == second);
  g_assert_cmpuint (second->outstanding, ==, 65536);
  receive_all (picker, second);
  g_assert_true (shoal_picker_is_done (picker));
}

/* Silence: everything is taken back, one leaf goes out as a probe; a leaf in
 * time lifts it; 30 s are the end. */
static void
test_stall (void)
{
  Setup setup = one_file (8 * MIB);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *source = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalSourceStats stats;
  ShoalPick pick = { 0 };

  shoal_picker_fill (picker, now);
  drain (picker, SHOAL_PICK_REQUEST, NULL);
  for (int i = 0; i < 24; i++)
    shoal_picker_tick (picker, now += SHOAL_PICKER_TICK_US);
  shoal_picker_source_get_stats (source, &stats);
  g_assert_cmpint (stats.state, ==, SHOAL_SOURCE_STALLED);
  g_assert_cmpuint (stats.outstanding, ==, SHOAL_LEAF_SIZE);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), ==, 1);
  receive (picker, source, &pick);
  shoal_picker_source_get_stats (source, &stats);
  g_assert_cmpint (stats.state, ==, SHOAL_SOURCE_ACTIVE);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REVIVED, NULL), ==, 1);

  for (int i = 0; i < 121; i++)
    shoal_picker_tick (picker, now += SHOAL_PICKER_TICK_US);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_DEAD, NULL), ==, 1);
  shoal_picker_check (picker);
}

/* The end game: one second copy, and the first that comes cancels the other. */
static void
test_end_game (void)
{
  Setup setup = one_file (SHOAL_LEAF_SIZE);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *slow = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalPickerSource *fast;
  ShoalPick first = { 0 }, second = { 0 }, cancel = { 0 };

  shoal_picker_source_set_rtt (slow, SECOND / 10);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &first), ==, 1);
  fast = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_source_set_rtt (fast, 1000);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &second), ==, 1);
  g_assert_true (second.source == fast);
  g_assert_cmpuint (shoal_picker_get_duplicated (picker), ==, SHOAL_LEAF_SIZE);
  shoal_picker_check (picker);
  /* Nobody is third. */
  shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, NULL), ==, 0);

  {
    ShoalPickData data;

    g_assert_true (shoal_picker_data (picker, fast, second.request, 0, second.count, now, &data));
    g_assert_cmpuint (data.fresh, ==, 1);
    g_assert_cmpuint (drain (picker, SHOAL_PICK_CANCEL, &cancel), ==, 1);
    g_assert_true (cancel.source == slow && cancel.request == first.request);
    /* What was on its way already is thrown away. */
    g_assert_true (shoal_picker_data (picker, slow, first.request, 0, 1, now, &data));
    g_assert_cmpuint (data.fresh, ==, 0);
    /* All its data was sent: it is over, without an answer to the cancel. */
    g_assert_false (shoal_picker_rejected (picker, slow, first.request, SHOAL_REJECT_CANCELLED,
                                           now));
  }
  shoal_picker_written (picker, 0, 0, 1, now);
  g_assert_true (shoal_picker_is_done (picker));
  shoal_picker_check (picker);
}

/* What a much slower source has not begun goes to one with nothing to do. */
static void
test_steal (void)
{
  Setup setup = one_file (2 * MIB);
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *slow = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalPickerSource *fast;
  ShoalPick pick = { 0 };

  slow->rate_meter.started = 1;
  slow->window = 2 * MIB;
  shoal_picker_fill (picker, now);
  drain (picker, SHOAL_PICK_REQUEST, NULL);
  g_assert_cmpuint (slow->outstanding, ==, 2 * MIB);
  slow->rate = 20000;
  fast = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (fast->outstanding, >, 0);
  g_assert_cmpuint (slow->outstanding + fast->outstanding, ==, 2 * MIB);
  g_assert_cmpuint (shoal_picker_get_duplicated (picker), ==, 0);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_CANCEL, &pick), >, 0);
  g_assert_true (pick.source == slow);
  shoal_picker_check (picker);
}

static void
test_blame (void)
{
  Setup setup = { .files = { { 32768, TRUE, TRUE }, { 32768, TRUE, TRUE }, { 32768, TRUE, TRUE } },
                  .config = { .n_files = 3, .piece_length = 65536 } };
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPickerSource *source = shoal_picker_add_source (picker, NULL, TRUE, now);
  ShoalPickData data;
  uint32_t file = 0;

  shoal_picker_fill (picker, now);
  g_assert_true (shoal_picker_data (picker, source, 1, 0, 1, now, &data));
  g_assert_true (shoal_picker_data (picker, source, 2, 0, 1, now, &data));
  g_assert_cmpuint (data.file, ==, 0);
  g_assert_cmpint (shoal_picker_bad_leaf (picker, source, 0, 0, now), ==, SHOAL_BLAME_CHANGED);
  /* Two of one file are one fault. */
  g_assert_cmpint (shoal_picker_bad_leaf (picker, source, 0, 1, now), ==, SHOAL_BLAME_CHANGED);
  shoal_picker_check (picker);
  for (Request *r = source->head; r != NULL; r = r->next)
    g_assert_cmpuint (r->file, !=, 0);

  file = source->head->file;
  g_assert_true (shoal_picker_data (picker, source, source->head->id, 0, 1, now, &data));
  g_assert_cmpuint (data.file, ==, file);
  g_assert_cmpint (shoal_picker_bad_leaf (picker, source, file, data.first, now), ==,
                   SHOAL_BLAME_BAN);
  shoal_picker_check (picker);
}

/* One group ahead of the data, at most two full ones out, never again from whom
 * said no. */
static void
test_hashes (void)
{
  Setup setup = one_file (64 * MIB);
  g_autoptr (ShoalPicker) picker = NULL;
  ShoalPickerSource *first, *second;
  ShoalPick pick = { 0 };

  setup.files[0].has_hashes = FALSE;
  picker = make (&setup);
  first = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  g_assert_true (shoal_picker_next (picker, &pick));
  g_assert_cmpint (pick.type, ==, SHOAL_PICK_HASHES);
  g_assert_cmpuint (pick.count, ==, 512);
  g_assert_true (shoal_picker_next (picker, &pick));
  g_assert_cmpint (pick.type, ==, SHOAL_PICK_REQUEST);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_HASHES, &pick), ==, 1);
  g_assert_cmpuint (pick.first, ==, 512);

  second = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  drain (picker, SHOAL_PICK_HASHES, NULL);
  shoal_picker_reject_hashes (picker, first, 0, 0, now);
  g_assert_cmpuint (first->outstanding, ==, 0);
  shoal_picker_have_hashes (picker, 0, 512, 512, now);
  shoal_picker_have_hashes (picker, 0, 1024, 512, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_HASHES, &pick), >, 0);
  g_assert_true (pick.source == second);
  /* Nothing comes for 3 s: somebody else is asked; here there is nobody. */
  shoal_picker_tick (picker, now += 4 * SECOND);
  shoal_picker_check (picker);
}

/* In a draft only whoever vouches is asked before the hashes are here. */
static void
test_draft (void)
{
  Setup setup = one_file (64 * MIB);
  g_autoptr (ShoalPicker) picker = NULL;
  ShoalPickerSource *offerer, *other;
  ShoalPick pick = { 0 };

  setup.files[0].has_hashes = FALSE;
  setup.config.is_draft = TRUE;
  picker = make (&setup);
  other = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, NULL), ==, 0);
  offerer = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_source_set_vouches (offerer, TRUE);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_true (pick.source == offerer);
  shoal_picker_have_hashes (picker, 0, 512, 512, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_true (pick.source == other);
  g_assert_cmpuint (pick.first, ==, 512);
  shoal_picker_check (picker);
}

/* Seed 324 of the simulator: another source is faster and has it, but what it
 * sends cannot be verified before the offerer has sent the hashes. */
static void
test_draft_slow_offerer (void)
{
  Setup setup = one_file (5422);
  g_autoptr (ShoalPicker) picker = NULL;
  ShoalPickerSource *offerer, *other;

  g_test_summary ("The offerer is asked although another would be done sooner");
  setup.files[0].has_hashes = FALSE;
  setup.config.is_draft = TRUE;
  picker = make (&setup);
  other = shoal_picker_add_source (picker, NULL, TRUE, now);
  offerer = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_source_set_vouches (offerer, TRUE);
  shoal_picker_source_set_rtt (other, 1000);
  shoal_picker_source_set_rtt (offerer, 3 * SECOND);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (offerer->outstanding, ==, 5422);
  shoal_picker_check (picker);
}

/* The budget: nothing is asked beyond 7/8 but one extent each; nothing at all
 * while the disk is what all wait for. */
static void
test_budget (void)
{
  g_autoptr (ShoalBudget) budget = shoal_budget_new (8 * MIB);
  Setup setup = one_file (64 * MIB);
  g_autoptr (ShoalPicker) picker = NULL;
  ShoalPickerSource *source;

  setup.config.budget = budget;
  picker = make (&setup);
  shoal_budget_add_unwritten (budget, 6 * MIB);
  source = shoal_picker_add_source (picker, NULL, TRUE, now);
  source->window = 16 * MIB;
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (source->outstanding, >=, MIB);
  g_assert_cmpuint (source->outstanding, <=, 2 * MIB);
  shoal_budget_add_unwritten (budget, MIB);
  g_assert_false (shoal_budget_may_read (budget));
  shoal_picker_add_source (picker, NULL, TRUE, now);
  drain (picker, SHOAL_PICK_REQUEST, NULL);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, NULL), ==, 0);
  shoal_budget_sub_unwritten (budget, 7 * MIB);
}

/* Files left out are not asked for, also when that is decided later. */
static void
test_wanted (void)
{
  Setup setup = { .files = { { 65536, FALSE, TRUE }, { 0, TRUE, TRUE }, { 70000, TRUE, TRUE } },
                  .config = { .n_files = 3, .piece_length = 65536 } };
  g_autoptr (ShoalPicker) picker = make (&setup);
  ShoalPick pick = { 0 };

  g_assert_cmpuint (shoal_picker_get_missing (picker), ==, 70000);
  g_assert_true (shoal_picker_is_file_done (picker, 1));
  shoal_picker_set_wanted (picker, 0, TRUE);
  shoal_picker_set_wanted (picker, 2, FALSE);
  g_assert_cmpuint (shoal_picker_get_missing (picker), ==, 65536);
  shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  g_assert_cmpuint (drain (picker, SHOAL_PICK_REQUEST, &pick), >, 0);
  g_assert_cmpuint (pick.file, ==, 0);
  shoal_picker_check (picker);
}

/* A quarter of a million files, or a hundred gibibytes, cost no more a step. */
static void
run_large (uint32_t n_files, uint64_t length, guint rounds)
{
  g_autofree ShoalPickerFile *files = g_new0 (ShoalPickerFile, n_files);
  ShoalPickerConfig config = { .files = files, .n_files = n_files, .piece_length = 16 * MIB };
  g_autoptr (ShoalPicker) picker = NULL;
  ShoalPickerSource *source;
  gint64 started;
  ShoalPick pick = { 0 };
  double each;
  guint n = 0;

  for (uint32_t i = 0; i < n_files; i++)
    files[i] = (ShoalPickerFile){ length, TRUE, TRUE };
  picker = shoal_picker_new (&config);
  source = shoal_picker_add_source (picker, NULL, TRUE, now);
  shoal_picker_fill (picker, now);
  started = g_get_monotonic_time ();
  while (n < rounds && shoal_picker_next (picker, &pick))
    {
      ShoalPickData data;

      now += 100;
      g_assert_true (shoal_picker_data (picker, source, pick.request, 0, pick.count, now, &data));
      shoal_picker_written (picker, pick.file, pick.first, pick.count, now);
      if (n++ % 100 == 0)
        shoal_picker_tick (picker, now);
    }
  each = (double) (g_get_monotonic_time () - started) / n;
  g_test_message ("%u files of %" G_GUINT64_FORMAT " bytes: %.2f µs a request", n_files, length,
                  each);
  g_assert_cmpuint (n, ==, rounds);
  g_assert_cmpfloat (each, <, 100);
}

static void
test_large (void)
{
  run_large (250000, 10240, 50000);
  run_large (1, G_GUINT64_CONSTANT (100) << 30, 50000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/picker/depth", test_depth);
  g_test_add_func ("/swarm/picker/alignment", test_alignment);
  g_test_add_func ("/swarm/picker/fan-out", test_fan_out);
  g_test_add_func ("/swarm/picker/rarest", test_rarest);
  g_test_add_func ("/swarm/picker/death", test_death);
  g_test_add_func ("/swarm/picker/stall", test_stall);
  g_test_add_func ("/swarm/picker/end-game", test_end_game);
  g_test_add_func ("/swarm/picker/steal", test_steal);
  g_test_add_func ("/swarm/picker/blame", test_blame);
  g_test_add_func ("/swarm/picker/hashes", test_hashes);
  g_test_add_func ("/swarm/picker/draft", test_draft);
  g_test_add_func ("/swarm/picker/draft-slow-offerer", test_draft_slow_offerer);
  g_test_add_func ("/swarm/picker/budget", test_budget);
  g_test_add_func ("/swarm/picker/wanted", test_wanted);
  g_test_add_func ("/swarm/picker/large", test_large);
  return g_test_run ();
}
