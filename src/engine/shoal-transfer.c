/* shoal-transfer.c: one share on its way, as the engine and its user see it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-state.h"

/* What sources have lost is told so many times. */
#define MAX_TOLD 20u
/* What is over stays to be looked at, this many and at least this long, so that
 * words about it that are still on the way find it. */
#define MAX_KEPT 100u
#define KEPT_US (10 * G_USEC_PER_SEC)

/* --- Life ---------------------------------------------------------------- */

char *
shoal_id_to_text (const void *id)
{
  GString *text = g_string_sized_new (2 * SHOAL_TRANSFER_ID_SIZE);

  for (guint i = 0; i < SHOAL_TRANSFER_ID_SIZE; i++)
    g_string_append_printf (text, "%02x", ((const uint8_t *) id)[i]);
  return g_string_free (text, FALSE);
}

gboolean
shoal_offer_ids_equal (const ShoalTransferId *id, const ShoalOfferId *offer)
{
  G_STATIC_ASSERT (sizeof id->bytes == sizeof offer->id);

  return memcmp (id->bytes, offer->id, sizeof id->bytes) == 0;
}

static ShoalTransferPhase
first_phase (const ShoalStoredTransfer *stored)
{
  if (stored->state == SHOAL_STORED_PAUSED)
    return SHOAL_TRANSFER_PAUSED;
  return SHOAL_TRANSFER_CONNECTING;
}

ShoalTransfer *
shoal_transfer_new (ShoalEngine *engine, ShoalStoredTransfer *stored)
{
  ShoalTransfer *self = g_new0 (ShoalTransfer, 1);

  self->engine = engine;
  self->stored = stored;
  self->id_text = shoal_id_to_text (stored->id.bytes);
  if (stored->has_offer)
    self->offer_text = stored->direction == SHOAL_STORED_SEND
                         ? shoal_id_to_text (stored->offer.bytes) : g_strdup (self->id_text);
  self->shown_code = SHOAL_NOT_SHOWN;
  self->phase = first_phase (stored);
  self->started = shoal_runtime_now (engine_runtime (engine));
  self->waits = stored->direction == SHOAL_STORED_GET && stored->state == SHOAL_STORED_OFFERED;
  self->accepted = stored->direction == SHOAL_STORED_SEND && stored->state == SHOAL_STORED_RUNNING;
  if (stored->has_offer && stored->peers->len > 0)
    self->peer = shoal_hub_ensure_peer (
      engine->hub, &g_array_index (stored->peers, ShoalStoredPeer, 0).device);
  if (self->peer != NULL)
    shoal_peer_pin (self->peer);
  return self;
}

void
shoal_transfer_free (gpointer data)
{
  ShoalTransfer *self = data;

  shoal_get_stop_passing_on (self);
  shoal_transfer_release (self);
  if (self->download != NULL)
    {
      shoal_download_stop_async (self->download, FALSE, NULL, NULL);
      shoal_download_unref (self->download);
    }
  if (self->peer != NULL)
    shoal_peer_unpin (self->peer);
  g_clear_pointer (&self->peer, shoal_peer_unref);
  shoal_stored_transfer_free (self->stored);
  g_strfreev (self->chosen);
  g_clear_pointer (&self->asked, g_array_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->told_lost, g_hash_table_unref);
  g_free (self->reason);
  g_free (self->id_text);
  g_free (self->offer_text);
  g_free (self);
}

ShoalTransfer *
shoal_engine_find_transfer (ShoalEngine *self, const char *id, GError **error)
{
  ShoalTransfer *transfer = g_hash_table_lookup (self->transfers, id);

  if (transfer == NULL)
    shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL, "No such transfer");
  return transfer;
}

/* While a transfer is not over, its other end is called again and again. */
void
shoal_transfer_hold (ShoalTransfer *self)
{
  if (self->peer == NULL || self->holding)
    return;

  self->holding = TRUE;
  shoal_peer_hold (self->peer);
}

void
shoal_transfer_release (ShoalTransfer *self)
{
  if (!self->holding)
    return;

  self->holding = FALSE;
  shoal_peer_release (self->peer);
}

/* --- Phases -------------------------------------------------------------- */

static const ShoalStateEdge EDGES[] = {
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_CONNECTING },  /* known what; nobody there */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_WAITING },     /* offered */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_RUNNING },     /* the store is open */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_SYNCING },     /* all of it was here */
  { SHOAL_TRANSFER_PREPARING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_PREPARING },  /* a dormant one wakes */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_WAITING },    /* offered */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_RUNNING },    /* a source; accepted before */
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_CONNECTING, SHOAL_TRANSFER_DONE },       /* committed while we were away */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_CONNECTING },    /* the receiver went away */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_RUNNING },       /* accepted */
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_WAITING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_CONNECTING },    /* the last source went away */
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_RUNNING, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_PREPARING },      /* wakes */
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_CONNECTING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_WAITING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_RUNNING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_SYNCING },
  { SHOAL_TRANSFER_PAUSED, SHOAL_TRANSFER_DONE },
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_RUNNING },       /* the disk did not keep it */
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_CONNECTING },    /* waits for a draft's roots */
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_PAUSED },
  { SHOAL_TRANSFER_SYNCING, SHOAL_TRANSFER_DONE },
};

