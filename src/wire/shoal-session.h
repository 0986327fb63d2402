/* shoal-session.h: the conversation between two devices, without any I/O.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-message.h"

G_BEGIN_DECLS

/**
 * ShoalSession:
 *
 * The state machine of two devices that talk over one to four links
 * (docs/protocol.md, sections 1 and 4): greets on each link, elects the one
 * that the session goes by (the device with the lower ID decides), keeps them
 * alive, and checks that each frame is legal where it stands, in both
 * directions, so that what its owner is told of is always legal. Bytes and time
 * in, frames and events out; it starts nothing, and waits for nothing.
 *
 * A link in a session is a *slot*: a number from 1 up that is never used
 * twice. All times are monotonic microseconds and must not go back; a call
 * without @now uses the latest one given.
 *
 * Events come only from inside calls on the session. A handler may call
 * everything on the session again, also close, detach and
 * shoal_session_free(), after which no event comes; only
 * shoal_session_receive() must not be nested in itself for the same slot.
 * Frames go out in the order of the calls.
 *
 * Belongs to one thread. Plain struct, one owner.
 */
typedef struct _ShoalSession ShoalSession;

/* The life of a slot. Legal steps: EDGES in shoal-session-slot.c. */
typedef enum
{
  SHOAL_SLOT_STATE_GREETING,  /* our HELLO is out, theirs is awaited */
  SHOAL_SLOT_STATE_REVEALING, /* HELLOs exchanged, REVEAL awaited */
  SHOAL_SLOT_STATE_USABLE,    /* both revealed; may be adopted, or is spare */
  SHOAL_SLOT_STATE_ADOPTED,   /* belongs to the session; messages may flow */
  SHOAL_SLOT_STATE_DROPPING,  /* DROP is out; the other side closes the link */
  SHOAL_SLOT_STATE_GONE,      /* the session has let go */
} ShoalSlotState;

#define SHOAL_TYPE_SLOT_STATE (shoal_slot_state_get_type ())
GType shoal_slot_state_get_type (void);

/* Of one channel on one slot, as seen from either end. */
typedef enum
{
  SHOAL_CHANNEL_STATE_NONE,    /* no such channel */
  SHOAL_CHANNEL_STATE_OPENING, /* OPEN has passed, its answer has not */
  SHOAL_CHANNEL_STATE_OPEN,
  SHOAL_CHANNEL_STATE_CLOSING, /* this side said CLOSE, the other has not yet */
} ShoalChannelState;

#define SHOAL_TYPE_CHANNEL_STATE (shoal_channel_state_get_type ())
GType shoal_channel_state_get_type (void);

/* What the session tells its owner. All must be set. @slot is the number that
 * shoal_session_attach() returns; shoal_session_get_link() works for it even
 * before that call has returned. */
typedef struct
{
  /* Queue @frame on the link, before all data and in order. What the session
   * itself answers is never longer than what came. What you answer can be:
   * BLOB_REQUEST, HASH_REQUEST and LIST_REQUEST, of which the session lets only
   * a few wait; answer them when little control is queued on the link, so that
   * a peer that asks and does not read only makes itself wait. */
  void (*send_control) (gpointer user_data, guint slot, GBytes *frame);

  /* Queue @header and then @payload as one data frame. @lane is below
   * SHOAL_MAX_CHANNELS and one channel's as long as it is open: what the link
   * takes turns over. */
  void (*send_data) (gpointer user_data, guint slot, guint lane, GBytes *header, GBytes *payload);

  /* The other side's HELLO. @restarted: an earlier link of this session was
   * of another run of its program, and has been dropped. */
  void (*hello) (gpointer user_data, guint slot, const ShoalMessage *hello, gboolean restarted);

  /* The other's secret: check that @commit (from its HELLO) is
   * SHA-256("shoal code commit 1" ‖ the peer's ID ‖ @r), and keep @r for the
   * code. FALSE: it is not; the session ends the link. */
  gboolean (*revealed) (gpointer user_data, guint slot, const ShoalHash *commit,
                        const ShoalHash *r);

  /* Once: the session has its first link, and messages may be sent. */
  void (*ready) (gpointer user_data, guint slot);

  /* Another link carries the session's own messages from now on, so repeat
   * those that state something; 0: none is left. Channels stay where they
   * are: open new ones here, close the old ones when done, and the leader
   * drops the old link. Messages of sections 2 and 3 sent before over another
   * link may still arrive, after newer ones: whoever handles them must know
   * a withdrawn or answered offer when it sees it again. */
  void (*primary_changed) (gpointer user_data, guint slot);

  /* A message of the types 0x10 and up; valid during the call. REQUESTs never
   * name a request that is outstanding, nor exceed what may be (the session
   * has rejected those), CANCELs name only outstanding ones, answers answer
   * something asked. For a channel that ended (REFUSED, CLOSE) this is the
   * last message; the session has answered the CLOSE itself. LIST_REQUEST is to
   * be answered on its own slot; one asked is void when its slot is dropped. */
  void (*message) (gpointer user_data, guint slot, const ShoalMessage *message);

  /* Exactly once per slot, the last event of it, unless the session is freed
   * before. Flush what was queued (it may end in GOODBYE), then close the
   * link. All its channels have ended without CLOSE. @error says what ended it:
   * CLOSED if all is in order (not needed, leaving, or what detach was given). */
  void (*drop) (gpointer user_data, guint slot, const GError *error);
} ShoalSessionHandlers;

