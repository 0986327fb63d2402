/* wire-pair.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "wire-pair.h"

#include "shoal-bytes.h"
#include "shoal-error.h"

static WireSocket *
get_socket (WireEnd *self, guint slot)
{
  WireSocket *socket = shoal_session_get_link (self->session, slot);

  g_assert_nonnull (socket);
  return socket;
}

static WireSocket *
get_other (WireSocket *socket)
{
  WirePair *pair = socket->end->pair;

  return &pair->ends[1 - socket->end->side].sockets[socket->index];
}

static void
call_hook (WireEnd *self, WireEvent event, guint slot, const ShoalMessage *message)
{
  if (self->hook != NULL)
    self->hook (self, event, slot, message);
}

/* --- Handlers ------------------------------------------------------------ */

static void
push (WireSocket *socket, GBytes *bytes)
{
  WireSocket *other = get_other (socket);

  g_assert_false (socket->closed);
  if (socket->end->pair->cut[socket->index] || other->closed)
    return;
  g_byte_array_append (other->inbox, g_bytes_get_data (bytes, NULL),
                       (guint) g_bytes_get_size (bytes));
}

static void
on_send_control (gpointer user_data, guint slot, GBytes *frame)
{
  WireEnd *self = user_data;

  push (get_socket (self, slot), frame);
  call_hook (self, WIRE_EVENT_SEND_CONTROL, slot, NULL);
}

static void
on_send_data (gpointer user_data, guint slot, guint lane, GBytes *header, GBytes *payload)
{
  WireEnd *self = user_data;

  g_assert_cmpuint (lane, <, SHOAL_MAX_CHANNELS);
  push (get_socket (self, slot), header);
  push (get_socket (self, slot), payload);
  call_hook (self, WIRE_EVENT_SEND_DATA, slot, NULL);
}

static void
on_hello (gpointer user_data, guint slot, const ShoalMessage *hello, gboolean restarted)
{
  WireEnd *self = user_data;

  g_string_append_printf (self->log, "hello %s%s; ", hello->hello.name,
                          restarted ? " restarted" : "");
  call_hook (self, WIRE_EVENT_HELLO, slot, hello);
}

static gboolean
on_revealed (gpointer user_data, guint slot, const ShoalHash *commit, const ShoalHash *r)
{
  WireEnd *self = user_data;
  gboolean fits = !self->bad_reveal && commit->bytes[0] == r->bytes[0] + 100;

  g_string_append (self->log, "revealed; ");
  call_hook (self, WIRE_EVENT_REVEALED, slot, NULL);
  return fits;
}

static void
on_ready (gpointer user_data, guint slot)
{
  WireEnd *self = user_data;

  g_string_append (self->log, "ready; ");
  if (self->chatty)
    wire_end_say (self);
  call_hook (self, WIRE_EVENT_READY, slot, NULL);
}

static void
on_primary_changed (gpointer user_data, guint slot)
{
  WireEnd *self = user_data;

  g_string_append_printf (self->log, "primary %s; ", slot != 0 ? "moves" : "gone");
  if (self->chatty && slot != 0)
    wire_end_say (self);
  call_hook (self, WIRE_EVENT_PRIMARY, slot, NULL);
}

static void
on_message (gpointer user_data, guint slot, const ShoalMessage *message)
{
  WireEnd *self = user_data;

  g_string_append_printf (self->log, "%s", shoal_message_type_get_name ((uint8_t) message->type));
  if (shoal_message_type_is_channel (message->type))
    g_string_append_printf (self->log, " %u", message->channel);
  g_string_append (self->log, "; ");
  if (message->type == SHOAL_MESSAGE_PROFILE)
    g_ptr_array_add (self->received, g_strdup (message->profile.name));
  call_hook (self, WIRE_EVENT_MESSAGE, slot, message);
}

