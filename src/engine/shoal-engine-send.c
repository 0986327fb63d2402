/* shoal-engine-send.c: the call that offers: scan, ask the hash cache, offer.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same paths offered to the same device again go on with the offer of the
 * earlier run, if nothing of them has changed. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"

#include <errno.h>

/* --- The call ------------------------------------------------------------ */

typedef struct
{
  ShoalOffering *offering; /* (owned) (nullable): until it is the engine's */
  char         **devices;  /* (owned) */
  char         **paths;    /* (owned) (nullable) */
  gboolean       goes_on;  /* the scan bears the ID of an earlier draft */
} SendCall;

static void
send_call_free (gpointer data)
{
  SendCall *call = data;

  g_clear_pointer (&call->offering, shoal_offering_free);
  g_strfreev (call->devices);
  g_strfreev (call->paths);
  g_free (call);
}

/* A transfer of an earlier run that offered the same paths to the same device,
 * not over: its IDs are used again, so that the receiver goes on. */
static ShoalTransfer *
find_earlier (ShoalEngine *self, const ShoalDeviceId *device, const char *const *roots)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction == SHOAL_STORED_SEND && transfer->offering == NULL
          && !transfer->waking && !shoal_transfer_is_over (transfer) && transfer->peer != NULL
          && shoal_hash_equals (shoal_peer_get_id (transfer->peer), device)
          && transfer->stored->roots != NULL && transfer->stored->description != NULL
          && g_strv_equal ((const char *const *) transfer->stored->roots, roots))
        return transfer;
    }
  return NULL;
}

static ShoalTransfer *
make_transfer (ShoalOffering *self, const ShoalDeviceId *device)
{
  ShoalEngine *engine = self->engine;
  ShoalTransfer *transfer
    = find_earlier (engine, device, (const char *const *) self->roots);
  ShoalStoredTransfer *stored;
  ShoalTransferId id;

  if (transfer != NULL && memcmp (&transfer->stored->offer, &self->offer, sizeof id) != 0)
    {
      /* Offered together with others then, or the files have changed: a new one. */
      shoal_offering_withdraw (transfer, SHOAL_WITHDRAW_OTHER);
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                                shoal_error_new (SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_HERE, NULL,
                                                 "It was offered anew"));
      transfer = NULL;
    }
  if (transfer != NULL && transfer->phase == SHOAL_TRANSFER_PAUSED)
    {
      transfer->stored->state = SHOAL_STORED_OFFERED;
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
    }
  if (transfer != NULL)
    return transfer;

  shoal_runtime_fill_random (engine_runtime (engine), id.bytes, sizeof id.bytes);
  stored = shoal_stored_transfer_new (&id);
  stored->direction = SHOAL_STORED_SEND;
  stored->kind = self->kind;
  stored->flags = self->is_draft ? SHOAL_STORED_IS_DRAFT : 0;
  stored->share_key = *shoal_description_get_id (self->description);
  stored->has_offer = TRUE;
  stored->offer = self->offer;
  stored->offer_key = self->key;
  g_free (stored->name);
  stored->name = g_strdup (shoal_description_get_name (self->description));
  stored->description = g_bytes_ref (shoal_description_get_bytes (self->description));
  stored->attributes = g_bytes_ref (self->attributes);
  stored->text = self->text != NULL ? g_bytes_ref (self->text) : NULL;
  stored->total_bytes = shoal_description_get_length (self->description);
  stored->total_files = shoal_description_get_n_files (self->description);
  stored->created = shoal_runtime_wall_time (engine_runtime (engine));
  stored->position = shoal_queue_next (engine);
  g_strfreev (stored->roots);
  stored->roots = g_strdupv (self->roots);
  shoal_stored_transfer_add_peer (stored, device, 0, NULL);
  transfer = shoal_transfer_new (engine, stored);
  g_hash_table_insert (engine->transfers, transfer->id_text, transfer);
  return transfer;
}

static ShoalTransfer *
find_receiver (ShoalOffering *self, const ShoalDeviceId *device)
{
  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

      if (shoal_hash_equals (shoal_peer_get_id (transfer->peer), device))
        return transfer;
    }
  return NULL;
}

static void
offer_to_all (GTask *task, ShoalOffering *self)
{
  SendCall *call = g_task_get_task_data (task);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (gsize i = 0; call->devices[i] != NULL; i++)
    {
      ShoalDeviceId device;
      ShoalTransfer *transfer;

      if (!shoal_engine_parse_device (self->engine, call->devices[i], &device, NULL))
        continue; /* was checked */
      transfer = find_receiver (self, &device);
      if (transfer != NULL)
        {
          g_strv_builder_add (ids, transfer->id_text); /* named twice, offered once */
          continue;
        }
      transfer = make_transfer (self, &device);
      transfer->offering = self;
      transfer->index = self->transfers->len;
      g_ptr_array_add (self->transfers, transfer);
      shoal_device_book_seen (self->engine->book, &device, NULL, NULL, TRUE);
      g_strv_builder_add (ids, transfer->id_text);
    }

  shoal_offering_begin (self);
  g_task_return_pointer (task, g_strv_builder_end (ids), (GDestroyNotify) g_strfreev);
  g_object_unref (task);
}

