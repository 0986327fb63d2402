/* shoal-send-queue.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-send-queue.h"

/* Bounds of the bulk queue. The lower holds two data frames, so that one is
 * ready while the other is written; the upper is 10 ms at 1 GbE, and all that
 * a cancel can come too late for. */
#define MIN_HIGH_MARK (128 * 1024)
#define MAX_HIGH_MARK (1024 * 1024)
/* Before the rate is known. */
#define FIRST_HIGH_MARK (256 * 1024)
#define SECONDS_QUEUED 0.5

typedef struct
{
  guint  number;
  GQueue frames; /* of ShoalOutFrame (owned) */
} Channel;

static void
free_frame (gpointer data)
{
  shoal_out_frame_clear (data);
  g_free (data);
}

static void
free_channel (gpointer data)
{
  Channel *channel = data;

  g_queue_clear_full (&channel->frames, free_frame);
  g_free (channel);
}

static ShoalOutFrame *
new_frame (GBytes *header, GBytes *payload)
{
  ShoalOutFrame *frame = g_new0 (ShoalOutFrame, 1);

  frame->header = g_bytes_ref (header);
  frame->payload = payload != NULL ? g_bytes_ref (payload) : NULL;
  frame->size = g_bytes_get_size (header) + (payload != NULL ? g_bytes_get_size (payload) : 0);
  return frame;
}

void
shoal_out_frame_clear (ShoalOutFrame *frame)
{
  g_clear_pointer (&frame->header, g_bytes_unref);
  g_clear_pointer (&frame->payload, g_bytes_unref);
}

void
shoal_send_queue_init (ShoalSendQueue *self)
{
  *self = (ShoalSendQueue){ .high_mark = FIRST_HIGH_MARK };
  g_queue_init (&self->control);
  g_queue_init (&self->ready);
  self->channels = g_hash_table_new_full (NULL, NULL, NULL, free_channel);
}

void
shoal_send_queue_clear (ShoalSendQueue *self)
{
  g_queue_clear_full (&self->control, free_frame);
  g_queue_clear (&self->ready);
  g_clear_pointer (&self->channels, g_hash_table_unref);
  self->control_bytes = self->bulk_bytes = 0;
}

void
shoal_send_queue_push_control (ShoalSendQueue *self, GBytes *bytes)
{
  ShoalOutFrame *frame = new_frame (bytes, NULL);

  frame->is_control = TRUE;
  self->control_bytes += frame->size;
  g_queue_push_tail (&self->control, frame);
}

void
shoal_send_queue_push_bulk (ShoalSendQueue *self, guint number, GBytes *header, GBytes *payload)
{
  ShoalOutFrame *frame = new_frame (header, payload);
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));

  if (channel == NULL)
    {
      channel = g_new0 (Channel, 1);
      channel->number = number;
      g_queue_init (&channel->frames);
      g_hash_table_insert (self->channels, GUINT_TO_POINTER (number), channel);
      g_queue_push_tail (&self->ready, channel);
    }

  frame->channel = number;
  self->bulk_bytes += frame->size;
  self->is_full = self->is_full || self->bulk_bytes >= self->high_mark;
  g_queue_push_tail (&channel->frames, frame);
}

gboolean
shoal_send_queue_pop (ShoalSendQueue *self, ShoalOutFrame *frame)
{
  g_autofree ShoalOutFrame *next = g_queue_pop_head (&self->control);
  Channel *channel;

  if (next != NULL)
    {
      self->control_bytes -= next->size;
      *frame = *next;
      return TRUE;
    }

  channel = g_queue_pop_head (&self->ready);
  if (channel == NULL)
    return FALSE;

  next = g_queue_pop_head (&channel->frames);
  self->bulk_bytes -= next->size;
  *frame = *next;
  /* To the end of the line, while it has more to say. */
  if (g_queue_is_empty (&channel->frames))
    g_hash_table_remove (self->channels, GUINT_TO_POINTER (channel->number));
  else
    g_queue_push_tail (&self->ready, channel);
  return TRUE;
}

size_t
shoal_send_queue_drop (ShoalSendQueue *self, guint number)
{
  Channel *channel = g_hash_table_lookup (self->channels, GUINT_TO_POINTER (number));
  size_t dropped = 0;

  if (channel == NULL)
    return 0;

  for (GList *l = channel->frames.head; l != NULL; l = l->next)
    dropped += ((ShoalOutFrame *) l->data)->size;
  self->bulk_bytes -= dropped;
  g_queue_remove (&self->ready, channel);
  g_hash_table_remove (self->channels, GUINT_TO_POINTER (number));
  return dropped;
}

void
shoal_send_queue_drop_all_bulk (ShoalSendQueue *self)
{
  g_queue_clear (&self->ready);
  g_hash_table_remove_all (self->channels);
  self->bulk_bytes = 0;
}

gboolean
shoal_send_queue_is_empty (const ShoalSendQueue *self)
{
  return self->control.length == 0 && self->ready.length == 0;
}

void
shoal_send_queue_set_rate (ShoalSendQueue *self, double rate)
{
  if (rate > 0)
    self->high_mark = (size_t) CLAMP (rate * SECONDS_QUEUED, MIN_HIGH_MARK, MAX_HIGH_MARK);
}

gboolean
shoal_send_queue_take_drained (ShoalSendQueue *self)
{
  if (!self->is_full || self->bulk_bytes > self->high_mark / 2)
    return FALSE;
  self->is_full = FALSE;
  return TRUE;
}
