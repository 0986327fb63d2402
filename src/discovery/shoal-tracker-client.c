/* shoal-tracker-client.c: the trackers in use, and whose message it is.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"
#define SHOAL_DISCOVERY_INSIDE

#include "config.h"

#include "shoal-tracker-client-private.h"

#define TICK (5 * G_USEC_PER_SEC)
/* What a hostile member of a topic could make us remember. */
#define MAX_REMEMBERED 4096

void
shoal_tracker_status_free (ShoalTrackerStatus *status)
{
  g_free (status->url);
  g_free (status->trouble);
  g_free (status);
}

/* --- Trackers ------------------------------------------------------------------ */

static void
free_tracker (gpointer data)
{
  Tracker *tracker = data;

  shoal_tracker_socket_free (tracker->socket);
  g_free (tracker);
}

Tracker *
shoal_tracker_client_find (ShoalTrackerClient *self, uint64_t number)
{
  for (guint i = 0; i < self->trackers->len; i++)
    {
      Tracker *tracker = g_ptr_array_index (self->trackers, i);

      if (tracker->number == number)
        return tracker;
    }
  return NULL;
}

static Tracker *
find_url (ShoalTrackerClient *self, const char *url)
{
  for (guint i = 0; i < self->trackers->len; i++)
    {
      Tracker *tracker = g_ptr_array_index (self->trackers, i);

      if (g_str_equal (shoal_tracker_socket_get_url (tracker->socket), url))
        return tracker;
    }
  return NULL;
}

static void
on_changed (ShoalTrackerSocket *socket, gpointer user_data)
{
  Tracker *tracker = user_data;
  ShoalTrackerClient *self = tracker->client;

  for (guint i = 0; i < self->meetings->len; i++)
    shoal_meeting_tracker_changed (g_ptr_array_index (self->meetings, i), tracker);
  if (self->changed != NULL)
    self->changed (self->user_data);
}

static void
on_heard (ShoalTrackerSocket *socket, const ShoalTrackerMessage *message, gpointer user_data)
{
  Tracker *tracker = user_data;
  ShoalTrackerClient *self = tracker->client;

  if (message->type == SHOAL_TRACKER_FAILURE && self->changed != NULL)
    self->changed (self->user_data);
  for (guint i = 0; i < self->meetings->len; i++)
    if (shoal_meeting_hear (g_ptr_array_index (self->meetings, i), tracker, message))
      return;
}

static void
add_tracker (ShoalTrackerClient *self, const char *url)
{
  static const ShoalTrackerSocketFuncs FUNCS = { on_changed, on_heard };
  Tracker *tracker;

  if (find_url (self, url) != NULL || !shoal_tracker_socket_check_url (url, NULL))
    return;
  tracker = g_new0 (Tracker, 1);
  tracker->client = self;
  tracker->number = ++self->last_tracker;
  tracker->socket = shoal_tracker_socket_new (self->runtime, url, &FUNCS, tracker);
  g_ptr_array_add (self->trackers, tracker);
}

static gboolean
is_used (ShoalTrackerClient *self, const char *url)
{
  for (guint i = 0; i < self->meetings->len; i++)
    if (shoal_meeting_uses (g_ptr_array_index (self->meetings, i), url))
      return TRUE;
  return FALSE;
}

static void
on_tick (gpointer user_data)
{
  ShoalTrackerClient *self = user_data;

  self->timer = shoal_runtime_add_timer (self->runtime, TICK, on_tick, self);
  for (guint i = 0; i < self->meetings->len; i++)
    shoal_meeting_tick (g_ptr_array_index (self->meetings, i));
}

void
shoal_tracker_client_update (ShoalTrackerClient *self)
{
  for (guint i = self->trackers->len; i-- > 0;)
    {
      Tracker *tracker = g_ptr_array_index (self->trackers, i);

      if (!is_used (self, shoal_tracker_socket_get_url (tracker->socket)))
        g_ptr_array_remove_index (self->trackers, i);
    }
  for (guint i = 0; i < self->meetings->len; i++)
    {
      ShoalMeeting *meeting = g_ptr_array_index (self->meetings, i);
      char **urls = meeting->urls != NULL ? meeting->urls : self->urls;

      for (guint j = 0; urls[j] != NULL; j++)
        add_tracker (self, urls[j]);
    }

  if (self->meetings->len == 0)
    shoal_runtime_clear_timer (self->runtime, &self->timer);
  else if (self->timer == 0)
    self->timer = shoal_runtime_add_timer (self->runtime, TICK, on_tick, self);
}

/* --- Public ---------------------------------------------------------------------- */

ShoalTrackerClient *
shoal_tracker_client_new (ShoalRuntime *runtime, void (*changed) (gpointer user_data),
                          gpointer user_data)
{
  ShoalTrackerClient *self = g_new0 (ShoalTrackerClient, 1);

  self->runtime = g_object_ref (runtime);
  self->changed = changed;
  self->user_data = user_data;
  self->urls = g_new0 (char *, 1);
  self->trackers = g_ptr_array_new_with_free_func (free_tracker);
  self->meetings = g_ptr_array_new ();
  self->guard = shoal_replay_guard_new (MAX_REMEMBERED);
  return self;
}

void
shoal_tracker_client_free (ShoalTrackerClient *self)
{
  g_assert (self->meetings->len == 0);
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  g_ptr_array_unref (self->trackers);
  g_ptr_array_unref (self->meetings);
  shoal_replay_guard_free (self->guard);
  g_strfreev (self->urls);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_tracker_client_set_urls (ShoalTrackerClient *self, const char *const *urls)
{
  g_strfreev (self->urls);
  self->urls = urls != NULL ? g_strdupv ((char **) urls) : g_new0 (char *, 1);
  shoal_tracker_client_update (self);
}

GPtrArray *
shoal_tracker_client_get_status (ShoalTrackerClient *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_tracker_status_free);

  for (guint i = 0; i < self->trackers->len; i++)
    {
      Tracker *tracker = g_ptr_array_index (self->trackers, i);
      ShoalTrackerStatus *status = g_new0 (ShoalTrackerStatus, 1);

      status->url = g_strdup (shoal_tracker_socket_get_url (tracker->socket));
      status->state = shoal_tracker_socket_get_state (tracker->socket);
      status->trouble = g_strdup (shoal_tracker_socket_get_trouble (tracker->socket));
      g_ptr_array_add (all, status);
    }
  return all;
}

ShoalReplayGuard *
shoal_tracker_client_get_guard (ShoalTrackerClient *self)
{
  return self->guard;
}

void
shoal_tracker_client_nudge (ShoalTrackerClient *self)
{
  for (guint i = 0; i < self->trackers->len; i++)
    shoal_tracker_socket_nudge (((Tracker *) g_ptr_array_index (self->trackers, i))->socket);
}
