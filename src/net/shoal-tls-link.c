/* shoal-tls-link.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-tls-link-private.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-socket.h"
#include "shoal-state.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Less moved in a turn, and the buffers are given back: the link is idle. */
#define IDLE_BYTES 16384

/**
 * ShoalTlsLink:
 *
 * One socket, one ShoalTls, one GSource on the engine context; a state machine
 * that its dispatch drives. The source asks for writability only while output
 * waits for it, and is ready at once when somebody kicked it: so all that is
 * queued in one turn of the loop goes out together.
 *
 * Reading: recv() of up to 128 KiB, decrypted record by record into one buffer,
 * handed up in one piece. Writing: one frame or several small ones, encrypted
 * until there are 64 KiB, then one send(). Each turn moves at most 1 MiB each
 * way, so that links share the thread.
 */

G_DEFINE_FINAL_TYPE (ShoalTlsLink, shoal_tls_link, SHOAL_TYPE_LINK)

#define SHOAL_TYPE_TLS_LINK_STATE (shoal_tls_link_state_get_type ())
static GType shoal_tls_link_state_get_type (void);
static G_DEFINE_ENUM_TYPE (ShoalTlsLinkState, shoal_tls_link_state,
  G_DEFINE_ENUM_VALUE (STATE_CONNECTING, "connecting"),
  G_DEFINE_ENUM_VALUE (STATE_HANDSHAKING, "handshaking"),
  G_DEFINE_ENUM_VALUE (STATE_OPEN, "open"),
  G_DEFINE_ENUM_VALUE (STATE_FLUSHING, "flushing"),
  G_DEFINE_ENUM_VALUE (STATE_DRAINING, "draining"),
  G_DEFINE_ENUM_VALUE (STATE_CLOSED, "closed"))

/* --- State --------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { STATE_CONNECTING,  STATE_HANDSHAKING }, /* TCP is there */
  { STATE_CONNECTING,  STATE_CLOSED },      /* it failed, or nobody wants it */
  { STATE_HANDSHAKING, STATE_OPEN },        /* both keys are proved */
  { STATE_HANDSHAKING, STATE_CLOSED },      /* wrong key, garbage, too slow */
  { STATE_OPEN,        STATE_FLUSHING },    /* close() */
  { STATE_OPEN,        STATE_CLOSED },      /* the peer or the line */
  { STATE_FLUSHING,    STATE_DRAINING },    /* everything is with the kernel */
  { STATE_FLUSHING,    STATE_CLOSED },      /* an error, or no time left */
  { STATE_DRAINING,    STATE_CLOSED },      /* the peer has ended, too */
};

static void
set_state (ShoalTlsLink *self, ShoalTlsLinkState to)
{
  if (shoal_state_step (SHOAL_TYPE_TLS_LINK_STATE, EDGES, G_N_ELEMENTS (EDGES), (int) self->state,
                        (int) to))
    self->state = to;
}

/* Ends the link, in any state. The reference of the caller's frame keeps @self
 * alive. */
void
shoal_tls_link_fail (ShoalTlsLink *self, GError *error)
{
  ShoalTlsLinkReadyFunc ready = g_steal_pointer (&self->ready);
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;

  shoal_link_ended (SHOAL_LINK (self), error);
  if (ready != NULL && copy != NULL)
    ready (self, copy, self->ready_data);
}

/* The alert that says why is in the output: one attempt to get it out. */
void
shoal_tls_link_fail_with_alert (ShoalTlsLink *self, GError *error)
{
  size_t size;
  const uint8_t *output = shoal_tls_get_output (self->tls, &size);

  if (output != NULL && send (self->fd, output, size, MSG_NOSIGNAL) < 0)
    g_debug ("alert not sent: %s", g_strerror (errno));
  shoal_tls_link_fail (self, error);
}

static void
on_handshake_timeout (gpointer user_data)
{
  g_autoptr (ShoalTlsLink) self = g_object_ref (user_data);

  self->handshake_timer = 0;
  shoal_tls_link_fail (self, shoal_tls_link_new_timeout_error (self));
}

/* --- Steps --------------------------------------------------------------- */

