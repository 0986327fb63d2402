/* test-links.c: several links of one session: greeting, electing, dying.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "wire-pair.h"

#define SECONDS(n) ((n) * G_USEC_PER_SEC)

static gboolean
all_received (const WireEnd *from, const WireEnd *to)
{
  for (guint i = 0; i < from->sent->len; i++)
    {
      guint times = 0;

      for (guint j = 0; j < to->received->len; j++)
        times += g_str_equal (from->sent->pdata[i], to->received->pdata[j]) ? 1 : 0;
      if (times != 1)
        return FALSE;
    }
  return from->sent->len == to->received->len;
}

static void
assert_one_link (WirePair *pair, guint link)
{
  for (guint side = 0; side < 2; side++)
    {
      g_assert_cmpuint (wire_end_count_slots (&pair->ends[side]), ==, 1);
      g_assert_cmpuint (wire_end_get_primary (&pair->ends[side]), ==, link);
    }
}

static void
test_greet (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  g_assert_true (shoal_session_is_leader (pair->ends[0].session));
  g_assert_false (shoal_session_is_leader (pair->ends[1].session));
  g_assert_cmpint (shoal_session_next_deadline (pair->ends[0].session), ==, G_MAXINT64);

  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  g_assert_cmpstr (pair->ends[0].log->str, ==, "hello follower; revealed; ready; ");
  g_assert_cmpstr (pair->ends[1].log->str, ==, "hello leader; revealed; ready; ");
  g_assert_true (wire_end_say (&pair->ends[0]));
  g_assert_true (wire_end_say (&pair->ends[1]));
  wire_pair_run (pair);
  g_assert_true (all_received (&pair->ends[0], &pair->ends[1]));
  g_assert_true (all_received (&pair->ends[1], &pair->ends[0]));

  shoal_session_close (pair->ends[1].session, 0, SHOAL_GOODBYE_UNWELCOME, "nein");
  wire_pair_run (pair);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_REFUSED);
  g_assert_nonnull (strstr (pair->ends[0].dropped->message, "nein"));
  g_assert_cmpint (shoal_error_get_side (pair->ends[0].dropped), ==, SHOAL_SIDE_THERE);
  g_assert_error (pair->ends[1].dropped, SHOAL_ERROR, SHOAL_ERROR_REFUSED);
  g_assert_true (g_str_has_suffix (pair->ends[0].log->str, "drop refused; primary gone; "));
  g_assert_false (wire_end_say (&pair->ends[0]));
}

/* A REVEAL that does not fit the commitment ends the link. */
static void
test_bad_reveal (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  pair->ends[1].bad_reveal = TRUE;
  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  g_assert_error (pair->ends[1].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_cmpint (shoal_error_get_side (pair->ends[1].dropped), ==, SHOAL_SIDE_THERE);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_PROTOCOL);
  g_assert_cmpint (shoal_error_get_side (pair->ends[0].dropped), ==, SHOAL_SIDE_HERE);
  g_assert_null (strstr (pair->ends[1].log->str, "ready"));
}

static void
test_too_many_links (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  g_autoptr (GError) error = NULL;
  ShoalSlotConfig config = { .link = pair };

  for (guint i = 0; i < SHOAL_MAX_LINKS_PER_DEVICE; i++)
    wire_end_attach (&pair->ends[0], i, 0);
  g_assert_cmpuint (shoal_session_attach (pair->ends[0].session, &config, pair->now, &error), ==,
                    0);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
  g_clear_error (&error);
  shoal_session_detach (pair->ends[0].session, 1, NULL);
  config.name = "\xff";
  g_assert_cmpuint (shoal_session_attach (pair->ends[0].session, &config, pair->now, &error), ==,
                    0);
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
}

/* --- Both dial at once: every order of arrival --------------------------- */

typedef struct
{
  GArray  *choices; /* of guint: taken so far in this run, then to be tried */
  GArray  *options; /* how many there were */
  guint    position;
  gboolean silent;  /* nobody speaks but at the turns: far fewer orders */
} Search;

/* What can happen next: an end takes the second link in, something arrives,
 * somebody speaks. */
