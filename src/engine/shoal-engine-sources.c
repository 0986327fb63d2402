/* shoal-engine-sources.c: who a download fetches from, and how they are found.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-private.h"
#include "shoal-limits.h"

/* Beyond this many sources, nobody's word makes us call further devices. */
#define MAX_TOLD_SOURCES (2 * SHOAL_MAX_PEERS)
/* Addresses that did not answer are tried again after so long, doubled each time. */
#define FIRST_RETRY_US (2 * G_USEC_PER_SEC)
#define LAST_RETRY_US (60 * G_USEC_PER_SEC)

/* --- Addresses ----------------------------------------------------------- */

typedef struct
{
  ShoalEngine *engine; /* (owned) */
  char        *id;     /* (owned): of the transfer */
  char        *address;/* (owned) */
  gboolean     asked;  /* by the person: they hear if it fails */
  gint64       wait;   /* before the next attempt */
  guint        timer;
} SourceCall;

static void
source_call_free (SourceCall *call)
{
  shoal_runtime_clear_timer (engine_runtime (call->engine), &call->timer);
  g_object_unref (call->engine);
  g_free (call->id);
  g_free (call->address);
  g_free (call);
}

static void on_source_dialled (GObject *source, GAsyncResult *result, gpointer user_data);

static void
dial (SourceCall *call)
{
  shoal_hub_dial_async (call->engine->hub, call->address, call->asked, NULL, on_source_dialled,
                        call);
}

static void
on_retry (gpointer user_data)
{
  SourceCall *call = user_data;

  call->timer = 0;
  g_ptr_array_remove_fast (call->engine->dials, call);
  dial (call);
}

/* One that answers with another key does so again. */
static gboolean
may_come_back (const GError *error)
{
  return !g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_WRONG_KEY)
         && !g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_INVALID)
         && !g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_VERSION)
         && !g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_REFUSED);
}

static void
try_again (SourceCall *call)
{
  call->timer = shoal_runtime_add_timer (engine_runtime (call->engine), call->wait, on_retry, call);
  call->wait = MIN (2 * call->wait, LAST_RETRY_US);
  g_ptr_array_add (call->engine->dials, call);
}

void
shoal_engine_end_dials (ShoalEngine *self)
{
  while (self->dials->len > 0)
    source_call_free (g_ptr_array_steal_index_fast (self->dials, self->dials->len - 1));
}

/* Known by its ID, it is found again after a restart, wherever it is. */
static void
remember (ShoalTransfer *transfer, const ShoalDeviceId *id)
{
  GArray *peers = transfer->stored->peers;

  for (guint i = 0; i < peers->len; i++)
    {
      if (shoal_hash_equals (&g_array_index (peers, ShoalStoredPeer, i).device, id))
        return;
    }
  if (transfer->stored->has_offer || peers->len >= SHOAL_MAX_PEERS)
    return;
  shoal_stored_transfer_add_peer (transfer->stored, id, 0, NULL);
  shoal_transfer_save (transfer);
}

static void
on_source_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SourceCall *call = user_data;
  ShoalEngine *self = call->engine;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPeer) peer = shoal_hub_dial_finish (self->hub, result, &error);
  ShoalTransfer *transfer
    = self->stopping ? NULL : g_hash_table_lookup (self->transfers, call->id);

  if (transfer == NULL || shoal_transfer_is_over (transfer))
    {
      source_call_free (call);
      return;
    }
  if (peer == NULL)
    {
      if (call->asked && call->wait == FIRST_RETRY_US)
        shoal_engine_tell_error (self, error);
      if (may_come_back (error))
        try_again (call);
      else
        source_call_free (call);
      return;
    }

  if (call->asked && transfer->asked == NULL)
    transfer->asked = g_array_new (FALSE, FALSE, sizeof (ShoalDeviceId));
  if (call->asked)
    g_array_append_vals (transfer->asked, shoal_peer_get_id (peer), 1);
  remember (transfer, shoal_peer_get_id (peer));
  shoal_get_add_source (transfer, peer);
  source_call_free (call);
}

