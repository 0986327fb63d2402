/* shoal-avahi-poll.c: Avahi's main loop interface on a GMainContext.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * avahi-common/watch.h is the contract: a watch or timeout may be updated or freed from inside
 * its own callback, and a timeout fires once until it is updated.
 */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-responder.h"

#include <avahi-common/watch.h>
#include <sys/time.h>

typedef struct
{
  AvahiPoll     api;
  ShoalRuntime *runtime; /* (owned) */
  GMainContext *context; /* (owned) */
} Poll;

/* A watch and a timeout are GSources; the GSource dies later than the watch if it is freed
 * during its own dispatch. */
struct AvahiWatch
{
  GSource            source;
  int                fd;
  gpointer           tag;
  AvahiWatchEvent    happened;
  AvahiWatchCallback callback;
  void              *user_data;
};

struct AvahiTimeout
{
  GSource              source;
  ShoalRuntime        *runtime; /* (unowned) */
  AvahiTimeoutCallback callback;
  void                *user_data;
};

/* --- Watches ------------------------------------------------------------- */

static gboolean
watch_dispatch (GSource *source, GSourceFunc func, gpointer user_data)
{
  AvahiWatch *self = (AvahiWatch *) source;
  GIOCondition condition = g_source_query_unix_fd (source, self->tag);

  /* G_IO_… and AVAHI_WATCH_… are both poll(2)'s bits. */
  self->happened = (AvahiWatchEvent) condition;
  if (condition != 0)
    self->callback (self, self->fd, self->happened, self->user_data);
  self->happened = 0;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs watch_funcs = { .dispatch = watch_dispatch };

static AvahiWatch *
watch_new (const AvahiPoll   *api,
           int                fd,
           AvahiWatchEvent    event,
           AvahiWatchCallback callback,
           void              *user_data)
{
  GSource *source = g_source_new (&watch_funcs, sizeof (AvahiWatch));
  AvahiWatch *self = (AvahiWatch *) source;

  self->fd = fd;
  self->callback = callback;
  self->user_data = user_data;
  self->tag = g_source_add_unix_fd (source, fd, (GIOCondition) event);
  g_source_set_static_name (source, "Avahi watch");
  g_source_attach (source, ((Poll *) api->userdata)->context);
  return self;
}

static void
watch_update (AvahiWatch *self, AvahiWatchEvent event)
{
  g_source_modify_unix_fd (&self->source, self->tag, (GIOCondition) event);
}

static AvahiWatchEvent
watch_get_events (AvahiWatch *self)
{
  return self->happened;
}

static void
watch_free (AvahiWatch *self)
{
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

/* --- Timeouts ------------------------------------------------------------ */

static gboolean
timeout_dispatch (GSource *source, GSourceFunc func, gpointer user_data)
{
  AvahiTimeout *self = (AvahiTimeout *) source;

  g_source_set_ready_time (source, -1);
  self->callback (self, self->user_data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timeout_funcs = { .dispatch = timeout_dispatch };

static void
timeout_update (AvahiTimeout *self, const struct timeval *when)
{
  gint64 delay;

  if (when == NULL)
    {
      g_source_set_ready_time (&self->source, -1);
      return;
    }

  /* Avahi's times are the wall clock's; ours must not jump with it. */
  delay = (gint64) when->tv_sec * G_USEC_PER_SEC + when->tv_usec
          - shoal_runtime_wall_time (self->runtime);
  /* Avahi complains when called a microsecond early, as by rounding. */
  g_source_set_ready_time (&self->source,
                           shoal_runtime_now (self->runtime) + MAX (delay + 1000, 0));
}

static AvahiTimeout *
timeout_new (const AvahiPoll      *api,
             const struct timeval *when,
             AvahiTimeoutCallback  callback,
             void                 *user_data)
{
  GSource *source = g_source_new (&timeout_funcs, sizeof (AvahiTimeout));
  AvahiTimeout *self = (AvahiTimeout *) source;

  self->runtime = ((Poll *) api->userdata)->runtime;
  self->callback = callback;
  self->user_data = user_data;
  timeout_update (self, when);
  g_source_set_static_name (source, "Avahi timeout");
  g_source_attach (source, ((Poll *) api->userdata)->context);
  return self;
}

static void
timeout_free (AvahiTimeout *self)
{
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

/* --- Public -------------------------------------------------------------- */

AvahiPoll *
shoal_avahi_poll_new (ShoalRuntime *runtime, GMainContext *context)
{
  Poll *self = g_new0 (Poll, 1);

  self->runtime = g_object_ref (runtime);
  self->context = g_main_context_ref (context);
  self->api = (AvahiPoll){
    .userdata = self,
    .watch_new = watch_new,
    .watch_update = watch_update,
    .watch_get_events = watch_get_events,
    .watch_free = watch_free,
    .timeout_new = timeout_new,
    .timeout_update = timeout_update,
    .timeout_free = timeout_free,
  };
  return &self->api;
}

void
shoal_avahi_poll_free (AvahiPoll *api)
{
  Poll *self = api->userdata;

  g_main_context_unref (self->context);
  g_object_unref (self->runtime);
  g_free (self);
}
