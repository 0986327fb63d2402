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

struct _ShoalOffering
{
  ShoalEngine      *engine;      /* (unowned): owns this */
  ShoalTransferId   offer;
  ShoalHash         key;
  GPtrArray        *transfers;   /* (owned) of ShoalTransfer (unowned), by index */
  char            **roots;       /* (owned): the paths */
  GBytes           *text;        /* (owned) (nullable) */
  ShoalStoredKind   kind;
  ShoalSeed        *seed;        /* (owned) */
  ShoalDescription *description; /* (owned): what is offered: a draft, or a share */
  gboolean          is_draft;
  ShoalContentSource *source;    /* (owned) */
  GBytes           *attributes;  /* (owned) */
  ShoalServing     *serving;     /* (owned) */
  ShoalGrant        grant;
  gboolean          hashing;     /* the rest, ahead of need */
};

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
      shoal_engine_tell_error (self->engine, error);
      shoal_serving_lose_file (self->serving, file, error);
    }
}

static void
on_rest_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
}

/* A receiver has all it wants: what nobody asked for is hashed as well, so
 * that the draft can end. */
static void
hash_rest (ShoalOffering *self)
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

/* --- What receivers say -------------------------------------------------- */

static void
introduce (ShoalTransfer *to)
{
  ShoalOffering *self = to->offering;
  g_autofree ShoalPeerEntry *entries = g_new0 (ShoalPeerEntry, SHOAL_MAX_PEERS);
  ShoalMessage message = { .type = SHOAL_MESSAGE_INTRODUCE };
  guint n = 0;

  for (guint i = 0; i < self->transfers->len && n < SHOAL_MAX_PEERS; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other == to || !other->accepted || !other->they_pass_on)
        continue;
      entries[n].device = *shoal_peer_get_id (other->peer);
      entries[n].n_addresses
        = (uint8_t) shoal_peer_get_addresses (other->peer, entries[n].addresses);
      if (entries[n].n_addresses > 0)
        n++;
    }
  memcpy (message.introduce.offer.id, self->offer.bytes, sizeof self->offer.bytes);
  message.introduce.index = (uint16_t) to->index;
  message.introduce.count = (uint16_t) self->transfers->len;
  message.introduce.entries = entries;
  message.introduce.n_entries = n;
  shoal_peer_send (to->peer, &message, NULL);
}

static void
take_accept (ShoalTransfer *transfer, const ShoalMessage *message)
{
  ShoalOffering *self = transfer->offering;
  gboolean news = !transfer->accepted;

  transfer->accepted = TRUE;
  transfer->their_total = message->accept.bytes;
  transfer->their_files = message->accept.files;
  transfer->they_pass_on = (message->accept.flags & SHOAL_ACCEPT_PASS_ON) != 0;
  if (transfer->phase != SHOAL_TRANSFER_PAUSED)
    shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_RUNNING, NULL);
  if (news)
    {
      transfer->started = shoal_runtime_now (engine_runtime (self->engine));
      shoal_transfer_tell (transfer, SHOAL_EVENT_ACCEPTED);
    }
  for (guint i = 0; self->transfers->len > 1 && i < self->transfers->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other->accepted && (other == transfer || news) && !shoal_transfer_is_over (other))
        introduce (other);
    }
}

static void
take_decline (ShoalTransfer *transfer, const ShoalMessage *message)
{
  g_autofree char *name
    = shoal_engine_name_device (transfer->engine, shoal_peer_get_id (transfer->peer));
  const char *name_of_share = transfer->stored->name;
  const char *text = message->decline.text;
  GError *error = NULL;
  ShoalTransferPhase phase = SHOAL_TRANSFER_FAILED;

  switch ((ShoalDecline) message->decline.reason)
    {
    case SHOAL_DECLINE_PERSON:
      phase = SHOAL_TRANSFER_DECLINED;
      error = shoal_error_new (SHOAL_ERROR_DECLINED, SHOAL_SIDE_THERE, NULL,
                               "%s declined “%s”", name, name_of_share);
      break;
    case SHOAL_DECLINE_NO_SPACE:
      error = shoal_error_new (SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_THERE,
                               "Ask them to free some space, then send it again.",
                               "%s has no room for “%s”%s%s", name, name_of_share,
                               text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    case SHOAL_DECLINE_CANNOT_HOLD:
      error = shoal_error_new (SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_THERE,
                               "They can choose another folder.", "%s cannot take “%s”%s%s", name,
                               name_of_share, text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    case SHOAL_DECLINE_TOO_MANY:
      error = shoal_error_new (SHOAL_ERROR_BUSY, SHOAL_SIDE_THERE,
                               "Try again when they have answered some.",
                               "%s has too many offers waiting", name);
      break;
    case SHOAL_DECLINE_STOPPED:
      error = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_THERE, NULL,
                               "%s stopped receiving “%s”", name, name_of_share);
      break;
    case SHOAL_DECLINE_OTHER:
    default:
      error = shoal_error_new (SHOAL_ERROR_FAILED, SHOAL_SIDE_THERE, NULL,
                               "%s could not receive “%s”%s%s", name, name_of_share,
                               text != NULL && *text != '\0' ? ": " : "",
                               text != NULL ? text : "");
      break;
    }
  shoal_transfer_set_phase (transfer, phase, error);
  shoal_offering_drop (transfer);
}

static void
take_received (ShoalTransfer *transfer, const ShoalMessage *message)
{
  gint64 now = shoal_runtime_now (engine_runtime (transfer->engine));
  uint64_t verified = message->received.verified;
  gboolean paused = message->received.state == SHOAL_RECEIVED_PAUSED_PERSON
                    || message->received.state == SHOAL_RECEIVED_PAUSED_DISK_FULL
                    || message->received.state == SHOAL_RECEIVED_PAUSED_OTHER;

  if (verified > transfer->their_bytes)
    shoal_rate_add (&transfer->rate, now, verified - transfer->their_bytes);
  transfer->their_bytes = verified;
  transfer->their_passed_on = message->received.passed_on;
  if (paused)
    {
      g_free (transfer->reason);
      transfer->reason = g_strdup (*message->received.text != '\0'
                                     ? message->received.text
                                     : "The receiver has paused it");
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_PAUSED, NULL);
    }
  else if (message->received.state == SHOAL_RECEIVED_SYNCING)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_SYNCING, NULL);
      hash_rest (transfer->offering);
    }
  else if (transfer->stored->state != SHOAL_STORED_PAUSED)
    {
      shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_RUNNING, NULL);
    }
  shoal_transfer_touch (transfer);
}