static void
dial_source (ShoalTransfer *transfer, const char *address, gboolean asked)
{
  SourceCall *call = g_new0 (SourceCall, 1);

  call->engine = g_object_ref (transfer->engine);
  call->id = g_strdup (transfer->id_text);
  call->address = g_strdup (address);
  call->asked = asked;
  call->wait = FIRST_RETRY_US;
  dial (call);
}

/* --- Devices ------------------------------------------------------------- */

void
shoal_get_add_device (ShoalTransfer *transfer, const ShoalDeviceId *id)
{
  g_autoptr (ShoalPeer) peer = NULL;

  if (shoal_hash_equals (id, shoal_hub_get_own_id (transfer->engine->hub)))
    return;
  peer = shoal_hub_ensure_peer (transfer->engine->hub, id);
  remember (transfer, id);
  shoal_get_add_source (transfer, peer);
}

void
shoal_get_add_sources (ShoalTransfer *transfer, const char *const *from,
                       const ShoalShareLink *link)
{
  for (gsize i = 0; from != NULL && from[i] != NULL; i++)
    dial_source (transfer, from[i], TRUE);
  for (guint i = 0; link != NULL && i < link->addresses->len; i++)
    dial_source (transfer, g_ptr_array_index (link->addresses, i), FALSE);
  for (guint i = 0; link != NULL && i < link->devices->len; i++)
    shoal_get_add_device (transfer, &g_array_index (link->devices, ShoalHash, i));
}

void
shoal_get_find_again (ShoalTransfer *transfer)
{
  ShoalStoredTransfer *stored = transfer->stored;
  g_autoptr (ShoalShareLink) link
    = stored->link != NULL ? shoal_share_link_parse (stored->link, -1, NULL) : NULL;
  guint n_known = stored->peers->len;

  if (stored->has_offer)
    return;
  for (guint i = 0; i < n_known; i++)
    shoal_get_add_device (transfer, &g_array_index (stored->peers, ShoalStoredPeer, i).device);
  shoal_get_add_sources (transfer, NULL, link);
}

void
shoal_get_add_other (ShoalTransfer *self, ShoalPeer *teller, const ShoalPeerEntry *entry)
{
  ShoalEngine *engine = self->engine;
  g_autoptr (ShoalPeer) peer = NULL;

  if (self->download == NULL || shoal_transfer_is_over (self)
      || shoal_download_get_n_sources (self->download) >= MAX_TOLD_SOURCES
      || shoal_hash_equals (&entry->device, shoal_hub_get_own_id (engine->hub))
      || shoal_device_book_is_blocked (engine->book, &entry->device))
    return;

  peer = shoal_hub_ensure_peer (engine->hub, &entry->device);
  shoal_peer_add_addresses (peer, teller, entry->addresses, entry->n_addresses);
  shoal_download_add_peer (self->download, peer);
}

void
shoal_get_tell_refused (ShoalTransfer *self)
{
  g_autoptr (GArray) sources = NULL;

  if (self->asked == NULL || self->asked->len == 0 || self->download == NULL)
    return;

  sources = shoal_download_get_sources (self->download);
  for (guint i = 0; i < sources->len; i++)
    {
      ShoalDownloadSourceInfo *source = &g_array_index (sources, ShoalDownloadSourceInfo, i);
      const ShoalDeviceId *id = shoal_peer_get_id (source->peer);

      for (guint j = 0; source->state == SHOAL_DOWNLOAD_SOURCE_REFUSED && j < self->asked->len; j++)
        {
          g_autofree char *name = shoal_engine_name_device (self->engine, id);

          if (!shoal_hash_equals (&g_array_index (self->asked, ShoalDeviceId, j), id))
            continue;
          g_array_remove_index (self->asked, j);
          shoal_engine_tell_notice (self->engine, "%s does not have it, or not for you", name);
          break;
        }
    }
}
