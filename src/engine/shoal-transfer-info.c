/* shoal-transfer-info.c: a transfer as it is told: snapshots of what holds now.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

/* What sources have lost is told so many times. */
#define MAX_TOLD 20u

/* --- Other devices ------------------------------------------------------- */

static const char *
source_state_nick (ShoalDownloadSourceState state)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_DOWNLOAD_SOURCE_STATE);
  GEnumValue *value = g_enum_get_value (klass, (int) state);

  return value != NULL ? value->value_nick : "gone";
}

static ShoalSourceInfo **
describe_sources (ShoalTransfer *self)
{
  GPtrArray *infos = g_ptr_array_new ();
  g_autoptr (GArray) sources = NULL;

  if (self->download != NULL)
    sources = shoal_download_get_sources (self->download);
  for (guint i = 0; sources != NULL && i < sources->len; i++)
    {
      ShoalDownloadSourceInfo *source = &g_array_index (sources, ShoalDownloadSourceInfo, i);
      const ShoalDeviceId *id = shoal_peer_get_id (source->peer);
      ShoalSourceInfo *info;

      /* Devices that were merely asked whether they have it are nobody's news. */
      if (source->bytes == 0
          && (source->state == SHOAL_DOWNLOAD_SOURCE_REFUSED
              || source->state == SHOAL_DOWNLOAD_SOURCE_OPENING
              || source->state == SHOAL_DOWNLOAD_SOURCE_WAITING))
        continue;
      info = g_new0 (ShoalSourceInfo, 1);
      info->device = shoal_device_id_to_text (id);
      info->name = shoal_engine_name_device (self->engine, id);
      info->state = g_strdup (source_state_nick (source->state));
      info->why = g_strdup (source->why);
      info->bytes = source->bytes;
      info->bad_bytes = source->bad_bytes;
      info->rate = source->rate;
      info->is_complete = source->complete;
      shoal_engine_describe_way (source->peer, info);
      g_ptr_array_add (infos, info);
    }
  g_ptr_array_add (infos, NULL);
  return (ShoalSourceInfo **) g_ptr_array_free (infos, FALSE);
}

ShoalSourceInfo **
shoal_engine_describe_fetchers (ShoalEngine *self, ShoalServing *serving, ShoalPeer *only)
{
  GPtrArray *infos = g_ptr_array_new ();
  g_autoptr (GArray) fetchers = serving != NULL ? shoal_serving_get_fetchers (serving) : NULL;

  for (guint i = 0; fetchers != NULL && i < fetchers->len; i++)
    {
      ShoalFetcherInfo *fetcher = &g_array_index (fetchers, ShoalFetcherInfo, i);
      const ShoalDeviceId *id = shoal_peer_get_id (fetcher->peer);
      ShoalSourceInfo *info;

      if (only != NULL && fetcher->peer != only)
        continue;
      info = g_new0 (ShoalSourceInfo, 1);
      info->device = shoal_device_id_to_text (id);
      info->name = shoal_engine_name_device (self, id);
      info->state = g_strdup (fetcher->n_queued > 0 ? "active" : "stalled");
      info->bytes = fetcher->bytes;
      info->rate = fetcher->rate;
      shoal_engine_describe_way (fetcher->peer, info);
      g_ptr_array_add (infos, info);
    }
  g_ptr_array_add (infos, NULL);
  return (ShoalSourceInfo **) g_ptr_array_free (infos, FALSE);
}

void
shoal_transfer_tell_lost (ShoalTransfer *self)
{
  g_autoptr (GArray) sources = shoal_download_get_sources (self->download);

  if (self->told_lost == NULL)
    self->told_lost = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < sources->len && g_hash_table_size (self->told_lost) < MAX_TOLD; i++)
    {
      ShoalDownloadSourceInfo *source = &g_array_index (sources, ShoalDownloadSourceInfo, i);
      g_autofree char *name = NULL;
      char *word;

      if (source->state != SHOAL_DOWNLOAD_SOURCE_CHANGED)
        continue;
      name = shoal_engine_name_device (self->engine, shoal_peer_get_id (source->peer));
      word = g_strdup_printf ("%s: %s. It has to come from another source.", name, source->why);
      if (!g_hash_table_contains (self->told_lost, word))
        shoal_engine_tell_notice (self->engine, "%s", word);
      g_hash_table_add (self->told_lost, word);
    }
}

