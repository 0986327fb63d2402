/* shoal-send-queue.h: what a link writes next: control first, then channels in turn.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* A plain struct; the thread of its owner. */
typedef struct
{
  GBytes  *header;  /* (owned) */
  GBytes  *payload; /* (owned) (nullable) */
  size_t   size;    /* of both */
  guint    channel;
  gboolean is_control;
} ShoalOutFrame;

void shoal_out_frame_clear (ShoalOutFrame *frame);

typedef struct
{
  GQueue      control;       /* of Frame (owned) */
  GQueue      ready;         /* of Channel (owned by `channels`), those with frames, in turn */
  GHashTable *channels;      /* (owned): number → Channel */
  size_t      control_bytes;
  size_t      bulk_bytes;
  size_t      high_mark;     /* bulk bytes from which on the queue is full */
  gboolean    is_full;
} ShoalSendQueue;

void     shoal_send_queue_init         (ShoalSendQueue *self);
void     shoal_send_queue_clear        (ShoalSendQueue *self);
/* (transfer none): takes references */
void     shoal_send_queue_push_control (ShoalSendQueue *self, GBytes *frame);
void     shoal_send_queue_push_bulk    (ShoalSendQueue *self, guint channel, GBytes *header,
                                        GBytes *payload);
/* The next frame to write, now the caller's to clear. FALSE: nothing queued. */
gboolean shoal_send_queue_pop          (ShoalSendQueue *self, ShoalOutFrame *frame);
size_t   shoal_send_queue_drop         (ShoalSendQueue *self, guint channel);
void     shoal_send_queue_drop_all_bulk (ShoalSendQueue *self);
gboolean shoal_send_queue_is_empty     (const ShoalSendQueue *self);
/* Half a second of @rate (bytes/s; 0: unknown), within bounds. */
void     shoal_send_queue_set_rate     (ShoalSendQueue *self, double rate);
/* TRUE once after each time the queue was full and has drained to half. */
gboolean shoal_send_queue_take_drained (ShoalSendQueue *self);

G_END_DECLS