static gboolean
step (WirePair *pair, Search *search, gboolean *attached, gboolean *spoke, size_t max)
{
  guint options[16];
  guint n = 0, choice = 0;

  for (guint side = 0; side < 2; side++)
    {
      if (!attached[side])
        options[n++] = side;
      if (!spoke[side] && shoal_session_get_primary (pair->ends[side].session) != 0)
        options[n++] = 2 + side;
      for (guint link = 0; link < 2; link++)
        {
          if (wire_socket_is_pending (&pair->ends[side].sockets[link]))
            options[n++] = 4 + side * 2 + link;
        }
    }
  if (n == 0)
    return FALSE;

  if (search == NULL)
    {
      choice = (guint) g_test_rand_int_range (0, (gint32) n);
    }
  else if (search->position < search->choices->len)
    {
      choice = g_array_index (search->choices, guint, search->position);
    }
  else
    {
      g_array_append_val (search->choices, choice);
      g_array_append_val (search->options, n);
    }
  if (search != NULL)
    search->position++;

  choice = options[choice];
  if (choice < 2)
    {
      attached[choice] = TRUE;
      wire_end_attach (&pair->ends[choice], 1, 0);
    }
  else if (choice < 4)
    {
      spoke[choice - 2] = TRUE;
      wire_end_say (&pair->ends[choice - 2]);
    }
  else
    {
      wire_socket_deliver (&pair->ends[(choice - 4) / 2].sockets[choice % 2], max);
    }
  return TRUE;
}

static void
run_dial (Search *search, size_t max)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  gboolean attached[2] = { FALSE, FALSE };
  gboolean silent = search != NULL && search->silent;
  gboolean spoke[2] = { silent, silent };
  guint steps = 0;

  pair->ends[0].chatty = pair->ends[1].chatty = TRUE;
  wire_pair_link (pair, 0, 0);
  while (step (pair, search, attached, spoke, max))
    g_assert_cmpuint (++steps, <, 5000);

  assert_one_link (pair, wire_end_get_primary (&pair->ends[0]));
  for (guint side = 0; side < 2; side++)
    {
      const WireSocket *sockets = pair->ends[side].sockets;

      g_assert_cmpuint (sockets[0].drops + sockets[1].drops, ==, 1);
      g_assert_error (pair->ends[side].dropped, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
      g_assert_true (all_received (&pair->ends[side], &pair->ends[1 - side]));
      g_assert_cmpuint (pair->ends[side].sent->len, >=, silent ? 1 : 2);
    }
}

/* FALSE when all have been tried. */
static gboolean
advance (Search *search)
{
  while (search->choices->len > 0)
    {
      guint last = search->choices->len - 1;

      if (++g_array_index (search->choices, guint, last)
          < g_array_index (search->options, guint, last))
        return TRUE;
      g_array_set_size (search->choices, last);
      g_array_set_size (search->options, last);
    }
  return FALSE;
}

static void
test_all_orders (void)
{
  Search search = { g_array_new (FALSE, FALSE, sizeof (guint)),
                    g_array_new (FALSE, FALSE, sizeof (guint)), 0, !g_test_thorough () };
  guint runs = 0;
  gboolean more = TRUE;

  while (more)
    {
      search.position = 0;
      run_dial (&search, G_MAXSIZE);
      runs++;
      more = advance (&search);
    }
  g_test_message ("%u orders", runs);
  g_array_unref (search.choices);
  g_array_unref (search.options);
}

static void
test_random_orders (void)
{
  for (guint i = 0; i < 1000; i++)
    run_dial (NULL, i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : 40);
}

/* --- Better, dead, revived ----------------------------------------------- */

static void
test_upgrade (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  ShoalSession *leader = pair->ends[0].session;
  ShoalSession *follower = pair->ends[1].session;
  const ShoalHash proof = { { 0 } };
  ShoalMessage close = { SHOAL_MESSAGE_CLOSE };
  uint16_t channel;

  pair->ends[0].chatty = pair->ends[1].chatty = TRUE;
  wire_pair_link (pair, 0, 1);
  wire_pair_run (pair);
  g_assert_true (shoal_session_open (follower, pair->ends[1].sockets[0].slot, &proof, 0, &channel,
                                     NULL));
  wire_pair_run (pair);

  /* The new link takes over; the old one stays while its channel is open. */
  wire_pair_link (pair, 1, 2);
  wire_pair_wait (pair, SECONDS (20));
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[0]), ==, 1);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[1]), ==, 1);
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 2);
  g_assert_true (all_received (&pair->ends[0], &pair->ends[1]));

  close.channel = channel;
  g_assert_true (shoal_session_send (follower, pair->ends[1].sockets[0].slot, &close, NULL));
  wire_pair_run (pair);
  assert_one_link (pair, 1);
  g_assert_cmpint (shoal_session_get_rtt (leader, pair->ends[0].sockets[1].slot), >=, 0);

  /* A worse one is not wanted. */
  wire_pair_link (pair, 2, 1);
  wire_pair_run (pair);
  assert_one_link (pair, 1);
}