static void
take_committed (ShoalTransfer *transfer, const ShoalMessage *message)
{
  transfer->accepted = TRUE;
  transfer->their_bytes = message->committed.bytes;
  transfer->their_total = MAX (transfer->their_total, message->committed.bytes);
  transfer->their_files = message->committed.files + message->committed.failed;
  transfer->files_failed = message->committed.failed;
  transfer->stored->done_bytes = message->committed.bytes;
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_DONE, NULL);
  shoal_offering_drop (transfer);
}

static const ShoalOfferId *
offer_of (const ShoalMessage *message)
{
  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_SEEN:
      return &message->seen.offer;
    case SHOAL_MESSAGE_ACCEPT:
      return &message->accept.offer;
    case SHOAL_MESSAGE_DECLINE:
      return &message->decline.offer;
    case SHOAL_MESSAGE_RECEIVED:
      return &message->received.offer;
    case SHOAL_MESSAGE_COMMITTED:
      return &message->committed.offer;
    default:
      return NULL;
    }
}

static ShoalTransfer *
find_offered (ShoalEngine *self, ShoalPeer *peer, const ShoalOfferId *offer)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->offering != NULL && transfer->peer == peer
          && !shoal_transfer_is_over (transfer)
          && shoal_offer_ids_equal (&transfer->stored->offer, offer))
        return transfer;
    }
  return NULL;
}

void
shoal_offering_take_message (ShoalEngine *self, ShoalPeer *peer, const ShoalMessage *message)
{
  const ShoalOfferId *offer = offer_of (message);
  ShoalTransfer *transfer = offer != NULL ? find_offered (self, peer, offer) : NULL;

  if (transfer == NULL)
    return; /* over, or never ours: stale words do no harm */

  switch ((int) message->type)
    {
    case SHOAL_MESSAGE_ACCEPT:
      take_accept (transfer, message);
      break;
    case SHOAL_MESSAGE_DECLINE:
      take_decline (transfer, message);
      break;
    case SHOAL_MESSAGE_RECEIVED:
      if (transfer->accepted)
        take_received (transfer, message);
      break;
    case SHOAL_MESSAGE_COMMITTED:
      take_committed (transfer, message);
      break;
    default: /* SEEN: it waits over there, as we thought */
      break;
    }
}

/* --- Ending -------------------------------------------------------------- */

static void
send_withdraw (ShoalTransfer *transfer, ShoalWithdraw reason)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_WITHDRAW };

  memcpy (message.decline.offer.id, transfer->stored->offer.bytes,
          sizeof transfer->stored->offer.bytes);
  message.decline.reason = (uint8_t) reason;
  shoal_peer_send (transfer->peer, &message, NULL);
}

void
shoal_offering_drop (ShoalTransfer *transfer)
{
  ShoalOffering *self = transfer->offering;

  if (self == NULL)
    return;
  if (transfer->phase != SHOAL_TRANSFER_DONE && self->serving != NULL)
    shoal_serving_drop_peer (self->serving, shoal_peer_get_id (transfer->peer));

  for (guint i = 0; i < self->transfers->len; i++)
    {
      if (!shoal_transfer_is_over (g_ptr_array_index (self->transfers, i)))
        return;
    }

  /* Nobody is left to serve: whoever passes it on may stop. */
  for (guint i = 0; i < self->transfers->len; i++)
    {
      ShoalTransfer *other = g_ptr_array_index (self->transfers, i);

      if (other->phase == SHOAL_TRANSFER_DONE)
        send_withdraw (other, SHOAL_WITHDRAW_OTHER);
    }
  g_ptr_array_remove (self->engine->offerings, self);
}

gboolean
shoal_offering_cancel (ShoalTransfer *transfer)
{
  send_withdraw (transfer, SHOAL_WITHDRAW_PERSON);
  shoal_transfer_set_phase (transfer, SHOAL_TRANSFER_FAILED,
                            shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                             "The offer of “%s” was withdrawn",
                                             transfer->stored->name));
  shoal_offering_drop (transfer);
  return TRUE;
}

void
shoal_offering_pause (ShoalTransfer *transfer, gboolean pause)
{
  ShoalOffering *self = transfer->offering;

  shoal_serving_set_paused (self->serving, pause ? SHOAL_PAUSED_PERSON : SHOAL_PAUSED_GOING_ON,
                            NULL);
}
