/* shoal-nested-context.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-tracker"

#include "config.h"

#include "shoal-nested-context.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/epoll.h>

G_STATIC_ASSERT ((int) G_IO_IN == EPOLLIN && (int) G_IO_OUT == EPOLLOUT
                 && (int) G_IO_PRI == EPOLLPRI);

/* How often it is turned at most when it goes. */
#define LAST_TURNS 100

struct _ShoalNestedContext
{
  GSource       source;    /* in the parent */
  GMainContext *context;   /* (owned) */
  int           epoll;     /* (owned) */
  GArray       *watched;   /* (owned): of GPollFD, as the epoll has them, by descriptor */
  GArray       *wanted;    /* (owned): of GPollFD, room for the next ones */
};

/* --- Watching ----------------------------------------------------------------- */

static int
compare_descriptors (gconstpointer a, gconstpointer b)
{
  return ((const GPollFD *) a)->fd - ((const GPollFD *) b)->fd;
}

/* What poll(2) and epoll(7) name alike are the same bits. A descriptor that was closed
 * has left the epoll by itself. */
static void
watch (ShoalNestedContext *self, const GPollFD *wanted)
{
  struct epoll_event event = { .events = wanted->events, .data.fd = wanted->fd };

  if (epoll_ctl (self->epoll, EPOLL_CTL_MOD, wanted->fd, &event) != 0 && errno == ENOENT)
    epoll_ctl (self->epoll, EPOLL_CTL_ADD, wanted->fd, &event);
}

static void
unwatch (ShoalNestedContext *self, const GPollFD *watched)
{
  epoll_ctl (self->epoll, EPOLL_CTL_DEL, watched->fd, NULL);
}

/* Both lists are in order. */
static void
change_watched (ShoalNestedContext *self)
{
  guint i = 0, j = 0;

  while (i < self->watched->len || j < self->wanted->len)
    {
      const GPollFD *old = i < self->watched->len ? &g_array_index (self->watched, GPollFD, i)
                                                  : NULL;
      const GPollFD *new = j < self->wanted->len ? &g_array_index (self->wanted, GPollFD, j)
                                                 : NULL;

      if (new == NULL || (old != NULL && old->fd < new->fd))
        {
          unwatch (self, old);
          i++;
          continue;
        }
      if (old == NULL || old->fd > new->fd || old->events != new->events)
        watch (self, new);
      if (old != NULL && old->fd == new->fd)
        i++;
      j++;
    }
}

/* Sees what its sources wait for now. */
static void
look (ShoalNestedContext *self)
{
  GArray *before = self->watched;
  int priority, timeout, n;

  g_main_context_prepare (self->context, &priority);
  for (;;)
    {
      n = g_main_context_query (self->context, G_MAXINT, &timeout,
                                (GPollFD *) (void *) self->wanted->data, (int) self->wanted->len);
      if (n <= (int) self->wanted->len)
        break;
      g_array_set_size (self->wanted, (guint) n);
    }
  g_array_set_size (self->wanted, (guint) n);
  g_array_sort (self->wanted, compare_descriptors);
  change_watched (self);
  self->watched = self->wanted;
  self->wanted = before;

  g_source_set_ready_time (&self->source,
                           timeout < 0 ? -1 : g_get_monotonic_time () + timeout * (gint64) 1000);
}

/* --- Source -------------------------------------------------------------------- */

static gboolean
nested_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ShoalNestedContext *self = (ShoalNestedContext *) source;

  g_main_context_push_thread_default (self->context);
  g_main_context_iteration (self->context, FALSE);
  g_main_context_pop_thread_default (self->context);
  look (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs nested_funcs = { .dispatch = nested_dispatch };

/* --- Public ---------------------------------------------------------------------- */

ShoalNestedContext *
shoal_nested_context_new (GMainContext *parent)
{
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  ShoalNestedContext *self;

  if (epoll < 0)
    return NULL;
  self = (ShoalNestedContext *) g_source_new (&nested_funcs, sizeof (ShoalNestedContext));
  /* Nobody waits in its own poll: what is added from outside must wake the epoll. */
  self->context = g_main_context_new_with_flags (G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);
  self->epoll = epoll;
  self->watched = g_array_new (FALSE, FALSE, sizeof (GPollFD));
  self->wanted = g_array_new (FALSE, FALSE, sizeof (GPollFD));
  g_source_set_static_name (&self->source, "nested context");
  g_source_add_unix_fd (&self->source, epoll, G_IO_IN);
  g_source_attach (&self->source, parent);
  look (self);
  return self;
}

void
shoal_nested_context_free (ShoalNestedContext *self)
{
  if (self == NULL)
    return;
  /* What was closed a moment ago has its end to come. */
  g_main_context_push_thread_default (self->context);
  for (int i = 0; i < LAST_TURNS && g_main_context_iteration (self->context, FALSE); i++)
    continue;
  g_main_context_pop_thread_default (self->context);

  g_source_destroy (&self->source);
  g_main_context_unref (self->context);
  g_array_unref (self->watched);
  g_array_unref (self->wanted);
  g_close (self->epoll, NULL);
  g_source_unref (&self->source); /* which is self */
}

void
shoal_nested_context_enter (ShoalNestedContext *self)
{
  /* A new connection may have the number of one that is gone: the epoll, which knows
   * that it is, must not be taken to watch it. */
  look (self);
  g_main_context_push_thread_default (self->context);
}

void
shoal_nested_context_leave (ShoalNestedContext *self)
{
  g_main_context_pop_thread_default (self->context);
}
