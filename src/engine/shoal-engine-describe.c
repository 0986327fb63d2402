/* shoal-engine-describe.c: what a link or .torrent file names, before it is fetched.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everybody who may have it is asked, as for a download, which stops there. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-engine-shares.h"
#include "shoal-sharing-private.h"
#include "shoal-torrent.h"

/* Nobody answers later than this, */
#define LONGEST_US (8 * G_USEC_PER_SEC)
/* and whoever is to be found near is found by then. */
#define SHORTEST_US (1500 * 1000)
/* When one has answered, others who are there have so long. */
#define GRACE_US (300 * 1000)
#define TICK_US (100 * 1000)

struct _ShoalDescribing
{
  ShoalEngine      *engine;      /* (unowned): owns this */
  guint             id;
  GTask            *task;        /* (owned) */
  ShoalDescribed   *described;   /* (owned) */
  ShoalDownload    *download;    /* (owned) */
  ShoalDescription *description; /* (owned) (nullable): once it is known */
  ShoalHash         key;
  char            **trackers;    /* (owned) (nullable): of the link */
  guint             n_dialled;   /* addresses that have not answered */
  gint64            begun;
  gint64            answered;    /* when the first source was there; 0: none yet */
  guint             timer;
};

/* --- The end ------------------------------------------------------------- */

static void
on_stopped (ShoalDownload *download, gpointer user_data)
{
  g_autoptr (ShoalEngine) engine = user_data;

  shoal_engine_closed_one (engine);
}

static gboolean
has_it (const ShoalDownloadSourceInfo *source)
{
  return source->state == SHOAL_DOWNLOAD_SOURCE_ACTIVE
         || source->state == SHOAL_DOWNLOAD_SOURCE_STALLED
         || source->state == SHOAL_DOWNLOAD_SOURCE_BUSY
         || source->state == SHOAL_DOWNLOAD_SOURCE_PAUSED
         || source->state == SHOAL_DOWNLOAD_SOURCE_CHANGED;
}

static ShoalDeviceInfo **
list_sources (ShoalDescribing *self)
{
  g_autoptr (GArray) sources = shoal_download_get_sources (self->download);
  GPtrArray *devices = g_ptr_array_new ();

  for (guint i = 0; i < sources->len; i++)
    {
      ShoalDownloadSourceInfo *source = &g_array_index (sources, ShoalDownloadSourceInfo, i);

      if (has_it (source))
        g_ptr_array_add (devices, shoal_engine_describe_peer (self->engine, source->peer));
    }
  g_ptr_array_add (devices, NULL);
  return (ShoalDeviceInfo **) g_ptr_array_free (devices, FALSE);
}

static char *
find_transfer (ShoalEngine *self, const char *share)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;
      g_autofree char *id = shoal_hash_to_hex (&transfer->stored->share_key);

      if (transfer->stored->direction == SHOAL_STORED_GET && !transfer->stored->has_offer
          && !shoal_transfer_is_over (transfer) && g_str_equal (id, share))
        return g_strdup (transfer->id_text);
    }
  return NULL;
}

static void
fill_in (ShoalDescribing *self)
{
  ShoalDescribed *described = self->described;

  described->sources = list_sources (self);
  described->transfer = find_transfer (self->engine, described->id);
  if (self->description == NULL)
    return;
  described->is_described = TRUE;
  g_free (described->name);
  described->name = g_strdup (shoal_description_get_name (self->description));
  described->bytes = shoal_description_get_length (self->description);
  described->files = shoal_description_get_n_files (self->description);
}

/* @error: (nullable): taken. */
static void
end (ShoalDescribing *self, GError *error)
{
  ShoalEngine *engine = self->engine;

  g_ptr_array_remove_fast (engine->describings, self);
  shoal_runtime_clear_timer (engine_runtime (engine), &self->timer);
  if (error == NULL)
    fill_in (self);
  engine->n_closing++;
  shoal_download_stop_async (self->download, FALSE, on_stopped, g_object_ref (engine));
  shoal_download_unref (self->download);
  if (error == NULL)
    g_task_return_pointer (self->task, g_steal_pointer (&self->described),
                           (GDestroyNotify) shoal_described_free);
  else
    g_task_return_error (self->task, error);
  g_clear_pointer (&self->described, shoal_described_free);
  g_clear_pointer (&self->description, shoal_description_unref);
  g_strfreev (self->trackers);
  g_object_unref (self->task);
  g_free (self);
}

