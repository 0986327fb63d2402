/* shoal-engine-internet.c: with whom there is an appointment, and why.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-settings.h"
#include "shoal-internet-private.h"
#include "shoal-sharing-private.h"
#include "shoal-state-seen.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define TEND_US (1 * G_USEC_PER_SEC)

const char *const SHOAL_DEFAULT_TRACKERS[] = {
  "wss://tracker.openwebtorrent.com",
  "wss://tracker.webtorrent.dev",
  "wss://tracker.btorrent.xyz",
  NULL,
};

const char *const SHOAL_DEFAULT_SERVERS[] = {
  "stun:stun.cloudflare.com:3478",
  "stun:stun.l.google.com:19302",
  "stun:stun.nextcloud.com:3478",
  NULL,
};

void
shoal_tracker_info_free (ShoalTrackerInfo *info)
{
  g_free (info->url);
  g_free (info->trouble);
  g_free (info);
}

/* --- What holds ----------------------------------------------------------------- */

const char *const *
shoal_internet_get_trackers (ShoalInternet *self)
{
  ShoalEngine *engine = self->engine;

  return (const char *const *) (engine->run.trackers != NULL ? engine->run.trackers
                                                             : engine->settings->trackers);
}

static gboolean
is_on (ShoalInternet *self)
{
  ShoalEngine *engine = self->engine;

  return !engine->run.local_only && (engine->run.internet || engine->settings->internet);
}

static void
configure (ShoalInternet *self)
{
  ShoalEngine *engine = self->engine;
  g_autoptr (GPtrArray) servers
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_ice_server_free);
  char **texts = engine->run.servers != NULL ? engine->run.servers : engine->settings->servers;
  ShoalRendezvousConfig config = {
    .trackers = shoal_internet_get_trackers (self),
    .servers = servers,
    .policy = engine->run.ice_policy,
  };

  for (guint i = 0; texts[i] != NULL; i++)
    {
      ShoalIceServer *server = shoal_ice_server_parse (texts[i], NULL);

      if (server != NULL)
        g_ptr_array_add (servers, server);
    }
  shoal_rendezvous_configure (self->rendezvous, &config);
}

static void
on_message_opened (const ShoalHash *salt, gint64 now, gpointer user_data)
{
  ShoalInternet *self = user_data;
  ShoalSeenMessage seen = { *salt, now };

  shoal_state_seen_add (self->engine->database, &seen,
                        now - SHOAL_REPLAY_SECONDS * (gint64) G_USEC_PER_SEC);
}

/* A tracker may keep what it has carried and say it again after a restart. */
static void
restore_seen (ShoalInternet *self)
{
  ShoalReplayGuard *guard = shoal_rendezvous_get_guard (self->rendezvous);

  for (guint i = 0; i < self->seen->len; i++)
    {
      const ShoalSeenMessage *seen = &g_array_index (self->seen, ShoalSeenMessage, i);

      shoal_replay_guard_restore (guard, &seen->salt, seen->time);
    }
  g_clear_pointer (&self->seen, g_array_unref);
  shoal_replay_guard_set_keep (guard, on_message_opened, self);
}

static void
ensure_rendezvous (ShoalInternet *self)
{
  ShoalEngine *engine = self->engine;

  if (self->rendezvous != NULL)
    return;
  self->rendezvous = shoal_rendezvous_new (engine->runtime, engine->identity, engine->hub,
                                           engine->book, NULL, NULL);
  restore_seen (self);
  configure (self);
}

/* --- Meeting --------------------------------------------------------------------- */

static void
add_source (ShoalEngine *engine, const char *id, const ShoalDeviceId *device)
{
  ShoalTransfer *transfer = g_hash_table_lookup (engine->transfers, id);
  g_autoptr (ShoalPeer) peer = NULL;

  if (transfer == NULL || shoal_transfer_is_over (transfer))
    return;
  peer = shoal_hub_ensure_peer (engine->hub, device);
  shoal_get_add_source (transfer, peer);
}