static void
on_drop (gpointer user_data, guint slot, const GError *error)
{
  WireEnd *self = user_data;
  WireSocket *socket = get_socket (self, slot);

  g_assert_nonnull (error);
  g_string_append_printf (self->log, "drop %s; ", shoal_error_get_nick (error));
  g_clear_error (&self->dropped);
  self->dropped = g_error_copy (error);
  socket->closed = TRUE;
  socket->drops++;
  g_byte_array_set_size (socket->inbox, 0);
  call_hook (self, WIRE_EVENT_DROP, slot, NULL);
}

static const ShoalSessionHandlers HANDLERS = {
  on_send_control, on_send_data,       on_hello,   on_revealed,
  on_ready,        on_primary_changed, on_message, on_drop,
};

/* --- Pair ---------------------------------------------------------------- */

static void
start (WireEnd *self)
{
  const ShoalHash ids[2] = { { { 1 } }, { { 2 } } };
  uint8_t instance[SHOAL_INSTANCE_SIZE] = { (uint8_t) (self->side + 1), ++self->instance };

  self->session = shoal_session_new (&ids[self->side], &ids[1 - self->side], instance, &HANDLERS,
                                     self);
}

WirePair *
wire_pair_new (void)
{
  WirePair *self = g_new0 (WirePair, 1);

  self->now = G_USEC_PER_SEC;
  for (guint side = 0; side < 2; side++)
    {
      WireEnd *end = &self->ends[side];

      end->pair = self;
      end->side = side;
      end->log = g_string_new (NULL);
      end->sent = g_ptr_array_new_with_free_func (g_free);
      end->received = g_ptr_array_new_with_free_func (g_free);
      for (guint i = 0; i < WIRE_MAX_LINKS; i++)
        {
          end->sockets[i].end = end;
          end->sockets[i].index = i;
          end->sockets[i].inbox = g_byte_array_new ();
        }
      start (end);
    }

  return self;
}

void
wire_pair_free (WirePair *self)
{
  for (guint side = 0; side < 2; side++)
    {
      WireEnd *end = &self->ends[side];

      g_clear_pointer (&end->session, shoal_session_free);
      g_string_free (end->log, TRUE);
      g_ptr_array_unref (end->sent);
      g_ptr_array_unref (end->received);
      g_clear_error (&end->dropped);
      for (guint i = 0; i < WIRE_MAX_LINKS; i++)
        g_byte_array_unref (end->sockets[i].inbox);
    }
  g_free (self);
}

void
wire_end_restart (WireEnd *self)
{
  g_clear_pointer (&self->session, shoal_session_free);
  for (guint i = 0; i < WIRE_MAX_LINKS; i++)
    {
      self->sockets[i].slot = 0;
      g_byte_array_set_size (self->sockets[i].inbox, 0);
    }
  g_string_truncate (self->log, 0);
  start (self);
}

void
wire_end_attach (WireEnd *self, guint link, int rank)
{
  ShoalSlotConfig config = { .link = &self->sockets[link], .rank = rank, .port = 47474 };
  g_autoptr (GError) error = NULL;
  guint slot;

  config.r.bytes[0] = (uint8_t) (1 + self->side * 16 + link);
  config.commit.bytes[0] = config.r.bytes[0] + 100;
  config.name = self->side == 0 ? "leader" : "follower";
  config.agent = "test";
  slot = shoal_session_attach (self->session, &config, self->pair->now, &error);
  g_assert_no_error (error);
  self->sockets[link].slot = slot;
}

void
wire_pair_link (WirePair *self, guint link, int rank)
{
  wire_end_attach (&self->ends[0], link, rank);
  wire_end_attach (&self->ends[1], link, rank);
}

gboolean
wire_socket_is_pending (const WireSocket *self)
{
  const WireSocket *other = &self->end->pair->ends[1 - self->end->side].sockets[self->index];

  if (self->slot == 0 || self->closed || self->deaf || self->end->session == NULL
      || self->end->pair->cut[self->index])
    return FALSE;
  return self->inbox->len > 0 || (other->closed && !self->told);
}

