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
/* A TURN server more than this many is not worth its time. */
#define MAX_RELAYS 4
/* How often a check is sent, and from when on again: with one valid pair libnice
 * nominates only when the others have failed (or there are two), and an address
 * at the other's home never answers. Failed pairs come back when the other side
 * checks them. RFC 8445's values take over once connected, for TURN's sake. */
#define CHECK_MS 250
#define CHECK_SENDS 3
#define CONNECTED_CHECK_MS 500
#define CONNECTED_CHECK_SENDS 7
/* All pairs having failed, the other side may just be late. */
#define IDLE_MS 10000
/* Checks of a peer that has gone before it answered end by this. */
#define CONNECTING_MS 20000

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

/* A server whose name is being looked up, and then where it is. */
typedef struct
{
  ShoalIce           *ice;
  ShoalIceServerKind  kind;
  guint16             port;
  char               *user, *password; /* (owned) */
  GInetAddress       *address;         /* (owned) (nullable) */
} Server;

struct _ShoalIce
{
  ShoalIcePath  *path;      /* (owned) */
  ShoalRuntime  *runtime;   /* of path */
  ShoalIceFuncs  funcs;
  gpointer       user_data;
  gboolean       is_offerer;
  ShoalIcePolicy policy;

  State          state;
  GPtrArray     *servers;   /* (owned): of Server (owned) */
  guint          n_resolving;
  GCancellable  *cancel;    /* (owned): of the look-ups */
  guint          timer;     /* of the state */
  guint          relay_timer;
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
on_gathering_over (gpointer user_data)
{
  ShoalIce *self = user_data;

  self->timer = 0;
  set_state (self, STATE_GATHERED);
  tell_soon (self);
}

static void
on_gathering_done (NiceAgent *agent, guint stream, gpointer user_data)
{
  ShoalIce *self = user_data;

  if (self->state == STATE_GATHERING)
    {
      shoal_runtime_clear_timer (self->runtime, &self->timer);
      on_gathering_over (self);
    }
}

static void
use_stun_server (ShoalIce *self)
{
  guint n = 0, chosen;

  for (guint i = 0; i < self->servers->len; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);

      n += server->address != NULL && server->kind == SHOAL_ICE_STUN;
    }
  if (n == 0)
    return;
  chosen = (guint) (shoal_runtime_random_u64 (self->runtime) % n);
  for (guint i = 0; i < self->servers->len; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);

      if (server->address != NULL && server->kind == SHOAL_ICE_STUN && chosen-- == 0)
        {
          g_autofree char *address = g_inet_address_to_string (server->address);

          g_object_set (self->path->agent, "stun-server", address, "stun-server-port",
                        (guint) server->port, NULL);
          return;
        }
    }
}

static void
use_relays (ShoalIce *self)
{
  static const NiceRelayType TYPES[] = {
    [SHOAL_ICE_TURN] = NICE_RELAY_TYPE_TURN_UDP,
    [SHOAL_ICE_TURN_TCP] = NICE_RELAY_TYPE_TURN_TCP,
    [SHOAL_ICE_TURN_TLS] = NICE_RELAY_TYPE_TURN_TLS,
  };
  guint n = 0;

  for (guint i = 0; i < self->servers->len && n < MAX_RELAYS; i++)
    {
      Server *server = g_ptr_array_index (self->servers, i);
      g_autofree char *address = NULL;

      if (server->address == NULL || server->kind == SHOAL_ICE_STUN)
        continue;
      address = g_inet_address_to_string (server->address);
      n += nice_agent_set_relay_info (self->path->agent, self->path->stream, SHOAL_ICE_COMPONENT,
                                      address, server->port,
                                      server->user != NULL ? server->user : "",
                                      server->password != NULL ? server->password : "",
                                      TYPES[server->kind]);
    }
}

static void
gather (ShoalIce *self)
{
  g_cancellable_cancel (self->cancel);
  set_state (self, STATE_GATHERING);
  use_stun_server (self);
  if (self->policy != SHOAL_ICE_DIRECT_ONLY)
    use_relays (self);
  self->timer = shoal_runtime_add_timer (self->runtime, SHOAL_ICE_GATHERING_MS * 1000,
                                         on_gathering_over, self);
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
on_resolved (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);
  Server *server = user_data;
  ShoalIce *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the server may be gone */
  self = server->ice;
  if (found != NULL)
    {
      g_set_object (&server->address, found->data);
      g_resolver_free_addresses (found);
    }
  if (--self->n_resolving == 0 && self->state == STATE_RESOLVING)
    gather (self);
}