static void
open_link (ShoalTlsLink *self)
{
  ShoalTlsLinkReadyFunc ready = g_steal_pointer (&self->ready);
  g_autoptr (GSocketAddress) local_address = shoal_socket_get_local_address (self->fd);
  ShoalLinkFacts facts = {
    .peer_id = *shoal_tls_get_peer_id (self->tls),
    .path = shoal_address_get_path (self->remote_address),
    .is_outgoing = self->is_outgoing,
    .carrier = SHOAL_CARRIER_TCP,
    .remote_address = self->remote_address,
    .local_address = local_address,
  };
  GError *error = NULL;

  if (shoal_hash_equals (&facts.peer_id, &self->own_id))
    shoal_error_set (&error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                     "Give the address of the other device.",
                     "That address is this device itself");
  else
    shoal_tls_get_exporter (self->tls, facts.exporter, &error);
  if (error != NULL)
    {
      self->ready = ready;
      shoal_tls_link_fail (self, error);
      return;
    }

  shoal_runtime_clear_timer (shoal_link_get_runtime (SHOAL_LINK (self)), &self->handshake_timer);
  set_state (self, STATE_OPEN);
  shoal_link_opened (SHOAL_LINK (self), &facts);
  /* Data may have come with the last flight. */
  self->kicked = TRUE;
  if (ready != NULL)
    ready (self, NULL, self->ready_data);
}

static void
step_connecting (ShoalTlsLink *self, GIOCondition condition)
{
  GError *error = NULL;

  if ((condition & (G_IO_OUT | G_IO_ERR | G_IO_HUP)) == 0)
    return;
  if (!shoal_socket_check_connected (self->fd, self->remote_address, &error))
    {
      shoal_tls_link_fail (self, error);
      return;
    }
  shoal_socket_tune (self->fd);
  set_state (self, STATE_HANDSHAKING);
  self->kicked = TRUE;
}

static void
step_handshaking (ShoalTlsLink *self)
{
  g_autofree char *where = shoal_address_to_text (self->remote_address);
  GError *error = NULL;
  gboolean got = TRUE;

  while (self->state == STATE_HANDSHAKING && got)
    {
      ShoalTlsStatus status = shoal_tls_handshake (self->tls, where, &error);

      if (status == SHOAL_TLS_FAILED)
        {
          shoal_tls_link_fail_with_alert (self, error);
          return;
        }
      if (!shoal_tls_link_send (self))
        return;
      if (status == SHOAL_TLS_DONE)
        {
          open_link (self);
          return;
        }
      if (!shoal_tls_link_receive (self, &got))
        return;
    }
}

static void
step_open (ShoalTlsLink *self, GIOCondition seen)
{
  size_t moved;

  /* While nobody reads, this alone tells that the connection is dead. */
  if ((seen & G_IO_ERR) != 0 && !shoal_link_is_reading (SHOAL_LINK (self)))
    {
      int failure = EPIPE;
      socklen_t size = sizeof failure;

      getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
      shoal_tls_link_fail (self, shoal_socket_error (failure != 0 ? failure : EPIPE));
      return;
    }

  moved = shoal_tls_link_read (self);
  moved += shoal_tls_link_write (self);
  if (moved < IDLE_BYTES && self->state == STATE_OPEN)
    {
      shoal_tls_trim (self->tls);
      g_clear_pointer (&self->plain, g_free);
    }
}

static void
step_flushing (ShoalTlsLink *self)
{
  shoal_tls_link_write (self);
  if (self->state != STATE_FLUSHING || self->wait_write
      || !shoal_send_queue_is_empty (shoal_link_get_send_queue (SHOAL_LINK (self))))
    return;

  if (!self->said_bye)
    {
      self->said_bye = TRUE;
      shoal_tls_bye (self->tls);
    }
  if (!shoal_tls_link_send (self) || self->wait_write)
    return;
  /* Closing now, with unread bytes in the socket, would reset the connection
   * and destroy what the peer has not read yet. */
  shutdown (self->fd, SHUT_WR);
  set_state (self, STATE_DRAINING);
  self->kicked = TRUE;
}

static void
step_draining (ShoalTlsLink *self)
{
  uint8_t dropped[16384];
  ssize_t n;

  for (int i = 0; i < 64; i++)
    {
      n = recv (self->fd, dropped, sizeof dropped, 0);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        {
          shoal_tls_link_fail (self, NULL);
          return;
        }
      if (n < 0)
        return;
    }
  self->kicked = TRUE;
}

