/* shoal-listener.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-listener.h"

#include "shoal-listener-private.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-socket.h"
#include "shoal-thread.h"
#include "shoal-tls-link.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Taken from the kernel's queue per turn of the loop. */
#define ACCEPTS_PER_TURN 8
/* An honest handshake is over by then, also on a busy machine: only older ones
 * are pushed out. */
#define GRACE G_USEC_PER_SEC
/* Until another try when the process has no descriptors left. */
#define PAUSE_WHEN_FULL (G_USEC_PER_SEC / 2)

typedef struct
{
  ShoalTlsLink *link;   /* (owned) */
  uint64_t      origin; /* whose it is: see get_origin() */
  gint64        since;
} HalfOpen;

struct _ShoalListener
{
  GObject           parent_instance;

  /* Set once, at construction. */
  ShoalOwnerThread  owner;
  ShoalMainRuntime *runtime;    /* (owned) */
  ShoalIdentity    *identity;   /* (owned) */
  ShoalInterfaces  *interfaces; /* (owned) (nullable): all */

  int               fd;         /* -1 when not started */
  GSource          *source;     /* (owned) (nullable): not while it waits for room */
  guint             pause_timer;
  GPtrArray        *half_open;  /* of HalfOpen (owned), the oldest first */
};

enum
{
  ACCEPTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ShoalListener, shoal_listener, G_TYPE_OBJECT)

static void
free_half_open (gpointer data)
{
  HalfOpen *half = data;

  g_clear_object (&half->link);
  g_free (half);
}

/* --- Half-open connections ----------------------------------------------- */

uint64_t
shoal_listener_get_origin (GSocketAddress *address)
{
  GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  const uint8_t *bytes = g_inet_address_to_bytes (inet);
  uint64_t origin = 0;

  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4)
    {
      memcpy (&origin, bytes, 4);
      return origin;
    }
  memcpy (&origin, bytes + (g_inet_address_get_is_link_local (inet) ? 8 : 0), 8);
  return origin;
}

static void resume (ShoalListener *self);

static gboolean
find_link (ShoalListener *self, ShoalTlsLink *link, guint *index)
{
  for (guint i = 0; i < self->half_open->len; i++)
    if (((HalfOpen *) g_ptr_array_index (self->half_open, i))->link == link)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

static void
on_ready (ShoalTlsLink *link, const GError *error, gpointer user_data)
{
  g_autoptr (ShoalListener) self = g_object_ref (user_data);
  g_autoptr (ShoalTlsLink) kept = g_object_ref (link);
  guint index;

  if (find_link (self, link, &index))
    g_ptr_array_remove_index (self->half_open, index);
  if (error != NULL)
    g_debug ("dropped: %s", error->message);
  else
    g_signal_emit (self, signals[ACCEPTED], 0, link);
  if (self->fd >= 0 && self->source == NULL)
    resume (self);
}

/* TRUE if there is room for one more of @origin, having made some if need be. */
static gboolean
make_room (ShoalListener *self, uint64_t origin, gint64 now)
{
  guint n = 0, oldest = 0;

  for (guint i = self->half_open->len; i-- > 0;)
    {
      HalfOpen *half = g_ptr_array_index (self->half_open, i);

      if (half->origin == origin)
        {
          n++;
          oldest = i;
        }
    }
  if (n < SHOAL_MAX_CONNECTIONS_PER_ADDRESS)
    return TRUE;
  if (now - ((HalfOpen *) g_ptr_array_index (self->half_open, oldest))->since < GRACE)
    return FALSE;
  g_ptr_array_remove_index (self->half_open, oldest);
  return TRUE;
}

/* By the address it was made to: the kernel does not say by which interface. */
static gboolean
may_come (ShoalListener *self, int fd)
{
  g_autoptr (GSocketAddress) own = NULL;
  GInetAddress *address;

  if (self->interfaces == NULL || shoal_interfaces_are_all (self->interfaces))
    return TRUE;
  own = shoal_socket_get_local_address (fd);
  if (!G_IS_INET_SOCKET_ADDRESS (own))
    return FALSE;
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own));
  return shoal_interfaces_may_use_own (self->interfaces, address);
}

