/* shoal-udp.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-udp.h"

#include "shoal-address.h"
#include "shoal-socket.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

/* In libc since glibc 2.33 and musl 1.2.5; Linux's numbers. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* Messages of one system call, each of many datagrams if the kernel joins them. */
#define MESSAGES 4
#define MESSAGE_SIZE 65536
/* System calls in one turn of the main loop. */
#define CALLS_PER_TURN 4
/* Asked for; the kernel gives what its limits allow. */
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define CONTROL_SIZE 128

struct _ShoalUdp
{
  int                   fd;
  gboolean              is_connected;
  gboolean              no_gso;
  const ShoalUdpEvents *events;
  gpointer              user_data;
  GSource              *source;   /* (owned) */
  gpointer              fd_tag;
  gboolean              is_blocked;
  ShoalUdpPath          path;     /* of a connected socket; of others, the bound address */
  uint8_t              *buffer;   /* (owned) */
  gboolean             *freed;    /* (nullable): to be told while in a callback */
};

/* --- Sockets ------------------------------------------------------------- */

void
shoal_udp_tune (int fd, int family)
{
  int size = SOCKET_BUFFER, probe4 = IP_PMTUDISC_PROBE, probe6 = IPV6_PMTUDISC_PROBE;

  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  /* An IPv6 socket that takes IPv4 needs both. */
  setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe4, sizeof probe4);
  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
}

static gboolean
to_native (GSocketAddress *address, struct sockaddr_storage *native, socklen_t *size)
{
  *size = (socklen_t) g_socket_address_get_native_size (address);
  if (*size > 0 && *size <= sizeof *native
      && g_socket_address_to_native (address, native, sizeof *native, NULL))
    return TRUE;
  errno = EAFNOSUPPORT;
  return FALSE;
}

static int
open_socket (int family)
{
  int fd = socket (family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  int on = 1, off = 0;

  if (fd < 0)
    return -1;
  shoal_udp_tune (fd, family);
  setsockopt (fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  if (family == AF_INET6)
    {
      setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
      setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    }
  return fd;
}

static int
close_with_errno (int fd)
{
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  errno = saved_errno;
  return -1;
}

/* --- Receiving ----------------------------------------------------------- */

typedef struct
{
  struct mmsghdr  messages[MESSAGES];
  struct iovec    vectors[MESSAGES];
  ShoalUdpAddress remotes[MESSAGES];
  union
  {
    struct cmsghdr align;
    uint8_t        bytes[CONTROL_SIZE];
  } controls[MESSAGES];
} Batch;

static void
prepare_batch (ShoalUdp *self, Batch *batch)
{
  memset (batch->messages, 0, sizeof batch->messages);
  memset (batch->remotes, 0, sizeof batch->remotes);
  for (guint i = 0; i < MESSAGES; i++)
    {
      struct msghdr *header = &batch->messages[i].msg_hdr;

      batch->vectors[i].iov_base = self->buffer + i * MESSAGE_SIZE;
      batch->vectors[i].iov_len = MESSAGE_SIZE;
      header->msg_iov = &batch->vectors[i];
      header->msg_iovlen = 1;
      header->msg_name = &batch->remotes[i];
      header->msg_namelen = sizeof batch->remotes[i];
      header->msg_control = &batch->controls[i];
      header->msg_controllen = sizeof batch->controls[i];
    }
}

/* Our address that the datagrams came to, and how long each is. */
static void
read_control (struct msghdr *header, ShoalUdpPath *path, size_t *segment)
{
  for (struct cmsghdr *item = CMSG_FIRSTHDR (header); item != NULL;
       item = CMSG_NXTHDR (header, item))
    {
      if (item->cmsg_level == IPPROTO_UDP && item->cmsg_type == UDP_GRO)
        {
          int size;

          memcpy (&size, CMSG_DATA (item), sizeof size);
          if (size > 0)
            *segment = (size_t) size;
        }
      else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO)
        {
          struct in6_pktinfo info;

          memcpy (&info, CMSG_DATA (item), sizeof info);
          path->local.ipv6.sin6_family = AF_INET6;
          path->local.ipv6.sin6_addr = info.ipi6_addr;
        }
      else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO
               && path->remote.any.sa_family == AF_INET)
        {
          struct in_pktinfo info;

          memcpy (&info, CMSG_DATA (item), sizeof info);
          path->local.ipv4.sin_family = AF_INET;
          path->local.ipv4.sin_addr = info.ipi_addr;
        }
    }
}

