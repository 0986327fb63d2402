/* shoal-quic-dial.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-dial.h"

#include "shoal-address.h"
#include "shoal-socket.h"
#include "shoal-udp.h"

#include <errno.h>

/* The carrier: lives until the link releases it. */
typedef struct
{
  ShoalUdp       *udp;     /* (owned) (nullable) */
  ShoalQuicLink  *link;    /* (unowned) (nullable): not yet made */
  GSocketAddress *address; /* (owned) */
} Dial;

static size_t
dial_send (gpointer carrier, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
           size_t segment)
{
  Dial *self = carrier;

  return self->udp != NULL ? shoal_udp_send (self->udp, path, bytes, size, segment) : size;
}

static void
dial_release (gpointer carrier, ShoalQuicLink *link)
{
  Dial *self = carrier;

  g_clear_pointer (&self->udp, shoal_udp_free);
  g_object_unref (self->address);
  g_free (self);
}

static const ShoalDatagramFuncs dial_funcs = {
  .send = dial_send,
  .release = dial_release,
};

static void
on_received (ShoalUdp *udp, const ShoalUdpPath *path, const uint8_t *data, size_t size,
             gpointer user_data)
{
  Dial *self = user_data;

  shoal_quic_link_receive (self->link, NULL, data, size);
}

static void
on_writable (ShoalUdp *udp, gpointer user_data)
{
  Dial *self = user_data;

  shoal_quic_link_writable (self->link);
}

/* Anybody can forge it, so it counts only while nobody has answered. */
static void
on_refused (ShoalUdp *udp, int reason, gpointer user_data)
{
  Dial *self = user_data;
  GError *error = NULL;

  if (shoal_quic_link_has_answer (self->link))
    return;
  shoal_socket_set_connect_error (&error, reason, self->address);
  shoal_quic_link_carrier_failed (self->link, error);
}

static const ShoalUdpEvents udp_events = {
  .received = on_received,
  .writable = on_writable,
  .refused = on_refused,
};

ShoalQuicLink *
shoal_quic_dial (ShoalMainRuntime *runtime, ShoalIdentity *identity, GSocketAddress *address,
                 const ShoalDeviceId *expected, ShoalCongestion congestion,
                 ShoalQuicLinkReadyFunc ready, gpointer user_data)
{
  Dial *self = g_new0 (Dial, 1);
  g_autoptr (GSocketAddress) local = NULL;
  GError *error = NULL;
  ShoalQuicLinkConfig config = {
    .runtime = SHOAL_RUNTIME (runtime),
    .identity = identity,
    .is_outgoing = TRUE,
    .expected = expected,
    .funcs = &dial_funcs,
    .carrier = self,
    .path = shoal_address_get_path (address),
    .remote_address = address,
    .congestion = congestion,
  };

  self->address = g_object_ref (address);
  errno = EAFNOSUPPORT;
  if (G_IS_INET_SOCKET_ADDRESS (address))
    self->udp = shoal_udp_new_connected (runtime, address, &udp_events, self);
  if (self->udp == NULL)
    shoal_socket_set_connect_error (&error, errno, address);
  else
    local = shoal_udp_get_local_address (self->udp);
  config.local_address = local;

  self->link = shoal_quic_link_new (&config, ready, user_data);
  if (error != NULL)
    shoal_quic_link_carrier_failed (self->link, error);
  return self->link;
}
