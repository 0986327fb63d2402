/* shoal-datagram-batch.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-datagram-batch.h"

/* What one system call takes (UDP GSO: 64 datagrams, 65,507 bytes). */
#define BATCH_SIZE (63 * 1024)
#define BATCH_DATAGRAMS 60

uint8_t *
shoal_datagram_batch_get_room (ShoalDatagramBatch *self)
{
  if (self->bytes == NULL)
    self->bytes = g_malloc (BATCH_SIZE + SHOAL_QUIC_MAX_DATAGRAM);
  return self->bytes + self->size;
}

gboolean
shoal_datagram_batch_flush (ShoalDatagramBatch *self, ShoalDatagramSendFunc send, gpointer carrier)
{
  size_t n;

  if (self->size == 0)
    return TRUE;
  n = send (carrier, &self->path, self->bytes, self->size, self->segment);
  if (n < self->size)
    {
      memmove (self->bytes, self->bytes + n, self->size - n);
      self->size -= n;
      self->is_blocked = TRUE;
      return FALSE;
    }
  self->size = 0;
  self->n_datagrams = 0;
  return TRUE;
}

gboolean
shoal_datagram_batch_add (ShoalDatagramBatch *self, size_t size, const ShoalUdpPath *path,
                          ShoalDatagramSendFunc send, gpointer carrier)
{
  uint8_t packet[SHOAL_QUIC_MAX_DATAGRAM];

  if (self->size > 0
      && (size > self->segment || memcmp (path, &self->path, sizeof *path) != 0))
    {
      memcpy (packet, self->bytes + self->size, size);
      if (!shoal_datagram_batch_flush (self, send, carrier))
        return FALSE;
      memcpy (self->bytes, packet, size);
    }
  if (self->size == 0)
    {
      self->segment = size;
      self->path = *path;
    }
  self->size += size;
  self->n_datagrams++;
  if (size < self->segment || self->n_datagrams >= BATCH_DATAGRAMS || self->size >= BATCH_SIZE)
    return shoal_datagram_batch_flush (self, send, carrier);
  return TRUE;
}

void
shoal_datagram_batch_clear (ShoalDatagramBatch *self)
{
  g_clear_pointer (&self->bytes, g_free);
  self->size = 0;
  self->n_datagrams = 0;
}