/* --- Numbers ------------------------------------------------------------- */

static void
describe_get (ShoalTransfer *self, ShoalTransferInfo *info)
{
  const ShoalStoredTransfer *stored = self->stored;
  ShoalDownloadProgress progress = { 0 };

  info->bytes = stored->done_bytes;
  info->files_failed = stored->failed_files;
  info->files_done = self->phase == SHOAL_TRANSFER_DONE
                       ? info->files - MIN (info->files, info->files_failed) : 0;
  if (self->download != NULL)
    shoal_download_get_progress (self->download, &progress);
  if (progress.total > 0 || progress.files > 0)
    {
      info->bytes = progress.verified;
      info->total = progress.total;
      info->files = progress.files;
      info->files_done = progress.files_done;
      info->files_failed = progress.files_failed;
      info->rate = progress.rate;
    }
  info->verified = self->phase == SHOAL_TRANSFER_DONE && stored->failed_files == 0;
  info->may_pass_on = (stored->flags & SHOAL_STORED_PASS_ON) != 0;
  info->can_pass_on = shoal_get_can_pass_on (self);
  info->passing_on = self->passing != NULL;
  info->passed_on = stored->passed_on
                    + (self->passing != NULL ? shoal_serving_get_bytes (self->passing) : 0);
}

static void
describe_send (ShoalTransfer *self, ShoalTransferInfo *info)
{
  gint64 now = shoal_runtime_now (engine_runtime (self->engine));

  info->bytes = self->stored->done_bytes;
  info->rate = shoal_rate_get (&self->rate, now);
  info->verified = self->phase == SHOAL_TRANSFER_DONE && self->stored->failed_files == 0;
  info->files_failed = self->stored->failed_files;
  info->files_done
    = self->phase == SHOAL_TRANSFER_DONE ? info->files - MIN (info->files, info->files_failed) : 0;
  info->passing_on = self->they_pass_on;
  info->passed_on = self->stored->passed_on;
}

static void
describe_numbers (ShoalTransfer *self, ShoalTransferInfo *info)
{
  const ShoalStoredTransfer *stored = self->stored;
  gboolean send = stored->direction == SHOAL_STORED_SEND;

  info->total = stored->wanted_bytes > 0 ? stored->wanted_bytes : stored->total_bytes;
  info->files = stored->wanted_files > 0 ? stored->wanted_files : stored->total_files;
  if (send)
    describe_send (self, info);
  else
    describe_get (self, info);
  info->seconds_left = info->rate > 0 && info->total >= info->bytes
                         ? (double) (info->total - info->bytes) / info->rate
                         : -1;
  info->kept = self->kept;
  info->refetched = self->refetched;
  info->sources = describe_sources (self);
  info->receivers = shoal_engine_describe_fetchers (
    self->engine,
    send ? (self->offering != NULL ? self->offering->serving : NULL) : self->passing,
    send ? self->peer : NULL);
}

/* --- The offer ----------------------------------------------------------- */

/* The code stands on the sender's screen until the offer is answered. */
static char *
code_of (ShoalTransfer *self)
{
  int code = self->peer != NULL ? shoal_peer_get_code (self->peer) : -1;

  if (code < 0 || self->stored->direction != SHOAL_STORED_SEND || self->accepted
      || shoal_device_book_is_friend (self->engine->book, shoal_peer_get_id (self->peer)))
    return NULL;
  return shoal_code_to_text ((guint) code);
}

static ShoalOfferState
offer_state_of (ShoalTransfer *self)
{
  const ShoalStoredTransfer *stored = self->stored;

  if (!stored->has_offer)
    return SHOAL_OFFER_NONE;
  switch (stored->state)
    {
    case SHOAL_STORED_DECLINED:
      return SHOAL_OFFER_DECLINED;
    case SHOAL_STORED_LAPSED:
      return SHOAL_OFFER_LAPSED;
    case SHOAL_STORED_WITHDRAWN:
      return SHOAL_OFFER_WITHDRAWN;
    case SHOAL_STORED_CANCELLED:
      if (stored->direction == SHOAL_STORED_SEND && stored->started == 0)
        return SHOAL_OFFER_WITHDRAWN;
      break;
    case SHOAL_STORED_OFFERED:
    case SHOAL_STORED_RUNNING:
    case SHOAL_STORED_PAUSED:
    case SHOAL_STORED_PASSING:
    case SHOAL_STORED_DONE:
    case SHOAL_STORED_FAILED:
    default:
      break;
    }
  if (stored->direction == SHOAL_STORED_GET || self->accepted || stored->started > 0)
    return SHOAL_OFFER_ACCEPTED;
  return stored->told > 0 ? SHOAL_OFFER_UNANSWERED : SHOAL_OFFER_QUEUED;
}

