/* shoal-link-impl.h: for the makers of links only (net, tests' memory link).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-link.h"
#include "shoal-runtime.h"
#include "shoal-send-queue.h"

G_BEGIN_DECLS

/**
 * ShoalLinkClass:
 * @kick: something was queued in the send queue (or, after close, the link
 *   should flush and end): arrange to write from the main loop
 * @set_reading: reading was turned on or off
 * @close: no events are wanted any more; flush the control that is queued, end
 *   in order and then call shoal_link_ended (self, NULL)
 *
 * The base class keeps facts, events, counters and the send queue. It calls a
 * vfunc only while the link is neither closing nor closed, except @kick, never.
 */
struct _ShoalLinkClass
{
  GObjectClass parent_class;

  void (*kick)        (ShoalLink *self);
  void (*set_reading) (ShoalLink *self, gboolean reading);
  void (*close)       (ShoalLink *self);
};

typedef struct
{
  ShoalDeviceId   peer_id;
  uint8_t         exporter[SHOAL_LINK_EXPORTER_SIZE];
  ShoalPath       path;
  gboolean        is_outgoing;
  GSocketAddress *remote_address; /* (nullable) */
  GSocketAddress *local_address;  /* (nullable) */
} ShoalLinkFacts;

/* Once, before anybody else sees the link. Copies, refs. */
void shoal_link_opened (ShoalLink *self, ShoalRuntime *runtime, const ShoalLinkFacts *facts);

/* What to write next. (transfer none) */
ShoalSendQueue *shoal_link_get_send_queue (ShoalLink *self);

/* From the main loop: bytes came. The owner may do anything in it, also close
 * the link: hold a reference and look at shoal_link_is_reading() after. */
void shoal_link_emit_received (ShoalLink *self, guint stream, const uint8_t *data, size_t size);

/* From the main loop: frames of this many bytes were handed to the kernel.
 * Emits `writable` where due. */
void shoal_link_wrote (ShoalLink *self, size_t bytes);

/* The link is over: @error (transfer full) (nullable). From anywhere; the
 * `closed` event follows from the main loop. Later calls are ignored. */
void shoal_link_ended (ShoalLink *self, GError *error);

/* TRUE if events are set, reading is on and the link is open. */
gboolean shoal_link_is_reading (ShoalLink *self);

/* (transfer none) */
ShoalRuntime *shoal_link_get_runtime (ShoalLink *self);

G_END_DECLS
