/* shoal-engine-stored.c: what is stored of a transfer, read again.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Descriptions have up to 32 MiB: long ones are parsed by a worker. Those of
 * transfers that are over lie on disk alone. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

/* Shorter ones are parsed at once. */
#define SHORT_DESCRIPTION (64u * 1024)

/* --- Parsing ------------------------------------------------------------- */

typedef struct
{
  ShoalEngine      *engine;      /* (owned) */
  char             *id;          /* (owned): of the transfer */
  GBytes           *bytes;       /* (owned) (nullable) */
  gboolean          is_draft;
  ShoalHash         share;
  ShoalNames        names;
  GBytes           *chosen;      /* (owned) (nullable) */
  ShoalDescription *description; /* (owned) (nullable) */
  ShoalParsedFunc   func;
  gpointer          user_data;
} ParseJob;

static ParseJob *
parse_job_new (ShoalEngine *engine, const ShoalStoredTransfer *stored, ShoalParsedFunc func,
               gpointer user_data)
{
  ParseJob *job = g_new0 (ParseJob, 1);

  job->engine = g_object_ref (engine);
  job->id = shoal_id_to_text (stored->id.bytes);
  job->func = func;
  job->user_data = user_data;
  return job;
}

static void
take_bytes (ParseJob *job, const ShoalStoredTransfer *stored)
{
  job->bytes = stored->description != NULL ? g_bytes_ref (stored->description) : NULL;
  job->chosen = stored->chosen != NULL ? g_bytes_ref (stored->chosen) : NULL;
  job->is_draft = (stored->flags & SHOAL_STORED_IS_DRAFT) != 0;
  job->share = stored->share_key;
  job->names = stored->has_offer ? SHOAL_NAMES_REFUSE : SHOAL_NAMES_REPAIR;
}

static void
work_parse (gpointer data)
{
  ParseJob *job = data;

  job->description = job->is_draft
                       ? shoal_description_parse_draft (job->bytes, &job->share, NULL)
                       : shoal_description_parse (job->bytes, job->names, NULL);
}

static void
done_parse (gpointer data)
{
  ParseJob *job = data;

  job->func (job->engine, job->id, job->description, job->chosen, job->user_data);
  g_clear_pointer (&job->description, shoal_description_unref);
  g_clear_pointer (&job->bytes, g_bytes_unref);
  g_clear_pointer (&job->chosen, g_bytes_unref);
  g_object_unref (job->engine);
  g_free (job->id);
  g_free (job);
}

static void
run_parse (ParseJob *job)
{
  if (job->bytes == NULL)
    {
      done_parse (job);
      return;
    }
  if (g_bytes_get_size (job->bytes) > SHORT_DESCRIPTION)
    {
      shoal_runtime_submit (engine_runtime (job->engine), SHOAL_POOL_HASH, work_parse, done_parse,
                            job);
      return;
    }
  work_parse (job);
  done_parse (job);
}

void
shoal_engine_parse_stored (ShoalEngine *self, const ShoalStoredTransfer *stored,
                           ShoalParsedFunc func, gpointer user_data)
{
  ParseJob *job = parse_job_new (self, stored, func, user_data);

  take_bytes (job, stored);
  run_parse (job);
}

/* --- From disk ----------------------------------------------------------- */

static void
on_loaded (const ShoalStoredTransfer *stored, const GError *error, gpointer user_data)
{
  ParseJob *job = user_data;

  if (stored != NULL)
    take_bytes (job, stored);
  run_parse (job);
}

void
shoal_engine_load_stored (ShoalEngine *self, ShoalTransfer *transfer, ShoalParsedFunc func,
                          gpointer user_data)
{
  if (!transfer->retired)
    {
      shoal_engine_parse_stored (self, transfer->stored, func, user_data);
      return;
    }
  shoal_state_transfers_load_one (self->database, &transfer->stored->id, on_loaded,
                                  parse_job_new (self, transfer->stored, func, user_data));
}

/* --- Parts --------------------------------------------------------------- */

/* What lies there is known only to an open: a download is made for nothing else. */
typedef struct
{
  ShoalEngine   *engine;   /* (owned) */
  ShoalDownload *download; /* (owned) */
} Discard;

static void
on_stopped (ShoalDownload *download, gpointer user_data)
{
  Discard *self = user_data;

  shoal_engine_closed_one (self->engine);
  shoal_download_unref (self->download);
  g_object_unref (self->engine);
  g_free (self);
}

static void
on_state_changed (ShoalDownload *download, ShoalDownloadState state, const GError *error,
                  gpointer user_data)
{
  if (state >= SHOAL_DOWNLOAD_STATE_FETCHING && state <= SHOAL_DOWNLOAD_STATE_FAILED)
    shoal_download_stop_async (download, state != SHOAL_DOWNLOAD_STATE_DONE, on_stopped,
                               user_data);
}

static const ShoalDownloadEvents DISCARD_EVENTS = { .state_changed = on_state_changed };

static void
on_parsed_to_discard (ShoalEngine *self, const char *id, ShoalDescription *description,
                      GBytes *bits, gpointer user_data)
{
  g_autoptr (ShoalStoredTransfer) stored = user_data;
  Discard *discard;
  ShoalDownloadOptions options = {
    .runtime = engine_runtime (self),
    .database = self->database,
    .budget = self->budget,
    .share = stored->share_key,
    .is_draft = (stored->flags & SHOAL_STORED_IS_DRAFT) != 0,
    .description = description,
    .events = &DISCARD_EVENTS,
  };
  gsize size = 0;
  const uint8_t *chosen
    = stored->chosen != NULL ? g_bytes_get_data (stored->chosen, &size) : NULL;

  if (description == NULL || self->stopping)
    return;
  discard = g_new0 (Discard, 1);
  memcpy (options.transfer, stored->id.bytes, sizeof options.transfer);
  options.user_data = discard;
  discard->engine = g_object_ref (self);
  discard->download = shoal_download_new (&options);
  self->n_closing++; /* it stops by itself, when it has looked */
  shoal_download_set_destination (discard->download, stored->destination, chosen, size);
}

static void
on_loaded_to_discard (const ShoalStoredTransfer *stored, const GError *error, gpointer user_data)
{
  g_autoptr (ShoalEngine) self = user_data;

  if (stored != NULL && stored->destination != NULL && !self->stopping)
    shoal_engine_parse_stored (self, stored, on_parsed_to_discard,
                               shoal_stored_transfer_copy (stored));
}

void
shoal_engine_discard_parts (ShoalEngine *self, const ShoalStoredTransfer *stored)
{
  if (stored->direction != SHOAL_STORED_GET || stored->destination == NULL)
    return;

  /* The row may be written over behind this: jobs run in order. */
  shoal_state_transfers_load_one (self->database, &stored->id, on_loaded_to_discard,
                                  g_object_ref (self));
}
