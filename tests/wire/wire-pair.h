/* wire-pair.h: two sessions joined by links in memory.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nothing moves by itself: a test decides which bytes arrive when. Everything
 * told by a session is written into its end's log. */
#pragma once

#include "shoal-session.h"

#define WIRE_MAX_LINKS 8

typedef struct _WirePair WirePair;
typedef struct _WireEnd  WireEnd;

typedef enum
{
  WIRE_EVENT_NONE,
  WIRE_EVENT_SEND_CONTROL,
  WIRE_EVENT_SEND_DATA,
  WIRE_EVENT_HELLO,
  WIRE_EVENT_REVEALED,
  WIRE_EVENT_READY,
  WIRE_EVENT_PRIMARY,
  WIRE_EVENT_MESSAGE,
  WIRE_EVENT_DROP,
  WIRE_N_EVENTS,
} WireEvent;

/* One end of one link. */
typedef struct
{
  WireEnd    *end;
  guint       index;
  guint       slot;
  GByteArray *inbox;  /* on its way to this end */
  gboolean    closed; /* by this end */
  gboolean    told;   /* that the other has closed */
  gboolean    deaf;   /* nothing arrives, but it is not lost */
  guint       drops;
} WireSocket;

struct _WireEnd
{
  WirePair     *pair;
  guint         side;
  ShoalSession *session; /* (nullable) */
  uint8_t       instance;
  WireSocket    sockets[WIRE_MAX_LINKS];
  GString      *log;
  GError       *dropped; /* of the last drop */
  gboolean      bad_reveal;
  GPtrArray    *sent, *received; /* names of PROFILEs */
  gboolean      chatty;          /* says a PROFILE when ready, and again when it moves */

  /* To be called inside an event. */
  void        (*hook) (WireEnd *end, WireEvent event, guint slot, const ShoalMessage *message);
  gpointer      hook_data;
};

struct _WirePair
{
  WireEnd  ends[2];
  gboolean cut[WIRE_MAX_LINKS]; /* swallows all, tells nobody */
  gint64   now;
  guint    chunk; /* 0: whatever there is; G_MAXUINT: random */
};

/* End 0 has the lower ID: it leads. */
WirePair *wire_pair_new  (void);
void      wire_pair_free (WirePair *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WirePair, wire_pair_free)

/* A new run of that end's program: forgets all. */
void     wire_end_restart (WireEnd *self);
void     wire_end_attach  (WireEnd *self, guint link, int rank);
/* On both ends. */
void     wire_pair_link   (WirePair *self, guint link, int rank);
/* TRUE if anything can arrive there, bytes or an end. */
gboolean wire_socket_is_pending (const WireSocket *self);
/* Lets it arrive: at most @max bytes, or the next frame only if @max is 0. */
void     wire_socket_deliver (WireSocket *self, size_t max);
/* Until nothing moves. */
void     wire_pair_run    (WirePair *self);
/* Lets time pass in steps up to each deadline, delivering all. */
void     wire_pair_wait   (WirePair *self, gint64 duration);
/* Bytes from outside, as if the other end had sent them. */
void     wire_socket_inject (WireSocket *self, const void *data, size_t size);
void     wire_socket_inject_message (WireSocket *self, const ShoalMessage *message);
/* Sends a PROFILE over the primary, noting it. */
gboolean wire_end_say     (WireEnd *self);
/* The link that is the primary one; G_MAXUINT: none. */
guint    wire_end_get_primary (const WireEnd *self);
guint    wire_end_count_slots (const WireEnd *self);
/* Every state step is logged; thousands of runs should not be. */
void     wire_be_quiet (void);
