/* shoal-hub-find.c: which device does a person mean?
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-error.h"
#include "shoal-peer-private.h"

/* Time for everybody near to be heard: a stranger's name is only believed to
 * be unique after it. */
#define SETTLE_US (1500 * 1000)

typedef struct
{
  ShoalHub           *hub;
  GTask              *task;      /* (owned) */
  char               *text;      /* (owned) */
  gboolean            is_prefix; /* the text may be an ID or the beginning of one */
  ShoalDeviceIdPrefix prefix;
  gint64              deadline;
  guint               timer;
} Find;

static void
find_end (Find *find, ShoalPeer *peer, GError *error)
{
  ShoalHub *self = find->hub;

  shoal_runtime_clear_timer (hub_runtime (self), &find->timer);
  g_ptr_array_remove_fast (self->finds, find);
  if (peer != NULL)
    g_task_return_pointer (find->task, shoal_peer_ref (peer), (GDestroyNotify) shoal_peer_unref);
  else
    g_task_return_error (find->task, error);
  g_object_unref (find->task);
  g_free (find->text);
  g_free (find);
}

/* A device near, by what is known of it: a peer, or an announcement whose
 * whole ID is not known yet. */
typedef struct
{
  ShoalPeer     *peer;     /* (nullable) */
  ShoalSighting *sighting; /* (nullable) */
} Candidate;

/* What it calls itself, or what we call it. */
static gboolean
is_called (Find *find, const char *name, const ShoalDeviceRecord *record)
{
  return shoal_names_look_equal (name, find->text)
         || (record != NULL && record->is_friend && record->nickname != NULL
             && shoal_names_look_equal (record->nickname, find->text));
}

static gboolean
fits (Find *find, const char *name, const ShoalDeviceId *id, const ShoalDeviceIdPrefix *prefix)
{
  const ShoalDeviceRecord *record
    = id != NULL ? shoal_device_book_get (find->hub->book, id) : NULL;

  if (is_called (find, name, record))
    return TRUE;
  if (!find->is_prefix)
    return FALSE;
  if (id != NULL)
    return shoal_device_id_prefix_matches (&find->prefix, id);

  /* Both are beginnings: equal as far as both go. */
  return prefix != NULL
         && strncmp (find->prefix.digits, prefix->digits,
                     MIN (find->prefix.n_digits, prefix->n_digits)) == 0;
}

static GArray *
get_candidates (Find *find)
{
  ShoalHub *self = find->hub;
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalPeer *peer = value;
      Candidate candidate = { peer, NULL };

      if (shoal_peer_get_presence (peer) != SHOAL_PRESENCE_AWAY
          && fits (find, peer->name, &peer->id, NULL))
        g_array_append_val (candidates, candidate);
    }

  g_hash_table_iter_init (&iter, self->sightings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ShoalSighting *sighting = value;
      Candidate candidate = { NULL, sighting };

      if (sighting->peer == NULL && sighting->answers
          && fits (find, sighting->name, NULL, &sighting->prefix))
        g_array_append_val (candidates, candidate);
    }
  return candidates;
}

static GError *
ambiguous (Find *find, GArray *candidates)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = &g_array_index (candidates, Candidate, i);
      g_autofree char *id = candidate->peer != NULL
                              ? shoal_device_id_to_text (&candidate->peer->id)
                              : g_strdup (candidate->sighting->prefix.digits);

      g_string_append_printf (ids, "%s%s", i > 0 ? ", " : "", id);
    }
  return shoal_error_new (SHOAL_ERROR_AMBIGUOUS, SHOAL_SIDE_HERE,
                          "Give the beginning of the ID instead of the name.",
                          "“%s” is the name of %u devices: %s", find->text, candidates->len,
                          ids->str);
}

static gboolean
is_friend_named (Find *find, const ShoalDeviceRecord *record)
{
  return record->is_friend && !record->is_blocked && is_called (find, record->name, record);
}

static gboolean
is_blocked_named (Find *find, const ShoalDeviceRecord *record)
{
  return record->is_blocked && shoal_names_look_equal (record->name, find->text);
}

static gboolean
has_id (Find *find, const ShoalDeviceRecord *record)
{
  return find->is_prefix && shoal_device_id_prefix_matches (&find->prefix, &record->id);
}

/* Of the devices we remember, those that are meant: found even if away. TRUE if
 * that has ended the search. */
static gboolean
try_book (Find *find, gboolean (*is_meant) (Find *find, const ShoalDeviceRecord *record))
{
  ShoalHub *self = find->hub;
  g_autoptr (GPtrArray) records = shoal_device_book_get_all (self->book);
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GPtrArray) peers
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_peer_unref);

  for (guint i = 0; i < records->len; i++)
    {
      const ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      Candidate candidate = { NULL, NULL };

      if (!is_meant (find, record))
        continue;
      candidate.peer = shoal_hub_ensure_peer (self, &record->id);
      g_ptr_array_add (peers, candidate.peer);
      g_array_append_val (candidates, candidate);
    }
  if (candidates->len > 1 && is_meant == has_id)
    return FALSE; /* wait for one of them to be near */

  if (candidates->len == 1)
    shoal_hub_want_peer (self, g_ptr_array_index (peers, 0));
  if (candidates->len > 0)
    find_end (find, candidates->len == 1 ? g_ptr_array_index (peers, 0) : NULL,
              candidates->len == 1 ? NULL : ambiguous (find, candidates));
  return candidates->len > 0;
}

static void
arm (Find *find, gint64 when);