/* FALSE if @self was freed. */
static gboolean
hand_up (ShoalUdp *self, Batch *batch, guint i, gboolean *freed)
{
  size_t left = batch->messages[i].msg_len, segment = left;
  const uint8_t *data = batch->vectors[i].iov_base;
  ShoalUdpPath path = self->path;

  if (!self->is_connected)
    path.remote = batch->remotes[i];
  if ((batch->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
    return TRUE;
  if (self->is_connected)
    {
      ShoalUdpPath ignored = path;

      read_control (&batch->messages[i].msg_hdr, &ignored, &segment);
    }
  else
    read_control (&batch->messages[i].msg_hdr, &path, &segment);
  while (left > 0 && !*freed)
    {
      size_t size = MIN (left, segment);

      self->events->received (self, &path, data, size, self->user_data);
      data += size;
      left -= size;
    }
  return !*freed;
}

/* FALSE if @self was freed. */
static gboolean
receive (ShoalUdp *self, gboolean *freed)
{
  Batch batch;

  for (int call = 0; call < CALLS_PER_TURN; call++)
    {
      int n;

      prepare_batch (self, &batch);
      n = recvmmsg (self->fd, batch.messages, MESSAGES, MSG_DONTWAIT, NULL);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && self->is_connected
          && self->events->refused != NULL)
        {
          self->events->refused (self, errno, self->user_data);
          if (*freed)
            return FALSE;
        }
      for (int i = 0; i < n; i++)
        if (!hand_up (self, &batch, (guint) i, freed))
          return FALSE;
      if (n < MESSAGES)
        return TRUE;
    }
  return TRUE;
}

static gboolean
on_ready (int fd, GIOCondition condition, gpointer user_data)
{
  ShoalUdp *self = user_data;
  gboolean freed = FALSE;

  self->freed = &freed;
  if ((condition & G_IO_OUT) != 0 && self->is_blocked)
    {
      self->is_blocked = FALSE;
      g_source_modify_unix_fd (self->source, self->fd_tag, G_IO_IN);
      self->events->writable (self, self->user_data);
      if (freed)
        return G_SOURCE_REMOVE;
    }
  if ((condition & (G_IO_IN | G_IO_ERR)) != 0 && !receive (self, &freed))
    return G_SOURCE_REMOVE;
  self->freed = NULL;
  return G_SOURCE_CONTINUE;
}

/* --- The source ---------------------------------------------------------- */

typedef struct
{
  GSource   source;
  ShoalUdp *udp; /* (unowned): it destroys the source */
} UdpSource;

static gboolean
udp_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ShoalUdp *udp = ((UdpSource *) source)->udp;

  return on_ready (udp->fd, g_source_query_unix_fd (source, udp->fd_tag), udp);
}

static GSourceFuncs udp_source_funcs = { .dispatch = udp_source_dispatch };

