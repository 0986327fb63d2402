/* shoal-rendezvous.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-rendezvous-private.h"

#define TICK (1 * G_USEC_PER_SEC)
#define FIRST_WAIT (5 * G_USEC_PER_SEC)
#define LONGEST_WAIT (120 * G_USEC_PER_SEC)
/* An offer that nobody has answered for this long is not the only one. */
#define OFFER_PATIENCE (6 * G_USEC_PER_SEC)
/* Of two there are three: one of them is a connection that has died, and that the
 * tracker still takes for a member. It gives offers to either. */
#define GHOST_PATIENCE (3 * G_USEC_PER_SEC)
#define MAX_OFFERS_OUT 4

static const gint64 UPGRADES[] = {
  5 * G_USEC_PER_SEC, 30 * G_USEC_PER_SEC, 300 * (gint64) G_USEC_PER_SEC,
};

/* --- Who is wanted ------------------------------------------------------------- */

/* Of one appointment: what a body says of its device is not proved yet, and whoever
 * has the link of a share may name our friend in it. */
static guint
count_attempts (ShoalAppointment *self, const ShoalDeviceId *device)
{
  GPtrArray *attempts = self->rendezvous->attempts;
  guint n = 0;

  for (guint i = 0; i < attempts->len; i++)
    {
      ShoalAttempt *attempt = g_ptr_array_index (attempts, i);

      n += attempt->appointment == self && attempt->theirs != NULL
           && shoal_hash_equals (&attempt->theirs->device, device);
    }
  return n;
}

/* Those who have a link are any number: some places are not for them. */
static gboolean
has_place (ShoalAppointment *self)
{
  GPtrArray *attempts = self->rendezvous->attempts;
  guint n_open = 0;

  for (guint i = 0; i < attempts->len; i++)
    n_open += !((ShoalAttempt *) g_ptr_array_index (attempts, i))->appointment->has_expected;
  return attempts->len < SHOAL_RENDEZVOUS_MAX_ATTEMPTS
         && (self->has_expected || n_open < SHOAL_RENDEZVOUS_MAX_OPEN);
}

/* What a device has offered last is what it still knows of: the oldest answer makes
 * room. FALSE if there is none. */
static gboolean
make_room (ShoalAppointment *self, const ShoalDeviceId *device)
{
  GPtrArray *attempts = self->rendezvous->attempts;
  ShoalAttempt *oldest = NULL;

  if (count_attempts (self, device) < SHOAL_RENDEZVOUS_MAX_PER_DEVICE)
    return TRUE;
  for (guint i = 0; i < attempts->len; i++)
    {
      ShoalAttempt *attempt = g_ptr_array_index (attempts, i);

      if (attempt->appointment == self && !attempt->is_offer && attempt->link == NULL
          && shoal_hash_equals (&attempt->theirs->device, device)
          && (oldest == NULL || attempt->made < oldest->made))
        oldest = attempt;
    }
  if (oldest != NULL)
    shoal_attempt_end (oldest);
  return oldest != NULL;
}

static gboolean
has_ghosts (ShoalAppointment *self)
{
  return self->has_expected && self->n_others > 1;
}

/* Offers of this appointment that may still be answered, and are enough. */
static gboolean
has_offer_out (ShoalAppointment *self, gint64 now)
{
  ShoalRendezvous *rendezvous = self->rendezvous;
  gint64 patience = has_ghosts (self) ? GHOST_PATIENCE : OFFER_PATIENCE;
  guint n = 0;

  for (guint i = 0; i < rendezvous->attempts->len; i++)
    {
      ShoalAttempt *attempt = g_ptr_array_index (rendezvous->attempts, i);

      if (attempt->appointment != self)
        continue;
      if (attempt->theirs != NULL || attempt->made + patience > now)
        return TRUE;
      n++;
    }
  return n >= MAX_OFFERS_OUT;
}

static ShoalPeer *
get_expected (ShoalAppointment *self)
{
  return self->has_expected ? shoal_hub_get_peer (self->rendezvous->hub, &self->expected) : NULL;
}

