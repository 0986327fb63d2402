/* shoal-engine-offering.c: what we offer: scan, offer, serve, see through.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One offering is one share offered to one or more devices, a transfer each,
 * under one offer ID and key. Files whose hashes are not in the cache go as
 * a draft. When the last transfer is over, receivers that still pass it on are
 * told that it is withdrawn. */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

#include <string.h>

void
shoal_offering_free (gpointer data)
{
  ShoalOffering *self = data;

  if (self->serving != NULL)
    {
      shoal_engine_remove_grant (self->engine, &self->grant);
      shoal_serving_free (self->serving);
    }
  for (guint i = 0; i < self->transfers->len; i++)
    ((ShoalTransfer *) g_ptr_array_index (self->transfers, i))->offering = NULL;
  g_ptr_array_unref (self->transfers);
  g_clear_pointer (&self->source, shoal_content_source_unref);
  if (self->seed != NULL)
    {
      shoal_seed_close (self->seed);
      shoal_content_source_unref (shoal_seed_as_source (self->seed));
    }
  g_clear_pointer (&self->description, shoal_description_unref);
  g_clear_pointer (&self->attributes, g_bytes_unref);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_strfreev (self->roots);
  g_free (self);
}

/* --- Offering ------------------------------------------------------------ */

static void
send_offer (ShoalTransfer *transfer)
{
  ShoalOffering *self = transfer->offering;
  ShoalMessage message = { .type = SHOAL_MESSAGE_OFFER };

  memcpy (message.offer.offer.id, self->offer.bytes, sizeof self->offer.bytes);
  message.offer.key = self->key;
  message.offer.share = *shoal_description_get_id (self->description);
  message.offer.flags = self->is_draft ? SHOAL_OFFER_DRAFT : 0;
  message.offer.kind = (ShoalOfferKind) self->kind;
  message.offer.bytes = shoal_description_get_length (self->description);
  message.offer.files = shoal_description_get_n_files (self->description);
  message.offer.folders = shoal_description_get_n_folders (self->description);
  message.offer.created = (uint64_t) (transfer->stored->created / G_USEC_PER_SEC);
  message.offer.name = transfer->stored->name;
  if (!shoal_peer_send (transfer->peer, &message, NULL))
    return;

  if (transfer->phase == SHOAL_TRANSFER_PREPARING || transfer->phase == SHOAL_TRANSFER_CONNECTING)
    shoal_transfer_set_phase (
      transfer, transfer->accepted ? SHOAL_TRANSFER_RUNNING : SHOAL_TRANSFER_WAITING, NULL);
}

void
shoal_offering_peer_ready (ShoalEngine *self, ShoalPeer *peer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->offering != NULL && transfer->peer == peer
          && !shoal_transfer_is_over (transfer))
        send_offer (transfer);
    }
}

void
shoal_offering_peer_lost (ShoalEngine *self, ShoalPeer *peer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->offering != NULL && transfer->peer == peer
          && (transfer->phase == SHOAL_TRANSFER_WAITING
              || transfer->phase == SHOAL_TRANSFER_RUNNING))
        shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_CONNECTING, NULL);
    }
}

/* Receivers of the offer may fetch before they have answered: they look at the
 * names before they choose. */
static gboolean
offering_allows (gpointer owner, ShoalPeer *peer)
{
  ShoalOffering *self = owner;

  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

      if (transfer->peer == peer
          && (!shoal_transfer_is_over (transfer) || transfer->phase == SHOAL_TRANSFER_DONE))
        return TRUE;
    }
  return FALSE;
}

/* --- Hashing what is offered --------------------------------------------- */

static void
on_completed (ShoalDescription *description, const ShoalAttributes *attributes,
              const GError *error, gpointer user_data)
{
  ShoalOffering *self = user_data;
  g_autofree ShoalHash *roots = NULL;
  g_autofree gboolean *left_out = NULL;

  if (error != NULL)
    {
      for (guint i = self->transfers->len; i-- > 0;)
        {
          ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

          shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED, g_error_copy (error));
        }
      return;
    }

  roots = shoal_seed_dup_roots (self->seed);
  left_out = shoal_seed_dup_left_out (self->seed);
  shoal_serving_rekey (self->serving, shoal_description_get_id (description), roots, left_out);
}

static void
on_file_hashed (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
                gpointer user_data)
{
  ShoalOffering *self = user_data;

  if (self->serving == NULL || !self->is_draft)
    return;
  if (file == G_MAXUINT32)
    {
      shoal_seed_complete_async (seed, on_completed, self);
    }
  else if (error != NULL)
    {
      shoal_serving_lose_file (self->serving, file, error);
    }
}

