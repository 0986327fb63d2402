/* shoal-session-private.h: inside of a session; for shoal-session*.c only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-channel-table-private.h"
#include "shoal-error.h"
#include "shoal-session.h"

G_BEGIN_DECLS

/* Streams of one link that are in the middle of a frame. */
#define SHOAL_MAX_STREAMS 64u
/* How long a rival of the primary link waits for it to show life. */
#define SHOAL_PROBE_SECONDS 2
/* How long we wait for the other side to close a link that is not needed. */
#define SHOAL_DROPPING_SECONDS 5

/* One link. Stays in memory, GONE, until no call on the session runs. */
typedef struct
{
  guint             id;
  gpointer          link;
  int               rank;
  ShoalSlotState    state; /* written only by shoal_slot_set_state() */
  gboolean          receiving; /* a call of receive() runs */
  gboolean          deaf;      /* the owner does not read */

  ShoalHash         r;
  ShoalHash         commit; /* the other's, from REVEALING on */
  uint8_t           instance[SHOAL_INSTANCE_SIZE];

  ShoalFrameParser  parser;  /* of stream 0 */
  GHashTable       *streams; /* (owned) (nullable): others in the middle of a frame */

  gint64            since;   /* attached; from DROPPING on, when that began */
  gint64            heard;   /* last bytes */
  gint64            pinged;
  uint64_t          ping, pong; /* values last sent and last answered */
  gint64            rtt;

  uint64_t          adopted;   /* order of adoption; 0: never */
  uint64_t          pinged_at; /* session's count of events, not time */
  uint64_t          alive_at;  /* likewise: alive after this, by PONG */
  uint64_t          spare_at;  /* likewise: since when it has been a rival */
  gboolean          suspect;   /* did not answer a probe */

  ShoalChannelTable channels[2]; /* [1]: opened by this side */
  uint32_t          lists[2][SHOAL_MAX_LIST_REQUESTS]; /* asked; [1]: by this side */
  guint             n_lists[2];
} ShoalSlot;

struct _ShoalSession
{
  ShoalHash                   own, peer;
  uint8_t                     instance[SHOAL_INSTANCE_SIZE];
  const ShoalSessionHandlers *handlers;
  gpointer                    user_data;

  ShoalSlot                  *slots[SHOAL_MAX_LINKS_PER_DEVICE]; /* (owned) (nullable) */
  GSList                     *leaving; /* slots whose `drop` is being told */
  GSList                     *gone;    /* (owned): slots to be freed when no call runs */
  guint                       last_id;
  guint                       primary;   /* 0: none */
  guint                       announced; /* primary that the owner knows of */
  gboolean                    ready;

  gboolean                    known;    /* peer_instance is set */
  uint8_t                     peer_instance[SHOAL_INSTANCE_SIZE];
  guint                       instance_slot; /* newest slot that told it */

  uint64_t                    events;   /* counts what happens, for order */
  gint64                      now;
  gint64                      probe;    /* of the primary, since; G_MININT64: none */

  guint                       depth;    /* calls that run */
  gboolean                    freed;
};

#define SHOAL_PROBE_NONE G_MININT64

/* Around every public function that can tell something: between them, neither the
 * session nor a slot is freed. After any event, check shoal_session_is_live(). */
void     shoal_session_enter (ShoalSession *self);
void     shoal_session_leave (ShoalSession *self);

/* --- shoal-session-slot.c ------------------------------------------------ */

ShoalSlot *shoal_session_find     (const ShoalSession *self, guint id); /* not if gone */
void       shoal_slot_free        (ShoalSlot *slot);
void       shoal_slot_set_state   (ShoalSlot *slot, ShoalSlotState to);
gboolean   shoal_slot_is_idle     (const ShoalSlot *slot);
gboolean   shoal_session_is_live  (const ShoalSession *self, const ShoalSlot *slot);

/* Encodes and sends; @message is ours and legal. FALSE if the slot is gone after. */
gboolean   shoal_session_post     (ShoalSession *self, ShoalSlot *slot,
                                   const ShoalMessage *message);
/* Lets go of @slot: the one place where slots end. */
void       shoal_session_end      (ShoalSession *self, ShoalSlot *slot, const GError *error);
/* GOODBYE, then the end with @error. */
void       shoal_session_say_goodbye (ShoalSession *self, ShoalSlot *slot, ShoalGoodbye code,
                                      const char *text, const GError *error);
/* GOODBYE fitting @error, then the end. */
void       shoal_session_fail     (ShoalSession *self, ShoalSlot *slot, const GError *error);

/* --- shoal-session-leader.c ---------------------------------------------- */

/* ADOPT was received, or sent. */
void     shoal_session_adopted (ShoalSession *self, ShoalSlot *slot);
/* The primary is gone: fall back to another, without telling anybody yet. */
void     shoal_session_elect   (ShoalSession *self);
/* Tells the owner of the primary, if it has changed. */
void     shoal_session_announce (ShoalSession *self);
/* If we lead: adopts and drops what should be. */
void     shoal_session_review  (ShoalSession *self);
gboolean shoal_session_ping    (ShoalSession *self, ShoalSlot *slot);

/* --- shoal-session-receive.c --------------------------------------------- */

/* One frame. Any failure has ended the slot. */
void shoal_session_dispatch (ShoalSession *self, ShoalSlot *slot, const ShoalFrame *frame);

G_END_DECLS