/* The line turns out to be another one than it seemed: an equal link is better now. */
static void
test_rank_changes (void)
{
  for (int known = 0; known < 2; known++)
    {
      g_autoptr (WirePair) pair = wire_pair_new ();

      wire_pair_link (pair, 0, 3);
      wire_pair_run (pair);
      if (known == 1)
        shoal_session_set_rank (pair->ends[0].session, pair->ends[0].sockets[0].slot, 2);
      wire_pair_link (pair, 1, 3);
      wire_pair_wait (pair, SECONDS (3));
      assert_one_link (pair, (guint) known);
    }
}

/* The primary is cut without a sign; the follower notices and dials anew. */
static void
test_replace_dead (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  wire_pair_link (pair, 0, 1);
  wire_pair_run (pair);
  pair->cut[0] = TRUE;
  shoal_session_detach (pair->ends[1].session, pair->ends[1].sockets[0].slot, NULL);
  wire_pair_link (pair, 1, 0);
  wire_pair_run (pair);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[0]), ==, 0);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[1]), ==, G_MAXUINT);
  wire_pair_wait (pair, SECONDS (2));
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[0]), ==, 1);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[1]), ==, 1);
  wire_pair_wait (pair, SECONDS (14));
  assert_one_link (pair, 1);
}

/* It was only slow: it comes back, being better. */
static void
test_revive (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  wire_pair_link (pair, 0, 1);
  wire_pair_run (pair);
  pair->cut[0] = TRUE;
  wire_pair_link (pair, 1, 0);
  wire_pair_wait (pair, SECONDS (3));
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[0]), ==, 1);
  pair->cut[0] = FALSE;
  wire_pair_wait (pair, SECONDS (6));
  assert_one_link (pair, 0);
}

static void
test_fall_back (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  const ShoalHash proof = { { 0 } };
  uint16_t channel;

  pair->ends[0].chatty = pair->ends[1].chatty = TRUE;
  wire_pair_link (pair, 0, 1);
  wire_pair_run (pair);
  g_assert_true (shoal_session_open (pair->ends[0].session, pair->ends[0].sockets[0].slot, &proof,
                                     0, &channel, NULL));
  wire_pair_link (pair, 1, 2);
  wire_pair_run (pair);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[1]), ==, 1);

  /* Each side notices by itself, and falls back by itself. */
  pair->cut[1] = TRUE;
  shoal_session_detach (pair->ends[1].session, pair->ends[1].sockets[1].slot, NULL);
  g_assert_cmpuint (wire_end_get_primary (&pair->ends[1]), ==, 0);
  wire_pair_run (pair);
  shoal_session_detach (pair->ends[0].session, pair->ends[0].sockets[1].slot, NULL);
  wire_pair_run (pair);
  assert_one_link (pair, 0);
  g_assert_null (strstr (pair->ends[0].log->str, "primary gone"));
  g_assert_true (all_received (&pair->ends[0], &pair->ends[1]));
  g_assert_true (all_received (&pair->ends[1], &pair->ends[0]));
}

static void
test_restart (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  wire_pair_link (pair, 0, 5);
  wire_pair_run (pair);

  /* The follower is killed: its link says nothing; a new run dials. */
  pair->cut[0] = TRUE;
  wire_end_restart (&pair->ends[1]);
  g_string_truncate (pair->ends[0].log, 0);
  wire_pair_link (pair, 1, 0);
  wire_pair_run (pair);
  g_assert_cmpstr (pair->ends[0].log->str, ==,
                   "drop closed; primary gone; hello follower restarted; revealed; "
                   "primary moves; ");
  assert_one_link (pair, 1);
}

/* The HELLO of an older link comes after that of a newer run. */
static void
test_restart_late (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  g_autoptr (GByteArray) late = NULL;

  wire_pair_link (pair, 0, 5);
  late = g_byte_array_ref (pair->ends[0].sockets[0].inbox);
  pair->ends[0].sockets[0].inbox = g_byte_array_new ();
  wire_end_restart (&pair->ends[1]);
  wire_pair_link (pair, 1, 0);
  wire_pair_run (pair);
  wire_socket_inject (&pair->ends[0].sockets[0], late->data, late->len);
  wire_pair_run (pair);
  assert_one_link (pair, 1);
}

/* --- Time ---------------------------------------------------------------- */

static void
test_keep_alive (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  gint64 cut;

  wire_pair_link (pair, 0, 0);
  wire_pair_wait (pair, SECONDS (120));
  assert_one_link (pair, 0);

  cut = pair->now;
  pair->cut[0] = TRUE;
  while (pair->ends[0].sockets[0].drops == 0)
    wire_pair_wait (pair, SECONDS (1));
  g_assert_cmpint (pair->now - cut, >=, SECONDS (10));
  g_assert_cmpint (pair->now - cut, <=, SECONDS (16));
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);
  g_assert_cmpint (shoal_error_get_side (pair->ends[0].dropped), ==, SHOAL_SIDE_NETWORK);
  wire_pair_wait (pair, SECONDS (20));
  g_assert_cmpuint (pair->ends[0].sockets[0].drops, ==, 1);
}

