/* shoal-quic-streams.c: the bytes in a connection's streams.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-quic-private.h"

#include "shoal-error.h"

/* A buffer that has grown beyond this is given back when it is empty. */
#define KEPT_BUFFER (256 * 1024)

static void
free_chunk (gpointer data)
{
  ShoalQuicChunk *chunk = data;

  g_bytes_unref (chunk->bytes);
  g_free (chunk);
}

void
shoal_quic_streams_init (ShoalQuic *self)
{
  for (guint i = 0; i < SHOAL_QUIC_STREAMS; i++)
    {
      self->out[i].id = -1;
      g_queue_init (&self->out[i].chunks);
    }
}

void
shoal_quic_streams_clear (ShoalQuic *self)
{
  for (guint i = 0; i < SHOAL_QUIC_STREAMS; i++)
    {
      g_queue_clear_full (&self->out[i].chunks, free_chunk);
      g_clear_pointer (&self->in[i].bytes, g_byte_array_unref);
    }
}

/* --- Out ----------------------------------------------------------------- */

static void
append (ShoalQuicOut *out, GBytes *bytes)
{
  ShoalQuicChunk *chunk;

  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    return;
  chunk = g_new0 (ShoalQuicChunk, 1);
  chunk->bytes = g_bytes_ref (bytes);
  chunk->offset = out->end;
  out->end += g_bytes_get_size (bytes);
  g_queue_push_tail (&out->chunks, chunk);
  if (out->next == NULL)
    out->next = out->chunks.tail;
}

/* The stream of a channel: a new one while there are any, else one that has to
 * be shared. 0: the other side allows none. */
static guint
get_lane (ShoalQuic *self, guint channel)
{
  guint stream = self->lanes[channel];
  int64_t id;

  if (stream != 0)
    return stream;
  if (self->n_lanes + 1 < SHOAL_QUIC_STREAMS
      && ngtcp2_conn_open_uni_stream (self->conn, &id, NULL) == 0)
    {
      stream = ++self->n_lanes;
      self->out[stream].id = id;
    }
  else if (self->n_lanes > 0)
    stream = 1 + channel % self->n_lanes;
  self->lanes[channel] = (uint8_t) stream;
  return stream;
}

static gboolean
is_bulk_begun (ShoalQuic *self)
{
  return self->out_bulk != 0 && self->out[self->out_bulk].next != NULL;
}

static void
take_frame (ShoalQuic *self, ShoalSendQueue *queue, size_t *taken)
{
  ShoalOutFrame frame;
  guint stream = 0;

  if (!shoal_send_queue_pop (queue, &frame))
    return;
  if (!frame.is_control)
    {
      stream = get_lane (self, frame.channel);
      if (stream == 0 && self->error == NULL)
        self->error = shoal_error_new (SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                                       "The other device takes no data");
      self->out_bulk = stream;
      self->n_bulk_taken += frame.size;
    }
  if (stream != 0 || frame.is_control)
    {
      append (&self->out[stream], frame.header);
      append (&self->out[stream], frame.payload);
    }
  *taken += frame.size;
  shoal_out_frame_clear (&frame);
}

int
shoal_quic_pick (ShoalQuic *self, ShoalSendQueue *queue, gboolean control_blocked,
                 gboolean bulk_blocked, size_t *taken)
{
  gboolean has_control = queue != NULL && queue->control.length > 0;

  if (!self->is_open)
    return -1;
  if (!control_blocked && self->out[0].next == NULL && has_control)
    take_frame (self, queue, taken);
  if (!control_blocked && self->out[0].next != NULL)
    return 0;
  if (bulk_blocked)
    return -1;
  /* Control that is blocked is in the way of the queue's bulk: both wait for
   * the same window. */
  if (!is_bulk_begun (self) && queue != NULL && queue->control.length == 0
      && shoal_quic_get_unacked_bulk (self) < SHOAL_QUIC_MAX_WINDOW)
    take_frame (self, queue, taken);
  return is_bulk_begun (self) ? (int) self->out_bulk : -1;
}

