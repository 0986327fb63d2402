/* test-quic.c: QUIC links over lines that lose, damage, repeat and delay, on a virtual clock.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-quic-link.h"
#include "shoal-sim-runtime.h"

#define HEADER_SIZE 8
#define MS 1000

typedef struct _World World;

/* One direction of the line, and the carrier of the end that sends into it. */
typedef struct
{
  World   *world;
  guint    to;          /* the end it leads to */
  gint64   delay;       /* µs */
  gint64   jitter;      /* µs, at random: reorders */
  double   rate;        /* bytes/µs; 0: no limit */
  gint64   queue;       /* µs of waiting; longer is dropped */
  guint    lose_one_in; /* 0: none */
  guint    flip_one_in;
  guint    repeat_one_in;
  gboolean is_cut;
  gint64   busy_until;
  guint    n_datagrams;
  guint16  port;        /* what the receiver sees it come from */
  guint16  last_port;   /* what it was sent to */
} Lane;

typedef struct
{
  World         *world;
  ShoalQuicLink *link;      /* (owned) (nullable) */
  gboolean       is_ready;
  GError        *error;     /* (owned) (nullable): why it is not, or of the end */
  gboolean       is_closed;
  uint64_t       n_received;
  GByteArray    *control;   /* (owned) */
  uint32_t       next[SHOAL_QUIC_STREAMS]; /* of frames, by stream */
  size_t         position[SHOAL_QUIC_STREAMS];
  uint8_t        header[SHOAL_QUIC_STREAMS][HEADER_SIZE];
  gint64         control_at; /* when the last control came */
} End;

struct _World
{
  ShoalSimRuntime *runtime;
  ShoalIdentity   *identities[2];
  Lane             lanes[2];
  End              ends[2];
};

/* --- The line ------------------------------------------------------------ */

typedef struct
{
  Lane   *lane;
  GBytes *bytes;
} Arrival;

static void
on_arrival (gpointer user_data)
{
  Arrival *arrival = user_data;
  End *end = &arrival->lane->world->ends[arrival->lane->to];
  size_t size;
  const uint8_t *data = g_bytes_get_data (arrival->bytes, &size);

  ShoalUdpPath path = { 0 };

  path.local.any.sa_family = path.remote.any.sa_family = AF_INET;
  path.remote.ipv4.sin_port = g_htons (arrival->lane->port);
  if (end->link != NULL && !arrival->lane->is_cut)
    shoal_quic_link_receive (end->link, &path, data, size);
  g_bytes_unref (arrival->bytes);
  g_free (arrival);
}

static void
carry (Lane *lane, const uint8_t *data, size_t size)
{
  ShoalSimRuntime *sim = lane->world->runtime;
  gint64 now = shoal_runtime_now (SHOAL_RUNTIME (sim)), start = MAX (now, lane->busy_until);
  guint copies = lane->repeat_one_in > 0 && shoal_sim_runtime_one_in (sim, lane->repeat_one_in) ? 2
                                                                                               : 1;

  lane->n_datagrams++;
  if (lane->is_cut || (lane->lose_one_in > 0 && shoal_sim_runtime_one_in (sim, lane->lose_one_in)))
    return;
  if (lane->rate > 0)
    {
      if (start - now > lane->queue)
        return;
      lane->busy_until = start + (gint64) ((double) size / lane->rate);
      start = lane->busy_until;
    }
  while (copies-- > 0)
    {
      Arrival *arrival = g_new0 (Arrival, 1);
      uint8_t *copy = g_memdup2 (data, size);
      gint64 jitter = lane->jitter > 0
                        ? (gint64) shoal_sim_runtime_random_range (sim, 0, (uint64_t) lane->jitter)
                        : 0;

      if (lane->flip_one_in > 0 && shoal_sim_runtime_one_in (sim, lane->flip_one_in))
        copy[shoal_sim_runtime_random_range (sim, 0, size - 1)] ^= 0x10;
      arrival->lane = lane;
      arrival->bytes = g_bytes_new_take (copy, size);
      shoal_runtime_add_timer (SHOAL_RUNTIME (sim), start - now + lane->delay + jitter, on_arrival,
                               arrival);
    }
}

