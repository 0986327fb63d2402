/* shoal-udp.h: a UDP socket that moves many datagrams at a time. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-main-runtime.h"
#include "shoal-quic.h"

G_BEGIN_DECLS

/**
 * ShoalUdp:
 *
 * A non-blocking socket on the engine context: UDP GSO and GRO where the kernel
 * has them, never fragments, tells to which of our addresses a datagram came,
 * and answers from that one. Lost is lost: errors of single datagrams are not
 * told.
 *
 * Plain struct, one owner; events come from the main loop, and the owner may
 * free it in them.
 */
typedef struct _ShoalUdp ShoalUdp;

typedef struct
{
  /* One datagram; @data is valid during the call. */
  void (*received) (ShoalUdp *udp, const ShoalUdpPath *path, const uint8_t *data, size_t size,
                    gpointer user_data);
  /* send() took less than it was given, and would take more now. */
  void (*writable) (ShoalUdp *udp, gpointer user_data);
  /* Connected sockets only: nobody is there, says the network (errno). It may
   * be wrong. (nullable) */
  void (*refused)  (ShoalUdp *udp, int reason, gpointer user_data);
} ShoalUdpEvents;

/* Bound to @address; IPv6 sockets of the unspecified address take IPv4 too.
 * NULL with errno. Returns: (transfer full) (nullable) */
ShoalUdp *shoal_udp_new_bound     (ShoalMainRuntime *runtime, GSocketAddress *address,
                                   const ShoalUdpEvents *events, gpointer user_data);
/* Connected to @address, by its interface if it has one. NULL with errno. */
ShoalUdp *shoal_udp_new_connected (ShoalMainRuntime *runtime, GSocketAddress *address,
                                   const ShoalUdpEvents *events, gpointer user_data);
void      shoal_udp_free          (ShoalUdp *self);

/* As ShoalDatagramFuncs.send. @path: where from and to; not looked at on a
 * connected socket. */
size_t shoal_udp_send (ShoalUdp *self, const ShoalUdpPath *path, const uint8_t *bytes, size_t size,
                       size_t segment);

/* Of the sockaddr in it. */
socklen_t shoal_udp_address_get_size (const ShoalUdpAddress *address);
/* (transfer full) (nullable) */
GSocketAddress *shoal_udp_get_local_address (ShoalUdp *self);
/* What a path's ends are. IPv4 in IPv6 clothing is unmapped.
 * (transfer full) (nullable) */
GSocketAddress *shoal_udp_address_to_socket_address (const ShoalUdpAddress *address);

/* For other sockets that carry QUIC: probing packets must not be fragmented,
 * and bursts must fit. Failures cost speed only. */
void shoal_udp_tune (int fd, int family);

/* @segment-sized datagrams on any UDP socket with one system call, or one each
 * where the kernel has no GSO. @to: (nullable): NULL on connected sockets.
 * Returns bytes taken; less than @size: would block. */
size_t shoal_udp_send_segments (int fd, const struct sockaddr *to, socklen_t to_size,
                                const struct cmsghdr *control, size_t control_size,
                                const uint8_t *bytes, size_t size, size_t segment,
                                gboolean *no_gso);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalUdp, shoal_udp_free)

G_END_DECLS
