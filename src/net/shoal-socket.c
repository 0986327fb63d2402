/* shoal-socket.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-socket.h"

#include "shoal-address.h"
#include "shoal-error.h"

#include <errno.h>
#include <net/if.h>
#include <linux/tcp.h> /* tcp_info whole: glibc's ends before the shortest round trip */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Unsent bytes the kernel holds for us: what control frames wait behind. */
#define NOTSENT_LOWAT (128 * 1024)
/* Milliseconds without an acknowledgement. A little more than the session's
 * own SHOAL_LINK_SILENT_SECONDS, for links that no session watches. */
#define USER_TIMEOUT 20000
#define BACKLOG 64

/* --- Connecting ---------------------------------------------------------- */

void
shoal_socket_set_connect_error (GError **error, int saved_errno, GSocketAddress *address)
{
  g_autofree char *where = shoal_address_to_text (address);

  switch (saved_errno)
    {
    case ECONNREFUSED:
      shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_THERE,
                       "Start Shoal on the other device, or check the port.",
                       "Nothing listens at %s", where);
      break;

    case ETIMEDOUT:
      shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                       "Check that the device is on, and that no firewall blocks the port.",
                       "Nobody answers at %s", where);
      break;

    case EACCES:
    case EPERM:
      shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_HERE,
                       "Let Shoal through this computer's firewall.",
                       "This computer does not allow connections to %s", where);
      break;

    case EINVAL:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                       "Check the address; a link-local one needs its interface: fe80::1%eth0.",
                       "This computer cannot connect to %s: %s", where, g_strerror (saved_errno));
      break;

    case ENODEV:
    case ENXIO:
      shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_HERE,
                       "Connect this computer to the network.",
                       "The network interface for %s is gone", where);
      break;

    default:
      shoal_error_set (error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                       "Check that both devices are on the same network.",
                       "There is no way to %s: %s", where, g_strerror (saved_errno));
    }
}

/* connect() knows the scope of a link-local address; for others the socket is
 * bound. */
gboolean
shoal_socket_bind_to_interface (int fd, GSocketAddress *address)
{
  guint interface = shoal_address_get_interface (address);
  char name[IF_NAMESIZE];

  if (interface == 0
      || (g_socket_address_get_family (address) == G_SOCKET_FAMILY_IPV6
          && g_inet_address_get_is_link_local (
            g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)))))
    return TRUE;
  return if_indextoname (interface, name) != NULL
         && setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t) strlen (name) + 1) == 0;
}

static gboolean
to_native (GSocketAddress *address, struct sockaddr_storage *native, socklen_t *size)
{
  *size = (socklen_t) g_socket_address_get_native_size (address);
  return *size > 0 && *size <= sizeof *native
         && g_socket_address_to_native (address, native, sizeof *native, NULL);
}

int
shoal_socket_connect (GSocketAddress *address, GError **error)
{
  struct sockaddr_storage native;
  socklen_t size;
  int fd = -1;

  if (!G_IS_INET_SOCKET_ADDRESS (address) || !to_native (address, &native, &size))
    errno = EAFNOSUPPORT;
  else
    fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

  if (fd < 0 || !shoal_socket_bind_to_interface (fd, address)
      || (connect (fd, (struct sockaddr *) &native, size) != 0 && errno != EINPROGRESS))
    {
      shoal_socket_set_connect_error (error, errno, address);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

gboolean
shoal_socket_check_connected (int fd, GSocketAddress *address, GError **error)
{
  int failure = 0;
  socklen_t size = sizeof failure;

  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
    failure = errno;
  if (failure != 0)
    shoal_socket_set_connect_error (error, failure, address);
  return failure == 0;
}

/* --- Listening ----------------------------------------------------------- */

int
shoal_socket_listen (GSocketAddress *address)
{
  struct sockaddr_storage native;
  socklen_t size;
  int fd, on = 1, off = 0;
  int saved_errno;

  if (!to_native (address, &native, &size))
    {
      errno = EAFNOSUPPORT;
      return -1;
    }
  fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0)
    return -1;

  /* A restart may take the port over from its own last connections. */
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (native.ss_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind (fd, (struct sockaddr *) &native, size) == 0 && listen (fd, BACKLOG) == 0)
    return fd;

  saved_errno = errno;
  close (fd);
  errno = saved_errno;
  return -1;
}

/* --- Connected ----------------------------------------------------------- */

void
shoal_socket_tune (int fd)
{
  int on = 1, lowat = NOTSENT_LOWAT, timeout = USER_TIMEOUT;

  /* Failures cost speed only. Buffers are left to the kernel, which sizes them
   * by what the line can hold. */
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

static GSocketAddress *
get_address (int fd, int (*get) (int, struct sockaddr *, socklen_t *))
{
  struct sockaddr_storage native;
  socklen_t size = sizeof native;
  g_autoptr (GSocketAddress) address = NULL;

  if (get (fd, (struct sockaddr *) &native, &size) != 0)
    return NULL;
  address = g_socket_address_new_from_native (&native, size);
  return address != NULL ? shoal_address_unmap (address) : NULL;
}

gint64
shoal_socket_get_rtt (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return 0;
  return info.tcpi_min_rtt != G_MAXUINT32 && info.tcpi_min_rtt > 0 ? info.tcpi_min_rtt
                                                                   : info.tcpi_rtt;
}

GSocketAddress *
shoal_socket_get_local_address (int fd)
{
  return get_address (fd, getsockname);
}

GSocketAddress *
shoal_socket_get_remote_address (int fd)
{
  return get_address (fd, getpeername);
}

GError *
shoal_socket_error (int saved_errno)
{
  switch (saved_errno)
    {
    case ECONNRESET:
    case EPIPE:
      return shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                              "The other device ended the connection without a word");

    case ETIMEDOUT:
      return shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_NETWORK,
                              "Check the network; a transfer goes on where it stopped.",
                              "The other device does not answer any more");

    default:
      return shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NETWORK,
                              "Check the network; a transfer goes on where it stopped.",
                              "The connection broke: %s", g_strerror (saved_errno));
    }
}
