/* shoal-session-slot.c: one link of a session, from greeting to its end.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-session-private.h"

#include "shoal-state.h"

G_DEFINE_ENUM_TYPE (ShoalSlotState, shoal_slot_state,
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_GREETING, "greeting"),
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_REVEALING, "revealing"),
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_USABLE, "usable"),
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_ADOPTED, "adopted"),
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_DROPPING, "dropping"),
  G_DEFINE_ENUM_VALUE (SHOAL_SLOT_STATE_GONE, "gone"))

static const ShoalStateEdge EDGES[] = {
  { SHOAL_SLOT_STATE_GREETING, SHOAL_SLOT_STATE_REVEALING }, /* their HELLO */
  { SHOAL_SLOT_STATE_REVEALING, SHOAL_SLOT_STATE_USABLE },   /* their REVEAL, which fits */
  { SHOAL_SLOT_STATE_USABLE, SHOAL_SLOT_STATE_ADOPTED },     /* ADOPT, by whoever leads */
  { SHOAL_SLOT_STATE_USABLE, SHOAL_SLOT_STATE_DROPPING },    /* DROP by us: never needed */
  { SHOAL_SLOT_STATE_ADOPTED, SHOAL_SLOT_STATE_DROPPING },   /* DROP by us: idle */
  { SHOAL_SLOT_STATE_GREETING, SHOAL_SLOT_STATE_GONE },      /* link died, refused, silent */
  { SHOAL_SLOT_STATE_REVEALING, SHOAL_SLOT_STATE_GONE },     /* likewise */
  { SHOAL_SLOT_STATE_USABLE, SHOAL_SLOT_STATE_GONE },        /* likewise, or DROP by them */
  { SHOAL_SLOT_STATE_ADOPTED, SHOAL_SLOT_STATE_GONE },       /* likewise */
  { SHOAL_SLOT_STATE_DROPPING, SHOAL_SLOT_STATE_GONE },      /* they closed, or took too long */
};

void
shoal_slot_set_state (ShoalSlot *slot, ShoalSlotState to)
{
  if (!shoal_state_step (SHOAL_TYPE_SLOT_STATE, EDGES, G_N_ELEMENTS (EDGES), slot->state, to))
    return;

  slot->state = to;
  /* Before it is adopted, nothing but greetings is even assembled. */
  slot->parser.last_type
    = to == SHOAL_SLOT_STATE_ADOPTED || to == SHOAL_SLOT_STATE_DROPPING ? 0 : SHOAL_MESSAGE_GOODBYE;
}

void
shoal_slot_free (ShoalSlot *slot)
{
  shoal_frame_parser_clear (&slot->parser);
  g_clear_pointer (&slot->streams, g_hash_table_unref);
  shoal_channel_table_clear (&slot->channels[0]);
  shoal_channel_table_clear (&slot->channels[1]);
  g_free (slot);
}

ShoalSlot *
shoal_session_find (const ShoalSession *self, guint id)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i] != NULL && self->slots[i]->id == id)
        return self->slots[i];
    }

  return NULL;
}

gboolean
shoal_session_is_live (const ShoalSession *self, const ShoalSlot *slot)
{
  return !self->freed && slot->state != SHOAL_SLOT_STATE_GONE;
}

gboolean
shoal_slot_is_idle (const ShoalSlot *slot)
{
  return shoal_channel_table_count (&slot->channels[0]) == 0
         && shoal_channel_table_count (&slot->channels[1]) == 0 && slot->n_lists[0] == 0
         && slot->n_lists[1] == 0;
}

gboolean
shoal_session_post (ShoalSession *self, ShoalSlot *slot, const ShoalMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = NULL;

  if (!shoal_session_is_live (self, slot))
    return FALSE;

  frame = shoal_message_encode (message, &error);
  if (frame == NULL)
    {
      g_critical ("%s", error->message);
      return TRUE;
    }

  self->handlers->send_control (self->user_data, slot->id, frame);
  return shoal_session_is_live (self, slot);
}

/* Order matters: all books are right before anybody is told, because being
 * told may lead to calls on the session. */
void
shoal_session_end (ShoalSession *self, ShoalSlot *slot, const GError *error)
{
  if (!shoal_session_is_live (self, slot))
    return;

  shoal_slot_set_state (slot, SHOAL_SLOT_STATE_GONE);
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i] == slot)
        self->slots[i] = NULL;
    }
  shoal_channel_table_clear (&slot->channels[0]);
  shoal_channel_table_clear (&slot->channels[1]);
  self->leaving = g_slist_prepend (self->leaving, slot);
  if (self->primary == slot->id)
    {
      self->primary = 0;
      shoal_session_elect (self);
    }

  g_debug ("Slot %u ends: %s", slot->id, error->message);
  self->handlers->drop (self->user_data, slot->id, error);
  self->leaving = g_slist_remove (self->leaving, slot);
  self->gone = g_slist_prepend (self->gone, slot);

  if (!self->freed)
    shoal_session_review (self);
  if (!self->freed)
    shoal_session_announce (self);
}

/* --- Goodbye ------------------------------------------------------------- */

static ShoalGoodbye
goodbye_for (const GError *error)
{
  if (error->domain != SHOAL_ERROR)
    return SHOAL_GOODBYE_OTHER;

  switch (error->code)
    {
    case SHOAL_ERROR_PROTOCOL:
      return SHOAL_GOODBYE_PROTOCOL;
    case SHOAL_ERROR_VERSION:
      return SHOAL_GOODBYE_VERSION;
    case SHOAL_ERROR_LIMIT:
      return SHOAL_GOODBYE_LIMIT;
    default:
      return SHOAL_GOODBYE_OTHER;
    }
}

/* A reason that fits its field, whatever it was made of. */
static char *
clip_reason (const char *text)
{
  char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  if (strlen (valid) > SHOAL_MAX_REASON_BYTES)
    *g_utf8_find_prev_char (valid, valid + SHOAL_MAX_REASON_BYTES + 1) = '\0';
  return valid;
}

void
shoal_session_say_goodbye (ShoalSession *self, ShoalSlot *slot, ShoalGoodbye code, const char *text,
                           const GError *error)
{
  g_autofree char *reason = clip_reason (text);
  ShoalMessage message = { SHOAL_MESSAGE_GOODBYE };

  message.goodbye.code = (uint16_t) code;
  message.goodbye.text = reason;

  /* A link that we have told to close hears nothing more from us. */
  if (slot->state == SHOAL_SLOT_STATE_DROPPING || shoal_session_post (self, slot, &message))
    shoal_session_end (self, slot, error);
}

void
shoal_session_fail (ShoalSession *self, ShoalSlot *slot, const GError *error)
{
  shoal_session_say_goodbye (self, slot, goodbye_for (error), error->message, error);
}