/* The one driver: what comes next in each state. */
static void
step (ShoalTlsLink *self, GIOCondition seen)
{
  switch (self->state)
    {
    case STATE_CONNECTING:
      step_connecting (self, seen);
      break;

    case STATE_HANDSHAKING:
      step_handshaking (self);
      break;

    case STATE_OPEN:
      step_open (self, seen);
      break;

    case STATE_FLUSHING:
      step_flushing (self);
      break;

    case STATE_DRAINING:
      step_draining (self);
      break;

    case STATE_CLOSED:
    default:
      break;
    }
}

/* --- The source ---------------------------------------------------------- */

typedef struct
{
  GSource       source;
  ShoalTlsLink *link; /* (unowned): the link destroys the source */
} LinkSource;

static GIOCondition
wanted_condition (ShoalTlsLink *self)
{
  GIOCondition condition = 0;

  switch (self->state)
    {
    case STATE_CONNECTING:
      return G_IO_OUT;

    case STATE_HANDSHAKING:
    case STATE_DRAINING:
      condition = G_IO_IN;
      break;

    case STATE_OPEN:
      condition = shoal_link_is_reading (SHOAL_LINK (self)) ? G_IO_IN : 0;
      break;

    case STATE_FLUSHING:
    case STATE_CLOSED:
    default:
      break;
    }
  return condition | (self->wait_write ? G_IO_OUT : 0);
}

/* The kernel tells of errors and hang-ups whether asked or not: an idle, broken
 * socket is not polled, or the loop would spin. */
static void
update_polling (ShoalTlsLink *self, GIOCondition seen)
{
  GIOCondition wanted;

  if (self->state == STATE_CLOSED)
    return;
  wanted = wanted_condition (self);
  if (self->fd_tag != NULL && wanted == self->polled && wanted != 0)
    return;
  self->polled = wanted;
  if (wanted == 0 && (seen & (G_IO_ERR | G_IO_HUP)) != 0)
    {
      if (self->fd_tag != NULL)
        g_source_remove_unix_fd (self->source, self->fd_tag);
      self->fd_tag = NULL;
    }
  else if (self->fd_tag == NULL)
    self->fd_tag = g_source_add_unix_fd (self->source, self->fd, wanted);
  else
    g_source_modify_unix_fd (self->source, self->fd_tag, wanted);
}

static gboolean
link_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((LinkSource *) source)->link->kicked;
}

static gboolean
link_source_check (GSource *source)
{
  ShoalTlsLink *self = ((LinkSource *) source)->link;

  return self->kicked
         || (self->fd_tag != NULL && g_source_query_unix_fd (source, self->fd_tag) != 0);
}

static gboolean
link_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (ShoalTlsLink) self = g_object_ref (((LinkSource *) source)->link);
  GIOCondition seen = self->fd_tag != NULL ? g_source_query_unix_fd (source, self->fd_tag) : 0;

  self->kicked = FALSE;
  if ((seen & (G_IO_OUT | G_IO_ERR | G_IO_HUP)) != 0)
    self->wait_write = FALSE;

  step (self, seen);
  update_polling (self, seen);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs link_source_funcs = {
  .prepare = link_source_prepare,
  .check = link_source_check,
  .dispatch = link_source_dispatch,
};

/* --- ShoalLink ----------------------------------------------------------- */

static void
shoal_tls_link_kick (ShoalLink *link)
{
  ShoalTlsLink *self = SHOAL_TLS_LINK (link);

  self->kicked = TRUE;
}

static void
shoal_tls_link_close (ShoalLink *link)
{
  ShoalTlsLink *self = SHOAL_TLS_LINK (link);

  set_state (self, STATE_FLUSHING);
  self->kicked = TRUE;
}

static void
shoal_tls_link_stop (ShoalLink *link)
{
  ShoalTlsLink *self = SHOAL_TLS_LINK (link);

  set_state (self, STATE_CLOSED);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
      self->fd_tag = NULL;
    }
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  if (shoal_link_get_runtime (link) != NULL)
    shoal_runtime_clear_timer (shoal_link_get_runtime (link), &self->handshake_timer);
}