static void
take (ShoalListener *self, int fd, gint64 now)
{
  g_autoptr (GSocketAddress) address = shoal_socket_get_remote_address (fd);
  gboolean is_local;
  HalfOpen *half;

  if (!G_IS_INET_SOCKET_ADDRESS (address) || !may_come (self, fd))
    {
      close (fd);
      return;
    }
  /* Programs on this very machine have better ways to do harm, and tests run
   * many devices on it. */
  is_local = g_inet_address_get_is_loopback (
    g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  if (!is_local && !make_room (self, shoal_listener_get_origin (address), now))
    {
      g_debug ("too many connections of one address");
      close (fd);
      return;
    }

  half = g_new0 (HalfOpen, 1);
  half->origin = shoal_listener_get_origin (address);
  half->since = now;
  half->link = shoal_tls_link_accept (self->runtime, self->identity, fd, address, on_ready, self);
  g_ptr_array_add (self->half_open, half);
}

/* --- Accepting ----------------------------------------------------------- */

static void
on_pause_over (gpointer user_data)
{
  ShoalListener *self = user_data;

  self->pause_timer = 0;
  resume (self);
}

static void
stop_source (ShoalListener *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* Newcomers wait in the kernel's queue. */
static void
pause_accepting (ShoalListener *self, gint64 delay)
{
  stop_source (self);
  shoal_runtime_clear_timer (SHOAL_RUNTIME (self->runtime), &self->pause_timer);
  self->pause_timer = shoal_runtime_add_timer (SHOAL_RUNTIME (self->runtime), delay,
                                               on_pause_over, self);
}

/* FALSE if all places are taken by connections that deserve more time. */
static gboolean
have_place (ShoalListener *self, gint64 now)
{
  HalfOpen *oldest;

  if (self->half_open->len < SHOAL_MAX_HALF_OPEN)
    return TRUE;
  oldest = g_ptr_array_index (self->half_open, 0);
  if (now - oldest->since < GRACE)
    {
      pause_accepting (self, oldest->since + GRACE - now);
      return FALSE;
    }
  g_ptr_array_remove_index (self->half_open, 0);
  return TRUE;
}

static gboolean
on_connection (int listening_fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (ShoalListener) self = g_object_ref (user_data);
  gint64 now = shoal_runtime_now (SHOAL_RUNTIME (self->runtime));

  for (int i = 0; i < ACCEPTS_PER_TURN && have_place (self, now); i++)
    {
      int fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        take (self, fd, now);
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        {
          g_message ("cannot accept a connection: %s", g_strerror (errno));
          pause_accepting (self, PAUSE_WHEN_FULL);
          break;
        }
      else if (errno == EAGAIN || errno == EWOULDBLOCK)
        break;
      /* Else this one is gone already: the next. */
    }
  return G_SOURCE_CONTINUE;
}

static void
resume (ShoalListener *self)
{
  stop_source (self);
  shoal_runtime_clear_timer (SHOAL_RUNTIME (self->runtime), &self->pause_timer);
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_connection), self, NULL);
  g_source_set_static_name (self->source, "shoal-listener");
  g_source_attach (self->source, shoal_main_runtime_get_context (self->runtime));
}

/* --- Starting ------------------------------------------------------------ */

static int
listen_at (GInetAddress *address, guint16 port)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (address, port);

  return shoal_socket_listen (socket_address);
}

/* On every address: IPv6 and IPv4 by one socket, or IPv4 alone where the
 * system has no other. */
static int
listen_everywhere (guint16 port)
{
  g_autoptr (GInetAddress) any6 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GInetAddress) any4 = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);
  int fd = listen_at (any6, port);

  if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EPROTONOSUPPORT))
    fd = listen_at (any4, port);
  return fd;
}

static int
listen_usual (GInetAddress *address)
{
  for (guint i = 0; i <= SHOAL_DEFAULT_PORTS; i++)
    {
      guint16 port = i < SHOAL_DEFAULT_PORTS ? (guint16) (SHOAL_DEFAULT_PORT + i) : 0;
      int fd = address != NULL ? listen_at (address, port) : listen_everywhere (port);

      if (fd >= 0 || errno != EADDRINUSE)
        return fd;
    }
  return -1;
}