static size_t
lane_send (gpointer carrier, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
           size_t segment)
{
  ((Lane *) carrier)->last_port = g_ntohs (path->remote.ipv4.sin_port);
  for (size_t at = 0; at < size; at += segment)
    carry (carrier, bytes + at, MIN (segment, size - at));
  return size;
}

static void
lane_release (gpointer carrier, ShoalQuicLink *link)
{
}

static const ShoalDatagramFuncs lane_funcs = { .send = lane_send, .release = lane_release };

/* --- The ends ------------------------------------------------------------ */

/* Bulk frames are u32 number, u32 size, and so many bytes of the number. */
static void
check_bulk (End *end, guint stream, const uint8_t *data, size_t size)
{
  while (size > 0)
    {
      uint8_t *header = end->header[stream];
      size_t *position = &end->position[stream], n;
      uint32_t number, length;

      if (*position < HEADER_SIZE)
        {
          n = MIN (HEADER_SIZE - *position, size);
          memcpy (header + *position, data, n);
        }
      else
        {
          memcpy (&number, header, 4);
          memcpy (&length, header + 4, 4);
          g_assert_cmpuint (number, ==, end->next[stream]);
          n = MIN (HEADER_SIZE + length - *position, size);
          for (size_t i = 0; i < n; i++)
            g_assert_cmpuint (data[i], ==, (uint8_t) number);
        }
      *position += n;
      data += n;
      size -= n;
      memcpy (&length, header + 4, 4);
      if (*position >= HEADER_SIZE && *position == HEADER_SIZE + length)
        {
          *position = 0;
          end->next[stream]++;
        }
    }
}

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  End *end = user_data;

  end->n_received += size;
  if (stream > 0)
    check_bulk (end, stream, data, size);
  else
    {
      g_byte_array_append (end->control, data, (guint) size);
      end->control_at = shoal_runtime_now (SHOAL_RUNTIME (end->world->runtime));
    }
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  End *end = user_data;

  end->is_closed = TRUE;
  g_clear_error (&end->error);
  end->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { .received = on_received, .closed = on_closed };
  End *end = user_data;

  g_assert_false (end->is_ready);
  end->is_ready = TRUE;
  if (error != NULL)
    end->error = g_error_copy (error);
  else
    shoal_link_set_events (SHOAL_LINK (link), &EVENTS, end);
}

/* Two ends, 50 ms apart, of a line without faults. */
static void
set_up (World *w, gconstpointer data)
{
  w->runtime = shoal_sim_runtime_new (shoal_sim_seed (1));
  for (guint i = 0; i < 2; i++)
    {
      w->identities[i] = shoal_identity_generate (NULL);
      w->lanes[i] = (Lane){ .world = w, .to = 1 - i, .delay = 25 * MS };
      w->ends[i].world = w;
      w->ends[i].control = g_byte_array_new ();
    }
}

static void
drop (End *end)
{
  if (end->link != NULL && end->is_ready)
    shoal_link_set_events (SHOAL_LINK (end->link), NULL, NULL);
  g_clear_object (&end->link);
}

static void
tear_down (World *w, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      drop (&w->ends[i]);
      g_byte_array_unref (w->ends[i].control);
      g_clear_error (&w->ends[i].error);
      shoal_identity_unref (w->identities[i]);
    }
  shoal_sim_runtime_run_until_idle (w->runtime);
  g_assert_finalize_object (w->runtime);
}

