/* shoal-ice-path.c: QUIC over the pair that ICE has chosen.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-ice-private.h"

#include "shoal-address.h"
#include "shoal-udp.h"

#include <string.h>

#define RETRY (1 * 1000) /* µs */
#define SETTLE (100 * 1000)

/* --- Life ---------------------------------------------------------------------- */

ShoalIcePath *
shoal_ice_path_ref (ShoalIcePath *self)
{
  self->n_users++;
  return self;
}

/* Answers of relays that are given back are read only while data is. */
static void
discard (NiceAgent *agent, guint stream, guint component, guint size, char *data,
         gpointer user_data)
{
}

/* The agent gives its relays back before it goes. */
static void
on_agent_closed (GObject *agent, GAsyncResult *result, gpointer user_data)
{
}

static void
let_go (gpointer user_data)
{
  ShoalIcePath *self = user_data;

  nice_agent_attach_recv (self->agent, self->stream, SHOAL_ICE_COMPONENT,
                          shoal_main_runtime_get_context (self->runtime), discard, NULL);
  nice_agent_close_async (self->agent, on_agent_closed, NULL);
  g_object_unref (self->agent);
  shoal_runtime_clear_timer (SHOAL_RUNTIME (self->runtime), &self->retry_timer);
  g_queue_clear_full (&self->early, (GDestroyNotify) g_bytes_unref);
  g_object_unref (self->runtime);
  g_free (self);
}

/* An agent that goes while it looks up its STUN server, which takes a moment even if
 * that is an address, warns of it. */
void
shoal_ice_path_unref (ShoalIcePath *self)
{
  ShoalRuntime *runtime = SHOAL_RUNTIME (self->runtime);

  if (--self->n_users > 0)
    return;
  if (shoal_runtime_now (runtime) - self->gathers_since < SETTLE)
    shoal_runtime_add_timer (runtime, SETTLE, let_go, self);
  else
    let_go (self);
}

/* --- Facts ----------------------------------------------------------------------- */

static gboolean
get_pair (ShoalIcePath *self, NiceCandidate **local, NiceCandidate **remote)
{
  return nice_agent_get_selected_pair (self->agent, self->stream, SHOAL_ICE_COMPONENT, local,
                                       remote);
}

GSocketAddress *
shoal_ice_to_socket_address (const NiceAddress *address)
{
  ShoalUdpAddress raw;

  nice_address_copy_to_sockaddr (address, &raw.any);
  return g_socket_address_new_from_native (&raw, shoal_udp_address_get_size (&raw));
}

ShoalPath
shoal_ice_path_get_kind (ShoalIcePath *self)
{
  g_autoptr (GSocketAddress) address = NULL;
  NiceCandidate *local, *remote;

  if (!get_pair (self, &local, &remote))
    return SHOAL_PATH_DIRECT;
  if (local->type == NICE_CANDIDATE_TYPE_RELAYED || remote->type == NICE_CANDIDATE_TYPE_RELAYED)
    return SHOAL_PATH_RELAYED;
  /* A private address that was seen through a NAT is not on this network. */
  if (local->type != NICE_CANDIDATE_TYPE_HOST || remote->type != NICE_CANDIDATE_TYPE_HOST)
    return SHOAL_PATH_DIRECT;
  address = shoal_ice_to_socket_address (&remote->addr);
  return shoal_address_get_path (address);
}

/* Loopback is somebody else's on another computer; so is a link-local address. */
static gboolean
is_worth_telling (const NiceCandidate *candidate, ShoalIcePolicy policy)
{
  g_autoptr (GSocketAddress) address = shoal_ice_to_socket_address (&candidate->addr);
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  gboolean is_relayed = candidate->type == NICE_CANDIDATE_TYPE_RELAYED;

  if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP
      || (policy == SHOAL_ICE_RELAY_ONLY && !is_relayed)
      || (policy == SHOAL_ICE_DIRECT_ONLY && is_relayed))
    return FALSE;
  return !g_inet_address_get_is_link_local (inet) && !g_inet_address_get_is_loopback (inet);
}

GPtrArray *
shoal_ice_path_list_candidates (ShoalIcePath *self, ShoalIcePolicy policy)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  GSList *candidates = nice_agent_get_local_candidates (self->agent, self->stream,
                                                        SHOAL_ICE_COMPONENT);

  for (GSList *l = candidates; l != NULL; l = l->next)
    {
      g_autofree char *text = NULL;

      if (!is_worth_telling (l->data, policy))
        continue;
      text = nice_agent_generate_local_candidate_sdp (self->agent, l->data);
      g_ptr_array_add (texts, g_strdup (text + (g_str_has_prefix (text, "a=") ? 2 : 0)));
    }
  g_slist_free_full (candidates, (GDestroyNotify) nice_candidate_free);
  return texts;
}

static gboolean
has_local (ShoalIcePath *self, gboolean (*is_it) (const NiceCandidate *candidate))
{
  GSList *candidates
    = nice_agent_get_local_candidates (self->agent, self->stream, SHOAL_ICE_COMPONENT);
  gboolean found = FALSE;

  for (GSList *l = candidates; l != NULL && !found; l = l->next)
    found = is_it (l->data);
  g_slist_free_full (candidates, (GDestroyNotify) nice_candidate_free);
  return found;
}

static gboolean
is_outside (const NiceCandidate *candidate)
{
  return candidate->type == NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE
         || (candidate->type == NICE_CANDIDATE_TYPE_HOST
             && !nice_address_is_private (&candidate->addr));
}

