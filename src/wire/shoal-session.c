/* shoal-session.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-session.h"

#include "shoal-session-private.h"

/* Handlers may call anything, so every function that can reach one runs between
 * enter() and leave(), which keep all memory, and looks again at what it works on
 * after each event. */

void
shoal_session_enter (ShoalSession *self)
{
  self->depth++;
}

static void
destroy (ShoalSession *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    g_clear_pointer (&self->slots[i], shoal_slot_free);
  g_assert (self->leaving == NULL && self->gone == NULL);
  g_free (self);
}

void
shoal_session_leave (ShoalSession *self)
{
  if (--self->depth > 0)
    return;

  g_slist_free_full (g_steal_pointer (&self->gone), (GDestroyNotify) shoal_slot_free);
  if (self->freed)
    destroy (self);
}

ShoalSession *
shoal_session_new (const ShoalHash *own, const ShoalHash *peer, const uint8_t *instance,
                   const ShoalSessionHandlers *handlers, gpointer user_data)
{
  ShoalSession *self;

  g_return_val_if_fail (!shoal_hash_equals (own, peer), NULL);

  self = g_new0 (ShoalSession, 1);
  self->own = *own;
  self->peer = *peer;
  memcpy (self->instance, instance, SHOAL_INSTANCE_SIZE);
  self->handlers = handlers;
  self->user_data = user_data;
  self->now = G_MININT64;
  self->probe = SHOAL_PROBE_NONE;
  return self;
}

void
shoal_session_free (ShoalSession *self)
{
  if (self == NULL || self->freed)
    return;

  self->freed = TRUE;
  if (self->depth == 0)
    destroy (self);
}

gboolean
shoal_session_is_leader (const ShoalSession *self)
{
  return shoal_hash_compare (&self->own, &self->peer) < 0;
}

/* --- Links --------------------------------------------------------------- */

static ShoalSlot *
slot_new (ShoalSession *self, const ShoalSlotConfig *config)
{
  ShoalSlot *slot = g_new0 (ShoalSlot, 1);

  slot->id = ++self->last_id;
  slot->link = config->link;
  slot->rank = config->rank;
  slot->state = SHOAL_SLOT_STATE_GREETING;
  slot->r = config->r;
  slot->since = slot->heard = slot->pinged = self->now;
  slot->rtt = -1;
  slot->parser.last_type = SHOAL_MESSAGE_GOODBYE;
  shoal_channel_table_init (&slot->channels[0], FALSE);
  shoal_channel_table_init (&slot->channels[1], TRUE);
  return slot;
}

static GBytes *
make_hello (ShoalSession *self, const ShoalSlotConfig *config, GError **error)
{
  ShoalMessage message = { SHOAL_MESSAGE_HELLO };

  message.hello.version = SHOAL_PROTOCOL_VERSION;
  message.hello.features = config->features;
  memcpy (message.hello.instance, self->instance, SHOAL_INSTANCE_SIZE);
  message.hello.commit = config->commit;
  message.hello.port = config->port;
  message.hello.kind = (uint8_t) config->kind;
  message.hello.name = config->name;
  message.hello.agent = config->agent;
  return shoal_message_encode (&message, error);
}

guint
shoal_session_attach (ShoalSession *self, const ShoalSlotConfig *config, gint64 now, GError **error)
{
  g_autoptr (GBytes) hello = make_hello (self, config, error);
  guint place = 0;
  guint id;

  if (hello == NULL)
    return 0;

  while (place < G_N_ELEMENTS (self->slots) && self->slots[place] != NULL)
    place++;
  if (place == G_N_ELEMENTS (self->slots))
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, NULL,
                       "There are %d links to this device already", SHOAL_MAX_LINKS_PER_DEVICE);
      return 0;
    }

  shoal_session_enter (self);
  self->now = MAX (self->now, now);
  self->slots[place] = slot_new (self, config);
  id = self->slots[place]->id;
  g_debug ("Slot %u: %s, rank %d", id, config->outgoing ? "outgoing" : "incoming", config->rank);
  self->handlers->send_control (self->user_data, id, hello);
  shoal_session_leave (self);
  return id;
}