gboolean
shoal_transfer_is_over (ShoalTransfer *self)
{
  return self->phase >= SHOAL_TRANSFER_DONE;
}

static ShoalStoredState
stored_state (ShoalTransfer *self)
{
  switch (self->phase)
    {
    case SHOAL_TRANSFER_DONE:
      return self->passing != NULL ? SHOAL_STORED_PASSING : SHOAL_STORED_DONE;
    case SHOAL_TRANSFER_DECLINED:
      return SHOAL_STORED_DECLINED;
    case SHOAL_TRANSFER_FAILED:
      if (g_error_matches (self->error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED))
        return SHOAL_STORED_CANCELLED;
      if (g_error_matches (self->error, SHOAL_ERROR, (int) SHOAL_ERROR_WITHDRAWN))
        return SHOAL_STORED_WITHDRAWN;
      return SHOAL_STORED_FAILED;
    case SHOAL_TRANSFER_PAUSED:
      /* A full disk is no wish of the person's: it goes on after a restart. */
      return self->stored->state == SHOAL_STORED_PAUSED ? SHOAL_STORED_PAUSED
                                                        : SHOAL_STORED_RUNNING;
    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_WAITING:
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_SYNCING:
    default:
      if (self->stored->direction == SHOAL_STORED_SEND && !self->accepted)
        return SHOAL_STORED_OFFERED;
      return self->waits ? SHOAL_STORED_OFFERED : SHOAL_STORED_RUNNING;
    }
}

static void
finish (ShoalTransfer *self)
{
  self->finished = shoal_runtime_now (engine_runtime (self->engine));
  self->stored->finished = shoal_runtime_wall_time (engine_runtime (self->engine));
  if (self->error != NULL)
    {
      g_free (self->stored->error_code);
      g_free (self->stored->error_message);
      self->stored->error_code = g_strdup (shoal_error_get_nick (self->error));
      self->stored->error_message = g_strdup (self->error->message);
    }
  if (self->passing == NULL)
    shoal_transfer_release (self);
}

/* An offer that no person has answered leaves no trace: strangers make as many as
 * they like. */
static gboolean
leaves_no_trace (ShoalTransfer *self)
{
  return self->phase == SHOAL_TRANSFER_FAILED && self->stored->direction == SHOAL_STORED_GET
         && self->stored->has_offer && self->stored->destination == NULL;
}

void
shoal_transfer_set_phase (ShoalTransfer *self, ShoalTransferPhase phase, GError *error)
{
  gboolean ends_badly = phase == SHOAL_TRANSFER_FAILED || phase == SHOAL_TRANSFER_DECLINED;

  if (self->phase == phase || shoal_transfer_is_over (self))
    {
      g_clear_error (&error);
      return;
    }
  /* Whatever is not over can fail. */
  if (!ends_badly
      && !shoal_state_step (SHOAL_TYPE_TRANSFER_PHASE, EDGES, G_N_ELEMENTS (EDGES),
                            (int) self->phase, (int) phase))
    {
      g_clear_error (&error);
      return;
    }

  self->phase = phase;
  g_clear_error (&self->error);
  self->error = error;
  if (shoal_transfer_is_over (self))
    finish (self);
  shoal_transfer_save (self);
  if (shoal_transfer_is_over (self) && !leaves_no_trace (self))
    shoal_engine_note_answer (self->engine, self->stored, self->files_failed);
  shoal_transfer_tell (self, SHOAL_EVENT_TRANSFER);
}

void
shoal_transfer_save (ShoalTransfer *self)
{
  if (leaves_no_trace (self))
    {
      shoal_state_transfers_remove (self->engine->database, &self->stored->id, NULL, NULL);
      return;
    }
  self->stored->state = stored_state (self);
  self->stored->updated = shoal_runtime_wall_time (engine_runtime (self->engine));
  shoal_state_transfers_save (self->engine->database, self->stored, NULL, NULL);
}

static gboolean
may_be_forgotten (ShoalTransfer *self, gint64 now)
{
  return shoal_transfer_is_over (self) && self->download == NULL && self->passing == NULL
         && self->offering == NULL && !self->owes_withdraw && !self->dirty
         && now - self->finished > KEPT_US;
}

void
shoal_engine_forget_over (ShoalEngine *self, gint64 now)
{
  ShoalTransfer *oldest = NULL;
  guint n_over = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (!may_be_forgotten (transfer, now))
        continue;
      n_over++;
      if (oldest == NULL || transfer->finished < oldest->finished || leaves_no_trace (transfer))
        oldest = transfer;
      if (leaves_no_trace (transfer))
        break;
    }
  if (oldest != NULL && (n_over > MAX_KEPT || leaves_no_trace (oldest)))
    g_hash_table_remove (self->transfers, oldest->id_text);
}