static gboolean
is_connected (ShoalRendezvous *self, const ShoalDeviceId *device)
{
  ShoalPeer *peer = shoal_hub_get_peer (self->hub, device);

  return peer != NULL && shoal_peer_is_connected (peer);
}

/* Those that have left are forgotten, so that they can be met again. */
static guint
count_met (ShoalAppointment *self)
{
  for (guint i = self->devices->len; i-- > 0;)
    if (!is_connected (self->rendezvous, &g_array_index (self->devices, ShoalDeviceId, i)))
      g_array_remove_index_fast (self->devices, i);
  return self->devices->len;
}

static void
note_met (ShoalAppointment *self, const ShoalDeviceId *device)
{
  for (guint i = 0; i < self->devices->len; i++)
    if (shoal_hash_equals (&g_array_index (self->devices, ShoalDeviceId, i), device))
      return;
  g_array_append_vals (self->devices, device, 1);
}

static gboolean
is_wanted (ShoalAppointment *self)
{
  if (!self->seeks)
    return FALSE;
  /* An invite is kept by meeting under it, also between two that are connected. */
  if (self->kind == SHOAL_TOPIC_INVITE)
    return self->devices->len == 0;
  if (self->has_expected)
    return self->forced || !is_connected (self->rendezvous, &self->expected);
  return count_met (self) < self->n_others;
}

static void
offer (ShoalAppointment *self, gint64 now)
{
  self->forced = FALSE;
  self->next_offer = now + (has_ghosts (self) ? GHOST_PATIENCE : self->wait);
  self->wait = MIN (self->wait * 2, LONGEST_WAIT);
  shoal_attempt_offer (self, self->rendezvous->policy);
}

/* One of the two tries to leave the relay, else they would meet twice. */
static gboolean
is_ours_to_upgrade (ShoalRendezvous *self, const ShoalDeviceId *device)
{
  ShoalPeer *peer = shoal_hub_get_peer (self->hub, device);

  return peer != NULL && shoal_peer_is_connected (peer)
         && shoal_peer_get_path (peer) == SHOAL_PATH_RELAYED
         && shoal_hash_compare (shoal_hub_get_own_id (self->hub), device) < 0;
}

static gboolean
is_relayed (ShoalAppointment *self)
{
  if (self->has_expected)
    return is_ours_to_upgrade (self->rendezvous, &self->expected);
  for (guint i = 0; i < self->devices->len; i++)
    if (is_ours_to_upgrade (self->rendezvous, &g_array_index (self->devices, ShoalDeviceId, i)))
      return TRUE;
  return FALSE;
}

static gboolean
is_upgrade_due (ShoalAppointment *self, gint64 now)
{
  if (self->rendezvous->policy != SHOAL_ICE_ANY || !is_relayed (self))
    {
      self->next_upgrade = 0;
      self->n_upgrades = 0;
      return FALSE;
    }
  if (self->n_upgrades >= G_N_ELEMENTS (UPGRADES))
    return FALSE;
  if (self->next_upgrade == 0)
    self->next_upgrade = now + UPGRADES[0];
  return now >= self->next_upgrade;
}

static void
upgrade (ShoalAppointment *self, gint64 now)
{
  self->n_upgrades++;
  if (self->n_upgrades < G_N_ELEMENTS (UPGRADES))
    self->next_upgrade = now + UPGRADES[self->n_upgrades];
  shoal_attempt_offer (self, SHOAL_ICE_DIRECT_ONLY);
}

static void
look (ShoalAppointment *self)
{
  gint64 now = shoal_runtime_now (rendezvous_runtime (self->rendezvous));

  if (self->n_others == 0 || !has_place (self) || has_offer_out (self, now))
    return;
  if (is_wanted (self) && now >= self->next_offer)
    offer (self, now);
  else if (is_upgrade_due (self, now))
    upgrade (self, now);
}

static void
on_tick (gpointer user_data)
{
  ShoalRendezvous *self = user_data;

  self->timer = shoal_runtime_add_timer (rendezvous_runtime (self), TICK, on_tick, self);
  shoal_rendezvous_look (self);
}

/* --- Meetings ------------------------------------------------------------------- */

