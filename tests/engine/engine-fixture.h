/* engine-fixture.h: an engine, and another device of words alone.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-engine-transfers.h"
#include "shoal-hub.h"
#include "shoal-main-runtime.h"

/* Of all tests; made by main(). */
extern ShoalMainRuntime *runtime;

/* An engine, and what it has told. */
typedef struct
{
  char        *folder;    /* (owned): state, and what is received */
  ShoalEngine *engine;
  int          port;
  int          listen_port; /* to ask for: 0: any */
  gboolean     receive;     /* what is stored goes on by itself, from the next start on */
  GPtrArray   *offers;    /* (owned): IDs, as they were told */
  guint        n_offers_gone;
  GPtrArray   *gone;      /* (owned): IDs of transfers taken off the list */
  guint        n_failed;
  char        *failure;   /* (owned) (nullable): code of the last */
  gboolean     stopped;
} Device;

/* Whatever a device can say, true or not: a hub without an engine. */
#define N_TYPES 64

typedef struct
{
  ShoalIdentity   *identity;
  ShoalDeviceBook *book;
  ShoalHub        *hub;
  ShoalPeer       *engine;          /* (owned) (nullable) */
  guint            n[N_TYPES];      /* messages by type */
  uint8_t          decline_reason;
  ShoalOfferId     offered;         /* the last OFFER */
  ShoalHash        offered_share;
  const char      *manifest;        /* what it serves */
  ShoalHash        key, draft;
  GPtrArray       *channels;        /* (owned) of ShoalChannel */
} Other;

/* Both iterate; the first at most ten seconds. */
gboolean spin_until (gboolean (*until) (gconstpointer data), gconstpointer data);
void spin_for (gint64 microseconds);

void device_init (Device *self);
void device_start (Device *self);
/* Stops the engine, and does not let go of it. */
void device_end (Device *self);
/* And lets go: nothing else may hold it then. */
void device_stop (Device *self);
void device_clear (Device *self);
guint count_transfers (Device *self);

void other_init (Other *self);
void other_come (Other *self);
void other_go (Other *self);
void other_clear (Other *self);
/* Waits for the session. */
void other_dial (Other *self, Device *device);
/* One file of five bytes, as a draft; @number: of the offer. */
void other_offer (Other *self, uint32_t number, const char *name);
void other_withdraw (Other *self, uint32_t number);

/* @data: of a GAsyncResult *, as a callback of the tests leaves it. */
gboolean has_result (gconstpointer data);