static ShoalUdp *
start (ShoalMainRuntime *runtime, int fd, gboolean is_connected, const ShoalUdpEvents *events,
       gpointer user_data)
{
  ShoalUdp *self = g_new0 (ShoalUdp, 1);
  socklen_t size = sizeof self->path.local;

  self->fd = fd;
  self->is_connected = is_connected;
  self->events = events;
  self->user_data = user_data;
  self->buffer = g_malloc (MESSAGES * MESSAGE_SIZE);
  getsockname (fd, &self->path.local.any, &size);
  size = sizeof self->path.remote;
  if (is_connected)
    getpeername (fd, &self->path.remote.any, &size);

  self->source = g_source_new (&udp_source_funcs, sizeof (UdpSource));
  ((UdpSource *) self->source)->udp = self;
  g_source_set_static_name (self->source, "shoal-udp");
  self->fd_tag = g_source_add_unix_fd (self->source, fd, G_IO_IN);
  g_source_attach (self->source, shoal_main_runtime_get_context (runtime));
  return self;
}

/* --- Sending ------------------------------------------------------------- */

/* Where the answer comes from: the address the question came to. Returns the
 * size of what was written to @control. */
static size_t
write_source (const ShoalUdpPath *path, struct cmsghdr *control)
{
  if (path->local.any.sa_family == AF_INET6
      && !IN6_IS_ADDR_UNSPECIFIED (&path->local.ipv6.sin6_addr))
    {
      struct in6_pktinfo info = { .ipi6_addr = path->local.ipv6.sin6_addr,
                                  .ipi6_ifindex = path->remote.ipv6.sin6_scope_id };

      control->cmsg_level = IPPROTO_IPV6;
      control->cmsg_type = IPV6_PKTINFO;
      control->cmsg_len = CMSG_LEN (sizeof info);
      memcpy (CMSG_DATA (control), &info, sizeof info);
      return CMSG_SPACE (sizeof info);
    }
  if (path->local.any.sa_family == AF_INET && path->local.ipv4.sin_addr.s_addr != INADDR_ANY)
    {
      struct in_pktinfo info = { .ipi_spec_dst = path->local.ipv4.sin_addr };

      control->cmsg_level = IPPROTO_IP;
      control->cmsg_type = IP_PKTINFO;
      control->cmsg_len = CMSG_LEN (sizeof info);
      memcpy (CMSG_DATA (control), &info, sizeof info);
      return CMSG_SPACE (sizeof info);
    }
  return 0;
}

/* One system call: 0, or errno. */
static int
send_once (int fd, const struct sockaddr *to, socklen_t to_size, const struct cmsghdr *control,
           size_t control_size, const uint8_t *bytes, size_t size, size_t segment)
{
  union
  {
    struct cmsghdr align;
    uint8_t        bytes[CONTROL_SIZE];
  } buffer = { 0 };
  struct iovec vector = { .iov_base = (uint8_t *) bytes, .iov_len = size };
  struct msghdr message = { .msg_name = (struct sockaddr *) to, .msg_namelen = to_size,
                            .msg_iov = &vector, .msg_iovlen = 1 };
  ssize_t n;

  g_assert (control_size <= CONTROL_SIZE - CMSG_SPACE (sizeof (uint16_t)));
  if (control_size > 0)
    memcpy (buffer.bytes, control, control_size);
  if (segment < size)
    {
      struct cmsghdr *item = (struct cmsghdr *) (buffer.bytes + control_size);
      uint16_t value = (uint16_t) segment;

      item->cmsg_level = IPPROTO_UDP;
      item->cmsg_type = UDP_SEGMENT;
      item->cmsg_len = CMSG_LEN (sizeof value);
      memcpy (CMSG_DATA (item), &value, sizeof value);
      control_size += CMSG_SPACE (sizeof value);
    }
  if (control_size > 0)
    {
      message.msg_control = buffer.bytes;
      message.msg_controllen = control_size;
    }
  do
    n = sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? errno : 0;
}

