/* shoal-application-ending.c: the end, and who calls in the midst of it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_APPLICATION_ITSELF

#include "config.h"

#include "shoal-application-private.h"

/* Whoever starts Shoal while it ends would only wake the one that goes. So what comes
 * meanwhile is kept; when the engine has stopped the name is given back, and then
 * another Shoal is there for it: the second program itself, which is told to try
 * again, or one that the bus starts for a call that is made anew. */

/* How long that one may take to answer. */
#define HAND_ON_MS 30000

static void
leave (ShoalApplication *self)
{
  if (self->held)
    {
      self->held = FALSE;
      g_application_release (G_APPLICATION (self));
    }
  g_application_quit (G_APPLICATION (self));
}

/* --- Who comes meanwhile -------------------------------------------------- */

int
shoal_application_put_off (ShoalApplication *self, GApplicationCommandLine *line)
{
  /* It is answered when the last reference is gone. */
  g_ptr_array_add (self->lines, g_object_ref (line));
  return SHOAL_APPLICATION_AGAIN;
}

void
shoal_application_hand_on (ShoalApplication *self, const char *method, GVariant *parameters)
{
  const char *id = g_application_get_application_id (G_APPLICATION (self));
  const char *path = g_application_get_dbus_object_path (G_APPLICATION (self));
  GDBusMessage *message;

  if (path == NULL)
    {
      g_variant_unref (g_variant_ref_sink (parameters));
      return;
    }
  message = g_dbus_message_new_method_call (id, path, "org.freedesktop.Application", method);
  g_dbus_message_set_body (message, parameters);
  g_ptr_array_add (self->calls, message);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ShoalApplication *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  GVariantBuilder parameters = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  /* The last word counts. */
  if (g_str_equal (name, "quit"))
    {
      g_ptr_array_set_size (self->calls, 0);
      return;
    }
  if (parameter != NULL)
    g_variant_builder_add (&parameters, "v", parameter);
  shoal_application_hand_on (self, "ActivateAction",
                             g_variant_new ("(sava{sv})", name, &parameters, NULL));
}

/* Those that notifications and the desktop call. */
static void
put_actions_off (ShoalApplication *self)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (self));

  for (guint i = 0; names[i] != NULL; i++)
    {
      const GVariantType *type
        = g_action_group_get_action_parameter_type (G_ACTION_GROUP (self), names[i]);
      g_autoptr (GSimpleAction) action = g_simple_action_new (names[i], type);

      g_signal_connect (action, "activate", G_CALLBACK (on_action), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
    }
}

/* --- The end --------------------------------------------------------------- */

/* The bus starts nobody for one who has gone: so we stay until that one answers. */
static void
on_handed_on (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalApplication *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusMessage) reply
    = g_dbus_connection_send_message_with_reply_finish (G_DBUS_CONNECTION (source), result,
                                                        &error);

  if (reply == NULL || g_dbus_message_to_gerror (reply, &error))
    g_message ("No other Shoal could be started: %s", error->message);
  if (--self->n_handed_on == 0)
    leave (self);
}

/* What was sent to us while we had the name came before this answer. */
static void
on_name_free (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalApplication *self = user_data;
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (bus, result, NULL);

  g_ptr_array_set_size (self->lines, 0);
  self->n_handed_on = self->calls->len;
  if (answer == NULL || self->n_handed_on == 0)
    {
      leave (self);
      return;
    }
  for (guint i = 0; i < self->calls->len; i++)
    g_dbus_connection_send_message_with_reply (bus, g_ptr_array_index (self->calls, i),
                                               G_DBUS_SEND_MESSAGE_FLAGS_NONE, HAND_ON_MS, NULL,
                                               NULL, on_handed_on, self);
  g_ptr_array_set_size (self->calls, 0);
}

void
shoal_application_let_go (ShoalApplication *self)
{
  GApplication *application = G_APPLICATION (self);
  GDBusConnection *bus = g_application_get_dbus_connection (application);

  if (bus == NULL || (g_application_get_flags (application) & G_APPLICATION_NON_UNIQUE) != 0)
    leave (self);
  else
    g_dbus_connection_call (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
      g_variant_new ("(s)", g_application_get_application_id (application)),
      G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_name_free, self);
}

void
shoal_application_end (ShoalApplication *self)
{
  if (self->quitting)
    return;

  self->quitting = TRUE;
  put_actions_off (self);
  for (GList *each = gtk_application_get_windows (GTK_APPLICATION (self)); each != NULL;
       each = each->next)
    gtk_widget_set_visible (each->data, FALSE);
  if (self->model == NULL || shoal_model_get_state (self->model) == SHOAL_MODEL_STOPPED)
    shoal_application_let_go (self);
  else
    shoal_model_stop (self->model);
}