size_t
shoal_quic_get_vectors (ShoalQuic *self, guint stream, ngtcp2_vec *vectors)
{
  ShoalQuicOut *out = &self->out[stream];
  size_t n = 0;

  for (GList *l = out->next; l != NULL && n < SHOAL_QUIC_MAX_VECTORS; l = l->next)
    {
      ShoalQuicChunk *chunk = l->data;
      size_t size, skip = out->sent > chunk->offset ? (size_t) (out->sent - chunk->offset) : 0;
      const uint8_t *data = g_bytes_get_data (chunk->bytes, &size);

      vectors[n].base = (uint8_t *) data + skip;
      vectors[n].len = size - skip;
      n++;
    }
  return n;
}

void
shoal_quic_advance (ShoalQuic *self, guint stream, size_t size)
{
  ShoalQuicOut *out = &self->out[stream];

  out->sent += size;
  while (out->next != NULL)
    {
      ShoalQuicChunk *chunk = out->next->data;

      if (out->sent < chunk->offset + g_bytes_get_size (chunk->bytes))
        break;
      out->next = out->next->next;
    }
}

int
shoal_quic_on_acked (ShoalQuic *self, int64_t id, uint64_t end)
{
  ShoalQuicOut *out = &self->out[id >> 2];
  ShoalQuicChunk *chunk;

  out->acked = MAX (out->acked, end);
  while ((chunk = g_queue_peek_head (&out->chunks)) != NULL
         && chunk->offset + g_bytes_get_size (chunk->bytes) <= out->acked)
    {
      g_queue_pop_head (&out->chunks);
      self->n_bulk_acked += (id >> 2) != 0 ? g_bytes_get_size (chunk->bytes) : 0;
      free_chunk (chunk);
    }
  return 0;
}

size_t
shoal_quic_get_unacked_control (ShoalQuic *self)
{
  return (size_t) (self->out[0].end - self->out[0].acked);
}

size_t
shoal_quic_get_unacked_bulk (ShoalQuic *self)
{
  return (size_t) (self->n_bulk_taken - self->n_bulk_acked);
}

/* --- In ------------------------------------------------------------------ */

int
shoal_quic_on_ended (ShoalQuic *self)
{
  if (self->error == NULL)
    self->error = shoal_error_new (SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_THERE, NULL,
                                   "The other device ended a stream in the middle");
  return NGTCP2_ERR_CALLBACK_FAILURE;
}

int
shoal_quic_on_data (ShoalQuic *self, uint32_t flags, int64_t id, const uint8_t *data, size_t size)
{
  guint stream = (guint) (id >> 2);

  if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0 || stream >= SHOAL_QUIC_STREAMS)
    return shoal_quic_on_ended (self);
  if (size == 0)
    return 0;
  if (self->in[stream].bytes == NULL)
    self->in[stream].bytes = g_byte_array_new ();
  g_byte_array_append (self->in[stream].bytes, data, (guint) size);
  self->n_waiting += size;
  return 0;
}

const uint8_t *
shoal_quic_peek (ShoalQuic *self, guint stream, size_t *size)
{
  ShoalQuicIn *in = &self->in[stream];

  *size = in->bytes != NULL ? in->bytes->len - in->start : 0;
  return *size > 0 ? in->bytes->data + in->start : NULL;
}

void
shoal_quic_consume (ShoalQuic *self, guint stream, size_t size)
{
  ShoalQuicIn *in = &self->in[stream];
  int64_t id = (int64_t) stream << 2 | (self->is_server ? 2 : 3);

  g_assert (in->bytes != NULL && in->start + size <= in->bytes->len);
  in->start += size;
  self->n_waiting -= size;
  if (in->start == in->bytes->len)
    {
      if (in->bytes->len > KEPT_BUFFER)
        g_clear_pointer (&in->bytes, g_byte_array_unref);
      else
        g_byte_array_set_size (in->bytes, 0);
      in->start = 0;
    }
  else if (in->start >= KEPT_BUFFER && in->start >= in->bytes->len / 2)
    {
      /* Who is always a little behind would never come to the end of it. */
      g_byte_array_remove_range (in->bytes, 0, (guint) in->start);
      in->start = 0;
    }
  if (!self->is_over)
    {
      ngtcp2_conn_extend_max_stream_offset (self->conn, id, size);
      ngtcp2_conn_extend_max_offset (self->conn, size);
    }
}

gboolean
shoal_quic_is_drained (ShoalQuic *self)
{
  return self->n_waiting == 0;
}
