/* shoal-tls-link-private.h: what the two halves of ShoalTlsLink share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-link-impl.h"
#include "shoal-tls-link.h"
#include "shoal-tls.h"

G_BEGIN_DECLS

typedef enum
{
  STATE_CONNECTING,  /* TCP */
  STATE_HANDSHAKING, /* TLS */
  STATE_OPEN,
  STATE_FLUSHING,    /* control and goodbye on their way out */
  STATE_DRAINING,    /* all sent; the peer's end is awaited, its bytes dropped */
  STATE_CLOSED,
} ShoalTlsLinkState;

struct _ShoalTlsLink
{
  ShoalLink             parent_instance;

  /* Set once. */
  GSocketAddress       *remote_address; /* (owned) */
  gboolean              is_outgoing;
  ShoalDeviceId         own_id;

  ShoalTlsLinkState     state;      /* Written only by set_state(). */
  ShoalTlsLinkReadyFunc ready;      /* (nullable): not yet called */
  gpointer              ready_data;

  GError               *early_error; /* (owned) (nullable): why there is no socket */

  /* Until CLOSED. */
  int                   fd;
  GSource              *source;     /* (owned) */
  gpointer              fd_tag;     /* (nullable): not polled when broken and not reading */
  ShoalTls             *tls;        /* (owned) */
  guint                 handshake_timer;

  GIOCondition          polled;
  gboolean              kicked;     /* dispatch without waiting for the socket */
  gboolean              wait_write; /* send() would have blocked */
  gboolean              saw_end;    /* the peer has closed its direction */
  gboolean              said_bye;

  uint8_t              *plain;      /* (owned) (nullable): PLAIN_SIZE */
  size_t                n_unsent;   /* frame bytes in the TLS output */
};

/* Ends the link, in any state; @error: (transfer full) (nullable). The caller
 * holds a reference. */
void shoal_tls_link_fail            (ShoalTlsLink *self, GError *error);
/* As above, after one attempt to send the alert that says why. */
void shoal_tls_link_fail_with_alert (ShoalTlsLink *self, GError *error);

/* Sends the TLS output as far as the socket takes it (`wait_write` tells).
 * FALSE if the link has failed. */
gboolean shoal_tls_link_send    (ShoalTlsLink *self);
/* One recv(). FALSE if the link has failed; @got: whether anything came. */
gboolean shoal_tls_link_receive (ShoalTlsLink *self, gboolean *got);

/* A turn of either; events are emitted. Returns the bytes of frames moved. */
size_t shoal_tls_link_read  (ShoalTlsLink *self);
size_t shoal_tls_link_write (ShoalTlsLink *self);

G_END_DECLS