/* While hashing, or when it was read to be sent. */
static void
on_file_lost (ShoalServing *serving, uint32_t file, const GError *error, gpointer user_data)
{
  ShoalOffering *self = user_data;

  shoal_engine_tell_error (self->engine, error);
}

static const ShoalServingEvents SERVING_EVENTS = { .file_changed = on_file_lost };

static void
on_rest_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
}

/* A receiver has all it wants: what nobody asked for is hashed as well, so
 * that the draft can end. */
void
shoal_offering_hash_rest (ShoalOffering *self)
{
  if (self->hashing || !self->is_draft || shoal_seed_is_hashed (self->seed))
    return;

  self->hashing = TRUE;
  shoal_seed_hash_all_async (self->seed, TRUE, NULL, on_rest_hashed, NULL);
}

/* --- The call ------------------------------------------------------------ */

typedef struct
{
  ShoalOffering *offering; /* (owned) (nullable): until it is the engine's */
  char         **devices;  /* (owned) */
  char          *text_file; /* (owned) (nullable): the text, as the file it is offered as */
} SendCall;

static void
send_call_free (gpointer data)
{
  SendCall *call = data;

  g_clear_pointer (&call->offering, shoal_offering_free);
  g_strfreev (call->devices);
  g_free (call->text_file);
  g_free (call);
}

static void
serve (ShoalOffering *self)
{
  ShoalServingOptions options = {
    .source = self->source,
    .attributes = self->attributes,
    .complete = TRUE,
    .push_hashes = self->is_draft,
    .exchange = self->transfers->len > 1,
    .events = &SERVING_EVENTS,
    .user_data = self,
  };

  self->serving = shoal_serving_new (self->engine->upload, &options);
  self->grant = (ShoalGrant){ self->key, self->serving, offering_allows, self };
  shoal_engine_add_grant (self->engine, &self->grant);
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
          && !shoal_transfer_is_over (transfer) && transfer->peer != NULL
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
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                                shoal_error_new (SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_HERE, NULL,
                                                 "It was offered anew"));
      transfer = NULL;
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
  stored->total_bytes = shoal_description_get_length (self->description);
  stored->total_files = shoal_description_get_n_files (self->description);
  stored->created = shoal_runtime_wall_time (engine_runtime (engine));
  g_strfreev (stored->roots);
  stored->roots = g_strdupv (self->roots);
  shoal_stored_transfer_add_peer (stored, device, 0, NULL);
  transfer = shoal_transfer_new (engine, stored);
  g_hash_table_insert (engine->transfers, transfer->id_text, transfer);
  return transfer;
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

      if (!shoal_engine_parse_device (call->devices[i], &device, NULL))
        continue; /* was checked */
      transfer = make_transfer (self, &device);
      transfer->offering = self;
      transfer->index = self->transfers->len;
      g_ptr_array_add (self->transfers, transfer);
      shoal_device_book_seen (self->engine->book, &device, NULL, NULL, TRUE);
      g_strv_builder_add (ids, transfer->id_text);
    }

  serve (self);
  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *transfer = g_ptr_array_index (self->transfers, i);

      shoal_transfer_save (transfer);
      shoal_transfer_hold (transfer);
      if (shoal_peer_is_connected (transfer->peer))
        send_offer (transfer);
      else
        shoal_transfer_tell (transfer, SHOAL_EVENT_TRANSFER);
    }
  if (self->is_draft && shoal_seed_is_hashed (self->seed))
    shoal_seed_complete_async (self->seed, on_completed, self);
  g_task_return_pointer (task, g_strv_builder_end (ids), (GDestroyNotify) g_strfreev);
  g_object_unref (task);
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

  if (error != NULL)
    {
      fail_call (task, error);
      return;
    }

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

/* Goes on with what was offered to the first device before, if it is the same
 * to the byte of its description. */
static void
adopt_earlier (ShoalOffering *self, ShoalTransfer *earlier, ShoalScan *scan)
{
  if (earlier == NULL)
    return;
  if ((earlier->stored->flags & SHOAL_STORED_IS_DRAFT) != 0
      && !g_bytes_equal (earlier->stored->description,
                         shoal_description_get_bytes (shoal_scan_get_description (scan))))
    return;

  self->offer = earlier->stored->offer;
  self->key = earlier->stored->offer_key;
  self->is_draft = (earlier->stored->flags & SHOAL_STORED_IS_DRAFT) != 0;
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  SendCall *call = g_task_get_task_data (task);
  ShoalOffering *self = call->offering;
  const char *const *notes;
  ShoalDeviceId first;

  if (error != NULL)
    {
      fail_call (task, error);
      return;
    }

  notes = shoal_scan_get_notes (scan);
  for (gsize i = 0; notes[i] != NULL; i++)
    shoal_engine_tell_notice (self->engine, "%s", notes[i]);
  if (self->roots == NULL)
    self->roots = g_strdupv ((char **) shoal_scan_get_roots (scan));
  if (shoal_engine_parse_device (call->devices[0], &first, NULL))
    adopt_earlier (self, find_earlier (self->engine, &first, (const char *const *) self->roots),
                   scan);
  self->seed = shoal_seed_new (engine_runtime (self->engine), self->engine->database, scan,
                               on_file_hashed, self);
  shoal_seed_hash_all_async (self->seed, FALSE, NULL, on_cache_asked, task);
}