static void
on_seen (ShoalMeeting *meeting, guint n_others, gpointer user_data)
{
  ShoalAppointment *self = user_data;

  /* Somebody came: no need to wait any longer. */
  if (n_others > self->n_others)
    {
      self->wait = FIRST_WAIT;
      self->next_offer = 0;
    }
  self->n_others = n_others;
  look (self);
}

/* Whoever speaks is there, whatever the tracker said when it last said something. */
static void
note_heard (ShoalAppointment *self)
{
  self->n_others = MAX (self->n_others, 1);
}

static gboolean
may_be (ShoalAppointment *self, const ShoalDeviceId *device)
{
  ShoalRendezvous *rendezvous = self->rendezvous;

  if (shoal_hash_equals (device, shoal_hub_get_own_id (rendezvous->hub))
      || shoal_device_book_is_blocked (rendezvous->book, device))
    return FALSE;
  return !self->has_expected || shoal_hash_equals (device, &self->expected);
}

/* Both have offered at once: the offer of the lower ID counts. */
static void
withdraw_for (ShoalAppointment *self, const ShoalDeviceId *device)
{
  ShoalRendezvous *rendezvous = self->rendezvous;

  if (!self->has_expected
      || shoal_hash_compare (shoal_hub_get_own_id (rendezvous->hub), device) < 0)
    return;
  for (guint i = rendezvous->attempts->len; i-- > 0;)
    {
      ShoalAttempt *attempt = g_ptr_array_index (rendezvous->attempts, i);

      if (attempt->appointment == self && attempt->is_offer && attempt->theirs == NULL)
        shoal_attempt_end (attempt);
    }
}

static void
on_offered (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body, gpointer user_data)
{
  ShoalAppointment *self = user_data;

  if (!may_be (self, &body->device) || !make_room (self, &body->device) || !has_place (self))
    return;
  note_heard (self);
  withdraw_for (self, &body->device);
  shoal_attempt_answer (self, number, body);
}

static void
on_answered (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body, gpointer user_data)
{
  ShoalAppointment *self = user_data;
  ShoalRendezvous *rendezvous = self->rendezvous;

  for (guint i = 0; i < rendezvous->attempts->len; i++)
    {
      ShoalAttempt *attempt = g_ptr_array_index (rendezvous->attempts, i);

      if (attempt->appointment != self || attempt->number != number || attempt->theirs != NULL)
        continue;
      note_heard (self);
      if (!self->has_expected && is_connected (rendezvous, &body->device)
          && !is_ours_to_upgrade (rendezvous, &body->device))
        {
          /* The tracker chose somebody who is here already. */
          note_met (self, &body->device);
          shoal_attempt_end (attempt);
        }
      else if (may_be (self, &body->device) && make_room (self, &body->device))
        shoal_attempt_answered (attempt, body);
      else
        shoal_attempt_end (attempt);
      return;
    }
}

/* --- From attempts ----------------------------------------------------------------- */

void
shoal_appointment_met (ShoalAppointment *self, ShoalLink *link)
{
  ShoalHub *hub = self->rendezvous->hub;
  ShoalDeviceId device = *shoal_link_get_peer_id (link);

  self->wait = FIRST_WAIT;
  note_met (self, &device);
  if (self->met != NULL)
    self->met (self, &device, self->user_data); /* which may end the appointment */
  shoal_hub_take_link (hub, link);
}

/* Nobody need hear of it: the first failure comes when another offer is due anyway. */
void
shoal_appointment_failed (ShoalAppointment *self)
{
  look (self);
}

/* --- Appointments -------------------------------------------------------------------- */

ShoalAppointment *
shoal_appointment_new (ShoalRendezvous *rendezvous, const ShoalAppointmentConfig *config)
{
  static const ShoalMeetingFuncs FUNCS = { on_seen, on_offered, on_answered };
  ShoalAppointment *self = g_new0 (ShoalAppointment, 1);

  self->rendezvous = rendezvous;
  self->kind = config->kind;
  self->seeks = config->seeks;
  self->met = config->met;
  self->user_data = config->user_data;
  self->wait = FIRST_WAIT;
  self->devices = g_array_new (FALSE, FALSE, sizeof (ShoalDeviceId));
  if (config->expected != NULL)
    {
      self->has_expected = TRUE;
      self->expected = *config->expected;
    }
  g_ptr_array_add (rendezvous->appointments, self);
  self->meeting = shoal_meeting_new (rendezvous->client, config->kind, config->secret,
                                     config->is_complete, config->trackers, &FUNCS, self);
  return self;
}