/* One side does not read for a minute; both know why, or hear something. */
static void
test_deaf (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  WireSocket *socket = &pair->ends[0].sockets[0];

  wire_pair_link (pair, 0, 0);
  wire_pair_run (pair);
  socket->deaf = TRUE;
  shoal_session_set_reading (pair->ends[0].session, socket->slot, FALSE, pair->now);
  wire_pair_wait (pair, SECONDS (60));
  socket->deaf = FALSE;
  shoal_session_set_reading (pair->ends[0].session, socket->slot, TRUE, pair->now);
  wire_pair_wait (pair, SECONDS (60));
  assert_one_link (pair, 0);

  /* A link that really is dead is then found to be. */
  pair->cut[0] = TRUE;
  wire_pair_wait (pair, SECONDS (16));
  g_assert_cmpuint (wire_end_count_slots (&pair->ends[0]), ==, 0);
}

static void
test_hello_time_out (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();

  wire_end_attach (&pair->ends[0], 0, 0);
  /* Bytes do not make up for a HELLO. */
  for (guint i = 0; i < 9; i++)
    {
      wire_socket_inject (&pair->ends[0].sockets[0], "\0\0\0\1\x80", 5);
      wire_pair_wait (pair, SECONDS (1));
    }
  g_assert_cmpuint (pair->ends[0].sockets[0].drops, ==, 0);
  wire_pair_wait (pair, SECONDS (1));
  g_assert_cmpuint (pair->ends[0].sockets[0].drops, ==, 1);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);
}

/* The other side never closes what was dropped. */
static void
test_drop_time_out (void)
{
  g_autoptr (WirePair) pair = wire_pair_new ();
  WireSocket *leader = &pair->ends[0].sockets[1];
  const ShoalMessage open = { SHOAL_MESSAGE_OPEN };
  const ShoalMessage profile = { SHOAL_MESSAGE_PROFILE };

  wire_pair_link (pair, 0, 1);
  wire_pair_link (pair, 1, 0);
  while (shoal_session_get_state (pair->ends[0].session, leader->slot) != SHOAL_SLOT_STATE_DROPPING)
    {
      for (guint i = 0; i < 4; i++)
        {
          if (wire_socket_is_pending (&pair->ends[i % 2].sockets[i / 2]))
            wire_socket_deliver (&pair->ends[i % 2].sockets[i / 2], 0);
        }
    }

  /* What crossed DROP: said is said, but there are no new channels. */
  g_byte_array_set_size (leader->inbox, 0);
  wire_socket_inject_message (leader, &open);
  wire_socket_inject_message (leader, &profile);
  while (leader->inbox->len > 0)
    wire_socket_deliver (leader, 0);
  g_assert_true (g_str_has_suffix (pair->ends[0].log->str, "; PROFILE; "));
  g_assert_null (strstr (pair->ends[0].log->str, "OPEN"));

  pair->cut[1] = TRUE;
  wire_pair_wait (pair, SECONDS (4));
  g_assert_cmpuint (leader->drops, ==, 0);
  wire_pair_wait (pair, SECONDS (1));
  g_assert_cmpuint (leader->drops, ==, 1);
  g_assert_error (pair->ends[0].dropped, SHOAL_ERROR, SHOAL_ERROR_CLOSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wire_be_quiet ();

  g_test_add_func ("/wire/links/greet", test_greet);
  g_test_add_func ("/wire/links/bad-reveal", test_bad_reveal);
  g_test_add_func ("/wire/links/too-many", test_too_many_links);
  g_test_add_func ("/wire/links/dial-all-orders", test_all_orders);
  g_test_add_func ("/wire/links/dial-random-orders", test_random_orders);
  g_test_add_func ("/wire/links/upgrade", test_upgrade);
  g_test_add_func ("/wire/links/rank-changes", test_rank_changes);
  g_test_add_func ("/wire/links/replace-dead", test_replace_dead);
  g_test_add_func ("/wire/links/revive", test_revive);
  g_test_add_func ("/wire/links/fall-back", test_fall_back);
  g_test_add_func ("/wire/links/restart", test_restart);
  g_test_add_func ("/wire/links/restart-late", test_restart_late);
  g_test_add_func ("/wire/links/keep-alive", test_keep_alive);
  g_test_add_func ("/wire/links/deaf", test_deaf);
  g_test_add_func ("/wire/links/hello-time-out", test_hello_time_out);
  g_test_add_func ("/wire/links/drop-time-out", test_drop_time_out);
  return g_test_run ();
}
