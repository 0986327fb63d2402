/* shoal-ice.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-ice-private.h"

#include "shoal-error.h"
#include "shoal-state.h"

#include <string.h>

/* Names of servers that are not known by then are done without. */
#define RESOLVING_MS 700
/* Servers are asked again after this, then after twice of it…, for as long as
 * gathering may last: who gives them up tells of no address that can be reached. */
#define ASK_MS 250
#define ASK_SENDS 5
/* TURN servers are asked this much later than a STUN server: libnice takes a STUN
 * server's answer only if it was asked first, and looks up even an address. */
#define RELAYS_AFTER_MS 50
/* With an address outside and a relay there is enough, after this. */
#define ENOUGH_MS 100
/* Beyond SHOAL_ICE_GATHERING_MS, while no server has answered. */
#define LATE_STEP_MS 250
#define LATE_STEPS ((SHOAL_ICE_GATHERING_LONGEST_MS - SHOAL_ICE_GATHERING_MS) / LATE_STEP_MS)
/* How often a check is sent, the first time for half a second: with one valid pair
 * libnice nominates only when the others have failed (or there are two), and an
 * address at the other's home never answers. Failed pairs come back when the other
 * side checks them. RFC 8445's values take over once connected, for TURN's sake. */
#define CHECK_SENDS 3
#define CONNECTED_CHECK_MS 500
#define CONNECTED_CHECK_SENDS 7
/* All pairs having failed, the other side may just be late; but a new attempt is
 * better than long waiting, and libnice never nominates again where a nomination
 * was lost. */
#define IDLE_MS 2500
/* Checks of a peer that has gone before it answered end by this. */
#define CONNECTING_MS 12000

typedef enum
{
  STATE_RESOLVING,
  STATE_GATHERING,
  STATE_GATHERED,  /* waits for the other side */
  STATE_CHECKING,
  STATE_CONNECTED,
  STATE_FAILED,
} State;

static GType state_get_type (void);
G_DEFINE_ENUM_TYPE (State, state,
  G_DEFINE_ENUM_VALUE (STATE_RESOLVING, "resolving"),
  G_DEFINE_ENUM_VALUE (STATE_GATHERING, "gathering"),
  G_DEFINE_ENUM_VALUE (STATE_GATHERED, "gathered"),
  G_DEFINE_ENUM_VALUE (STATE_CHECKING, "checking"),
  G_DEFINE_ENUM_VALUE (STATE_CONNECTED, "connected"),
  G_DEFINE_ENUM_VALUE (STATE_FAILED, "failed"))

static const ShoalStateEdge EDGES[] = {
  { STATE_RESOLVING, STATE_GATHERING }, /* servers' addresses are known, or late */
  { STATE_GATHERING, STATE_GATHERED },  /* done, or late */
  { STATE_GATHERED,  STATE_CHECKING },  /* the other side's are here */
  { STATE_CHECKING,  STATE_CONNECTED }, /* a pair is nominated */
  { STATE_RESOLVING, STATE_FAILED },
  { STATE_GATHERING, STATE_FAILED },
  { STATE_GATHERED,  STATE_FAILED },
  { STATE_CHECKING,  STATE_FAILED },    /* no pair works */
  { STATE_CONNECTED, STATE_FAILED },    /* consent is lost */
};

struct _ShoalIce
{
  ShoalIcePath  *path;      /* (owned) */
  ShoalRuntime  *runtime;   /* of path */
  ShoalIceFuncs  funcs;
  gpointer       user_data;
  gboolean       is_offerer;
  ShoalIcePolicy policy;

  State          state;
  ShoalIceAsked *asked;     /* (owned) */
  guint          n_steps;   /* of waiting for servers that are late */
  guint          timer;     /* of the state */
  guint          relay_timer; /* when relays are asked, and when theirs are tried */
  guint          event;     /* `gathered`, `connected` or `failed`, from the main loop */
  GError        *error;     /* (owned) (nullable): of `failed` */
  char          *ufrag, *password; /* (owned) (nullable) */
  GSList        *held;      /* (owned): of NiceCandidate (owned): relayed, for later */
  gboolean       names_others; /* the other side named more than relays */
};

static void
set_state (ShoalIce *self, State to)
{
  if (shoal_state_step (state_get_type (), EDGES, G_N_ELEMENTS (EDGES), (int) self->state,
                        (int) to))
    self->state = to;
  shoal_runtime_clear_timer (self->runtime, &self->timer);
}

/* --- Events ------------------------------------------------------------------------ */