void
shoal_session_detach (ShoalSession *self, guint slot_id, const GError *error)
{
  ShoalSlot *slot = shoal_session_find (self, slot_id);
  g_autoptr (GError) fallback = NULL;

  if (slot == NULL || self->freed)
    return;

  shoal_session_enter (self);
  if (slot->state == SHOAL_SLOT_STATE_DROPPING)
    error = fallback = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, NULL,
                                        "The link is not needed");
  else if (error == NULL)
    error = fallback = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL,
                                        "The link has ended");
  shoal_session_end (self, slot, error);
  shoal_session_leave (self);
}

static ShoalErrorCode
code_for_goodbye (ShoalGoodbye code)
{
  switch (code)
    {
    case SHOAL_GOODBYE_LEAVING:
      return SHOAL_ERROR_CLOSED;
    case SHOAL_GOODBYE_PROTOCOL:
      return SHOAL_ERROR_PROTOCOL;
    case SHOAL_GOODBYE_VERSION:
      return SHOAL_ERROR_VERSION;
    case SHOAL_GOODBYE_LIMIT:
      return SHOAL_ERROR_LIMIT;
    case SHOAL_GOODBYE_UNWELCOME:
      return SHOAL_ERROR_REFUSED;
    case SHOAL_GOODBYE_OTHER:
    default:
      return SHOAL_ERROR_FAILED;
    }
}

static void
close_slot (ShoalSession *self, ShoalSlot *slot, ShoalGoodbye code, const char *text)
{
  g_autoptr (GError) error
    = shoal_error_new (code_for_goodbye (code), SHOAL_SIDE_HERE, NULL, "%s",
                       text != NULL && *text != '\0' ? text : "This device has ended the link");

  shoal_session_say_goodbye (self, slot, code, text, error);
}

void
shoal_session_close (ShoalSession *self, guint slot_id, ShoalGoodbye code, const char *text)
{
  guint slots[SHOAL_MAX_LINKS_PER_DEVICE];
  guint n_slots;

  shoal_session_enter (self);
  n_slots = shoal_session_get_slots (self, slots);
  for (guint i = 0; i < n_slots && !self->freed; i++)
    {
      ShoalSlot *slot = shoal_session_find (self, slots[i]);

      if (slot != NULL && (slot_id == 0 || slot_id == slot->id))
        close_slot (self, slot, code, text);
    }
  shoal_session_leave (self);
}

/* --- Receiving ----------------------------------------------------------- */

static void
parser_free (gpointer data)
{
  shoal_frame_parser_clear (data);
  g_free (data);
}

/* The parser of @stream; NULL if there should be none. */
static ShoalFrameParser *
get_parser (ShoalSlot *slot, guint stream, GError **error)
{
  ShoalFrameParser *parser;

  if (stream == 0)
    return &slot->parser;

  if (slot->state != SHOAL_SLOT_STATE_ADOPTED && slot->state != SHOAL_SLOT_STATE_DROPPING)
    {
      shoal_error_set (error, SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                       "A second stream before ADOPT");
      return NULL;
    }

  if (slot->streams == NULL)
    slot->streams = g_hash_table_new_full (NULL, NULL, NULL, parser_free);
  parser = g_hash_table_lookup (slot->streams, GUINT_TO_POINTER (stream));
  if (parser != NULL)
    return parser;

  if (g_hash_table_size (slot->streams) == SHOAL_MAX_STREAMS)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                       "More than %u streams at once", SHOAL_MAX_STREAMS);
      return NULL;
    }

  parser = g_new0 (ShoalFrameParser, 1);
  g_hash_table_insert (slot->streams, GUINT_TO_POINTER (stream), parser);
  return parser;
}

static void
receive (ShoalSession *self, ShoalSlot *slot, guint stream, const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  ShoalFrameParser *parser = get_parser (slot, stream, &error);
  ShoalFrameStatus status = SHOAL_FRAME_MORE;
  ShoalFrame frame;

  if (parser == NULL)
    {
      shoal_session_fail (self, slot, error);
      return;
    }

  while (shoal_session_is_live (self, slot))
    {
      status = shoal_frame_parser_next (parser, &data, &size, &frame, &error);
      if (status != SHOAL_FRAME_READY)
        break;

      if (stream != 0 && frame.type != SHOAL_MESSAGE_DATA)
        {
          error = shoal_error_new (SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                                   "%s outside the first stream",
                                   shoal_message_type_get_name (frame.type));
          status = SHOAL_FRAME_FAILED;
          break;
        }
      shoal_session_dispatch (self, slot, &frame);
    }

  if (status == SHOAL_FRAME_FAILED)
    shoal_session_fail (self, slot, error);
  else if (stream != 0 && shoal_frame_parser_is_idle (parser))
    g_hash_table_remove (slot->streams, GUINT_TO_POINTER (stream));
}

