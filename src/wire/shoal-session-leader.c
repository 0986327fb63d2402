/* shoal-session-leader.c: which link the session goes by, and keeping them alive.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-wire"

#include "config.h"

#include "shoal-session-private.h"

/* Both devices may dial at once, addresses change, cables are pulled: so there
 * can be several links, of which the leader chooses.
 *
 * The leader adopts the first usable link, and later one of a higher rank. Any
 * other is a rival. A rival is not dropped at once, because it may be there for
 * the reason that the primary has died without our noticing: the primary is
 * probed (PING), and only when it has answered, and nothing goes on on the rival,
 * is the rival dropped. If nothing at all is heard for SHOAL_PROBE_SECONDS, the
 * rival is adopted, and the former primary is a suspect: not adopted again before
 * it is heard.
 *
 * A link that the leader drops is still listened to until the other side,
 * having read DROP, closes it: nothing that was said there is lost. */

static gboolean
is_candidate (const ShoalSlot *slot)
{
  return slot->state == SHOAL_SLOT_STATE_USABLE || slot->state == SHOAL_SLOT_STATE_ADOPTED;
}

/* The best link besides the primary; suspects only if @suspects. */
static ShoalSlot *
best_rival (ShoalSession *self, gboolean suspects)
{
  ShoalSlot *best = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      ShoalSlot *slot = self->slots[i];

      if (slot == NULL || slot->id == self->primary || !is_candidate (slot))
        continue;
      if (slot->suspect && !suspects)
        continue;
      if (best == NULL || slot->rank > best->rank
          || (slot->rank == best->rank && slot->id > best->id))
        best = slot;
    }

  return best;
}

/* --- Primary ------------------------------------------------------------- */

void
shoal_session_announce (ShoalSession *self)
{
  while (!self->freed && self->announced != self->primary)
    {
      guint primary = self->announced = self->primary;

      if (!self->ready)
        {
          self->ready = TRUE;
          self->handlers->ready (self->user_data, primary);
        }
      else
        {
          self->handlers->primary_changed (self->user_data, primary);
        }
    }
}

void
shoal_session_adopted (ShoalSession *self, ShoalSlot *slot)
{
  if (slot->state == SHOAL_SLOT_STATE_USABLE)
    shoal_slot_set_state (slot, SHOAL_SLOT_STATE_ADOPTED);
  slot->adopted = ++self->events;
  self->primary = slot->id;
  self->probe = SHOAL_PROBE_NONE;

  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i] != NULL)
        self->slots[i]->spare_at = ++self->events;
    }
}

/* Who leads says it; who follows guesses the same until it is told. */
void
shoal_session_elect (ShoalSession *self)
{
  ShoalSlot *best = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      ShoalSlot *slot = self->slots[i];

      if (slot != NULL && slot->state == SHOAL_SLOT_STATE_ADOPTED
          && (best == NULL || slot->adopted > best->adopted))
        best = slot;
    }

  self->probe = SHOAL_PROBE_NONE;
  if (best != NULL && !shoal_session_is_leader (self))
    self->primary = best->id;
}

/* FALSE if the world may have changed: look again. */
static gboolean
adopt (ShoalSession *self, ShoalSlot *slot)
{
  ShoalMessage message = { SHOAL_MESSAGE_ADOPT };

  shoal_session_adopted (self, slot);
  shoal_session_post (self, slot, &message);
  if (!self->freed)
    shoal_session_announce (self);
  return FALSE;
}

static gboolean
drop_rival (ShoalSession *self, ShoalSlot *slot)
{
  ShoalMessage message = { SHOAL_MESSAGE_DROP };

  shoal_slot_set_state (slot, SHOAL_SLOT_STATE_DROPPING);
  slot->since = self->now;
  shoal_session_post (self, slot, &message);
  return FALSE;
}

/* When the primary has been silent for too long, asked on a rival's account. */
static gint64
probe_deadline (const ShoalSession *self)
{
  const ShoalSlot *primary = self->primary != 0 ? shoal_session_find (self, self->primary) : NULL;

  if (self->probe == SHOAL_PROBE_NONE || primary == NULL || primary->deaf)
    return G_MAXINT64;
  return MAX (self->probe, primary->heard) + SHOAL_PROBE_SECONDS * G_USEC_PER_SEC;
}

