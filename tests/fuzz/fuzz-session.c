/* fuzz-session.c: one session, two links, a hostile device, and time.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The input is a script: the first byte says who leads, then each step is
 * a byte for what to do and its arguments. Handlers can be told to call back.
 */

#include "config.h"

#include "shoal-bytes.h"
#include "shoal-session.h"
#include "wire-samples.h"

#define MAX_STEPS 300
#define MAX_SLOTS 64

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

typedef enum
{
  STEP_RAW,
  STEP_FRAME,
  STEP_SAMPLE,
  STEP_GREET,
  STEP_TICK,
  STEP_ATTACH,
  STEP_DETACH,
  STEP_CLOSE,
  STEP_SEND,
  STEP_OPEN,
  STEP_SEND_DATA,
  STEP_BITE,
  N_STEPS,
} Step;

typedef struct
{
  ShoalSession *session; /* NULL once freed */
  guint         slots[2];
  gint64        now;
  guint8        drops[MAX_SLOTS];
  guint         n_slots, n_ready;
  guint         receiving; /* the slot that is, or 0 */
  int           bite_event, bite_action;
} World;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_ERROR);
  return 0;
}

/* --- Handlers ------------------------------------------------------------ */

static void
bite (World *world, int event, guint slot)
{
  const ShoalMessage profile = { SHOAL_MESSAGE_PROFILE };
  ShoalSession *session = world->session;
  int action = world->bite_action;

  if (event != world->bite_event || session == NULL)
    return;

  world->bite_event = -1;
  switch (action)
    {
    case 0:
      world->session = NULL;
      shoal_session_free (session);
      break;
    case 1:
      shoal_session_detach (session, slot, NULL);
      break;
    case 2:
      shoal_session_close (session, 0, SHOAL_GOODBYE_LEAVING, "bye");
      break;
    case 3:
      shoal_session_send (session, 0, &profile, NULL);
      break;
    case 4:
      world->now += 6 * G_USEC_PER_SEC;
      shoal_session_tick (session, world->now);
      break;
    default:
      shoal_session_close (session, world->slots[action % 2], SHOAL_GOODBYE_OTHER, NULL);
      break;
    }
}

static void
check_slot (World *world, guint slot)
{
  g_assert (world->session != NULL);
  g_assert (slot > 0 && slot <= world->n_slots + 1 && world->drops[slot] == 0);
  g_assert (shoal_session_get_link (world->session, slot) == world);
}

static void
on_send_control (gpointer user_data, guint slot, GBytes *frame)
{
  World *world = user_data;
  g_auto (ShoalMessage) message = { 0 };
  size_t size;
  const uint8_t *bytes = g_bytes_get_data (frame, &size);
  ShoalFrame view = { bytes[4], bytes + 5, size - 5, NULL };

  check_slot (world, slot);
  g_assert (shoal_get_u32 (bytes) + 4 == size);
  g_assert (shoal_message_decode (&message, &view, NULL));
  bite (world, 0, slot);
}

static void
on_send_data (gpointer user_data, guint slot, guint lane, GBytes *header, GBytes *payload)
{
  check_slot (user_data, slot);
  g_assert (lane < SHOAL_MAX_CHANNELS);
  g_assert (shoal_get_u32 (g_bytes_get_data (header, NULL)) + 4
            == g_bytes_get_size (header) + g_bytes_get_size (payload));
  bite (user_data, 1, slot);
}

static void
on_hello (gpointer user_data, guint slot, const ShoalMessage *hello, gboolean restarted)
{
  check_slot (user_data, slot);
  g_assert (g_utf8_validate (hello->hello.name, -1, NULL));
  bite (user_data, 2, slot);
}

static gboolean
on_revealed (gpointer user_data, guint slot, const ShoalHash *commit, const ShoalHash *r)
{
  check_slot (user_data, slot);
  bite (user_data, 3, slot);
  return r->bytes[0] != 0xff;
}

static void
on_ready (gpointer user_data, guint slot)
{
  World *world = user_data;

  check_slot (world, slot);
  g_assert (++world->n_ready == 1);
  g_assert (shoal_session_get_primary (world->session) == slot);
  bite (world, 4, slot);
}