gboolean
shoal_session_receive (ShoalSession *self, guint slot_id, guint stream, const uint8_t *data,
                       size_t size, gint64 now)
{
  ShoalSlot *slot = shoal_session_find (self, slot_id);
  gboolean live;

  if (slot == NULL || self->freed)
    return FALSE;
  g_return_val_if_fail (!slot->receiving, FALSE);

  shoal_session_enter (self);
  self->now = MAX (self->now, now);
  if (size > 0)
    {
      slot->heard = self->now;
      slot->suspect = FALSE;
    }

  slot->receiving = TRUE;
  receive (self, slot, stream, data, size);
  slot->receiving = FALSE;
  if (!self->freed)
    shoal_session_review (self);

  live = shoal_session_is_live (self, slot);
  shoal_session_leave (self);
  return live;
}

void
shoal_session_set_rank (ShoalSession *self, guint slot_id, int rank)
{
  ShoalSlot *slot = shoal_session_find (self, slot_id);

  if (slot == NULL || slot->rank == rank || self->freed)
    return;

  shoal_session_enter (self);
  g_debug ("Slot %u: rank %d", slot->id, rank);
  slot->rank = rank;
  shoal_session_review (self);
  shoal_session_leave (self);
}

void
shoal_session_set_reading (ShoalSession *self, guint slot_id, gboolean reading, gint64 now)
{
  ShoalSlot *slot = shoal_session_find (self, slot_id);

  self->now = MAX (self->now, now);
  if (slot == NULL || slot->deaf == !reading)
    return;

  slot->deaf = !reading;
  slot->heard = self->now;
}

/* --- Facts --------------------------------------------------------------- */

guint
shoal_session_get_primary (const ShoalSession *self)
{
  return self->primary;
}

guint
shoal_session_get_slots (const ShoalSession *self, guint slots[SHOAL_MAX_LINKS_PER_DEVICE])
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i] != NULL)
        slots[n++] = self->slots[i]->id;
    }
  return n;
}

ShoalSlotState
shoal_session_get_state (const ShoalSession *self, guint slot_id)
{
  const ShoalSlot *slot = shoal_session_find (self, slot_id);

  return slot != NULL ? slot->state : SHOAL_SLOT_STATE_GONE;
}

gpointer
shoal_session_get_link (const ShoalSession *self, guint slot_id)
{
  const ShoalSlot *slot = shoal_session_find (self, slot_id);

  for (GSList *l = self->leaving; slot == NULL && l != NULL; l = l->next)
    {
      if (((const ShoalSlot *) l->data)->id == slot_id)
        slot = l->data;
    }
  return slot != NULL ? slot->link : NULL;
}

gint64
shoal_session_get_rtt (const ShoalSession *self, guint slot_id)
{
  const ShoalSlot *slot = shoal_session_find (self, slot_id);

  return slot != NULL ? slot->rtt : -1;
}

ShoalChannelState
shoal_session_get_channel (const ShoalSession *self, guint slot_id, gboolean ours,
                           uint16_t channel)
{
  const ShoalSlot *slot = shoal_session_find (self, slot_id);
  const ShoalWireChannel *found
    = slot != NULL ? shoal_channel_table_find (&slot->channels[ours ? 1 : 0], channel) : NULL;

  return found != NULL ? found->state : SHOAL_CHANNEL_STATE_NONE;
}

void
shoal_session_get_load (const ShoalSession *self, guint slot_id, gboolean ours, guint *requests,
                        guint *leaves)
{
  const ShoalSlot *slot = shoal_session_find (self, slot_id);
  const ShoalLoad *load = slot != NULL ? &slot->channels[ours ? 1 : 0].load : NULL;

  *requests = load != NULL ? load->requests : 0;
  *leaves = load != NULL ? load->leaves : 0;
}