static void
on_met (ShoalAppointment *appointment, const ShoalDeviceId *device, gpointer user_data)
{
  ShoalInternetEntry *entry = user_data;
  ShoalInternet *self = entry->internet;

  if (entry->kind == SHOAL_TOPIC_INVITE)
    shoal_internet_invite_met (self, entry->secret, device);
  else if (entry->transfer != NULL)
    add_source (self->engine, entry->transfer, device);
}

static void
free_entry (gpointer data)
{
  ShoalInternetEntry *entry = data;

  shoal_appointment_free (entry->appointment);
  memset (entry->secret, 0, sizeof entry->secret);
  g_free (entry->transfer);
  g_free (entry);
}

static ShoalInternetEntry *
find_entry (ShoalInternet *self, ShoalTopicKind kind, const uint8_t *secret)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      ShoalInternetEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->kind == kind && memcmp (entry->secret, secret, SHOAL_SECRET_SIZE) == 0)
        return entry;
    }
  return NULL;
}

/* @config->trackers of its own: beside those of everybody. */
static ShoalInternetEntry *
want (ShoalInternet *self, ShoalAppointmentConfig *config)
{
  ShoalInternetEntry *entry = find_entry (self, config->kind, config->secret);
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();
  g_auto (GStrv) trackers = NULL;

  if (entry != NULL)
    {
      entry->kept = TRUE;
      if (entry->seeks != config->seeks)
        shoal_appointment_set_seeks (entry->appointment, config->seeks);
      entry->seeks = config->seeks;
      return entry;
    }

  ensure_rendezvous (self);
  entry = g_new0 (ShoalInternetEntry, 1);
  entry->internet = self;
  entry->kind = config->kind;
  entry->seeks = config->seeks;
  entry->kept = TRUE;
  memcpy (entry->secret, config->secret, SHOAL_SECRET_SIZE);
  g_ptr_array_add (self->entries, entry);

  if (config->trackers != NULL && config->trackers[0] != NULL)
    {
      g_strv_builder_addv (all, (const char **) config->trackers);
      g_strv_builder_addv (all, (const char **) shoal_internet_get_trackers (self));
      trackers = g_strv_builder_end (all);
    }
  config->trackers = (const char *const *) trackers;
  config->met = on_met;
  config->user_data = entry;
  entry->appointment = shoal_appointment_new (self->rendezvous, config);
  return entry;
}

/* --- Reasons ---------------------------------------------------------------------- */

static void
want_friends (ShoalInternet *self)
{
  ShoalEngine *engine = self->engine;
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (engine->book);

  for (guint i = 0; i < records->len; i++)
    {
      const ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      uint8_t secret[SHOAL_SECRET_SIZE];
      ShoalAppointmentConfig config = {
        .kind = SHOAL_TOPIC_FRIENDS, .secret = secret, .expected = &record->id, .seeks = TRUE,
      };

      if (!record->is_blocked
          && shoal_device_book_get_pair_secret (engine->book, shoal_hub_get_own_id (engine->hub),
                                                &record->id, secret))
        want (self, &config);
      memset (secret, 0, sizeof secret);
    }
}

/* Shares for friends are reached through the friends. */
static void
want_shares (ShoalInternet *self)
{
  for (guint i = 0; i < self->engine->sharings->len; i++)
    {
      ShoalSharing *sharing = g_ptr_array_index (self->engine->sharings, i);
      ShoalAppointmentConfig config = {
        .kind = SHOAL_TOPIC_SHARE, .secret = sharing->grant.key.bytes, .is_complete = TRUE,
      };

      if (sharing->serving != NULL && sharing->stored->policy == SHOAL_SHARE_FOR_LINK)
        want (self, &config);
    }
}

