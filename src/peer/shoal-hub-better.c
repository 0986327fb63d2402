/* shoal-hub-better.c: better ways for sessions that exist.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A session begins on whatever link came first: over a relay, by an address of
 * long ago, by the wrong carrier for its line. Here a second link is made where a
 * better one seems possible; the session's leader, who knows both, adopts it and
 * lets the first run dry, so that nothing is lost and nothing is sent twice.
 *
 * That happens when a session begins and when there is news: an announcement, told
 * addresses, another network; over a relay also after a while without any.
 */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-peer-private.h"

/* From this round trip on a line is long: see "Which carrier" in docs/architecture.md. */
#define LONG_LINE_US (5 * 1000)

#define SECOND_LOOK_US (1 * G_USEC_PER_SEC)

static const gint64 LOOKS[] = {
  5 * G_USEC_PER_SEC, 30 * G_USEC_PER_SEC, 300 * (gint64) G_USEC_PER_SEC,
};

/* --- How good ------------------------------------------------------------ */

static int
rank_path (ShoalPath path)
{
  switch (path)
    {
    case SHOAL_PATH_LOCAL:
      return 3;
    case SHOAL_PATH_DIRECT:
      return 2;
    case SHOAL_PATH_RELAYED:
    default:
      return 1;
    }
}

/* Of the line that @link goes by: what the others on it have seen counts too, as one
 * that begins while it is full waits in its queue. */
static gint64
get_rtt (ShoalPeer *peer, ShoalLink *link)
{
  gint64 shortest = shoal_link_get_rtt (link);

  for (guint i = 0; i < peer->links->len; i++)
    {
      ShoalLink *other = ((ShoalPeerLink *) g_ptr_array_index (peer->links, i))->link;
      gint64 rtt = shoal_link_get_rtt (other);

      if (rtt > 0 && (shortest <= 0 || rtt < shortest)
          && shoal_link_get_path (other) == shoal_link_get_path (link))
        shortest = rtt;
    }
  return shortest;
}

static gboolean
suits (ShoalPeer *peer, ShoalLink *link)
{
  gint64 rtt = get_rtt (peer, link);
  ShoalCarrier best = rtt >= LONG_LINE_US ? SHOAL_CARRIER_QUIC : SHOAL_CARRIER_TCP;

  return rtt <= 0 || shoal_link_get_carrier (link) == best
         || shoal_link_get_path (link) == SHOAL_PATH_RELAYED;
}

int
shoal_hub_rank_link (ShoalPeer *peer, ShoalLink *link)
{
  return 2 * rank_path (shoal_link_get_path (link)) + (suits (peer, link) ? 1 : 0);
}

/* --- Seeking ------------------------------------------------------------- */

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalPeer) peer = user_data;
  ShoalHub *self = peer->hub;
  g_autoptr (GError) error = NULL;
  gboolean connected = shoal_hub_end_call (peer, &peer->better, source, result, &error);

  if (self == NULL)
    return;
  if (!connected)
    g_debug ("no better way: %s", error->message);
  if (peer->hub != NULL && peer->better_again)
    shoal_hub_seek_better (self, peer);
  if (peer->hub != NULL)
    shoal_hub_maybe_forget (self, peer);
}

/* The same address by the other carrier, once for each link; by whoever dialled, who
 * knows that the address is right. */
static gboolean
call_other_way (ShoalHub *self, ShoalPeer *peer, ShoalPeerLink *link)
{
  ShoalCarrier other = shoal_link_get_carrier (link->link) == SHOAL_CARRIER_TCP
                         ? SHOAL_CARRIER_QUIC : SHOAL_CARRIER_TCP;

  if (link->tried_other || suits (peer, link->link) || !shoal_link_is_outgoing (link->link)
      || shoal_link_is_by_ice (link->link))
    return FALSE;
  link->tried_other = TRUE;
  peer->better = g_cancellable_new ();
  shoal_connector_connect_by_async (self->connector, other,
                                    shoal_link_get_remote_address (link->link), &peer->id,
                                    peer->better, on_called, shoal_peer_ref (peer));
  return TRUE;
}

/* All places that promise a better path. */
static gboolean
call_nearer (ShoalHub *self, ShoalPeer *peer, ShoalPeerLink *link)
{
  int rank = rank_path (shoal_link_get_path (link->link));
  g_autoptr (GPtrArray) addresses = shoal_hub_list_addresses (self, peer);

  for (guint i = addresses->len; i-- > 0;)
    {
      if (rank_path (shoal_address_get_path (g_ptr_array_index (addresses, i))) <= rank)
        g_ptr_array_remove_index (addresses, i);
    }
  if (addresses->len == 0)
    return FALSE;
  peer->better = g_cancellable_new ();
  shoal_connector_connect_async (self->connector, addresses, &peer->id, 0, peer->better,
                                 on_called, shoal_peer_ref (peer));
  return TRUE;
}

static void
on_look (gpointer user_data)
{
  ShoalPeer *peer = user_data;

  peer->better_timer = 0;
  shoal_hub_seek_better (peer->hub, peer);
}

static void
look_in (ShoalHub *self, ShoalPeer *peer, gint64 delay)
{
  if (peer->better_timer == 0)
    peer->better_timer = shoal_runtime_add_timer (hub_runtime (self), delay, on_look, peer);
}

/* A relay is worth leaving later, too. And how long a line is, QUIC knows only when
 * more than a handshake has gone over it, with its signatures: the other side may have
 * turned down the other carrier before it did. */
static void
look_later (ShoalHub *self, ShoalPeer *peer, ShoalPeerLink *link)
{
  if (shoal_link_get_path (link->link) == SHOAL_PATH_RELAYED)
    {
      if (peer->better_timer == 0 && peer->n_better < G_N_ELEMENTS (LOOKS))
        look_in (self, peer, LOOKS[peer->n_better++]);
      return;
    }
  peer->n_better = 0;
  if (!link->looked_twice && shoal_link_get_carrier (link->link) == SHOAL_CARRIER_QUIC)
    {
      link->looked_twice = TRUE;
      link->tried_other = FALSE;
      look_in (self, peer, SECOND_LOOK_US);
    }
}

void
shoal_hub_seek_better (ShoalHub *self, ShoalPeer *peer)
{
  ShoalPeerLink *link = shoal_peer_get_link (peer, shoal_session_get_primary (peer->session));

  if (self->stopping || self->policy == SHOAL_ICE_RELAY_ONLY || !peer->connected || link == NULL
      || link->slot == 0)
    return;

  peer->better_again = peer->better != NULL;
  if (peer->better != NULL)
    return;
  if (!call_other_way (self, peer, link))
    call_nearer (self, peer, link);
  look_later (self, peer, link);
}

void
shoal_hub_stop_seeking (ShoalHub *self, ShoalPeer *peer)
{
  peer->better_again = FALSE;
  peer->n_better = 0;
  if (peer->better != NULL)
    g_cancellable_cancel (peer->better);
  shoal_runtime_clear_timer (hub_runtime (self), &peer->better_timer);
}