/* End 0 dials end 1. */
static void
start (World *w, const ShoalDeviceId *expected)
{
  for (guint i = 0; i < 2; i++)
    {
      ShoalQuicLinkConfig config = {
        .runtime = SHOAL_RUNTIME (w->runtime),
        .identity = w->identities[i],
        .is_outgoing = i == 0,
        .expected = i == 0 ? expected : NULL,
        .funcs = &lane_funcs,
        .carrier = &w->lanes[i],
        .path = SHOAL_PATH_DIRECT,
      };

      w->ends[i].link = shoal_quic_link_new (&config, on_ready, &w->ends[i]);
    }
}

#define run_until_true(w, condition, seconds)                                                     \
  G_STMT_START                                                                                    \
  {                                                                                               \
    for (int step = 0; step < (seconds) * 1000 && !(condition); step++)                           \
      shoal_sim_runtime_advance ((w)->runtime, MS);                                               \
    g_assert_true (condition);                                                                    \
  }                                                                                               \
  G_STMT_END

static void
connect_ends (World *w)
{
  start (w, shoal_identity_get_id (w->identities[1]));
  run_until_true (w, w->ends[0].is_ready && w->ends[1].is_ready, 10);
  g_assert_no_error (w->ends[0].error);
  g_assert_no_error (w->ends[1].error);
}

static void
send_bulk (End *end, guint channel, uint32_t number, uint32_t size)
{
  uint32_t words[2] = { number, size };
  g_autoptr (GBytes) header = g_bytes_new (words, sizeof words);
  uint8_t *bytes = g_malloc (size);
  g_autoptr (GBytes) payload = NULL;

  memset (bytes, (int) number, size);
  payload = g_bytes_new_take (bytes, size);
  shoal_link_send_bulk (SHOAL_LINK (end->link), channel, header, payload);
}

static void
send_control (End *end, const char *text)
{
  g_autoptr (GBytes) frame = g_bytes_new (text, strlen (text));

  shoal_link_send_control (SHOAL_LINK (end->link), frame);
}

/* --- Tests --------------------------------------------------------------- */

static void
test_bad_line (World *w, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  guint n_frames = 60, channels = 5;

  for (guint i = 0; i < 2; i++)
    {
      w->lanes[i].jitter = 5 * MS;
      w->lanes[i].lose_one_in = 20;
      w->lanes[i].flip_one_in = 25;
      w->lanes[i].repeat_one_in = 10;
    }
  connect_ends (w);
  for (guint i = 0; i < n_frames; i++)
    {
      g_autofree char *text = g_strdup_printf ("message %u;", i);

      g_string_append (expected, text);
      for (guint side = 0; side < 2; side++)
        {
          send_control (&w->ends[side], text);
          for (guint channel = 0; channel < channels; channel++)
            send_bulk (&w->ends[side], channel * 7, i, 3000 + i * 100);
        }
      shoal_sim_runtime_advance (w->runtime, 3 * MS);
    }
  for (guint side = 0; side < 2; side++)
    {
      End *end = &w->ends[side];

      run_until_true (w, end->next[1] == n_frames && end->next[2] == n_frames
                           && end->next[3] == n_frames && end->next[4] == n_frames
                           && end->next[5] == n_frames && end->control->len == expected->len, 60);
      g_assert_cmpmem (end->control->data, end->control->len, expected->str, expected->len);
    }
}

/* Seconds of virtual time for so many bytes at 200 Mbit/s and 50 ms. */
static double
measure (World *w, guint lose_one_in, uint64_t bytes)
{
  gint64 began, took;

  for (guint i = 0; i < 2; i++)
    {
      w->lanes[i].rate = 25;
      w->lanes[i].queue = 50 * MS;
      w->lanes[i].lose_one_in = lose_one_in;
    }
  connect_ends (w);
  began = shoal_runtime_now (SHOAL_RUNTIME (w->runtime));
  for (uint32_t i = 0; i < bytes / 65536;)
    {
      while (i < bytes / 65536 && shoal_link_wants_bulk (SHOAL_LINK (w->ends[0].link)))
        send_bulk (&w->ends[0], 0, i++, 65536 - HEADER_SIZE);
      shoal_sim_runtime_advance (w->runtime, MS);
    }
  run_until_true (w, w->ends[1].next[1] == bytes / 65536, 60);
  took = shoal_runtime_now (SHOAL_RUNTIME (w->runtime)) - began;
  g_test_message ("%.1f Mbit/s", (double) bytes * 8 / (double) took);
  return (double) took / 1e6;
}