/* What a link brings along. Everything is copied but @link. */
typedef struct
{
  gpointer        link;     /* the owner's, for shoal_session_get_link() */
  gboolean        outgoing; /* this side dialled: for the log */
  int             rank;     /* higher is better: local > direct > relayed */
  ShoalHash       commit;   /* of @r (docs/protocol.md, First contact) */
  ShoalHash       r;        /* 32 random bytes, new for each link */
  uint64_t        features;
  uint16_t        port;     /* where this device listens; 0: nowhere */
  ShoalDeviceKind kind;
  const char     *name;     /* (nullable): to tell; empty unless visible to the peer */
  const char     *agent;    /* (nullable): "shoal-cli 0.1.0" */
} ShoalSlotConfig;

/* @instance: SHOAL_INSTANCE_SIZE bytes, random per run of the program.
 * @handlers must outlive the session (static const). The two devices must
 * differ. Returns: (transfer full) */
ShoalSession *shoal_session_new  (const ShoalHash *own, const ShoalHash *peer,
                                  const uint8_t *instance, const ShoalSessionHandlers *handlers,
                                  gpointer user_data);
/* Silently: no event comes any more, nothing is sent. To leave in order, call
 * shoal_session_close() for 0 first. */
void          shoal_session_free (ShoalSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalSession, shoal_session_free)

/* TRUE if this device decides which links are used. */
gboolean shoal_session_is_leader (const ShoalSession *self);

/* --- Links --------------------------------------------------------------- */

/* Takes a new link in; our HELLO is sent from inside. Returns the slot, or 0
 * if there are SHOAL_MAX_LINKS_PER_DEVICE already (LIMIT, side HERE) or a name is
 * too long (INVALID): then close the link. */
guint shoal_session_attach (ShoalSession *self, const ShoalSlotConfig *config, gint64 now,
                            GError **error);

/* Bytes that came on @stream of the link (TCP has only stream 0; on others
 * only DATA is legal), all of them used up. FALSE if the slot is gone, now or
 * before; `drop` has told why. */
gboolean shoal_session_receive (ShoalSession *self, guint slot, guint stream, const uint8_t *data,
                                size_t size, gint64 now);

/* More is known of the link than when it was attached. */
void shoal_session_set_rank (ShoalSession *self, guint slot, int rank);

/* FALSE: the owner has stopped reading from the link for reasons of its own
 * (a full disk, a slow one), so the silence of the other device means nothing;
 * ours is still broken by PINGs. Not for a peer that does not read: it should be
 * found dead. */
void shoal_session_set_reading (ShoalSession *self, guint slot, gboolean reading, gint64 now);

/* The link is dead. @error: (nullable): what `drop` is to say; CLOSED if NULL.
 * Nothing if the slot is gone. */
void shoal_session_detach (ShoalSession *self, guint slot, const GError *error);

/* Says GOODBYE on @slot (0: on all) and lets go of it; `drop` comes with an
 * error of the code's kind, on the side HERE. @text: (nullable): for the other's user. */
void shoal_session_close (ShoalSession *self, guint slot, ShoalGoodbye code, const char *text);

/* --- Time ---------------------------------------------------------------- */

/* When tick() has something to do next; G_MAXINT64 without links. Ask again
 * after each call into the session. Calling tick() early does no harm. */
gint64 shoal_session_next_deadline (const ShoalSession *self);
void   shoal_session_tick          (ShoalSession *self, gint64 now);

/* --- Sending ------------------------------------------------------------- */

/**
 * shoal_session_send:
 * @slot: 0 for the primary one; messages of channels need theirs
 * @message: of the types 0x10 to 0x42 but OPEN and DATA
 *
 * Fails with CLOSED when the slot, channel or request is gone or there is no
 * primary (which can happen at any time: not the caller's fault), BUSY when too
 * much is outstanding (requests, blob and hash requests, each on its own), and
 * INVALID for what is never legal. Then nothing was sent. CLOSE is free on
 * a channel in any state; late frames for it are then swallowed.
 */
gboolean shoal_session_send (ShoalSession *self, guint slot, const ShoalMessage *message,
                             GError **error);

/* Sends OPEN for a new channel of ours on @slot (which must be adopted; proofs
 * depend on the link). BUSY if SHOAL_MAX_CHANNELS are open. */
gboolean shoal_session_open (ShoalSession *self, guint slot, const ShoalHash *proof, uint8_t flags,
                             uint16_t *channel, GError **error);

/* Answers a request of the other device on its @channel: the next leaves, in
 * order. @offset in leaves; @payload 1 to 4 leaves, only the last of a request
 * short. Errors as for shoal_session_send(). */
gboolean shoal_session_send_data (ShoalSession *self, guint slot, uint16_t channel,
                                  uint32_t request, uint32_t offset, GBytes *payload,
                                  GError **error);

/* --- Facts --------------------------------------------------------------- */

/* The slot that session messages go by; 0: none. */
guint             shoal_session_get_primary (const ShoalSession *self);
/* Fills @slots with those that are not gone; returns how many. */
guint             shoal_session_get_slots   (const ShoalSession *self,
                                             guint slots[SHOAL_MAX_LINKS_PER_DEVICE]);
/* GONE for unknown ones. */
ShoalSlotState    shoal_session_get_state   (const ShoalSession *self, guint slot);
/* Config's link; NULL if gone, except during its `drop`. */
gpointer          shoal_session_get_link    (const ShoalSession *self, guint slot);
/* Last answered PING, in microseconds; -1: none yet. */
gint64            shoal_session_get_rtt     (const ShoalSession *self, guint slot);
/* @ours: opened by this device. */
ShoalChannelState shoal_session_get_channel (const ShoalSession *self, guint slot, gboolean ours,
                                             uint16_t channel);
/* Requests outstanding on the slot, and their leaves: asked by us (@ours), or
 * of us. */
void              shoal_session_get_load    (const ShoalSession *self, guint slot, gboolean ours,
                                             guint *requests, guint *leaves);

G_END_DECLS