static void
on_event (gpointer user_data)
{
  ShoalIce *self = user_data;

  self->event = 0;
  if (self->state == STATE_GATHERED)
    self->funcs.gathered (self, self->user_data);
  else if (self->state == STATE_CONNECTED)
    self->funcs.connected (self, shoal_ice_path_get_kind (self->path), self->user_data);
  else if (self->state == STATE_FAILED)
    self->funcs.failed (self, self->error, self->user_data);
}

/* Never from inside libnice, nor from inside a call on us. */
static void
tell_soon (ShoalIce *self)
{
  if (self->event == 0)
    self->event = shoal_runtime_add_timer (self->runtime, 0, on_event, self);
}

static void
fail (ShoalIce *self, GError *error)
{
  if (self->state == STATE_FAILED)
    {
      g_error_free (error);
      return;
    }
  set_state (self, STATE_FAILED);
  self->error = error;
  if (self->path->link != NULL)
    shoal_quic_link_carrier_failed (self->path->link, g_error_copy (error));
  tell_soon (self);
}

/* --- Gathering ----------------------------------------------------------------------- */

static void
end_gathering (ShoalIce *self)
{
  set_state (self, STATE_GATHERED);
  g_object_set (self->path->agent, "stun-max-retransmissions", CHECK_SENDS, NULL);
  tell_soon (self);
}

static gboolean
wants_relays (ShoalIce *self)
{
  return self->policy != SHOAL_ICE_DIRECT_ONLY && shoal_ice_asked_has (self->asked, TRUE);
}

/* Without a word from any server an offer reaches hardly anybody: that is worth more
 * time. When one has answered, what else it says (and others) gets one step. */
static void
on_gathering_late (gpointer user_data)
{
  ShoalIce *self = user_data;
  gboolean is_heard = !(shoal_ice_asked_has (self->asked, FALSE) || wants_relays (self))
                      || shoal_ice_path_is_reachable (self->path);

  self->timer = 0;
  if (self->n_steps >= LATE_STEPS || (is_heard && self->n_steps == 0))
    {
      end_gathering (self);
      return;
    }
  self->n_steps = is_heard ? LATE_STEPS : self->n_steps + 1;
  self->timer
    = shoal_runtime_add_timer (self->runtime, LATE_STEP_MS * 1000, on_gathering_late, self);
}

static void
on_gathering_done (NiceAgent *agent, guint stream, gpointer user_data)
{
  ShoalIce *self = user_data;

  if (self->state == STATE_GATHERING && self->relay_timer == 0)
    end_gathering (self);
}

static void
on_candidate (NiceAgent *agent, NiceCandidate *candidate, gpointer user_data)
{
  ShoalIce *self = user_data;

  if (self->state != STATE_GATHERING || self->n_steps == LATE_STEPS
      || !shoal_ice_path_is_known_outside (self->path)
      || (wants_relays (self) && !shoal_ice_path_has_relay (self->path)))
    return;
  self->n_steps = LATE_STEPS;
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  self->timer
    = shoal_runtime_add_timer (self->runtime, ENOUGH_MS * 1000, on_gathering_late, self);
}

static void
ask_relays (gpointer user_data)
{
  ShoalIce *self = user_data;

  self->relay_timer = 0;
  shoal_ice_asked_use_relays (self->asked, self->path);
}

static void
gather (ShoalIce *self)
{
  set_state (self, STATE_GATHERING);
  shoal_ice_asked_use_stun (self->asked, self->path);
  if (wants_relays (self) && shoal_ice_asked_has (self->asked, FALSE))
    self->relay_timer
      = shoal_runtime_add_timer (self->runtime, RELAYS_AFTER_MS * 1000, ask_relays, self);
  else if (wants_relays (self))
    ask_relays (self);
  self->timer = shoal_runtime_add_timer (self->runtime, SHOAL_ICE_GATHERING_MS * 1000,
                                         on_gathering_late, self);
  self->path->gathers_since = shoal_runtime_now (self->runtime);
  if (!nice_agent_gather_candidates (self->path->agent, self->path->stream))
    fail (self, shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_HERE,
                                 "Please check the connection of this computer.",
                                 "No network that could reach the internet was found"));
}

static void
on_resolving_over (gpointer user_data)
{
  ShoalIce *self = user_data;

  self->timer = 0;
  gather (self);
}

static void
on_resolved (gpointer user_data)
{
  ShoalIce *self = user_data;

  if (self->state == STATE_RESOLVING)
    gather (self);
}

/* --- Checking -------------------------------------------------------------------------- */

/* A pair was nominated: there is one nomination, so it will stay. libnice says
 * READY only when nothing is left to be checked, seconds later. */
