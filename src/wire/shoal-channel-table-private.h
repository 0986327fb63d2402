/* shoal-channel-table-private.h: what may be said on a channel, seen from either end.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the wire room. */
#pragma once

#include "shoal-session.h"

G_BEGIN_DECLS

/* What has been asked on all channels of one slot in one direction and not
 * been answered. */
typedef struct
{
  guint requests, leaves;
  guint hash_requests, hashes;
} ShoalLoad;

typedef struct
{
  uint8_t  what;
  uint32_t offset, length;
} ShoalBlobRange;

typedef struct
{
  ShoalHashRange range;
  uint8_t        proof_layers;
} ShoalHashAsked;

typedef struct
{
  uint16_t          number;
  uint16_t          lane;  /* in the table; below SHOAL_MAX_CHANNELS */
  ShoalChannelState state;
  uint8_t           flags; /* of OPENED */
  gboolean          rekeyed;
  uint32_t          description_size, attributes_size;

  GHashTable       *requests; /* (owned): number → ShoalAsked */
  GHashTable       *late;     /* (owned): numbers of ours, rejected with leaves owing */
  GQueue            late_order; /* the same numbers, oldest first */
  ShoalBlobRange    blobs[SHOAL_MAX_BLOB_REQUESTS];
  guint             n_blobs;
  GArray           *hashes;   /* (owned): of ShoalHashAsked */
} ShoalWireChannel;

/* All channels of one slot that one side has opened. */
typedef struct
{
  gboolean    ours;     /* opened by this device: it is the one to receive DATA */
  GHashTable *channels; /* (owned): number → ShoalWireChannel */
  uint8_t     lanes[SHOAL_MAX_CHANNELS];
  uint16_t    next;     /* number to try for a new one */
  ShoalLoad   load;
} ShoalChannelTable;

void              shoal_channel_table_init   (ShoalChannelTable *self, gboolean ours);
void              shoal_channel_table_clear  (ShoalChannelTable *self);
guint             shoal_channel_table_count  (const ShoalChannelTable *self);
ShoalWireChannel *shoal_channel_table_find   (const ShoalChannelTable *self, uint16_t number);
/* In OPENING; there must be room, and no such number. */
ShoalWireChannel *shoal_channel_table_add    (ShoalChannelTable *self, uint16_t number);
/* A number that is free; there must be room. */
uint16_t          shoal_channel_table_pick   (ShoalChannelTable *self);
/* Forgets it and what was outstanding on it. */
void              shoal_channel_table_remove (ShoalChannelTable *self, ShoalWireChannel *channel);
/* This side is done with it: nothing counts as outstanding any more. */
void              shoal_channel_table_finish (ShoalChannelTable *self, ShoalWireChannel *channel);

typedef enum
{
  SHOAL_VERDICT_LEGAL,
  SHOAL_VERDICT_LATE,    /* DATA that a REJECT has overtaken: to be swallowed */
  SHOAL_VERDICT_GONE,    /* speaks of something that is not outstanding */
  SHOAL_VERDICT_BUSY,    /* more than may be outstanding */
  SHOAL_VERDICT_ILLEGAL, /* never legal here */
} ShoalVerdict;

/**
 * shoal_wire_channel_pass:
 * @problem: (out): in words, unless LEGAL
 *
 * Judges @message (not OPEN, REFUSED or CLOSE, nor on a channel that is
 * CLOSING) and notes what it asks or answers. The same for what is received
 * and what is sent: the two ends of a channel keep the same books. A verdict
 * other than LEGAL leaves the books alone.
 */
ShoalVerdict shoal_wire_channel_pass (ShoalChannelTable *self, ShoalWireChannel *channel,
                                      const ShoalMessage *message, const char **problem);

/* For a server: takes those entries out of @entries that are too many, their
 * numbers into @rejected; returns how many stay. */
guint shoal_wire_channel_admit (const ShoalChannelTable *self, const ShoalWireChannel *channel,
                                ShoalRequestEntry *entries, guint n_entries, GArray *rejected);

/* For a server: takes out those that are not outstanding or were cancelled
 * before; returns how many stay. */
guint shoal_wire_channel_filter_cancels (ShoalWireChannel *channel, uint32_t *requests,
                                         guint n_requests);

G_END_DECLS