/* A text is a file like any other, under the state directory. */
static char *
write_text (ShoalEngine *self, const char *text, GError **error)
{
  g_autofree char *folder = g_build_filename (self->state_dir, "texts", NULL);
  ShoalTransferId id;
  g_autofree char *id_text = NULL;
  g_autofree char *sub = NULL;
  char *path;

  shoal_runtime_fill_random (engine_runtime (self), id.bytes, sizeof id.bytes);
  id_text = shoal_id_to_text (id.bytes);
  sub = g_build_filename (folder, id_text, NULL);
  path = g_build_filename (sub, "text.txt", NULL);
  if (g_mkdir_with_parents (sub, 0700) != 0)
    {
      shoal_error_set_errno (error, errno, "make the folder “%s”", sub);
      g_clear_pointer (&path, g_free);
    }
  else if (!g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    {
      g_clear_pointer (&path, g_free);
    }
  return path;
}

static gboolean
is_link (const char *text)
{
  g_autofree char *scheme = g_uri_parse_scheme (text);

  return scheme != NULL && strpbrk (text, " \t\r\n") == NULL;
}

/* --- Public -------------------------------------------------------------- */

static gboolean
check_devices (const char *const *devices, GError **error)
{
  for (gsize i = 0; devices[i] != NULL; i++)
    {
      ShoalDeviceId id;

      if (!shoal_engine_parse_device (devices[i], &id, error))
        return FALSE;
    }
  if (devices[0] == NULL)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL, "To whom?");
  return TRUE;
}

/* A stored offer keeps its draft ID, which names its files on the wire. */
static const ShoalHash *
earlier_draft_id (ShoalEngine *self, const char *const *paths, const char *device)
{
  g_autoptr (GPtrArray) roots = g_ptr_array_new_with_free_func (g_free);
  ShoalTransfer *earlier;
  ShoalDeviceId id;

  for (gsize i = 0; paths[i] != NULL; i++)
    {
      char *real = realpath (paths[i], NULL);

      if (real == NULL)
        return NULL; /* the scan will say why */
      g_ptr_array_add (roots, g_strdup (real));
      free (real);
    }
  g_ptr_array_add (roots, NULL);
  if (!shoal_engine_parse_device (device, &id, NULL))
    return NULL;
  earlier = find_earlier (self, &id, (const char *const *) roots->pdata);
  return earlier != NULL && (earlier->stored->flags & SHOAL_STORED_IS_DRAFT) != 0
           ? &earlier->stored->share_key
           : NULL;
}

void
shoal_engine_send_async (ShoalEngine *self, const char *const *paths, const char *text,
                         const char *const *devices, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  SendCall *call = g_new0 (SendCall, 1);
  GError *error = NULL;
  const char *one_path[2] = { NULL, NULL };
  const ShoalHash *draft_id = NULL;
  ShoalOffering *offering = g_new0 (ShoalOffering, 1);
  ShoalHash random_id;

  g_task_set_source_tag (task, shoal_engine_send_async);
  g_task_set_task_data (task, call, send_call_free);
  call->devices = g_strdupv ((char **) devices);
  call->offering = offering;
  offering->engine = self;
  offering->transfers = g_ptr_array_new ();
  shoal_runtime_fill_random (engine_runtime (self), &offering->offer, sizeof offering->offer);
  shoal_runtime_fill_random (engine_runtime (self), &offering->key, sizeof offering->key);
  shoal_runtime_fill_random (engine_runtime (self), &random_id, sizeof random_id);

  if (!check_devices (devices, &error))
    goto fail;
  if (text != NULL)
    {
      call->text_file = write_text (self, text, &error);
      if (call->text_file == NULL)
        goto fail;
      offering->kind = is_link (text) ? SHOAL_STORED_LINK : SHOAL_STORED_TEXT;
      one_path[0] = call->text_file;
      paths = one_path;
    }
  else
    {
      draft_id = earlier_draft_id (self, paths, devices[0]);
    }
  shoal_scan_async (engine_runtime (self), paths, draft_id != NULL ? draft_id : &random_id,
                    cancellable, on_scanned, task);
  return;

fail:
  g_task_return_error (task, error);
  g_object_unref (task);
}

char **
shoal_engine_send_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