static void
test_clean_rate (World *w, gconstpointer data)
{
  g_assert_cmpfloat (measure (w, 0, 40 * 1000 * 1000), <, 40.0 / (25 * 0.75));
}

static void
test_lossy_rate (World *w, gconstpointer data)
{
  g_assert_cmpfloat (measure (w, 200, 100 * 1000 * 1000), <, 100.0 / (25 * 0.7));
}

/* On a slow line full of bulk a control frame waits for no more than what is on
 * the way already. */
static void
test_control_first (World *w, gconstpointer data)
{
  gint64 began;

  for (guint i = 0; i < 2; i++)
    {
      w->lanes[i].rate = 1;
      w->lanes[i].queue = 60 * MS;
    }
  connect_ends (w);
  for (uint32_t i = 0, ms = 0; ms < 3000; ms++)
    {
      while (shoal_link_wants_bulk (SHOAL_LINK (w->ends[0].link)))
        send_bulk (&w->ends[0], i % 3, i / 3, 60000), i++;
      shoal_sim_runtime_advance (w->runtime, MS);
    }
  g_assert_cmpuint (shoal_link_get_queued_bulk (SHOAL_LINK (w->ends[0].link)), >, 100000);
  began = shoal_runtime_now (SHOAL_RUNTIME (w->runtime));
  send_control (&w->ends[0], "now");
  run_until_true (w, w->ends[1].control->len == 3, 5);
  g_test_message ("%.0f ms", (double) (w->ends[1].control_at - began) / MS);
  g_assert_cmpint (w->ends[1].control_at - began, <, 250 * MS);
}

/* More channels than streams: they share, and nothing is lost. */
static void
test_many_channels (World *w, gconstpointer data)
{
  uint64_t total = 0;

  connect_ends (w);
  for (guint i = 0; i < SHOAL_MAX_CHANNELS; i++)
    {
      /* Those that share a stream look like one sequence. */
      send_bulk (&w->ends[0], i, i / (SHOAL_QUIC_STREAMS - 1), 1000);
      total += 1000 + HEADER_SIZE;
    }
  run_until_true (w, w->ends[1].n_received == total, 10);
}

static void
test_wrong_key (World *w, gconstpointer data)
{
  start (w, shoal_identity_get_id (w->identities[0]));
  run_until_true (w, w->ends[0].is_ready && w->ends[1].is_ready, 12);
  g_assert_error (w->ends[0].error, SHOAL_ERROR, SHOAL_ERROR_WRONG_KEY);
  g_assert_error (w->ends[1].error, SHOAL_ERROR, SHOAL_ERROR_REFUSED);
}

