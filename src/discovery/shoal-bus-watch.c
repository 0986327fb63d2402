/* shoal-bus-watch.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-bus-watch.h"

/* Until the bus is tried again: doubles, between these. */
#define FIRST_RETRY (5 * G_TIME_SPAN_SECOND)
#define LAST_RETRY (60 * G_TIME_SPAN_SECOND)

struct _ShoalBusWatch
{
  ShoalRuntime    *runtime;    /* (owned) */
  GMainContext    *context;    /* (unowned) */
  char            *name;       /* (owned) */
  ShoalBusAppeared appeared;
  ShoalBusVanished vanished;
  gpointer         user_data;

  /* Connecting: cancel is set. Connected: bus, name_watch and closed_handler are. Else: timer. */
  GCancellable    *cancel;     /* (owned) (nullable) */
  GDBusConnection *bus;        /* (owned) (nullable) */
  guint            name_watch;
  gulong           closed_handler;
  guint            timer;
  gint64           delay;
};

static void try_bus (gpointer user_data);

static void
retry_later (ShoalBusWatch *self, const char *reason)
{
  self->delay = CLAMP (self->delay * 2, FIRST_RETRY, LAST_RETRY);
  self->timer = shoal_runtime_add_timer (self->runtime, self->delay, try_bus, self);
  self->vanished (reason, self->user_data);
}

static void
on_name_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  ShoalBusWatch *self = user_data;

  self->delay = 0;
  self->appeared (bus, owner, self->user_data);
}

static void
on_name_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
  ShoalBusWatch *self = user_data;

  /* If the connection ended, on_closed() tells. */
  if (bus != NULL && !g_dbus_connection_is_closed (bus))
    self->vanished ("No mDNS daemon (avahi-daemon) is running on this computer.", self->user_data);
}

static void
disconnect (ShoalBusWatch *self)
{
  if (self->name_watch != 0)
    g_bus_unwatch_name (self->name_watch);
  self->name_watch = 0;
  g_clear_signal_handler (&self->closed_handler, self->bus);
}

static void
on_closed (GDBusConnection *bus, gboolean remote_peer_vanished, GError *error, gpointer user_data)
{
  ShoalBusWatch *self = user_data;

  disconnect (self);
  g_clear_object (&self->bus);
  retry_later (self, "The system's message bus (D-Bus) went away.");
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_finish (result, &error);
  ShoalBusWatch *self = user_data;
  g_autofree char *reason = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* @self is gone */

  g_clear_object (&self->cancel);
  if (bus == NULL)
    {
      reason = g_strdup_printf ("The system's message bus (D-Bus) cannot be reached (%s).",
                                error->message);
      retry_later (self, reason);
      return;
    }

  self->bus = bus;
  self->closed_handler = g_signal_connect (bus, "closed", G_CALLBACK (on_closed), self);
  g_main_context_push_thread_default (self->context);
  self->name_watch
    = g_bus_watch_name_on_connection (bus, self->name, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                      on_name_appeared, on_name_vanished, self, NULL);
  g_main_context_pop_thread_default (self->context);
}

static void
try_bus (gpointer user_data)
{
  ShoalBusWatch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;

  self->timer = 0;
  /* For the system bus this only looks into the environment. */
  address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  if (address == NULL)
    {
      retry_later (self, error->message);
      return;
    }

  self->cancel = g_cancellable_new ();
  g_main_context_push_thread_default (self->context);
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->cancel, on_connected, self);
  g_main_context_pop_thread_default (self->context);
}

ShoalBusWatch *
shoal_bus_watch_new (ShoalRuntime    *runtime,
                     GMainContext    *context,
                     const char      *name,
                     ShoalBusAppeared appeared,
                     ShoalBusVanished vanished,
                     gpointer         user_data)
{
  ShoalBusWatch *self = g_new0 (ShoalBusWatch, 1);

  self->runtime = g_object_ref (runtime);
  self->context = context;
  self->name = g_strdup (name);
  self->appeared = appeared;
  self->vanished = vanished;
  self->user_data = user_data;
  self->timer = shoal_runtime_add_timer (runtime, 0, try_bus, self);
  return self;
}

/* --- The end ------------------------------------------------------------- */

typedef struct
{
  ShoalTimerFunc done;
  gpointer       user_data;
} End;

static void
on_shut (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree End *end = user_data;

  g_dbus_connection_close_finish (G_DBUS_CONNECTION (source), result, NULL);
  end->done (end->user_data);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_dbus_connection_close (G_DBUS_CONNECTION (source), NULL, on_shut, user_data);
}

void
shoal_bus_watch_free (ShoalBusWatch *self, ShoalTimerFunc done, gpointer user_data)
{
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  g_clear_object (&self->cancel);

  if (self->bus != NULL)
    {
      End *end = g_new0 (End, 1);

      end->done = done;
      end->user_data = user_data;
      disconnect (self);
      g_main_context_push_thread_default (self->context);
      g_dbus_connection_flush (self->bus, NULL, on_flushed, end);
      g_main_context_pop_thread_default (self->context);
      g_object_unref (self->bus);
    }
  else
    shoal_runtime_add_timer (self->runtime, 0, done, user_data);

  g_object_unref (self->runtime);
  g_free (self->name);
  g_free (self);
}