static void
on_selected (NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
             NiceCandidate *remote, gpointer user_data)
{
  ShoalIce *self = user_data;

  shoal_ice_path_selected (self->path);
  if (self->state != STATE_CHECKING)
    return;
  set_state (self, STATE_CONNECTED);
  shoal_runtime_clear_timer (self->runtime, &self->relay_timer);
  g_object_set (agent, "stun-initial-timeout", CONNECTED_CHECK_MS, "stun-max-retransmissions",
                CONNECTED_CHECK_SENDS, NULL);
  tell_soon (self);
}

static void
on_component_state (NiceAgent *agent, guint stream, guint component, guint state,
                    gpointer user_data)
{
  ShoalIce *self = user_data;

  if (state == NICE_COMPONENT_STATE_FAILED && self->state == STATE_CONNECTED)
    fail (self, shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK, NULL,
                                 "The path to the other device is gone"));
  else if (state == NICE_COMPONENT_STATE_FAILED && self->state == STATE_CHECKING
           && self->held == NULL)
    fail (self, shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                                 "A relay (TURN server) in the preferences helps.",
                                 "The routers on the way let no connection through"));
}

static void
on_too_long (gpointer user_data)
{
  ShoalIce *self = user_data;

  self->timer = 0;
  fail (self, shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_NETWORK, NULL,
                               "No way to the other device was found in time"));
}

static void
free_candidates (GSList *candidates)
{
  g_slist_free_full (candidates, (GDestroyNotify) nice_candidate_free);
}

static gboolean
add_remote (ShoalIce *self, GSList *candidates)
{
  return nice_agent_set_remote_candidates (self->path->agent, self->path->stream,
                                           SHOAL_ICE_COMPONENT, candidates) >= 0;
}

static void
on_relay_time (gpointer user_data)
{
  ShoalIce *self = user_data;
  GSList *held = g_steal_pointer (&self->held);

  self->relay_timer = 0;
  if (self->state == STATE_CHECKING)
    add_remote (self, held);
  free_candidates (held);
}

/* --- Candidates ------------------------------------------------------------------------ */

GPtrArray *
shoal_ice_get_candidates (ShoalIce *self)
{
  return shoal_ice_path_list_candidates (self->path, self->policy);
}

static NiceCandidate *
parse_candidate (ShoalIce *self, const char *text)
{
  g_autofree char *line = g_strconcat ("a=", text, NULL);
  NiceCandidate *candidate
    = nice_agent_parse_remote_candidate_sdp (self->path->agent, self->path->stream, line);

  if (candidate != NULL && self->policy == SHOAL_ICE_DIRECT_ONLY
      && candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
    g_clear_pointer (&candidate, nice_candidate_free);
  return candidate;
}

gboolean
shoal_ice_set_remote (ShoalIce *self, const char *ufrag, const char *password,
                      GPtrArray *candidates, GError **error)
{
  GSList *now = NULL;
  gboolean ok;

  g_return_val_if_fail (self->state == STATE_GATHERED, FALSE);

  for (guint i = 0; i < candidates->len; i++)
    {
      NiceCandidate *candidate = parse_candidate (self, g_ptr_array_index (candidates, i));

      if (candidate == NULL)
        continue;
      self->names_others |= candidate->type != NICE_CANDIDATE_TYPE_RELAYED;
      if (candidate->type == NICE_CANDIDATE_TYPE_RELAYED && self->policy == SHOAL_ICE_ANY)
        self->held = g_slist_prepend (self->held, candidate);
      else
        now = g_slist_prepend (now, candidate);
    }

  set_state (self, STATE_CHECKING);
  ok = nice_agent_set_remote_credentials (self->path->agent, self->path->stream, ufrag, password)
       && (now == NULL || add_remote (self, now));
  free_candidates (now);
  if (!ok || (now == NULL && self->held == NULL))
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                            "The other device sent no address that could be tried");

  self->timer = shoal_runtime_add_timer (self->runtime, CONNECTING_MS * 1000, on_too_long, self);
  if (self->held != NULL)
    self->relay_timer = shoal_runtime_add_timer (self->runtime, SHOAL_ICE_RELAY_DELAY_MS * 1000,
                                                 on_relay_time, self);
  return TRUE;
}

/* --- Public ------------------------------------------------------------------------------ */

static void
on_received (NiceAgent *agent, guint stream, guint component, guint size, char *data,
             gpointer user_data)
{
  shoal_ice_path_receive (user_data, (const uint8_t *) data, size);
}