static void
test_oneself (World *w, gconstpointer data)
{
  shoal_identity_unref (w->identities[1]);
  w->identities[1] = shoal_identity_ref (w->identities[0]);
  start (w, NULL);
  run_until_true (w, w->ends[0].is_ready, 12);
  g_assert_error (w->ends[0].error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
}

static void
test_nobody (World *w, gconstpointer data)
{
  w->lanes[0].is_cut = TRUE;
  start (w, NULL);
  run_until_true (w, w->ends[0].is_ready && w->ends[1].is_ready, 12);
  g_assert_error (w->ends[0].error, SHOAL_ERROR, SHOAL_ERROR_UNREACHABLE);
  /* It said something more than once. */
  g_assert_cmpuint (w->lanes[0].n_datagrams, >, 2);
}

/* A line that goes dead is noticed, and one that is idle stays. */
static void
test_silence (World *w, gconstpointer data)
{
  connect_ends (w);
  shoal_sim_runtime_advance (w->runtime, 120 * G_USEC_PER_SEC);
  g_assert_false (w->ends[0].is_closed || w->ends[1].is_closed);

  w->lanes[0].is_cut = w->lanes[1].is_cut = TRUE;
  run_until_true (w, w->ends[0].is_closed && w->ends[1].is_closed, 25);
  g_assert_error (w->ends[0].error, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);
  g_assert_error (w->ends[1].error, SHOAL_ERROR, SHOAL_ERROR_TIMED_OUT);
}

/* What is not of the connection changes nothing, at any time. */
static void
test_garbage (World *w, gconstpointer data)
{
  start (w, shoal_identity_get_id (w->identities[1]));
  for (guint i = 0; i < 3000; i++)
    {
      uint8_t noise[1300];
      size_t size = shoal_sim_runtime_random_range (w->runtime, 1, sizeof noise);
      End *end = &w->ends[i % 2];

      shoal_runtime_fill_random (SHOAL_RUNTIME (w->runtime), noise, size);
      if (i % 3 == 0)
        noise[0] |= 0xc0;
      if (i % 5 == 0 && size > 5)
        memcpy (noise + 1, "\0\0\0\1", 4);
      shoal_quic_link_receive (end->link, NULL, noise, size);
      shoal_sim_runtime_advance (w->runtime, MS / 10);
    }
  run_until_true (w, w->ends[0].is_ready && w->ends[1].is_ready, 10);
  g_assert_no_error (w->ends[0].error);
  g_assert_no_error (w->ends[1].error);
  send_control (&w->ends[0], "still here");
  run_until_true (w, w->ends[1].control->len == 10, 5);
}

/* A NAT on the way has forgotten the client and gives it another port: the
 * server follows, once it has made sure. */
static void
test_rebinding (World *w, gconstpointer data)
{
  connect_ends (w);
  send_bulk (&w->ends[1], 0, 0, 65536);
  run_until_true (w, w->ends[0].next[1] == 1, 5);
  g_assert_cmpuint (w->lanes[1].last_port, ==, 0);

  w->lanes[0].port = 4711;
  send_control (&w->ends[0], "from elsewhere");
  for (uint32_t i = 1; i < 20; i++)
    send_bulk (&w->ends[1], 0, i, 65536);
  run_until_true (w, w->ends[0].next[1] == 20 && w->ends[1].control->len == 14, 20);
  g_assert_cmpuint (w->lanes[1].last_port, ==, 4711);
}

/* The goodbye of one side is heard on a line that loses every third packet. */
static void
test_close_lossy (World *w, gconstpointer data)
{
  connect_ends (w);
  w->lanes[0].lose_one_in = w->lanes[1].lose_one_in = 3;
  send_control (&w->ends[0], "last words");
  shoal_link_close (SHOAL_LINK (w->ends[0].link));
  run_until_true (w, w->ends[0].is_closed && w->ends[1].is_closed, 25);
  g_assert_no_error (w->ends[0].error);
  g_assert_cmpmem (w->ends[1].control->data, w->ends[1].control->len, "last words", 10);
}

#define ADD(name, func) g_test_add ("/net/quic/" name, World, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("bad-line", test_bad_line);
  ADD ("clean-rate", test_clean_rate);
  ADD ("lossy-rate", test_lossy_rate);
  ADD ("control-first", test_control_first);
  ADD ("many-channels", test_many_channels);
  ADD ("wrong-key", test_wrong_key);
  ADD ("oneself", test_oneself);
  ADD ("nobody", test_nobody);
  ADD ("silence", test_silence);
  ADD ("garbage", test_garbage);
  ADD ("rebinding", test_rebinding);
  ADD ("close-lossy", test_close_lossy);
  return g_test_run ();
}
