/* shoal-datagram-batch.h: packets that go to the carrier together. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-quic.h"

G_BEGIN_DECLS

/* The part of ShoalDatagramFuncs that a batch needs. */
typedef size_t (*ShoalDatagramSendFunc) (gpointer carrier, const ShoalUdpPath *path,
                                         const uint8_t *bytes, size_t size, size_t segment);

/**
 * ShoalDatagramBatch:
 *
 * Packets of one size and path, end to end, until there are as many as one
 * system call takes. A packet is written where get_room() says, and then added.
 * Plain struct; all zeroes is an empty batch.
 */
typedef struct
{
  uint8_t     *bytes;   /* (owned) (nullable) */
  size_t       size;
  size_t       segment; /* of each packet but the last */
  guint        n_datagrams;
  ShoalUdpPath path;
  gboolean     is_blocked; /* the carrier took less than it was given */
} ShoalDatagramBatch;

/* Room for SHOAL_QUIC_MAX_DATAGRAM bytes. */
uint8_t *shoal_datagram_batch_get_room (ShoalDatagramBatch *self);
/* A packet of @size bytes lies there. FALSE if the carrier is blocked; then a
 * packet may be lost, as on any network. */
gboolean shoal_datagram_batch_add      (ShoalDatagramBatch *self, size_t size,
                                        const ShoalUdpPath *path, ShoalDatagramSendFunc send,
                                        gpointer carrier);
/* FALSE if the carrier is blocked. */
gboolean shoal_datagram_batch_flush    (ShoalDatagramBatch *self, ShoalDatagramSendFunc send,
                                        gpointer carrier);
/* Gives the buffer back; what it holds is lost. */
void     shoal_datagram_batch_clear    (ShoalDatagramBatch *self);

G_END_DECLS