static void
want_transfer (ShoalInternet *self, ShoalTransfer *transfer)
{
  const ShoalStoredTransfer *stored = transfer->stored;
  const ShoalHash *key = stored->has_secret ? &stored->secret : &stored->share_key;
  g_autoptr (ShoalShareLink) link = NULL;
  g_autoptr (GPtrArray) trackers = g_ptr_array_new ();
  ShoalInternetEntry *entry;
  ShoalAppointmentConfig config = {
    .kind = SHOAL_TOPIC_SHARE, .secret = key->bytes, .seeks = transfer->phase < SHOAL_TRANSFER_DONE,
  };

  if (find_entry (self, config.kind, config.secret) == NULL && stored->link != NULL)
    link = shoal_share_link_parse (stored->link, -1, NULL);
  for (guint i = 0; link != NULL && i < link->trackers->len; i++)
    g_ptr_array_add (trackers, g_ptr_array_index (link->trackers, i));
  g_ptr_array_add (trackers, NULL);
  config.trackers = (const char *const *) trackers->pdata;

  entry = want (self, &config);
  if (g_strcmp0 (entry->transfer, transfer->id_text) != 0)
    {
      g_free (entry->transfer);
      entry->transfer = g_strdup (transfer->id_text);
    }
}

/* What came by an offer has its offerer; what came by a link has the world. */
static void
want_transfers (ShoalInternet *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->engine->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalTransfer *transfer = value;

      if (transfer->stored->direction == SHOAL_STORED_GET && !transfer->stored->has_offer
          && (transfer->stored->flags & SHOAL_STORED_IS_DRAFT) == 0
          && (transfer->download != NULL || transfer->passing != NULL))
        want_transfer (self, transfer);
    }
}

/* What is only looked at: whoever comes is asked. */
static void
want_describings (ShoalInternet *self)
{
  for (guint i = 0; i < self->engine->describings->len; i++)
    {
      ShoalDescribing *describing = g_ptr_array_index (self->engine->describings, i);
      ShoalAppointmentConfig config = { .kind = SHOAL_TOPIC_SHARE, .seeks = TRUE };
      const ShoalHash *key = shoal_describing_get_key (describing, &config.trackers);

      if (key == NULL)
        continue;
      config.secret = key->bytes;
      want (self, &config);
    }
}

/* At the trackers that it names, whatever the settings say by now. */
static void
want_invite (ShoalInternet *self, const ShoalInvite *invite, gboolean is_ours)
{
  g_autoptr (GPtrArray) trackers = g_ptr_array_new ();

  for (guint i = 0; i < invite->trackers->len; i++)
    g_ptr_array_add (trackers, g_ptr_array_index (invite->trackers, i));
  g_ptr_array_add (trackers, NULL);
  want (self, &(ShoalAppointmentConfig){
    .kind = SHOAL_TOPIC_INVITE, .secret = invite->secret, .seeks = !is_ours,
    .expected = is_ours ? NULL : &invite->device,
    .trackers = (const char *const *) trackers->pdata,
  });
}

static void
want_invites (ShoalInternet *self)
{
  for (guint i = 0; i < self->invites->len; i++)
    want_invite (self, g_ptr_array_index (self->invites, i), TRUE);
  for (guint i = 0; i < self->openings->len; i++)
    want_invite (self, ((ShoalOpening *) g_ptr_array_index (self->openings, i))->invite, FALSE);
}

static void
update (ShoalInternet *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    ((ShoalInternetEntry *) g_ptr_array_index (self->entries, i))->kept = FALSE;

  if (is_on (self) && !self->engine->stopping)
    {
      want_friends (self);
      want_shares (self);
      want_describings (self);
      want_transfers (self); /* after them: a transfer's own sources are told to it */
      want_invites (self);
    }

  for (guint i = self->entries->len; i-- > 0;)
    if (!((ShoalInternetEntry *) g_ptr_array_index (self->entries, i))->kept)
      g_ptr_array_remove_index_fast (self->entries, i);
}

/* --- For the engine ------------------------------------------------------------------ */