/* libnice takes all addresses unless it is given some. */
static void
use_interfaces (NiceAgent *agent, ShoalInterfaces *interfaces)
{
  g_autoptr (GPtrArray) own = shoal_interfaces_list_own (interfaces);
  NiceAddress address;

  nice_address_init (&address);
  for (guint i = 0; i < own->len; i++)
    {
      g_autofree char *text = g_inet_address_to_string (g_ptr_array_index (own, i));

      if (nice_address_set_from_string (&address, text))
        nice_agent_add_local_address (agent, &address);
    }
  /* None at all would mean all. */
  if (own->len == 0 && nice_address_set_from_string (&address, "127.0.0.1"))
    nice_agent_add_local_address (agent, &address);
}

static ShoalIcePath *
new_path (const ShoalIceConfig *config)
{
  ShoalIcePath *path = g_new0 (ShoalIcePath, 1);
  GMainContext *context = shoal_main_runtime_get_context (config->runtime);

  path->n_users = 1;
  path->fd = -1;
  path->runtime = g_object_ref (config->runtime);
  g_queue_init (&path->early);
  path->agent = nice_agent_new_full (context, NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_REGULAR_NOMINATION |
                                     NICE_AGENT_OPTION_CONSENT_FRESHNESS);
  g_object_set (path->agent, "controlling-mode", config->is_offerer, "upnp", FALSE, "ice-tcp",
                FALSE, "force-relay", config->policy == SHOAL_ICE_RELAY_ONLY,
                "stun-initial-timeout", ASK_MS, "stun-max-retransmissions", ASK_SENDS,
                "idle-timeout", IDLE_MS, NULL);
  if (config->interfaces != NULL && !shoal_interfaces_are_all (config->interfaces))
    use_interfaces (path->agent, config->interfaces);
  path->stream = nice_agent_add_stream (path->agent, 1);
  nice_agent_attach_recv (path->agent, path->stream, SHOAL_ICE_COMPONENT, context, on_received,
                          path);
  return path;
}

ShoalIce *
shoal_ice_new (const ShoalIceConfig *config, const ShoalIceFuncs *funcs, gpointer user_data)
{
  ShoalIce *self = g_new0 (ShoalIce, 1);

  self->path = new_path (config);
  self->runtime = SHOAL_RUNTIME (config->runtime);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->is_offerer = config->is_offerer;
  self->policy = config->policy;
  g_signal_connect (self->path->agent, "candidate-gathering-done",
                    G_CALLBACK (on_gathering_done), self);
  g_signal_connect (self->path->agent, "new-candidate-full", G_CALLBACK (on_candidate), self);
  g_signal_connect (self->path->agent, "new-selected-pair-full", G_CALLBACK (on_selected), self);
  g_signal_connect (self->path->agent, "component-state-changed",
                    G_CALLBACK (on_component_state), self);
  nice_agent_get_local_credentials (self->path->agent, self->path->stream, &self->ufrag,
                                    &self->password);

  self->asked = shoal_ice_asked_new (config->servers, on_resolved, self);
  self->timer = shoal_runtime_add_timer (
    self->runtime, shoal_ice_asked_is_resolving (self->asked) ? RESOLVING_MS * 1000 : 0,
    on_resolving_over, self);
  return self;
}

void
shoal_ice_free (ShoalIce *self)
{
  g_signal_handlers_disconnect_by_data (self->path->agent, self);
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  shoal_runtime_clear_timer (self->runtime, &self->relay_timer);
  shoal_runtime_clear_timer (self->runtime, &self->event);
  shoal_ice_asked_free (self->asked);
  free_candidates (self->held);
  g_clear_error (&self->error);
  g_free (self->ufrag);
  g_free (self->password);
  shoal_ice_path_unref (self->path);
  g_free (self);
}

const char *
shoal_ice_get_ufrag (ShoalIce *self)
{
  return self->ufrag;
}

const char *
shoal_ice_get_password (ShoalIce *self)
{
  return self->password;
}

/* Why it would go through a relay. */
static ShoalRelayReason
get_relay_reason (ShoalIce *self)
{
  if (self->policy == SHOAL_ICE_RELAY_ONLY)
    return SHOAL_RELAY_CHOSEN;
  if (!self->names_others)
    return SHOAL_RELAY_CHOSEN_THERE;
  return shoal_ice_path_is_known_outside (self->path) ? SHOAL_RELAY_ROUTERS : SHOAL_RELAY_NO_STUN;
}

ShoalQuicLink *
shoal_ice_connect (ShoalIce *self, ShoalIdentity *identity, const ShoalDeviceId *expected,
                   ShoalQuicLinkReadyFunc ready, gpointer user_data)
{
  g_return_val_if_fail (self->state == STATE_CONNECTED, NULL);

  return shoal_ice_path_connect (self->path, identity, self->is_offerer, expected,
                                 get_relay_reason (self), ready, user_data);
}
