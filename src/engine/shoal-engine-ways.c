/* shoal-engine-ways.c: how others are reached, in words.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

#include <glib/gi18n-lib.h>

static ShoalReach
reach_of_session (ShoalPeer *peer)
{
  switch (shoal_peer_get_path (peer))
    {
    case SHOAL_PATH_RELAYED:
      return SHOAL_REACH_RELAYED;
    case SHOAL_PATH_DIRECT:
      return SHOAL_REACH_DIRECT;
    case SHOAL_PATH_LOCAL:
    default:
      return SHOAL_REACH_LOCAL;
    }
}

ShoalReach
shoal_engine_get_reach (ShoalPeer *peer)
{
  switch (shoal_peer_get_presence (peer))
    {
    case SHOAL_PRESENCE_SESSION:
      return reach_of_session (peer);
    case SHOAL_PRESENCE_NEARBY:
      return SHOAL_REACH_NEARBY;
    case SHOAL_PRESENCE_AWAY:
    default:
      return SHOAL_REACH_NONE;
    }
}

char *
shoal_engine_explain_reach (ShoalPeer *peer)
{
  if (!shoal_peer_is_connected (peer))
    return NULL;

  switch (shoal_peer_get_relay_reason (peer))
    {
    case SHOAL_RELAY_CHOSEN:
      return g_strdup (_("Only relays are allowed on this device; the relay sees only encrypted "
                         "bytes."));
    case SHOAL_RELAY_CHOSEN_THERE:
      return g_strdup (_("The other device allows only relays; the relay sees only encrypted "
                         "bytes."));
    case SHOAL_RELAY_NO_STUN:
      return g_strdup (_("No STUN server answers this device, so nobody outside can find it; the "
                         "relay sees only encrypted bytes."));
    case SHOAL_RELAY_ROUTERS:
      return g_strdup (_("Your routers do not allow a direct way; the relay sees only encrypted "
                         "bytes."));
    case SHOAL_RELAY_NONE:
    default:
      return NULL;
    }
}

void
shoal_engine_describe_way (ShoalPeer *peer, ShoalSourceInfo *info)
{
  if (!shoal_peer_is_connected (peer))
    return;
  info->reach = reach_of_session (peer);
  info->reach_why = shoal_engine_explain_reach (peer);
  info->carrier = shoal_carrier_get_nick (shoal_peer_get_carrier (peer));
}