/* Here rather than away, connected rather than seen; else whoever was here last. */
static gboolean
is_better (ShoalPeer *one, ShoalPeer *other, const ShoalDeviceRecord *one_record,
           const ShoalDeviceRecord *other_record)
{
  ShoalPresence presence = shoal_peer_get_presence (one);

  if (presence != shoal_peer_get_presence (other))
    return presence > shoal_peer_get_presence (other);
  return one_record->last_seen > other_record->last_seen;
}

/* Several devices that we call the same are one person's: the best is meant, and
 * one that is away only if none comes. TRUE if it is for this to end the search. */
static gboolean
try_person (Find *find, gint64 now)
{
  ShoalHub *self = find->hub;
  g_autoptr (GPtrArray) records = shoal_device_book_get_nicknamed (self->book, find->text);
  const ShoalDeviceRecord *best_record = NULL;
  g_autoptr (ShoalPeer) best = NULL;

  if (records->len < 2)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      const ShoalDeviceRecord *record = g_ptr_array_index (records, i);
      g_autoptr (ShoalPeer) peer = shoal_hub_ensure_peer (self, &record->id);

      shoal_hub_want_peer (self, peer);
      if (best == NULL || is_better (peer, best, record, best_record))
        {
          g_clear_pointer (&best, shoal_peer_unref);
          best = shoal_peer_ref (peer);
          best_record = record;
        }
    }
  if (shoal_peer_get_presence (best) == SHOAL_PRESENCE_AWAY && now < find->deadline)
    arm (find, find->deadline);
  else
    find_end (find, best, NULL);
  return TRUE;
}

/* Ends the search if its answer is known. */
static void
find_step (Find *find)
{
  ShoalHub *self = find->hub;
  gint64 now = shoal_runtime_now (hub_runtime (self));
  gint64 settled = self->started + SETTLE_US;
  g_autoptr (GArray) candidates = NULL;
  Candidate *only;

  if (g_task_return_error_if_cancelled (find->task))
    {
      shoal_runtime_clear_timer (hub_runtime (self), &find->timer);
      g_ptr_array_remove_fast (self->finds, find);
      g_object_unref (find->task);
      g_free (find->text);
      g_free (find);
      return;
    }
  if (try_person (find, now) || try_book (find, is_friend_named) || try_book (find, has_id))
    return;

  candidates = get_candidates (find);
  only = candidates->len == 1 ? &g_array_index (candidates, Candidate, 0) : NULL;
  if (only != NULL && only->sighting != NULL)
    shoal_hub_call_sighting (self, only->sighting); /* wanted: the ID is worth a call */

  if (now < settled && now < find->deadline && self->discovery != NULL)
    arm (find, MIN (settled, find->deadline));
  else if (candidates->len > 1)
    find_end (find, NULL, ambiguous (find, candidates));
  else if (only != NULL && only->peer != NULL)
    find_end (find, only->peer, NULL);
  else if (now < find->deadline && self->discovery != NULL)
    arm (find, find->deadline);
  else if (!try_book (find, is_blocked_named))
    find_end (find, NULL,
              shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_NETWORK,
                               "See “shoal-cli devices”; is Shoal running there, on the same "
                               "network? ADDRESS:PORT works as well.",
                               "No device “%s” was found", find->text));
}

static void
on_find_timer (gpointer user_data)
{
  Find *find = user_data;

  find->timer = 0;
  find_step (find);
}

static void
arm (Find *find, gint64 when)
{
  ShoalRuntime *runtime = hub_runtime (find->hub);

  shoal_runtime_clear_timer (runtime, &find->timer);
  find->timer = shoal_runtime_add_timer (runtime, MAX (when - shoal_runtime_now (runtime), 0),
                                         on_find_timer, find);
}

void
shoal_hub_update_finds (ShoalHub *self)
{
  /* From the loop, so that nobody is answered from inside what changed. */
  for (guint i = 0; i < self->finds->len; i++)
    {
      Find *find = g_ptr_array_index (self->finds, i);

      arm (find, 0);
    }
}

void
shoal_hub_cancel_finds (ShoalHub *self)
{
  while (self->finds->len > 0)
    find_end (g_ptr_array_index (self->finds, 0), NULL,
              shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Shoal is stopping"));
}

/* A numeric address, or something with a port: a name may be a host name too,
 * but people call each other by name. */
static gboolean
is_address (const char *text)
{
  const char *colon = strrchr (text, ':');

  if (g_hostname_is_ip_address (text) || text[0] == '[')
    return TRUE;
  return colon != NULL && colon != text
         && g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, NULL, NULL);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  ShoalPeer *peer = g_task_propagate_pointer (G_TASK (result), &error);

  if (peer != NULL)
    g_task_return_pointer (task, peer, (GDestroyNotify) shoal_peer_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

void
shoal_hub_find_async (ShoalHub *self, const char *text, gint64 timeout, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Find *find;

  g_task_set_source_tag (task, shoal_hub_find_async);
  if (is_address (text))
    {
      shoal_hub_dial_async (self, text, TRUE, cancellable, on_dialled, task);
      return;
    }

  find = g_new0 (Find, 1);
  find->hub = self;
  find->task = task;
  find->text = g_strdup (text);
  find->is_prefix = shoal_device_id_prefix_parse (text, &find->prefix, NULL);
  find->deadline = shoal_runtime_now (hub_runtime (self)) + timeout;
  g_ptr_array_add (self->finds, find);
  arm (find, 0);
}

ShoalPeer *
shoal_hub_find_finish (ShoalHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