void
wire_socket_deliver (WireSocket *self, size_t max)
{
  g_autofree uint8_t *data = NULL;
  size_t size = self->inbox->len;

  if (size == 0)
    {
      self->told = TRUE;
      shoal_session_detach (self->end->session, self->slot, NULL);
      return;
    }

  size = MIN (size, max > 0 ? max : shoal_get_u32 (self->inbox->data) + 4);
  data = g_memdup2 (self->inbox->data, size);
  g_byte_array_remove_range (self->inbox, 0, (guint) size);
  shoal_session_receive (self->end->session, self->slot, 0, data, size, self->end->pair->now);
}

static size_t
choose_size (WirePair *self)
{
  if (self->chunk == 0)
    return G_MAXSIZE;
  if (self->chunk == G_MAXUINT)
    return (size_t) g_test_rand_int_range (1, 1 << g_test_rand_int_range (1, 16));
  return self->chunk;
}

void
wire_pair_run (WirePair *self)
{
  gboolean moved = TRUE;

  while (moved)
    {
      moved = FALSE;
      for (guint i = 0; i < 2 * WIRE_MAX_LINKS; i++)
        {
          WireSocket *socket = &self->ends[i % 2].sockets[i / 2];

          if (wire_socket_is_pending (socket))
            {
              wire_socket_deliver (socket, choose_size (self));
              moved = TRUE;
            }
        }
    }
}

void
wire_pair_wait (WirePair *self, gint64 duration)
{
  gint64 end = self->now + duration;

  wire_pair_run (self);
  while (self->now < end)
    {
      gint64 next = end;

      for (guint side = 0; side < 2; side++)
        {
          if (self->ends[side].session != NULL)
            next = MIN (next, shoal_session_next_deadline (self->ends[side].session));
        }
      self->now = MAX (self->now + 1, next);
      for (guint side = 0; side < 2; side++)
        {
          if (self->ends[side].session != NULL)
            shoal_session_tick (self->ends[side].session, self->now);
        }
      wire_pair_run (self);
    }
}

void
wire_socket_inject (WireSocket *self, const void *data, size_t size)
{
  g_byte_array_append (self->inbox, data, (guint) size);
}

void
wire_socket_inject_message (WireSocket *self, const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = shoal_message_encode (message, &error);

  g_assert_no_error (error);
  wire_socket_inject (self, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
  if (message->type == SHOAL_MESSAGE_DATA)
    wire_socket_inject (self, message->data.payload, message->data.size);
}

gboolean
wire_end_say (WireEnd *self)
{
  g_autofree char *name = g_strdup_printf ("%u-%u", self->side, self->sent->len);
  ShoalMessage message = { SHOAL_MESSAGE_PROFILE, .profile = { 0, name } };

  /* Noted before: being sent may lead to anything. */
  g_ptr_array_add (self->sent, g_strdup (name));
  if (shoal_session_send (self->session, 0, &message, NULL))
    return TRUE;
  g_ptr_array_remove_index (self->sent, self->sent->len - 1);
  return FALSE;
}

guint
wire_end_get_primary (const WireEnd *self)
{
  guint primary = shoal_session_get_primary (self->session);
  const WireSocket *socket = shoal_session_get_link (self->session, primary);

  return socket != NULL ? socket->index : G_MAXUINT;
}

guint
wire_end_count_slots (const WireEnd *self)
{
  guint slots[SHOAL_MAX_LINKS_PER_DEVICE];

  return shoal_session_get_slots (self->session, slots);
}

static void
swallow (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

void
wire_be_quiet (void)
{
  g_log_set_handler ("shoal-base", G_LOG_LEVEL_DEBUG, swallow, NULL);
  g_log_set_handler ("shoal-wire", G_LOG_LEVEL_DEBUG, swallow, NULL);
}