gboolean
shoal_listener_set_error (GError **error, int saved_errno, GInetAddress *address, int port)
{
  g_autofree char *text = address != NULL ? g_inet_address_to_string (address) : NULL;

  switch (saved_errno)
    {
    case EADDRINUSE:
      return shoal_error_set (error, SHOAL_ERROR_IN_USE, SHOAL_SIDE_HERE,
                              "Choose another port, or stop the program that has it.",
                              "Another program on this computer has port %d", port);

    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                              "Choose one of this computer's addresses, or none.",
                              "%s is not an address of this computer",
                              text != NULL ? text : "That");

    case EACCES:
    case EPERM:
      return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE,
                              "Choose a port from 1024 on.",
                              "This computer does not let Shoal have port %d", port);

    default:
      return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL,
                              "Cannot listen for other devices: %s", g_strerror (saved_errno));
    }
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_listener_dispose (GObject *object)
{
  shoal_listener_stop (SHOAL_LISTENER (object));

  G_OBJECT_CLASS (shoal_listener_parent_class)->dispose (object);
}

static void
shoal_listener_finalize (GObject *object)
{
  ShoalListener *self = SHOAL_LISTENER (object);

  g_ptr_array_unref (self->half_open);
  g_clear_object (&self->runtime);
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_pointer (&self->interfaces, shoal_interfaces_unref);

  G_OBJECT_CLASS (shoal_listener_parent_class)->finalize (object);
}

static void
shoal_listener_class_init (ShoalListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = shoal_listener_dispose;
  object_class->finalize = shoal_listener_finalize;

  signals[ACCEPTED] = g_signal_new ("accepted", SHOAL_TYPE_LISTENER, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, SHOAL_TYPE_LINK);
}

static void
shoal_listener_init (ShoalListener *self)
{
  shoal_owner_thread_init (&self->owner);
  self->fd = -1;
  self->half_open = g_ptr_array_new_with_free_func (free_half_open);
}

/* --- Public -------------------------------------------------------------- */

ShoalListener *
shoal_listener_new (ShoalMainRuntime *runtime, ShoalIdentity *identity)
{
  ShoalListener *self;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (runtime) && identity != NULL, NULL);

  self = g_object_new (SHOAL_TYPE_LISTENER, NULL);
  self->runtime = g_object_ref (runtime);
  self->identity = shoal_identity_ref (identity);
  return self;
}

gboolean
shoal_listener_start (ShoalListener *self, GInetAddress *address, int port, GError **error)
{
  g_return_val_if_fail (SHOAL_IS_LISTENER (self) && self->fd < 0, FALSE);
  g_return_val_if_fail (port >= SHOAL_LISTEN_USUAL_PORT && port <= 65535, FALSE);
  shoal_owner_thread_assert (&self->owner);

  if (port == SHOAL_LISTEN_USUAL_PORT)
    self->fd = listen_usual (address);
  else if (address != NULL)
    self->fd = listen_at (address, (guint16) port);
  else
    self->fd = listen_everywhere ((guint16) port);
  if (self->fd < 0)
    return shoal_listener_set_error (error, errno, address, port);

  resume (self);
  return TRUE;
}

void
shoal_listener_set_interfaces (ShoalListener *self, ShoalInterfaces *interfaces)
{
  g_return_if_fail (SHOAL_IS_LISTENER (self) && self->interfaces == NULL);

  self->interfaces = shoal_interfaces_ref (interfaces);
}

void
shoal_listener_stop (ShoalListener *self)
{
  g_return_if_fail (SHOAL_IS_LISTENER (self));
  shoal_owner_thread_assert (&self->owner);

  stop_source (self);
  if (self->runtime != NULL)
    shoal_runtime_clear_timer (SHOAL_RUNTIME (self->runtime), &self->pause_timer);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  g_ptr_array_set_size (self->half_open, 0);
}

guint16
shoal_listener_get_port (ShoalListener *self)
{
  g_autoptr (GPtrArray) addresses = shoal_listener_get_addresses (self);

  return addresses->len > 0 ? g_inet_socket_address_get_port (addresses->pdata[0]) : 0;
}

GPtrArray *
shoal_listener_get_addresses (ShoalListener *self)
{
  GPtrArray *addresses = g_ptr_array_new_with_free_func (g_object_unref);
  GSocketAddress *address;

  g_return_val_if_fail (SHOAL_IS_LISTENER (self), addresses);

  address = self->fd >= 0 ? shoal_socket_get_local_address (self->fd) : NULL;
  if (address != NULL)
    g_ptr_array_add (addresses, address);
  return addresses;
}

guint
shoal_listener_get_n_half_open (ShoalListener *self)
{
  g_return_val_if_fail (SHOAL_IS_LISTENER (self), 0);

  return self->half_open->len;
}