/* TRUE if there is nothing left to do for now. */
static gboolean
review_rivals (ShoalSession *self, ShoalSlot *primary)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      ShoalSlot *slot = self->slots[i];

      if (slot == NULL || slot == primary || !is_candidate (slot) || slot->suspect)
        continue;

      if (primary->alive_at > slot->spare_at)
        {
          if (shoal_slot_is_idle (slot))
            return drop_rival (self, slot);
        }
      else if (self->probe == SHOAL_PROBE_NONE)
        {
          self->probe = self->now;
          shoal_session_ping (self, primary);
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
review_once (ShoalSession *self)
{
  ShoalSlot *primary = self->primary != 0 ? shoal_session_find (self, self->primary) : NULL;
  ShoalSlot *rival = best_rival (self, primary == NULL);

  if (rival == NULL)
    {
      self->probe = SHOAL_PROBE_NONE;
      return TRUE;
    }
  if (primary == NULL || rival->rank > primary->rank)
    return adopt (self, rival);

  if (probe_deadline (self) <= self->now)
    {
      primary->suspect = TRUE;
      return adopt (self, rival);
    }

  return review_rivals (self, primary);
}

void
shoal_session_review (ShoalSession *self)
{
  if (!shoal_session_is_leader (self))
    return;

  while (!self->freed && !review_once (self))
    ;
}

/* --- Time ---------------------------------------------------------------- */

gboolean
shoal_session_ping (ShoalSession *self, ShoalSlot *slot)
{
  ShoalMessage message = { SHOAL_MESSAGE_PING };

  slot->pinged = self->now;
  slot->pinged_at = ++self->events;
  message.ping.value = ++slot->ping;
  return shoal_session_post (self, slot, &message);
}

static gint64
silence_deadline (const ShoalSlot *slot)
{
  return slot->deaf ? G_MAXINT64 : slot->heard + SHOAL_LINK_SILENT_SECONDS * G_USEC_PER_SEC;
}

/* When @slot has something to do, and what: below. */
static gint64
slot_deadline (const ShoalSlot *slot)
{
  switch (slot->state)
    {
    case SHOAL_SLOT_STATE_GREETING:
    case SHOAL_SLOT_STATE_REVEALING:
      return slot->since + SHOAL_HANDSHAKE_SECONDS * G_USEC_PER_SEC;

    case SHOAL_SLOT_STATE_DROPPING:
      return slot->since + SHOAL_DROPPING_SECONDS * G_USEC_PER_SEC;

    case SHOAL_SLOT_STATE_USABLE:
    case SHOAL_SLOT_STATE_ADOPTED:
      return MIN (silence_deadline (slot), MAX (slot->heard, slot->pinged)
                                             + SHOAL_KEEP_ALIVE_SECONDS * G_USEC_PER_SEC);

    case SHOAL_SLOT_STATE_GONE:
    default:
      return G_MAXINT64;
    }
}

static void
tick_slot (ShoalSession *self, ShoalSlot *slot)
{
  g_autoptr (GError) error = NULL;

  switch (slot->state)
    {
    case SHOAL_SLOT_STATE_GREETING:
    case SHOAL_SLOT_STATE_REVEALING:
      error = shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE, NULL,
                               "The other device did not introduce itself within %d seconds",
                               SHOAL_HANDSHAKE_SECONDS);
      shoal_session_fail (self, slot, error);
      break;

    case SHOAL_SLOT_STATE_DROPPING:
      error = shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, NULL,
                               "The link is not needed");
      shoal_session_end (self, slot, error);
      break;

    case SHOAL_SLOT_STATE_USABLE:
    case SHOAL_SLOT_STATE_ADOPTED:
      if (self->now < silence_deadline (slot))
        {
          shoal_session_ping (self, slot);
          break;
        }
      error = shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_NETWORK, NULL,
                               "The other device has been silent for %d seconds",
                               SHOAL_LINK_SILENT_SECONDS);
      shoal_session_end (self, slot, error);
      break;

    case SHOAL_SLOT_STATE_GONE:
    default:
      break;
    }
}

gint64
shoal_session_next_deadline (const ShoalSession *self)
{
  gint64 next = G_MAXINT64;

  for (guint i = 0; i < G_N_ELEMENTS (self->slots); i++)
    {
      if (self->slots[i] != NULL)
        next = MIN (next, slot_deadline (self->slots[i]));
    }
  return MIN (next, probe_deadline (self));
}

void
shoal_session_tick (ShoalSession *self, gint64 now)
{
  guint slots[SHOAL_MAX_LINKS_PER_DEVICE];
  guint n_slots;

  shoal_session_enter (self);
  self->now = MAX (self->now, now);

  n_slots = shoal_session_get_slots (self, slots);
  for (guint i = 0; i < n_slots && !self->freed; i++)
    {
      ShoalSlot *slot = shoal_session_find (self, slots[i]);

      if (slot != NULL && slot_deadline (slot) <= self->now)
        tick_slot (self, slot);
    }
  if (!self->freed)
    shoal_session_review (self);

  shoal_session_leave (self);
}
