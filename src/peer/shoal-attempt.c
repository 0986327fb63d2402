/* shoal-attempt.c: from an offer, or an answer, to a link.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-rendezvous-private.h"

#include "shoal-candidate.h"
#include "shoal-error.h"

static void on_gathered  (ShoalIce *ice, gpointer user_data);
static void on_connected (ShoalIce *ice, ShoalPath path, gpointer user_data);
static void on_failed    (ShoalIce *ice, const GError *error, gpointer user_data);

static const ShoalIceFuncs ICE_FUNCS = { on_gathered, on_connected, on_failed };

static ShoalAttempt *
new_attempt (ShoalAppointment *appointment, gboolean is_offer, ShoalIcePolicy policy)
{
  ShoalRendezvous *rendezvous = appointment->rendezvous;
  ShoalAttempt *self = g_new0 (ShoalAttempt, 1);
  ShoalIceConfig config = {
    .runtime = rendezvous->runtime,
    .servers = rendezvous->servers,
    .is_offerer = is_offer,
    .policy = policy,
    .interfaces = shoal_hub_get_interfaces (rendezvous->hub),
  };

  self->rendezvous = rendezvous;
  self->appointment = appointment;
  self->is_offer = is_offer;
  self->made = shoal_runtime_now (rendezvous_runtime (rendezvous));
  self->ice = shoal_ice_new (&config, &ICE_FUNCS, self);
  g_ptr_array_add (rendezvous->attempts, self);
  return self;
}

void
shoal_attempt_end (ShoalAttempt *self)
{
  ShoalRendezvous *rendezvous = self->rendezvous;

  g_ptr_array_remove_fast (rendezvous->attempts, self);
  shoal_runtime_clear_timer (rendezvous_runtime (rendezvous), &self->timer);
  if (self->number != 0)
    shoal_meeting_withdraw (self->appointment->meeting, self->number);
  g_clear_object (&self->link);
  shoal_ice_free (self->ice);
  g_clear_pointer (&self->theirs, shoal_signal_body_free);
  g_free (self);
}

static void
fail (ShoalAttempt *self, const GError *error)
{
  g_debug ("no link to another network: %s", error->message);
  shoal_attempt_end (self);
}

/* --- Bodies -------------------------------------------------------------------- */

static ShoalSignalBody *
make_body (ShoalAttempt *self)
{
  ShoalSignalBody *body =
    shoal_signal_body_new (shoal_identity_get_id (self->rendezvous->identity));
  g_autoptr (GPtrArray) candidates = shoal_ice_get_candidates (self->ice);

  body->ufrag = g_strdup (shoal_ice_get_ufrag (self->ice));
  body->password = g_strdup (shoal_ice_get_password (self->ice));
  for (guint i = 0; i < candidates->len && i < SHOAL_SIGNAL_MAX_CANDIDATES; i++)
    g_ptr_array_add (body->candidates, g_strdup (g_ptr_array_index (candidates, i)));
  return body;
}

/* Of what the other side says, the candidates that make sense go to ICE. */
static gboolean
set_remote (ShoalAttempt *self, GError **error)
{
  g_autoptr (GPtrArray) checked = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->theirs->candidates->len; i++)
    {
      g_autoptr (GError) why = NULL;
      g_autoptr (ShoalCandidate) candidate =
        shoal_candidate_check (g_ptr_array_index (self->theirs->candidates, i), &why);

      if (candidate != NULL)
        g_ptr_array_add (checked, g_steal_pointer (&candidate->text));
      else
        g_debug ("%s", why->message);
    }
  return shoal_ice_set_remote (self->ice, self->theirs->ufrag, self->theirs->password, checked,
                               error);
}

/* --- Steps ---------------------------------------------------------------------- */

static void
on_nobody (gpointer user_data)
{
  ShoalAttempt *self = user_data;

  self->timer = 0;
  shoal_attempt_end (self);
}

static void
send_offer (ShoalAttempt *self)
{
  g_autoptr (ShoalSignalBody) body = make_body (self);
  g_autoptr (GError) error = NULL;

  self->number = shoal_meeting_offer (self->appointment->meeting, body, &error);
  if (self->number == 0)
    {
      fail (self, error);
      return;
    }
  self->timer = shoal_runtime_add_timer (rendezvous_runtime (self->rendezvous),
                                         SHOAL_MEETING_OFFER_SECONDS * G_USEC_PER_SEC, on_nobody,
                                         self);
}

static void
send_answer (ShoalAttempt *self)
{
  g_autoptr (ShoalSignalBody) body = make_body (self);
  g_autoptr (GError) error = NULL;

  if (!shoal_meeting_answer (self->appointment->meeting, &self->ticket, body, &error) ||
      !set_remote (self, &error))
    fail (self, error);
}

static void
on_gathered (ShoalIce *ice, gpointer user_data)
{
  ShoalAttempt *self = user_data;

  if (self->is_offer)
    send_offer (self);
  else
    send_answer (self);
}

void
shoal_attempt_answered (ShoalAttempt *self, const ShoalSignalBody *body)
{
  g_autoptr (GError) error = NULL;

  shoal_runtime_clear_timer (rendezvous_runtime (self->rendezvous), &self->timer);
  self->theirs = shoal_signal_body_copy (body);
  if (!set_remote (self, &error))
    fail (self, error);
}

static void
on_link_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  ShoalAttempt *self = user_data;
  ShoalAppointment *appointment = self->appointment;
  g_autoptr (ShoalLink) taken = NULL;

  if (error != NULL)
    {
      fail (self, error);
      return;
    }
  taken = SHOAL_LINK (g_steal_pointer (&self->link));
  shoal_attempt_end (self);
  shoal_appointment_met (appointment, taken);
}

/* The key that is expected is the one inside the sealed body: a tracker that put
 * itself in between has none that fits. */
static void
on_connected (ShoalIce *ice, ShoalPath path, gpointer user_data)
{
  ShoalAttempt *self = user_data;

  self->link = shoal_ice_connect (ice, self->rendezvous->identity, &self->theirs->device,
                                  on_link_ready, self);
}

static void
on_failed (ShoalIce *ice, const GError *error, gpointer user_data)
{
  fail (user_data, error);
}

/* --- Public ----------------------------------------------------------------------- */

void
shoal_attempt_offer (ShoalAppointment *appointment, ShoalIcePolicy policy)
{
  new_attempt (appointment, TRUE, policy);
}

void
shoal_attempt_answer (ShoalAppointment *appointment, const ShoalSignalBody *body,
                      const ShoalMeetingTicket *ticket)
{
  ShoalAttempt *self = new_attempt (appointment, FALSE, appointment->rendezvous->policy);

  self->theirs = shoal_signal_body_copy (body);
  self->ticket = *ticket;
}
