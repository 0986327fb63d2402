/* shoal-awake.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-awake.h"

#include "shoal-background.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <unistd.h>

#define N_MANAGERS 2

/* Those that GTK asks itself. What they keep awake needs nobody else. */
static const char *const MANAGERS[N_MANAGERS]
  = { "org.gnome.SessionManager", "org.xfce.SessionManager" };

struct _ShoalAwake
{
  GtkApplication *application;         /* (unowned) (nullable): NULL after _free() */
  gboolean        awake;
  guint           cookie;              /* GTK's; 0: none */

  /* Logind's way. */
  guint           watches[N_MANAGERS];
  gboolean        is_there[N_MANAGERS];
  gboolean        asking;              /* logind has not answered yet */
  int             lock;                /* -1: none */
};

/* --- Logind -------------------------------------------------------------- */

static void
drop_lock (ShoalAwake *self)
{
  if (self->lock >= 0)
    close (self->lock);
  self->lock = -1;
}

static void
on_lock (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalAwake *self = user_data;
  g_autoptr (GUnixFDList) descriptors = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
    G_DBUS_CONNECTION (source), &descriptors, result, &error);
  gint32 handle;

  self->asking = FALSE;
  if (reply != NULL && descriptors != NULL)
    {
      g_variant_get (reply, "(h)", &handle);
      self->lock = g_unix_fd_list_get (descriptors, handle, &error);
    }
  if (error != NULL)
    g_debug ("Logind keeps nothing awake: %s", error->message);
  if (!self->awake)
    drop_lock (self); /* too late */
  g_rc_box_release (self);
}

static void
on_system_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalAwake *self = user_data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (bus == NULL || !self->awake)
    {
      self->asking = FALSE;
      g_rc_box_release (self);
      return;
    }
  /* Without it we can live. */
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_connection_call_with_unix_fd_list (
    bus, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
    "Inhibit",
    g_variant_new ("(ssss)", "sleep", "Shoal", _("Files are being transferred"), "block"),
    G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, on_lock, self);
}

static gboolean
is_managed (ShoalAwake *self)
{
  for (guint i = 0; i < N_MANAGERS; i++)
    {
      if (self->is_there[i])
        return TRUE;
    }
  return FALSE;
}

/* In a sandbox logind is out of reach; the portal does it. */
static void
update_lock (ShoalAwake *self)
{
  if (!self->awake || is_managed (self))
    drop_lock (self);
  else if (self->lock < 0 && !self->asking && !shoal_background_is_sandboxed ())
    {
      self->asking = TRUE;
      g_bus_get (G_BUS_TYPE_SYSTEM, NULL, on_system_bus, g_rc_box_acquire (self));
    }
}

static void
set_manager (ShoalAwake *self, const char *name, gboolean is_there)
{
  for (guint i = 0; i < N_MANAGERS; i++)
    {
      if (g_str_equal (name, MANAGERS[i]))
        self->is_there[i] = is_there;
    }
  update_lock (self);
}

static void
on_manager (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  set_manager (user_data, name, TRUE);
}

/* At first for those that are not there, too. */
static void
on_no_manager (GDBusConnection *bus, const char *name, gpointer user_data)
{
  set_manager (user_data, name, FALSE);
}

/* --- Public -------------------------------------------------------------- */

ShoalAwake *
shoal_awake_new (GtkApplication *application)
{
  ShoalAwake *self = g_rc_box_new0 (ShoalAwake);
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (application));

  self->application = application;
  self->lock = -1;
  for (guint i = 0; bus != NULL && i < N_MANAGERS; i++)
    self->watches[i] = g_bus_watch_name_on_connection (bus, MANAGERS[i],
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE, on_manager,
                                                       on_no_manager, self, NULL);
  return self;
}

void
shoal_awake_set (ShoalAwake *self, gboolean awake, GtkWindow *window)
{
  if (self->awake == awake)
    return;

  self->awake = awake;
  if (awake)
    self->cookie
      = gtk_application_inhibit (self->application, window, GTK_APPLICATION_INHIBIT_SUSPEND,
                                 _("Files are being transferred"));
  else if (self->cookie != 0)
    gtk_application_uninhibit (self->application, self->cookie);
  if (!awake)
    self->cookie = 0;
  update_lock (self);
}

void
shoal_awake_free (ShoalAwake *self)
{
  for (guint i = 0; i < N_MANAGERS; i++)
    g_clear_handle_id (&self->watches[i], g_bus_unwatch_name);
  shoal_awake_set (self, FALSE, NULL);
  self->application = NULL;
  g_rc_box_release (self);
}