static gboolean
is_draft (ShoalTransfer *transfer)
{
  return transfer != NULL && (transfer->stored->flags & SHOAL_STORED_IS_DRAFT) != 0;
}

/* (nullable): what was offered to the first device before. */
static ShoalTransfer *
find_earlier_of_call (SendCall *call)
{
  ShoalOffering *self = call->offering;
  ShoalDeviceId first;

  if (!shoal_engine_parse_device (self->engine, call->devices[0], &first, NULL))
    return NULL;
  return find_earlier (self->engine, &first, (const char *const *) self->roots);
}

/* The receiver knows it by these, and goes on. */
static void
adopt (ShoalOffering *self, ShoalTransfer *earlier)
{
  self->offer = earlier->stored->offer;
  self->key = earlier->stored->offer_key;
}

static void
fail_call (GTask *task, const GError *error)
{
  g_task_return_error (task, g_error_copy (error));
  g_object_unref (task);
}

static void
on_known_completed (ShoalDescription *description, const ShoalAttributes *attributes,
                    const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  SendCall *call = g_task_get_task_data (task);
  ShoalOffering *self = call->offering;
  g_autoptr (GError) stopping = NULL;
  ShoalTransfer *earlier;

  if (error == NULL && !shoal_engine_check_running (self->engine, &stopping))
    error = stopping;
  if (error != NULL)
    {
      fail_call (task, error);
      return;
    }

  earlier = find_earlier_of_call (call);
  if (earlier != NULL && !is_draft (earlier)
      && shoal_hash_equals (&earlier->stored->share_key, shoal_description_get_id (description)))
    adopt (self, earlier);
  self->description = shoal_description_ref (description);
  self->attributes = shoal_attributes_write (attributes);
  self->source = shoal_seed_view_new (self->seed, description);
  call->offering = NULL;
  g_ptr_array_add (self->engine->offerings, self);
  offer_to_all (task, self);
}

/* The cache has been asked. What it knows all of is offered as the share it is;
 * everything else, and whatever goes on from an earlier run, as a draft. */
static void
on_cache_asked (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  SendCall *call = g_task_get_task_data (task);
  ShoalOffering *self = call->offering;
  ShoalScan *scan = shoal_seed_get_scan (seed);
  g_autoptr (GError) stopping = NULL;

  if (error == NULL && !shoal_engine_check_running (self->engine, &stopping))
    error = stopping;
  if (error != NULL)
    {
      fail_call (task, error);
      return;
    }
  if (!self->is_draft && shoal_seed_is_hashed (seed))
    {
      shoal_seed_complete_async (seed, on_known_completed, task);
      return;
    }

  self->is_draft = TRUE;
  self->description = shoal_description_ref (shoal_scan_get_description (scan));
  self->attributes = shoal_attributes_write (shoal_scan_get_attributes (scan));
  self->source = shoal_content_source_ref (shoal_seed_as_source (seed));
  call->offering = NULL;
  g_ptr_array_add (self->engine->offerings, self);
  offer_to_all (task, self);
}

/* What a draft's ID stands for: names, lengths and times. Content that has changed
 * under one ID would pass for a sender that lies. */
gboolean
shoal_send_is_same_draft (ShoalTransfer *earlier, ShoalScan *scan)
{
  g_autoptr (GBytes) attributes = shoal_attributes_write (shoal_scan_get_attributes (scan));

  return earlier->stored->attributes != NULL
         && g_bytes_equal (earlier->stored->attributes, attributes)
         && g_bytes_equal (earlier->stored->description,
                           shoal_description_get_bytes (shoal_scan_get_description (scan)));
}

static void on_scanned (ShoalScan *scan, const GError *error, gpointer user_data);

/* @draft_id: (nullable): of an earlier draft that may go on. */
static void
scan_for (GTask *task, const ShoalHash *draft_id)
{
  SendCall *call = g_task_get_task_data (task);
  ShoalRuntime *runtime = engine_runtime (call->offering->engine);
  ShoalHash random_id;

  shoal_runtime_fill_random (runtime, &random_id, sizeof random_id);
  call->goes_on = draft_id != NULL;
  shoal_scan_async (runtime, (const char *const *) call->paths,
                    draft_id != NULL ? draft_id : &random_id, g_task_get_cancellable (task),
                    on_scanned, task);
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  SendCall *call = g_task_get_task_data (task);
  ShoalOffering *self = call->offering;
  ShoalTransfer *earlier;
  const char *const *notes;

  if (error != NULL)
    {
      fail_call (task, error);
      return;
    }

  g_clear_pointer (&self->roots, g_strfreev);
  self->roots = g_strdupv ((char **) shoal_scan_get_roots (scan));
  earlier = find_earlier_of_call (call);
  if (is_draft (earlier) && shoal_send_is_same_draft (earlier, scan))
    {
      adopt (self, earlier);
      self->is_draft = TRUE;
    }
  else if (call->goes_on)
    {
      scan_for (task, NULL); /* under an ID that was never used */
      return;
    }

  notes = shoal_scan_get_notes (scan);
  for (gsize i = 0; notes[i] != NULL; i++)
    shoal_engine_tell_notice (self->engine, "%s", notes[i]);
  shoal_offering_take_scan (self, scan);
  shoal_seed_hash_all_async (self->seed, FALSE, NULL, on_cache_asked, task);
}