static void
on_primary_changed (gpointer user_data, guint slot)
{
  World *world = user_data;

  g_assert (world->session != NULL && world->n_ready == 1);
  g_assert (shoal_session_get_primary (world->session) == slot);
  if (slot != 0)
    g_assert (shoal_session_get_state (world->session, slot) == SHOAL_SLOT_STATE_ADOPTED);
  bite (world, 5, slot);
}

static void
on_message (gpointer user_data, guint slot, const ShoalMessage *message)
{
  check_slot (user_data, slot);
  g_assert (message->type >= SHOAL_MESSAGE_PROFILE);
  if (message->type == SHOAL_MESSAGE_REQUEST)
    g_assert (message->request.n_entries > 0);
  if (message->type == SHOAL_MESSAGE_DATA)
    g_bytes_unref (shoal_message_take (message, message->data.payload, message->data.size));
  bite (user_data, 6, slot);
}

static void
on_drop (gpointer user_data, guint slot, const GError *error)
{
  World *world = user_data;

  check_slot (world, slot);
  g_assert (error != NULL && error->message[0] != '\0');
  g_assert (shoal_session_get_state (world->session, slot) == SHOAL_SLOT_STATE_GONE);
  world->drops[slot] = 1;
  bite (world, 7, slot);
}

static const ShoalSessionHandlers HANDLERS = {
  on_send_control, on_send_data,       on_hello,   on_revealed,
  on_ready,        on_primary_changed, on_message, on_drop,
};

/* --- Steps --------------------------------------------------------------- */

static void
receive (World *world, guint which, guint stream, const uint8_t *data, size_t size)
{
  g_autofree uint8_t *copy = g_memdup2 (data, size);

  if (world->session != NULL)
    shoal_session_receive (world->session, world->slots[which], stream, copy, size, world->now);
}

/* With a right header, and at least as long as it must be. */
static void
receive_frame (World *world, guint which, uint8_t type, const uint8_t *body, size_t size)
{
  g_autoptr (GByteArray) frame = shoal_frame_begin ((ShoalMessageType) type);
  size_t min, max;

  shoal_write_bytes (frame, body, size);
  if (shoal_frame_get_bounds (type, &min, &max))
    {
      while (frame->len < min + SHOAL_FRAME_HEADER_SIZE)
        shoal_write_u8 (frame, 0);
    }
  shoal_put_u32 (frame->data, frame->len - 4);
  receive (world, which, 0, frame->data, frame->len);
}

/* A sample, with small numbers in place of its own. */
static ShoalMessage
pick_sample (uint8_t index, uint8_t channel)
{
  guint n;
  const ShoalMessage *samples = wire_samples (&n);
  ShoalMessage message = samples[index % n];

  message.channel = channel % 4;
  if (message.type == SHOAL_MESSAGE_CLOSE)
    message.close.side = channel >> 7;
  if (message.type == SHOAL_MESSAGE_PONG)
    message.ping.value = 1 + channel % 4;
  if (message.type == SHOAL_MESSAGE_DATA)
    message.data.offset = 0;
  if (message.type == SHOAL_MESSAGE_BLOB_REQUEST)
    message.blob_request.length = 10;
  if (message.type == SHOAL_MESSAGE_HASH_REQUEST)
    message.hash_request.range = wire_sample_hash_range ();
  if (message.type == SHOAL_MESSAGE_HASH_REJECT)
    message.hash_reject.range = wire_sample_hash_range ();
  return message;
}

static void
receive_message (World *world, guint which, const ShoalMessage *message)
{
  g_autoptr (GByteArray) frame = wire_sample_frame (message);

  receive (world, which, 0, frame->data, frame->len);
}

static void
greet (World *world, guint which, uint8_t instance)
{
  ShoalMessage hello = { SHOAL_MESSAGE_HELLO, .hello = { 1, 0, { instance } } };
  ShoalMessage reveal = { SHOAL_MESSAGE_REVEAL };
  ShoalMessage adopt = { SHOAL_MESSAGE_ADOPT };

  receive_message (world, which, &hello);
  receive_message (world, which, &reveal);
  if (world->session != NULL && !shoal_session_is_leader (world->session))
    receive_message (world, which, &adopt);
}

static void
attach (World *world, guint which, uint8_t rank)
{
  ShoalSlotConfig config = { .link = world, .rank = rank % 4, .name = "fuzz" };
  guint slot;

  if (world->n_slots + 2 >= MAX_SLOTS)
    return;
  slot = shoal_session_attach (world->session, &config, world->now, NULL);
  if (slot != 0)
    world->n_slots = world->slots[which] = slot;
}

