/* sim-net-private.h: what sim-net.c and sim-channel.c share.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sim-net.h"

#include "shoal-error.h"

G_BEGIN_DECLS

#define HIGH_MARK (512 * 1024)

/* One end of a channel. The other end is found by the number. */
struct _ShoalChannel
{
  grefcount                 ref_count;
  ShoalPeer                *peer;      /* (unowned): lives as long as the net */
  uint16_t                  number;
  gboolean                  ours;
  gboolean                  ended;
  gboolean                  opened;
  uint8_t                   open_flags;
  ShoalHash                 key;       /* theirs: the proof is the key itself here */
  const ShoalChannelEvents *events;
  gpointer                  user_data;
  GQueue                    bulk;      /* of Frame: waiting at the sender */
  gboolean                  was_full;
};

/* One device as another sees it; with the line to it. */
struct _ShoalPeer
{
  SimNode    *node;     /* who sees */
  SimNode    *other;    /* whom */
  gboolean    up;
  guint       life;     /* of the line */
  GHashTable *channels; /* (owned): ours << 16 | number → ShoalChannel */
  uint16_t    last_number;
  size_t      queued;   /* bulk bytes towards other */
  guint       n_stopped; /* channels that do not read */
  GQueue      held;     /* of Frame: arrived while not reading */
};

typedef struct
{
  ShoalPeer *to;        /* the receiver's view of the sender */
  guint      life;
  uint16_t   channel;   /* as numbered by its fetcher */
  gboolean   from_fetcher;
  gboolean   is_data;
  GBytes    *bytes;     /* (owned) */
} Frame;

struct _SimNode
{
  SimNet              *net;
  ShoalDeviceId        id;
  double               rate;
  gint64               latency;
  const SimNodeEvents *events;
  gpointer             user_data;
  GPtrArray           *peers;    /* (owned) of ShoalPeer */
  GQueue               control;  /* of Frame (owned) */
  GQueue               ready;    /* of ShoalChannel with bulk, in turn */
  gboolean             sending;
  gboolean             silent;
  guint                lies;
  uint64_t             sent;
};

struct _SimNet
{
  ShoalSimRuntime *sim;
  ShoalRuntime    *runtime;
  GPtrArray       *nodes; /* (owned) */
  gboolean         closing;
};

void          sim_frame_free   (gpointer frame);
gpointer      sim_channel_key  (gboolean ours, uint16_t number);
ShoalChannel *sim_channel_new  (ShoalPeer *peer, gboolean ours, uint16_t number);
/* @error: (nullable): told to the owner. */
void          sim_channel_end  (ShoalChannel *channel, const GError *error);
void          sim_receive      (Frame *frame);
void          sim_transmit     (SimNode *node);

G_END_DECLS