static gboolean
is_relay (const NiceCandidate *candidate)
{
  return candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
}

gboolean
shoal_ice_path_has_relay (ShoalIcePath *self)
{
  return has_local (self, is_relay);
}

static gboolean
is_reachable (const NiceCandidate *candidate)
{
  return is_relay (candidate) || is_outside (candidate);
}

gboolean
shoal_ice_path_is_reachable (ShoalIcePath *self)
{
  return has_local (self, is_reachable);
}

gboolean
shoal_ice_path_is_known_outside (ShoalIcePath *self)
{
  return has_local (self, is_outside);
}

void
shoal_ice_path_selected (ShoalIcePath *self)
{
  NiceCandidate *local, *remote;
  g_autoptr (GSocket) socket = NULL;

  self->fd = -1;
  if (!get_pair (self, &local, &remote) || local->type == NICE_CANDIDATE_TYPE_RELAYED)
    return;
  socket = nice_agent_get_selected_socket (self->agent, self->stream, SHOAL_ICE_COMPONENT);
  if (socket == NULL)
    return;
  nice_address_copy_to_sockaddr (&remote->addr, &self->remote.any);
  /* An IPv6 socket of libnice takes no IPv4 address, and the other way round. */
  if ((int) g_socket_get_family (socket) != self->remote.any.sa_family)
    return;
  self->fd = g_socket_get_fd (socket);
  shoal_udp_tune (self->fd, self->remote.any.sa_family);
}

/* --- The carrier ------------------------------------------------------------------- */

static void
on_retry (gpointer user_data)
{
  ShoalIcePath *self = user_data;

  self->retry_timer = 0;
  if (self->link != NULL)
    shoal_quic_link_writable (self->link);
}

static void
retry_soon (ShoalIcePath *self)
{
  if (self->retry_timer == 0)
    self->retry_timer = shoal_runtime_add_timer (SHOAL_RUNTIME (self->runtime), RETRY, on_retry,
                                                 self);
}

/* Through the agent, which wraps it for the relay. Lost is lost. */
static void
send_by_agent (ShoalIcePath *self, const uint8_t *bytes, size_t size, size_t segment)
{
  for (size_t at = 0; at < size; at += segment)
    nice_agent_send (self->agent, self->stream, SHOAL_ICE_COMPONENT,
                     (guint) MIN (segment, size - at), (const char *) bytes + at);
}

static size_t
ice_send (gpointer carrier, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
          size_t segment)
{
  ShoalIcePath *self = carrier;
  size_t taken;

  if (self->fd < 0)
    {
      send_by_agent (self, bytes, size, segment);
      return size;
    }
  taken = shoal_udp_send_segments (self->fd, &self->remote.any,
                                   shoal_udp_address_get_size (&self->remote), NULL, 0, bytes,
                                   size, segment, &self->no_gso);
  if (taken < size)
    retry_soon (self);
  return taken;
}

static void
ice_release (gpointer carrier, ShoalQuicLink *link)
{
  ShoalIcePath *self = carrier;

  self->link = NULL;
  shoal_ice_path_unref (self);
}

static const ShoalDatagramFuncs ice_funcs = {
  .send = ice_send,
  .release = ice_release,
};

void
shoal_ice_path_receive (ShoalIcePath *self, const uint8_t *data, size_t size)
{
  if (self->link != NULL)
    shoal_quic_link_receive (self->link, NULL, data, size);
  else if (self->early.length < SHOAL_ICE_MAX_EARLY)
    g_queue_push_tail (&self->early, g_bytes_new (data, size));
}

/* --- Connecting ---------------------------------------------------------------------- */

ShoalQuicLink *
shoal_ice_path_connect (ShoalIcePath *self, ShoalIdentity *identity, gboolean is_offerer,
                        const ShoalDeviceId *expected, ShoalRelayReason reason,
                        ShoalQuicLinkReadyFunc ready, gpointer user_data)
{
  g_autoptr (GSocketAddress) local_address = NULL, remote_address = NULL;
  NiceCandidate *local, *remote;
  GBytes *early;
  ShoalQuicLinkConfig config = {
    .runtime = SHOAL_RUNTIME (self->runtime),
    .identity = identity,
    .is_outgoing = is_offerer,
    .expected = expected,
    .funcs = &ice_funcs,
    .carrier = shoal_ice_path_ref (self),
    .path = shoal_ice_path_get_kind (self),
    .is_by_ice = TRUE,
    .congestion = SHOAL_CONGESTION_BBR,
  };

  if (config.path == SHOAL_PATH_RELAYED)
    config.relay_reason = reason;
  if (get_pair (self, &local, &remote))
    {
      /* Behind a NAT, the base is this computer's own address. */
      if (local->type != NICE_CANDIDATE_TYPE_RELAYED)
        config.local_address = local_address = shoal_ice_to_socket_address (&local->base_addr);
      config.remote_address = remote_address = shoal_ice_to_socket_address (&remote->addr);
    }
  self->link = shoal_quic_link_new (&config, ready, user_data);
  while (self->link != NULL && (early = g_queue_pop_head (&self->early)) != NULL)
    {
      shoal_quic_link_receive (self->link, NULL, g_bytes_get_data (early, NULL),
                               g_bytes_get_size (early));
      g_bytes_unref (early);
    }
  return self->link;
}