static gint64
shoal_tls_link_get_rtt (ShoalLink *link)
{
  return shoal_socket_get_rtt (SHOAL_TLS_LINK (link)->fd);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_tls_link_finalize (GObject *object)
{
  ShoalTlsLink *self = SHOAL_TLS_LINK (object);

  /* Disposing of the parent has stopped it. */
  g_assert (self->fd < 0 && self->source == NULL && self->handshake_timer == 0);

  g_clear_pointer (&self->tls, shoal_tls_free);
  g_clear_object (&self->remote_address);
  g_clear_error (&self->early_error);
  g_free (self->plain);

  G_OBJECT_CLASS (shoal_tls_link_parent_class)->finalize (object);
}

static void
shoal_tls_link_class_init (ShoalTlsLinkClass *klass)
{
  ShoalLinkClass *link_class = SHOAL_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_tls_link_finalize;

  link_class->kick = shoal_tls_link_kick;
  link_class->close = shoal_tls_link_close;
  link_class->get_rtt = shoal_tls_link_get_rtt;
  link_class->stop = shoal_tls_link_stop;
}

static void
shoal_tls_link_init (ShoalTlsLink *self)
{
  self->fd = -1;
}

/* --- Public -------------------------------------------------------------- */

/* Told from the main loop, like all other failures. */
static void
on_failed_early (gpointer user_data)
{
  g_autoptr (ShoalTlsLink) self = g_object_ref (user_data);

  self->handshake_timer = 0;
  shoal_tls_link_fail (self, g_steal_pointer (&self->early_error));
}

static ShoalTlsLink *
new_link (ShoalMainRuntime *runtime, ShoalIdentity *identity, GSocketAddress *remote_address,
          ShoalTlsLinkReadyFunc ready, gpointer user_data)
{
  ShoalTlsLink *self = g_object_new (SHOAL_TYPE_TLS_LINK, NULL);

  shoal_link_set_runtime (SHOAL_LINK (self), SHOAL_RUNTIME (runtime));
  self->remote_address = g_object_ref (remote_address);
  self->own_id = *shoal_identity_get_id (identity);
  self->ready = ready;
  self->ready_data = user_data;
  return self;
}

/* With a socket, or with the reason why there is none. */
static void
start (ShoalTlsLink *self, ShoalMainRuntime *runtime)
{
  if (self->early_error != NULL)
    {
      self->handshake_timer = shoal_runtime_add_timer (SHOAL_RUNTIME (runtime), 0,
                                                       on_failed_early, self);
      return;
    }

  self->handshake_timer = shoal_runtime_add_timer (SHOAL_RUNTIME (runtime),
                                                   SHOAL_HANDSHAKE_SECONDS * G_USEC_PER_SEC,
                                                   on_handshake_timeout, self);
  self->source = g_source_new (&link_source_funcs, sizeof (LinkSource));
  ((LinkSource *) self->source)->link = self;
  g_source_set_static_name (self->source, "shoal-tls-link");
  update_polling (self, 0);
  g_source_attach (self->source, shoal_main_runtime_get_context (runtime));
}

ShoalTlsLink *
shoal_tls_link_dial (ShoalMainRuntime *runtime, ShoalIdentity *identity, GSocketAddress *address,
                     const ShoalDeviceId *expected, ShoalTlsLinkReadyFunc ready,
                     gpointer user_data)
{
  ShoalTlsLink *self = new_link (runtime, identity, address, ready, user_data);

  self->is_outgoing = TRUE;
  self->tls = shoal_tls_new (identity, FALSE, expected, &self->early_error);
  if (self->tls != NULL)
    self->fd = shoal_socket_connect (address, &self->early_error);
  start (self, runtime);
  return self;
}

GError *
shoal_tls_link_new_timeout_error (ShoalTlsLink *self)
{
  g_autofree char *where = shoal_address_to_text (self->remote_address);

  if (self->state == STATE_CONNECTING)
    return shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                            "Check that the device is on, and that no firewall blocks the port.",
                            "Nobody answers at %s", where);
  return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE,
                          "Check the address and port, and that Shoal runs there.",
                          "%s answers, but says nothing of use", where);
}

ShoalTlsLink *
shoal_tls_link_accept (ShoalMainRuntime *runtime, ShoalIdentity *identity, int fd,
                       GSocketAddress *remote_address, ShoalTlsLinkReadyFunc ready,
                       gpointer user_data)
{
  ShoalTlsLink *self = new_link (runtime, identity, remote_address, ready, user_data);

  self->fd = fd;
  shoal_socket_tune (fd);
  set_state (self, STATE_HANDSHAKING);
  self->tls = shoal_tls_new (identity, TRUE, NULL, &self->early_error);
  start (self, runtime);
  return self;
}