/* --- Telling ------------------------------------------------------------- */

void
shoal_transfer_touch (ShoalTransfer *self)
{
  self->dirty = TRUE;
}

void
shoal_transfer_tell (ShoalTransfer *self, ShoalEventType type)
{
  g_autoptr (ShoalTransferInfo) info = shoal_transfer_describe (self);

  self->dirty = FALSE;
  self->told = shoal_runtime_now (engine_runtime (self->engine));
  shoal_engine_tell (self->engine, &(ShoalEvent){ .type = type, .transfer = info });
}

static const char *
source_state_nick (ShoalDownloadSourceState state)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_DOWNLOAD_SOURCE_STATE);
  GEnumValue *value = g_enum_get_value (klass, (int) state);

  return value != NULL ? value->value_nick : "gone";
}

static ShoalReach
reach_of_path (ShoalPeer *peer)
{
  if (!shoal_peer_is_connected (peer))
    return SHOAL_REACH_NONE;

  switch (shoal_peer_get_path (peer))
    {
    case SHOAL_PATH_RELAYED:
      return SHOAL_REACH_RELAYED;
    case SHOAL_PATH_DIRECT:
      return SHOAL_REACH_DIRECT;
    case SHOAL_PATH_LOCAL:
    default:
      return SHOAL_REACH_LOCAL;
    }
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
      info->rate = source->rate;
      info->reach = reach_of_path (source->peer);
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

static void
describe_get (ShoalTransfer *self, ShoalTransferInfo *info)
{
  ShoalDownloadProgress progress = { 0 };

  info->bytes = self->stored->done_bytes;
  info->total = self->stored->total_bytes;
  info->files = self->stored->total_files;
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
  info->verified = self->phase == SHOAL_TRANSFER_DONE && info->files_failed == 0;
  info->passing_on = self->passing != NULL;
  info->passed_on = self->passing != NULL ? shoal_serving_get_bytes (self->passing) : 0;
}

static void
describe_send (ShoalTransfer *self, ShoalTransferInfo *info)
{
  gint64 now = shoal_runtime_now (engine_runtime (self->engine));

  info->bytes = self->their_bytes;
  info->total = self->their_total > 0 ? self->their_total : self->stored->total_bytes;
  info->files = self->their_files > 0 ? self->their_files : self->stored->total_files;
  info->rate = shoal_rate_get (&self->rate, now);
  info->verified = self->phase == SHOAL_TRANSFER_DONE && self->files_failed == 0;
  info->files_failed = self->files_failed;
  info->files_done = self->phase == SHOAL_TRANSFER_DONE ? info->files - self->files_failed : 0;
  info->passing_on = self->they_pass_on;
  info->passed_on = self->their_passed_on;
}

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

ShoalTransferInfo *
shoal_transfer_describe (ShoalTransfer *self)
{
  ShoalTransferInfo *info = shoal_transfer_info_new ();
  gboolean send = self->stored->direction == SHOAL_STORED_SEND;

  info->id = g_strdup (self->id_text);
  info->direction = send ? SHOAL_TRANSFER_SEND : SHOAL_TRANSFER_GET;
  info->kind = (ShoalContentKind) self->stored->kind;
  info->phase = self->phase;
  info->name = g_strdup (self->stored->name != NULL ? self->stored->name : "");
  info->offer = g_strdup (self->offer_text);
  if (self->peer != NULL)
    {
      info->device = shoal_device_id_to_text (shoal_peer_get_id (self->peer));
      info->device_name
        = shoal_engine_name_device (self->engine, shoal_peer_get_id (self->peer));
    }
  info->code = code_of (self);
  if (send)
    describe_send (self, info);
  else
    describe_get (self, info);
  info->seconds_left = info->rate > 0 && info->total >= info->bytes
                         ? (double) (info->total - info->bytes) / info->rate
                         : -1;
  info->started = self->started;
  info->finished = self->finished;
  info->kept = self->kept;
  info->refetched = self->refetched;
  info->directory = send ? NULL : g_strdup (self->stored->destination);
  if (self->phase == SHOAL_TRANSFER_DONE && self->stored->text != NULL)
    info->text = g_strndup (g_bytes_get_data (self->stored->text, NULL),
                            g_bytes_get_size (self->stored->text));
  info->reason = g_strdup (self->reason);
  info->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  info->sources = describe_sources (self);
  info->receivers = g_new0 (ShoalSourceInfo *, 1);
  info->created_at = self->stored->created;
  info->finished_at = self->stored->finished;
  info->is_online = self->peer != NULL && shoal_peer_is_connected (self->peer);
  return info;
}