void
shoal_engine_end_describings (ShoalEngine *self)
{
  while (self->describings->len > 0)
    end (g_ptr_array_index (self->describings, 0),
         shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Shoal is stopping"));
}

/* --- While it is asked --------------------------------------------------- */

/* Somebody may still answer. */
static gboolean
is_open (ShoalDescribing *self)
{
  g_autoptr (GArray) sources = shoal_download_get_sources (self->download);

  for (guint i = 0; i < sources->len; i++)
    {
      if (g_array_index (sources, ShoalDownloadSourceInfo, i).state
          != SHOAL_DOWNLOAD_SOURCE_REFUSED)
        return TRUE;
    }
  return self->n_dialled > 0;
}

static gboolean
is_over (ShoalDescribing *self, gint64 now)
{
  g_autoptr (GArray) sources = shoal_download_get_sources (self->download);
  gboolean answered = FALSE;

  for (guint i = 0; i < sources->len; i++)
    answered |= has_it (&g_array_index (sources, ShoalDownloadSourceInfo, i));
  if (self->answered == 0 && answered && self->description != NULL)
    self->answered = now;
  if (self->answered != 0 && now - self->answered >= GRACE_US)
    return TRUE;
  return now - self->begun >= LONGEST_US
         || (now - self->begun >= SHORTEST_US && !is_open (self));
}

static void
on_tick (gpointer user_data)
{
  ShoalDescribing *self = user_data;
  GError *error = NULL;

  self->timer = 0;
  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (self->task), &error)
      || is_over (self, shoal_runtime_now (engine_runtime (self->engine))))
    {
      end (self, error);
      return;
    }
  self->timer
    = shoal_runtime_add_timer (engine_runtime (self->engine), TICK_US, on_tick, self);
}

static void
on_described (ShoalDownload *download, ShoalDescription *description, gpointer user_data)
{
  ShoalDescribing *self = user_data;

  if (self->description == NULL)
    self->description = shoal_description_ref (description);
}

static const ShoalDownloadEvents EVENTS = { .described = on_described };

void
shoal_engine_describings_ready (ShoalEngine *self, ShoalPeer *peer)
{
  for (guint i = 0; i < self->describings->len; i++)
    {
      ShoalDescribing *one = g_ptr_array_index (self->describings, i);

      shoal_download_add_peer (one->download, peer);
      shoal_download_peer_ready (one->download, peer);
    }
}

/* --- Whom to ask --------------------------------------------------------- */

typedef struct
{
  ShoalEngine *engine; /* (owned) */
  guint        asker;  /* may have ended */
} DialCall;

/* (nullable) */
static ShoalDescribing *
find (ShoalEngine *self, guint id)
{
  for (guint i = 0; i < self->describings->len; i++)
    {
      ShoalDescribing *one = g_ptr_array_index (self->describings, i);

      if (one->id == id)
        return one;
    }
  return NULL;
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DialCall *call = user_data;
  ShoalEngine *self = call->engine;
  g_autoptr (ShoalPeer) peer = shoal_hub_dial_finish (self->hub, result, NULL);
  ShoalDescribing *asker = find (self, call->asker);

  if (asker != NULL)
    {
      asker->n_dialled--;
      if (peer != NULL)
        shoal_download_add_peer (asker->download, peer);
    }
  g_object_unref (self);
  g_free (call);
}

static void
dial (ShoalDescribing *self, const char *address, gboolean typed)
{
  DialCall *call = g_new0 (DialCall, 1);

  call->engine = g_object_ref (self->engine);
  call->asker = self->id;
  self->n_dialled++;
  shoal_hub_dial_async (self->engine->hub, address, typed, NULL, on_dialled, call);
}

static void
ask_all (ShoalDescribing *self, const char *const *from, const ShoalShareLink *link)
{
  ShoalHub *hub = self->engine->hub;
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (hub);

  for (gsize i = 0; from != NULL && from[i] != NULL; i++)
    dial (self, from[i], TRUE);
  for (guint i = 0; link != NULL && i < link->addresses->len; i++)
    dial (self, g_ptr_array_index (link->addresses, i), FALSE);
  for (guint i = 0; link != NULL && i < link->devices->len; i++)
    {
      const ShoalDeviceId *id = &g_array_index (link->devices, ShoalHash, i);
      g_autoptr (ShoalPeer) peer = NULL;

      if (shoal_hash_equals (id, shoal_hub_get_own_id (hub)))
        continue;
      peer = shoal_hub_ensure_peer (hub, id);
      shoal_download_add_peer (self->download, peer);
    }
  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);

      if (shoal_peer_is_connected (peer))
        shoal_download_add_peer (self->download, peer);
    }
}