static void
send_data (World *world, guint which, ShoalReader *in)
{
  uint8_t channel = shoal_reader_u8 (in) % 4;
  uint8_t request = shoal_reader_u8 (in);
  uint8_t offset = shoal_reader_u8 (in);
  size_t size = shoal_reader_u8 (in) * (size_t) 257 + 1;
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);

  shoal_session_send_data (world->session, world->slots[which], channel, request, offset, payload,
                           NULL);
}

static void
check_world (World *world)
{
  for (guint i = 0; i < 2 && world->session != NULL; i++)
    {
      for (guint ours = 0; ours < 2; ours++)
        {
          guint requests, leaves;

          shoal_session_get_load (world->session, world->slots[i], ours != 0, &requests, &leaves);
          g_assert (requests <= SHOAL_MAX_QUEUED_REQUESTS);
          g_assert (leaves <= SHOAL_MAX_QUEUED_REQUEST_BYTES / SHOAL_LEAF_SIZE);
        }
    }
}

static void
run_receive_step (World *world, Step step, guint which, ShoalReader *in)
{
  uint8_t a = shoal_reader_u8 (in);
  uint8_t b = shoal_reader_u8 (in);
  const uint8_t *bytes;
  ShoalMessage message;

  if (step == STEP_RAW || step == STEP_FRAME)
    {
      size_t size = MIN (b, in->left);

      bytes = shoal_reader_bytes (in, size);
      if (bytes != NULL && step == STEP_RAW)
        receive (world, which, a % 3, bytes, size);
      else if (bytes != NULL)
        receive_frame (world, which, a, bytes, size);
    }
  else if (step == STEP_SAMPLE)
    {
      message = pick_sample (a, b);
      receive_message (world, which, &message);
    }
  else
    {
      greet (world, which, a % 2);
    }
}

static void
run_own_step (World *world, Step step, guint which, ShoalReader *in)
{
  uint8_t a = step == STEP_SEND_DATA ? 0 : shoal_reader_u8 (in);
  const ShoalHash proof = { { a } };
  ShoalMessage message;
  uint16_t channel;

  if (step == STEP_TICK)
    {
      world->now += a * (G_USEC_PER_SEC / 8);
      shoal_session_tick (world->session, world->now);
      if (world->session != NULL)
        g_assert (shoal_session_next_deadline (world->session) > world->now);
    }
  else if (step == STEP_ATTACH)
    attach (world, which, a);
  else if (step == STEP_DETACH)
    shoal_session_detach (world->session, world->slots[which], NULL);
  else if (step == STEP_CLOSE)
    shoal_session_close (world->session, world->slots[which], (ShoalGoodbye) (a % 6), "text");
  else if (step == STEP_SEND)
    {
      message = pick_sample (a, shoal_reader_u8 (in));
      shoal_session_send (world->session, world->slots[which], &message, NULL);
    }
  else if (step == STEP_OPEN)
    shoal_session_open (world->session, world->slots[which], &proof, a, &channel, NULL);
  else if (step == STEP_SEND_DATA)
    send_data (world, which, in);
  else
    {
      world->bite_event = a % 8;
      world->bite_action = a / 8 % 8;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const ShoalHash ids[2] = { { { 1 } }, { { 2 } } };
  const uint8_t instance[SHOAL_INSTANCE_SIZE] = { 1 };
  ShoalReader in = shoal_reader (data, size);
  World world = { .bite_event = -1, .now = G_USEC_PER_SEC };
  uint8_t first = shoal_reader_u8 (&in);

  world.session
    = shoal_session_new (&ids[first & 1], &ids[1 - (first & 1)], instance, &HANDLERS, &world);
  attach (&world, 0, first >> 1);
  if (world.session != NULL)
    attach (&world, 1, first >> 3);

  for (guint i = 0; i < MAX_STEPS && in.left > 0 && world.session != NULL; i++)
    {
      uint8_t op = shoal_reader_u8 (&in);
      Step step = (Step) ((op >> 1) % N_STEPS);

      if (step <= STEP_GREET)
        run_receive_step (&world, step, op & 1, &in);
      else
        run_own_step (&world, step, op & 1, &in);
      check_world (&world);
    }

  g_clear_pointer (&world.session, shoal_session_free);
  return 0;
}