void
shoal_appointment_free (ShoalAppointment *self)
{
  ShoalRendezvous *rendezvous = self->rendezvous;

  for (guint i = rendezvous->attempts->len; i-- > 0;)
    {
      ShoalAttempt *attempt = g_ptr_array_index (rendezvous->attempts, i);

      if (attempt->appointment == self)
        shoal_attempt_end (attempt);
    }
  g_ptr_array_remove_fast (rendezvous->appointments, self);
  shoal_meeting_free (self->meeting);
  g_array_unref (self->devices);
  g_free (self);
}

void
shoal_appointment_set_seeks (ShoalAppointment *self, gboolean seeks)
{
  self->seeks = seeks;
  look (self);
}

/* --- The whole ------------------------------------------------------------------------- */

ShoalRendezvous *
shoal_rendezvous_new (ShoalMainRuntime *runtime, ShoalIdentity *identity, ShoalHub *hub,
                      ShoalDeviceBook *book, void (*changed) (gpointer user_data),
                      gpointer user_data)
{
  ShoalRendezvous *self = g_new0 (ShoalRendezvous, 1);

  self->runtime = g_object_ref (runtime);
  self->identity = shoal_identity_ref (identity);
  self->hub = hub;
  self->book = book;
  self->client = shoal_tracker_client_new (SHOAL_RUNTIME (runtime), changed, user_data);
  self->appointments = g_ptr_array_new ();
  self->attempts = g_ptr_array_new ();
  self->timer = shoal_runtime_add_timer (SHOAL_RUNTIME (runtime), TICK, on_tick, self);
  return self;
}

void
shoal_rendezvous_free (ShoalRendezvous *self)
{
  g_assert (self->appointments->len == 0 && self->attempts->len == 0);
  shoal_runtime_clear_timer (rendezvous_runtime (self), &self->timer);
  shoal_tracker_client_free (self->client);
  g_ptr_array_unref (self->appointments);
  g_ptr_array_unref (self->attempts);
  g_clear_pointer (&self->servers, g_ptr_array_unref);
  shoal_identity_unref (self->identity);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_rendezvous_configure (ShoalRendezvous *self, const ShoalRendezvousConfig *config)
{
  g_clear_pointer (&self->servers, g_ptr_array_unref);
  self->servers = config->servers != NULL ? g_ptr_array_ref (config->servers) : NULL;
  self->policy = config->policy;
  shoal_tracker_client_set_urls (self->client, config->trackers);
}

GPtrArray *
shoal_rendezvous_get_status (ShoalRendezvous *self)
{
  return shoal_tracker_client_get_status (self->client);
}

ShoalReplayGuard *
shoal_rendezvous_get_guard (ShoalRendezvous *self)
{
  return shoal_tracker_client_get_guard (self->client);
}

void
shoal_rendezvous_nudge (ShoalRendezvous *self)
{
  shoal_tracker_client_nudge (self->client);
  for (guint i = 0; i < self->appointments->len; i++)
    {
      ShoalAppointment *appointment = g_ptr_array_index (self->appointments, i);
      ShoalPeer *peer = get_expected (appointment);

      appointment->next_offer = 0;
      appointment->wait = FIRST_WAIT;
      /* A session across networks may be dead without knowing it. */
      appointment->forced = peer != NULL && shoal_peer_is_connected (peer)
                            && shoal_peer_get_path (peer) != SHOAL_PATH_LOCAL;
    }
}

void
shoal_rendezvous_look (ShoalRendezvous *self)
{
  for (guint i = 0; i < self->appointments->len; i++)
    look (g_ptr_array_index (self->appointments, i));
}