static void
describe_other (ShoalTransfer *self, ShoalTransferInfo *info)
{
  const ShoalStoredTransfer *stored = self->stored;
  const ShoalDeviceId *id = shoal_transfer_get_device (self);

  info->offer_state = offer_state_of (self);
  info->code = code_of (self);
  if (stored->direction == SHOAL_STORED_SEND && !shoal_transfer_is_over (self) && !self->accepted)
    info->expires = shoal_transfer_get_lapse_time (self);
  if (id == NULL)
    return;
  info->device = shoal_device_id_to_text (id);
  info->device_name = shoal_engine_name_device (self->engine, id);
  info->is_online = shoal_engine_is_online (self->engine, id);
}

/* --- All of it ----------------------------------------------------------- */

static gboolean
can_retry (ShoalTransfer *self)
{
  const ShoalStoredTransfer *stored = self->stored;

  if (self->phase != SHOAL_TRANSFER_FAILED && self->phase != SHOAL_TRANSFER_DECLINED)
    return FALSE;
  if (stored->direction == SHOAL_STORED_SEND)
    return stored->kind == SHOAL_STORED_FILES ? stored->roots[0] != NULL : stored->text != NULL;
  return self->phase == SHOAL_TRANSFER_FAILED && stored->state != SHOAL_STORED_WITHDRAWN
         && stored->destination != NULL;
}

static void
describe_place (ShoalTransfer *self, ShoalTransferInfo *info)
{
  const ShoalStoredTransfer *stored = self->stored;

  if (stored->direction == SHOAL_STORED_SEND)
    {
      info->paths = stored->kind == SHOAL_STORED_FILES ? g_strdupv (stored->roots) : NULL;
      return;
    }
  info->directory = g_strdup (stored->destination);
  info->link = g_strdup (stored->link);
  if (stored->saved_as == NULL || stored->destination == NULL)
    return;
  info->paths = g_new0 (char *, 2);
  info->paths[0] = g_build_filename (stored->destination, stored->saved_as, NULL);
}

static char *
text_of (ShoalTransfer *self)
{
  gboolean send = self->stored->direction == SHOAL_STORED_SEND;

  if (self->stored->text == NULL || (!send && self->phase != SHOAL_TRANSFER_DONE))
    return NULL;
  return g_strndup (g_bytes_get_data (self->stored->text, NULL),
                    g_bytes_get_size (self->stored->text));
}

ShoalTransferInfo *
shoal_transfer_describe (ShoalTransfer *self)
{
  const ShoalStoredTransfer *stored = self->stored;
  ShoalTransferInfo *info = shoal_transfer_info_new ();

  info->id = g_strdup (self->id_text);
  info->direction
    = stored->direction == SHOAL_STORED_SEND ? SHOAL_TRANSFER_SEND : SHOAL_TRANSFER_GET;
  info->kind = (ShoalContentKind) stored->kind;
  info->phase = self->phase;
  info->name = g_strdup (stored->name != NULL ? stored->name : "");
  info->offer = g_strdup (self->offer_text);
  describe_other (self, info);
  describe_numbers (self, info);
  describe_place (self, info);
  info->started = self->started;
  info->finished = self->finished;
  info->created_at = stored->created;
  info->started_at = stored->started;
  info->finished_at = stored->finished;
  info->position = shoal_transfer_is_over (self) ? 0 : stored->position;
  info->can_retry = can_retry (self);
  if ((stored->flags & SHOAL_STORED_IS_DRAFT) == 0)
    info->share = shoal_hash_to_hex (&stored->share_key);
  info->text = text_of (self);
  info->reason = g_strdup (self->reason);
  info->unreadable = g_strdup (self->unreadable);
  info->lacks_folder = self->lacks_folder;
  info->is_held_up
    = self->phase == SHOAL_TRANSFER_PAUSED && self->stored->state != SHOAL_STORED_PAUSED;
  info->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  return info;
}
