/* shoal-link-impl.h: for the makers of links only (net, tests' memory link).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-link.h"
#include "shoal-runtime.h"
#include "shoal-send-queue.h"

G_BEGIN_DECLS

/**
 * ShoalLinkClass:
 * @kick: something was queued, or reading was turned on: look again, from the
 *   main loop, at shoal_link_get_send_queue() and shoal_link_is_reading()
 * @close: the owner wants no more: flush the control that is queued, end in
 *   order and then call shoal_link_ended (self, NULL). After two seconds the
 *   base class does that by itself
 * @get_rtt: (nullable): the shortest round trip so far; 0: not known
 * @stop: the link is over: let go of the transport, at once and silently
 *
 * The base class keeps facts, events, counters and the send queue; the
 * implementation moves bytes. @kick and @close are called on open links only
 * (@kick while closing, too), @stop exactly once, last.
 */
struct _ShoalLinkClass
{
  GObjectClass parent_class;

  void   (*kick)    (ShoalLink *self);
  void   (*close)   (ShoalLink *self);
  gint64 (*get_rtt) (ShoalLink *self);
  void   (*stop)    (ShoalLink *self);
};

typedef struct
{
  ShoalDeviceId    peer_id;
  uint8_t          exporter[SHOAL_LINK_EXPORTER_SIZE];
  ShoalPath        path;
  gboolean         is_outgoing;
  ShoalCarrier     carrier;
  gboolean         is_by_ice;
  ShoalRelayReason relay_reason;
  GSocketAddress  *remote_address; /* (nullable) */
  GSocketAddress  *local_address;  /* (nullable) */
} ShoalLinkFacts;

/* Right after construction. Takes a reference. */
void shoal_link_set_runtime (ShoalLink *self, ShoalRuntime *runtime);
/* (transfer none) */
ShoalRuntime *shoal_link_get_runtime (ShoalLink *self);

/* Once, before anybody else sees the link. Copies, takes references. */
void shoal_link_opened (ShoalLink *self, const ShoalLinkFacts *facts);

/* What to write next. (transfer none) */
ShoalSendQueue *shoal_link_get_send_queue (ShoalLink *self);

/* TRUE if events are set, reading is on and the link is open. */
gboolean shoal_link_is_reading (ShoalLink *self);
/* TRUE between close() and the end. */
gboolean shoal_link_is_closing (ShoalLink *self);

/* From the main loop, while shoal_link_is_reading(): bytes came. The owner may
 * do anything in it, also close the link: hold a reference, and ask
 * shoal_link_is_reading() again after. */
void shoal_link_emit_received (ShoalLink *self, guint stream, const uint8_t *data, size_t size);

/* From the main loop: this many bytes of frames are with the kernel. Emits
 * `writable` where due, in which the owner may do anything. */
void shoal_link_wrote (ShoalLink *self, size_t bytes);

/* The link is over: @error (transfer full) (nullable). From anywhere; `closed`
 * follows from the main loop. Later calls are ignored. */
void shoal_link_ended (ShoalLink *self, GError *error);

G_END_DECLS