/* One of @link and @description is given. Takes the task. */
static void
begin (GTask *task, const char *what, const char *const *from, const ShoalShareLink *link,
       ShoalDescription *description)
{
  ShoalEngine *engine = g_task_get_source_object (task);
  ShoalDescribing *self = g_new0 (ShoalDescribing, 1);
  const ShoalHash *id = link != NULL ? &link->id : shoal_description_get_id (description);
  ShoalDownloadOptions options = {
    .runtime = engine_runtime (engine),
    .database = engine->database,
    .budget = engine->budget,
    .shaper = engine->shaper,
    .key = *id,
    .share = *id,
    .description = description,
    .events = &EVENTS,
    .user_data = self,
  };
  ShoalSharing *sharing;

  if (link != NULL && link->has_secret)
    memcpy (options.key.bytes, link->secret, sizeof link->secret);
  shoal_runtime_fill_random (engine_runtime (engine), options.transfer, sizeof options.transfer);
  self->engine = engine;
  self->id = ++engine->last_describing;
  self->task = task;
  self->begun = shoal_runtime_now (engine_runtime (engine));
  self->described = g_new0 (ShoalDescribed, 1);
  self->described->what = g_strdup (what);
  self->described->id = shoal_hash_to_hex (id);
  self->described->name = g_strdup (link != NULL && link->name != NULL ? link->name : "");
  self->described->bytes = link != NULL && link->has_length ? link->length : 0;
  self->described->is_private = link != NULL && link->has_secret;
  sharing = shoal_engine_find_sharing (engine, self->described->id, NULL);
  if (description == NULL && sharing != NULL)
    description = sharing->description;
  if (description != NULL)
    self->description = shoal_description_ref (description);
  self->key = options.key;
  if (link != NULL)
    {
      g_ptr_array_add (link->trackers, NULL);
      self->trackers = g_strdupv ((char **) link->trackers->pdata);
      g_ptr_array_set_size (link->trackers, (int) link->trackers->len - 1);
      shoal_internet_link_opened (engine->internet, link);
    }
  self->download = shoal_download_new (&options);
  g_ptr_array_add (engine->describings, self);
  ask_all (self, from, link);
  self->timer = shoal_runtime_add_timer (engine_runtime (engine), TICK_US, on_tick, self);
}

const ShoalHash *
shoal_describing_get_key (ShoalDescribing *self, const char *const **trackers)
{
  *trackers = (const char *const *) self->trackers;
  return self->trackers != NULL ? &self->key : NULL;
}

/* --- The call ------------------------------------------------------------ */

typedef struct
{
  GTask        *task;    /* (owned) */
  char         *path;    /* (owned) */
  char        **from;    /* (owned) */
  ShoalTorrent *torrent; /* (owned) (nullable) */
  GError       *error;
} ReadJob;

static void
work_read (gpointer data)
{
  ReadJob *job = data;

  job->torrent = shoal_engine_read_torrent (job->path, &job->error);
}

static void
done_read (gpointer data)
{
  ReadJob *job = data;
  ShoalEngine *self = g_task_get_source_object (job->task);

  if (job->error == NULL)
    shoal_engine_check_running (self, &job->error);
  if (job->error != NULL)
    {
      g_task_return_error (job->task, job->error);
      g_object_unref (job->task);
    }
  else
    {
      begin (job->task, job->path, (const char *const *) job->from, NULL,
             shoal_torrent_get_description (job->torrent));
    }
  g_clear_pointer (&job->torrent, shoal_torrent_free);
  g_strfreev (job->from);
  g_free (job->path);
  g_free (job);
}

void
shoal_engine_describe_async (ShoalEngine *self, const char *what, const char *const *from,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (ShoalShareLink) link = NULL;
  GError *error = NULL;
  ReadJob *job;

  g_task_set_source_tag (task, shoal_engine_describe_async);
  if (shoal_engine_check_running (self, &error) && shoal_share_link_looks_like (what))
    link = shoal_share_link_parse (what, -1, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (link != NULL)
    {
      begin (task, what, from, link, NULL);
      return;
    }
  job = g_new0 (ReadJob, 1);
  job->task = task;
  job->path = g_strdup (what);
  job->from = g_strdupv ((char **) from);
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_HASH, work_read, done_read, job);
}

ShoalDescribed *
shoal_engine_describe_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
