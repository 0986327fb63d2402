/* sim-device.h: a device of the simulator: what it serves, what it downloads.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-download.h"
#include "shoal-seed.h"
#include "shoal-upload.h"
#include "sim-net.h"

G_BEGIN_DECLS

typedef struct
{
  ShoalSimRuntime *sim;
  ShoalRuntime    *runtime;
  SimNet          *net;
  char            *directory; /* (owned): everything lies under it */
  GPtrArray       *devices;   /* (owned) of SimDevice */
} SimWorld;

typedef struct
{
  SimWorld           *world;
  SimNode            *node;
  char               *directory; /* (owned) */
  ShoalDatabase      *database;  /* (owned) */
  ShoalBudget        *budget;    /* (owned) */
  ShoalUpload        *upload;    /* (owned) */
  ShoalHash           key;       /* what opens the one share it serves */

  /* What it serves of its own. */
  ShoalSeed          *seed;      /* (owned) (nullable) */
  ShoalContentSource *source;    /* (owned) (nullable) */
  ShoalServing       *serving;   /* (nullable): belongs to upload */
  ShoalDescription   *description; /* (owned) (nullable): of the hashed share */
  GBytes             *attributes;  /* (owned) (nullable) */

  /* What it fetches. */
  ShoalDownload      *download;  /* (owned) (nullable) */
  gboolean            pass_on;
  gboolean            done, failed, stopped, hashed;
  gint64              done_at;
  GError             *error;     /* (owned) (nullable) */
  guint               n_bans, n_first_bytes;
  char               *ban_why;   /* (owned) (nullable) */
  uint64_t            kept, refetched;
} SimDevice;

SimWorld  *sim_world_new  (uint64_t seed);
void       sim_world_free (SimWorld *world);

/* Makes @length pseudo-random bytes at “share/@name” under @device. */
void       sim_device_make_file (SimDevice *device, const char *name, uint64_t length);
void       sim_device_copy_share (SimDevice *device, SimDevice *from);
SimDevice *sim_device_new       (SimWorld *world, double rate, gint64 latency);

/* Serves “share”: hashed, or as a draft whose hashing ends in time. */
void       sim_device_serve_share (SimDevice *device);
void       sim_device_serve_draft (SimDevice *device, gboolean exchange);

/* Fetches what @from serves, into “got”; further sources by add_source. */
void       sim_device_fetch      (SimDevice *device, SimDevice *from, uint32_t index,
                                  uint32_t count);
void       sim_device_add_source (SimDevice *device, SimDevice *from);
/* Stops and forgets the download; what is on disk stays. */
void       sim_device_stop       (SimDevice *device);

/* Runs until every download is done; fails the test if that takes longer than
 * @seconds of the simulator's time. Returns the seconds taken. */
double     sim_world_run (SimWorld *world, double seconds);
/* What @device got equals what @from has. */
void       sim_device_assert_same (SimDevice *device, SimDevice *from);

G_END_DECLS