/* --- Before the scan: on disk, so in the pool ------------------------------ */

typedef struct
{
  GTask  *task;      /* (owned) */
  char   *text;      /* (owned) (nullable): to be written to */
  char   *text_file; /* (owned) (nullable) */
  char  **paths;     /* (owned): as given; then without symbolic links */
  GError *error;
} Preparing;

/* A text is a file like any other, under the state directory. */
static gboolean
write_text (const char *text, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return shoal_error_set_errno (error, errno, "make the folder “%s”", folder);
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static void
work_prepare (gpointer data)
{
  Preparing *job = data;

  if (job->text != NULL && !write_text (job->text, job->text_file, &job->error))
    return;
  for (gsize i = 0; job->paths[i] != NULL; i++)
    {
      char *real = realpath (job->paths[i], NULL);

      if (real == NULL)
        return; /* the scan will say why */
      g_free (job->paths[i]);
      job->paths[i] = g_strdup (real);
      free (real);
    }
}

static void
done_prepare (gpointer data)
{
  Preparing *job = data;
  GTask *task = job->task;
  SendCall *call = g_task_get_task_data (task);
  ShoalTransfer *earlier;

  if (job->error != NULL)
    {
      fail_call (task, job->error);
      g_clear_error (&job->error);
    }
  else
    {
      call->offering->roots = g_steal_pointer (&job->paths);
      earlier = find_earlier_of_call (call);
      /* A stored offer keeps its draft ID, which names its files on the wire. */
      scan_for (task, is_draft (earlier) ? &earlier->stored->share_key : NULL);
    }
  g_strfreev (job->paths);
  g_free (job->text);
  g_free (job->text_file);
  g_free (job);
}

static void
prepare (GTask *task, const char *text)
{
  SendCall *call = g_task_get_task_data (task);
  Preparing *job = g_new0 (Preparing, 1);

  job->task = task;
  job->text = g_strdup (text);
  job->text_file = g_strdup (call->offering->text_file);
  job->paths = g_strdupv (call->paths);
  shoal_runtime_submit (engine_runtime (call->offering->engine), SHOAL_POOL_DISK, work_prepare,
                        done_prepare, job);
}

static gboolean
is_link (const char *text)
{
  g_autofree char *scheme = g_uri_parse_scheme (text);

  return scheme != NULL && strpbrk (text, " \t\r\n") == NULL;
}

/* --- Public -------------------------------------------------------------- */

static gboolean
check_devices (ShoalEngine *self, const char *const *devices, GError **error)
{
  for (gsize i = 0; devices[i] != NULL; i++)
    {
      ShoalDeviceId id;

      if (!shoal_engine_parse_device (self, devices[i], &id, error))
        return FALSE;
      if (shoal_device_book_is_blocked (self->book, &id))
        {
          g_autofree char *name = shoal_engine_name_device (self, &id);

          return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE,
                                  "Unblock it with “shoal-cli friend unblock”.",
                                  "You have blocked %s", name);
        }
    }
  if (devices[0] == NULL)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL, "To whom?");
  return TRUE;
}

static char *
new_text_file (ShoalEngine *self)
{
  g_autofree char *name = NULL;
  ShoalTransferId id;

  shoal_runtime_fill_random (engine_runtime (self), id.bytes, sizeof id.bytes);
  name = shoal_id_to_text (id.bytes);
  return g_build_filename (self->state_dir, "texts", name, "text.txt", NULL);
}

void
shoal_engine_send_async (ShoalEngine *self, const char *const *paths, const char *text,
                         const char *const *devices, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  SendCall *call = g_new0 (SendCall, 1);
  ShoalOffering *offering = g_new0 (ShoalOffering, 1);
  const char *text_path[2] = { NULL, NULL };
  GError *error = NULL;

  g_task_set_source_tag (task, shoal_engine_send_async);
  g_task_set_task_data (task, call, send_call_free);
  call->devices = g_strdupv ((char **) devices);
  call->offering = offering;
  offering->engine = self;
  offering->transfers = g_ptr_array_new ();
  shoal_runtime_fill_random (engine_runtime (self), &offering->offer, sizeof offering->offer);
  shoal_runtime_fill_random (engine_runtime (self), &offering->key, sizeof offering->key);
  if (!check_devices (self, devices, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  if (text != NULL)
    {
      offering->kind = is_link (text) ? SHOAL_STORED_LINK : SHOAL_STORED_TEXT;
      offering->text_file = new_text_file (self);
      offering->text = g_bytes_new (text, strlen (text));
      text_path[0] = offering->text_file;
      paths = text_path;
    }
  call->paths = g_strdupv ((char **) paths);
  prepare (task, text);
}

char **
shoal_engine_send_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