static void
free_server (gpointer data)
{
  Server *server = data;

  g_free (server->user);
  g_free (server->password);
  g_clear_object (&server->address);
  g_free (server);
}

static void
resolve (ShoalIce *self, GPtrArray *servers)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  for (guint i = 0; servers != NULL && i < servers->len; i++)
    {
      const ShoalIceServer *given = g_ptr_array_index (servers, i);
      Server *server = g_new0 (Server, 1);

      server->ice = self;
      server->kind = given->kind;
      server->port = given->port;
      server->user = g_strdup (given->user);
      server->password = g_strdup (given->password);
      server->address = g_inet_address_new_from_string (given->host);
      g_ptr_array_add (self->servers, server);
      if (server->address != NULL)
        continue;
      self->n_resolving++;
      g_resolver_lookup_by_name_async (resolver, given->host, self->cancel, on_resolved, server);
    }
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
  else if (state == NICE_COMPONENT_STATE_FAILED && self->state == STATE_CHECKING &&
           self->held == NULL)
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

/* Loopback is somebody else's on another computer; so is a link-local address. */
static gboolean
is_worth_telling (const NiceCandidate *candidate, ShoalIcePolicy policy)
{
  g_autoptr (GSocketAddress) address = shoal_ice_to_socket_address (&candidate->addr);
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  gboolean is_relayed = candidate->type == NICE_CANDIDATE_TYPE_RELAYED;

  if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP ||
      (policy == SHOAL_ICE_RELAY_ONLY && !is_relayed) ||
      (policy == SHOAL_ICE_DIRECT_ONLY && is_relayed))
    return FALSE;
  return !g_inet_address_get_is_link_local (inet) && !g_inet_address_get_is_loopback (inet);
}

GPtrArray *
shoal_ice_get_candidates (ShoalIce *self)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  GSList *candidates = nice_agent_get_local_candidates (self->path->agent, self->path->stream,
                                                        SHOAL_ICE_COMPONENT);

  for (GSList *l = candidates; l != NULL; l = l->next)
    {
      g_autofree char *text = NULL;

      if (!is_worth_telling (l->data, self->policy))
        continue;
      text = nice_agent_generate_local_candidate_sdp (self->path->agent, l->data);
      g_ptr_array_add (texts, g_strdup (text + (g_str_has_prefix (text, "a=") ? 2 : 0)));
    }
  free_candidates (candidates);
  return texts;
}

static NiceCandidate *
parse_candidate (ShoalIce *self, const char *text)
{
  g_autofree char *line = g_strconcat ("a=", text, NULL);
  NiceCandidate *candidate =
    nice_agent_parse_remote_candidate_sdp (self->path->agent, self->path->stream, line);

  if (candidate != NULL && self->policy == SHOAL_ICE_DIRECT_ONLY &&
      candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
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
  ok = nice_agent_set_remote_credentials (self->path->agent, self->path->stream, ufrag, password) &&
       (now == NULL || add_remote (self, now));
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
                "stun-initial-timeout", CHECK_MS, "stun-max-retransmissions", CHECK_SENDS,
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
  self->servers = g_ptr_array_new_with_free_func (free_server);
  self->cancel = g_cancellable_new ();
  g_signal_connect (self->path->agent, "candidate-gathering-done",
                    G_CALLBACK (on_gathering_done), self);
  g_signal_connect (self->path->agent, "new-selected-pair-full", G_CALLBACK (on_selected), self);
  g_signal_connect (self->path->agent, "component-state-changed",
                    G_CALLBACK (on_component_state), self);
  nice_agent_get_local_credentials (self->path->agent, self->path->stream, &self->ufrag,
                                    &self->password);

  resolve (self, config->servers);
  self->timer = shoal_runtime_add_timer (self->runtime,
                                         self->n_resolving > 0 ? RESOLVING_MS * 1000 : 0,
                                         on_resolving_over, self);
  return self;
}

void
shoal_ice_free (ShoalIce *self)
{
  g_signal_handlers_disconnect_by_data (self->path->agent, self);
  g_cancellable_cancel (self->cancel);
  g_object_unref (self->cancel);
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  shoal_runtime_clear_timer (self->runtime, &self->relay_timer);
  shoal_runtime_clear_timer (self->runtime, &self->event);
  g_ptr_array_unref (self->servers);
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