ShoalInternet *
shoal_internet_new (ShoalEngine *engine, const char *stored_invites, GError **error)
{
  g_autoptr (GArray) seen = shoal_state_seen_load (engine->database, error);
  ShoalInternet *self;

  if (seen == NULL)
    return NULL;
  self = g_new0 (ShoalInternet, 1);
  self->engine = engine;
  self->seen = g_steal_pointer (&seen);
  self->entries = g_ptr_array_new_with_free_func (free_entry);
  self->invites = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_invite_free);
  self->openings = g_ptr_array_new ();
  shoal_internet_load_invites (self, stored_invites);
  return self;
}

void
shoal_internet_stop (ShoalInternet *self)
{
  shoal_internet_end_openings (self);
  g_ptr_array_set_size (self->entries, 0);
}

void
shoal_internet_free (ShoalInternet *self)
{
  shoal_internet_stop (self);
  g_clear_pointer (&self->rendezvous, shoal_rendezvous_free);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->invites);
  g_ptr_array_unref (self->openings);
  g_clear_pointer (&self->seen, g_array_unref);
  g_free (self);
}

/* Another network, or a waking: looks for new ways. Monitors of the desktop are not
 * asked: they do not tell all of it everywhere, and what is told twice cuts off trackers
 * twice. */
static void
check_network (ShoalInternet *self)
{
  if (!shoal_hub_check_network (self->engine->hub))
    return;
  shoal_hub_network_changed (self->engine->hub);
  if (self->rendezvous != NULL)
    shoal_rendezvous_nudge (self->rendezvous);
}

void
shoal_internet_tend (ShoalInternet *self, gint64 now)
{
  if (now - self->tended < TEND_US)
    return;
  self->tended = now;
  check_network (self);
  shoal_internet_tend_invites (self);
  update (self);
}

/* Also for appointments that are kept: they move to the new trackers. */
void
shoal_internet_obey (ShoalInternet *self)
{
  if (self->rendezvous != NULL)
    configure (self);
  self->tended = 0;
}

void
shoal_internet_turn_on (ShoalInternet *self)
{
  GVariantDict changes;

  self->tended = 0;
  if (is_on (self))
    return;
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "internet", "b", TRUE);
  shoal_engine_change_settings_async (self->engine, g_variant_dict_end (&changes), NULL, NULL,
                                      NULL);
  shoal_engine_tell_notice (self->engine, "%s",
                            _("Shoal now connects over the internet: the tracker and STUN servers "
                              "in the preferences see this computer’s address, and nothing else."));
}

void
shoal_internet_link_opened (ShoalInternet *self, const ShoalShareLink *link)
{
  if (link->trackers->len > 0)
    shoal_internet_turn_on (self);
}

const char *const *
shoal_internet_get_link_trackers (ShoalInternet *self)
{
  static const char *const NONE[] = { NULL };

  return is_on (self) ? shoal_internet_get_trackers (self) : NONE;
}

void
shoal_internet_look (ShoalInternet *self)
{
  if (self->rendezvous != NULL)
    shoal_rendezvous_look (self->rendezvous);
}

/* --- Public ------------------------------------------------------------------------------ */

GPtrArray *
shoal_engine_get_trackers (ShoalEngine *self)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_tracker_info_free);
  g_autoptr (GPtrArray) status = NULL;

  if (self->internet->rendezvous == NULL)
    return infos;
  status = shoal_rendezvous_get_status (self->internet->rendezvous);
  for (guint i = 0; i < status->len; i++)
    {
      ShoalTrackerStatus *one = g_ptr_array_index (status, i);
      ShoalTrackerInfo *info = g_new0 (ShoalTrackerInfo, 1);

      info->url = g_strdup (one->url);
      info->is_open = one->state == SHOAL_TRACKER_OPEN;
      info->trouble = g_strdup (one->trouble);
      g_ptr_array_add (infos, info);
    }
  return infos;
}