size_t
shoal_udp_send_segments (int fd, const struct sockaddr *to, socklen_t to_size,
                         const struct cmsghdr *control, size_t control_size, const uint8_t *bytes,
                         size_t size, size_t segment, gboolean *no_gso)
{
  size_t sent = 0;

  while (sent < size)
    {
      size_t part = *no_gso ? MIN (segment, size - sent) : size - sent;
      int status = send_once (fd, to, to_size, control, control_size, bytes + sent, part, segment);

      if (status == EAGAIN || status == EWOULDBLOCK || status == ENOBUFS)
        return sent;
      /* The card or the kernel cannot: EMSGSIZE also where only a probe was too
       * large, which is sent alone. */
      if (part > segment && (status == EIO || status == EINVAL || status == EMSGSIZE
                             || status == EOPNOTSUPP))
        {
          *no_gso = TRUE;
          continue;
        }
      if (status != 0)
        g_debug ("datagram not sent: %s", g_strerror (status));
      sent += part;
    }
  return sent;
}

size_t
shoal_udp_send (ShoalUdp *self, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
                size_t segment)
{
  union
  {
    struct cmsghdr align;
    uint8_t        bytes[CMSG_SPACE (sizeof (struct in6_pktinfo))];
  } control = { 0 };
  size_t control_size = 0, sent;
  socklen_t to_size = 0;

  if (!self->is_connected)
    {
      control_size = write_source (path, &control.align);
      to_size = shoal_udp_address_get_size (&path->remote);
    }
  sent = shoal_udp_send_segments (self->fd, to_size > 0 ? &path->remote.any : NULL, to_size,
                                  &control.align, control_size, bytes, size, segment,
                                  &self->no_gso);
  if (sent < size && !self->is_blocked)
    {
      self->is_blocked = TRUE;
      g_source_modify_unix_fd (self->source, self->fd_tag, G_IO_IN | G_IO_OUT);
    }
  return sent;
}

/* --- Public -------------------------------------------------------------- */

ShoalUdp *
shoal_udp_new_bound (ShoalMainRuntime *runtime, GSocketAddress *address,
                     const ShoalUdpEvents *events, gpointer user_data)
{
  struct sockaddr_storage native;
  socklen_t size;
  int fd;

  if (!to_native (address, &native, &size))
    return NULL;
  fd = open_socket (native.ss_family);
  if (fd < 0 || bind (fd, (struct sockaddr *) &native, size) != 0)
    {
      close_with_errno (fd);
      return NULL;
    }
  return start (runtime, fd, FALSE, events, user_data);
}

ShoalUdp *
shoal_udp_new_connected (ShoalMainRuntime *runtime, GSocketAddress *address,
                         const ShoalUdpEvents *events, gpointer user_data)
{
  struct sockaddr_storage native;
  socklen_t size;
  int fd;

  if (!to_native (address, &native, &size))
    return NULL;
  fd = open_socket (native.ss_family);
  if (fd < 0 || !shoal_socket_bind_to_interface (fd, address)
      || connect (fd, (struct sockaddr *) &native, size) != 0)
    {
      close_with_errno (fd);
      return NULL;
    }
  return start (runtime, fd, TRUE, events, user_data);
}

void
shoal_udp_free (ShoalUdp *self)
{
  if (self->freed != NULL)
    *self->freed = TRUE;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->fd);
  g_free (self->buffer);
  g_free (self);
}

socklen_t
shoal_udp_address_get_size (const ShoalUdpAddress *address)
{
  return address->any.sa_family == AF_INET6 ? sizeof address->ipv6 : sizeof address->ipv4;
}

GSocketAddress *
shoal_udp_get_local_address (ShoalUdp *self)
{
  return shoal_socket_get_local_address (self->fd);
}

GSocketAddress *
shoal_udp_address_to_socket_address (const ShoalUdpAddress *address)
{
  g_autoptr (GSocketAddress) plain = NULL;

  if (address->any.sa_family != AF_INET && address->any.sa_family != AF_INET6)
    return NULL;
  plain = g_socket_address_new_from_native ((gpointer) address, sizeof *address);
  return plain != NULL ? shoal_address_unmap (plain) : NULL;
}
