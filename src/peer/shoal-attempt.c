/* shoal-attempt.c: from an offer, or an answer, to a link.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-rendezvous-private.h"

#include "shoal-address.h"
#include "shoal-candidate.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

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

  g_debug ("attempt: %s, policy %d", is_offer ? "an offer" : "an answer", (int) policy);
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
  if (self->call != NULL)
    {
      self->call->attempt = NULL;
      g_cancellable_cancel (self->call->cancellable);
    }
  g_clear_object (&self->link);
  shoal_ice_free (self->ice);
  g_clear_pointer (&self->theirs, shoal_signal_body_free);
  g_free (self);
}

static void
fail (ShoalAttempt *self, const GError *error)
{
  ShoalAppointment *appointment = self->appointment;

  g_debug ("no link to another network: %s", error->message);
  shoal_attempt_end (self);
  shoal_appointment_failed (appointment);
}

/* --- Bodies -------------------------------------------------------------------- */

static ShoalSignalBody *
make_body (ShoalAttempt *self)
{
  ShoalSignalBody *body
    = shoal_signal_body_new (shoal_identity_get_id (self->rendezvous->identity));
  g_autoptr (GPtrArray) candidates = shoal_ice_get_candidates (self->ice);
  g_autoptr (GPtrArray) own = NULL;

  body->ufrag = g_strdup (shoal_ice_get_ufrag (self->ice));
  body->password = g_strdup (shoal_ice_get_password (self->ice));
  for (guint i = 0; i < candidates->len && i < SHOAL_SIGNAL_MAX_CANDIDATES; i++)
    g_ptr_array_add (body->candidates, g_strdup (g_ptr_array_index (candidates, i)));
  if (self->rendezvous->policy == SHOAL_ICE_RELAY_ONLY)
    return body;

  own = shoal_hub_list_own_addresses (self->rendezvous->hub);
  for (guint i = 0; i < own->len && i < SHOAL_SIGNAL_MAX_ADDRESSES; i++)
    g_ptr_array_add (body->addresses, shoal_address_to_text (g_ptr_array_index (own, i)));
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
      g_autoptr (ShoalCandidate) candidate
        = shoal_candidate_check (g_ptr_array_index (self->theirs->candidates, i), &why);

      if (candidate != NULL)
        g_ptr_array_add (checked, g_steal_pointer (&candidate->text));
      else
        g_debug ("%s", why->message);
    }
  return shoal_ice_set_remote (self->ice, self->theirs->ufrag, self->theirs->password, checked,
                               error);
}

/* --- Calling --------------------------------------------------------------------- */

/* The first link that is there wins: of ICE, or of a call. */
static void
meet (ShoalAttempt *self, ShoalLink *link)
{
  ShoalAppointment *appointment = self->appointment;

  shoal_attempt_end (self);
  shoal_appointment_met (appointment, link);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ShoalAttemptCall *call = user_data;
  ShoalAttempt *self = call->attempt;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);

  g_object_unref (call->cancellable);
  if (self == NULL)
    {
      if (link != NULL)
        shoal_link_close (link);
      return;
    }
  self->call = NULL;
  if (link != NULL)
    meet (self, link);
  else
    g_debug ("not where it says it listens: %s", error->message);
}

/* Where it says that it listens it may be reached at once: on this network, or
 * because no NAT is in between. Only the device that the sealed body names is
 * accepted.
 *
 * Only the caller knows by which attempt such a link came; the other takes it for
 * any link. Between friends that will do. A share is enough for who asked for it.
 * Of an invite both must know, so they meet by ICE alone. */
static void
call_them (ShoalAttempt *self)
{
  ShoalHub *hub = self->rendezvous->hub;
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->theirs->addresses->len; i++)
    {
      g_autoptr (GError) why = NULL;
      GSocketAddress *address
        = shoal_told_address_check (g_ptr_array_index (self->theirs->addresses, i), &why);

      if (address != NULL)
        g_ptr_array_add (addresses, address);
      else
        g_debug ("%s", why->message);
    }
  if (addresses->len == 0 || self->rendezvous->policy == SHOAL_ICE_RELAY_ONLY)
    return;
  self->call = g_new0 (ShoalAttemptCall, 1);
  self->call->attempt = self;
  self->call->cancellable = g_cancellable_new ();
  shoal_connector_connect_async (hub->connector, addresses, &self->theirs->device, 0,
                                 self->call->cancellable, on_called, self->call);
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

  if (!shoal_meeting_answer (self->appointment->meeting, self->number, body, &error)
      || !set_remote (self, &error))
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
  if (self->appointment->kind != SHOAL_TOPIC_INVITE)
    call_them (self);
  if (!set_remote (self, &error))
    fail (self, error);
}

static void
on_link_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  ShoalAttempt *self = user_data;
  g_autoptr (ShoalLink) taken = NULL;

  if (error != NULL)
    {
      fail (self, error);
      return;
    }
  taken = SHOAL_LINK (g_steal_pointer (&self->link));
  meet (self, taken);
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
shoal_attempt_answer (ShoalAppointment *appointment, guint number, const ShoalSignalBody *body)
{
  ShoalAttempt *self = new_attempt (appointment, FALSE, appointment->rendezvous->policy);

  self->theirs = shoal_signal_body_copy (body);
  self->number = number;
  if (appointment->kind == SHOAL_TOPIC_FRIENDS)
    call_them (self);
}
