/* shoal-server-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-server-dialog.h"

#include "shoal-commands-settings.h"
#include "shoal-dialog.h"
#include "shoal-server.h"
#include "shoal-transfer-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _ShoalServerDialog
{
  AdwWindow    parent_instance;

  ShoalModel  *model;    /* (owned) */
  const char  *key;      /* "trackers" or "servers" */
  char        *replaced; /* (owned) (nullable): what is edited, as the setting has it */
  ShoalServer *server;   /* (owned) (nullable): the same, if it is a server */

  /* Of the template. */
  GtkWidget   *server_save_button;
  GtkWidget   *tracker_list, *server_list;
  GtkWidget   *url_row, *host_row, *server_port_row, *user_row, *password_row;
  AdwComboRow *kind_row;
  GtkLabel    *server_trouble, *server_hint;
};

G_DEFINE_FINAL_TYPE (ShoalServerDialog, shoal_server_dialog, ADW_TYPE_WINDOW)

/* --- What is wrong --------------------------------------------------------- */

static void
mark (GtkWidget *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

static void
on_changed (ShoalServerDialog *self)
{
  GtkWidget *rows[] = { self->url_row, self->host_row, self->server_port_row, self->user_row,
                        self->password_row };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    mark (rows[i], FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->server_trouble), FALSE);
}

static void
refuse (ShoalServerDialog *self, GtkWidget *row, const char *words)
{
  on_changed (self);
  mark (row, TRUE);
  gtk_label_set_label (self->server_trouble, words);
  gtk_widget_set_visible (GTK_WIDGET (self->server_trouble), TRUE);
  gtk_widget_grab_focus (row);
}

/* --- What was typed -------------------------------------------------------- */

static char *
dup_text (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

/* (transfer full) (nullable): NULL: it was said what is wrong */
static char *
read_tracker (ShoalServerDialog *self)
{
  g_autofree char *url = dup_text (self->url_row);
  const char *const urls[] = { url, NULL };
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_strv (urls, -1));

  if (*url == '\0')
    refuse (self, self->url_row, _("Type the address of a tracker first."));
  else if (g_str_has_prefix (url, "http://") || g_str_has_prefix (url, "https://")
           || g_str_has_prefix (url, "udp://"))
    refuse (self, self->url_row,
            _("This is a tracker of another kind. Those that Shoal uses begin with “wss://”."));
  else if (!shoal_settings_check_value ("trackers", value, NULL))
    refuse (self, self->url_row,
            _("This is no address of a tracker. It looks like "
              "“wss://tracker.example.org”."));
  else
    return g_steal_pointer (&url);
  return NULL;
}

static gboolean
is_host (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL || (*host != '\0' && strpbrk (host, " \t:/@?#[]\\\"<>,") == NULL);
}

static gboolean
read_port (ShoalServerDialog *self, guint16 *port)
{
  g_autofree char *text = dup_text (self->server_port_row);
  guint64 number = 0;

  if (*text != '\0' && !g_ascii_string_to_unsigned (text, 10, 1, 65535, &number, NULL))
    {
      refuse (self, self->server_port_row,
              _("This is no port. Type a number from 1 to 65535, or nothing for the usual one."));
      return FALSE;
    }
  *port = (guint16) number;
  return TRUE;
}

static gboolean
is_turn (ShoalServerDialog *self)
{
  return adw_combo_row_get_selected (self->kind_row) != SHOAL_SERVER_STUN;
}

/* An empty entry leaves the stored one as it is. */
static void
read_credentials (ShoalServerDialog *self, ShoalServer *server)
{
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->password_row));

  if (!is_turn (self))
    return;
  server->user = dup_text (self->user_row);
  if (*server->user == '\0')
    g_clear_pointer (&server->user, g_free);
  else if (*typed != '\0')
    server->password = g_strdup (typed);
  else if (self->server != NULL)
    server->password = g_strdup (self->server->password);
}

/* As read_tracker(). */
static char *
read_server (ShoalServerDialog *self)
{
  g_autoptr (ShoalServer) server = g_new0 (ShoalServer, 1);

  server->kind = (ShoalServerKind) adw_combo_row_get_selected (self->kind_row);
  server->host = dup_text (self->host_row);
  if (*server->host == '\0')
    refuse (self, self->host_row, _("Type the name or address of a server first."));
  else if (!is_host (server->host))
    refuse (self, self->host_row,
            _("This is no name or address of a server. It looks like “stun.example.org”."));
  else if (read_port (self, &server->port))
    {
      read_credentials (self, server);
      if (server->user == NULL
          && *gtk_editable_get_text (GTK_EDITABLE (self->password_row)) != '\0')
        refuse (self, self->user_row, _("Type the user name that the password belongs to."));
      else if (server->user != NULL && server->password == NULL)
        refuse (self, self->password_row, _("Type the password of this user."));
      else
        return shoal_server_format (server);
    }
  return NULL;
}

/* --- Saving ---------------------------------------------------------------- */

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalServerDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = shoal_model_change_settings_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *words = NULL;

  if (self->model == NULL)
    return; /* closed meanwhile */
  if (done)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "server.save", TRUE);
  words = shoal_words_error (error, NULL);
  refuse (self, gtk_widget_get_visible (self->tracker_list) ? self->url_row : self->host_row,
          words);
}

static char **
get_list (ShoalServerDialog *self)
{
  const ShoalSettings *settings = shoal_model_get_settings (self->model);

  return g_str_equal (self->key, "trackers") ? settings->trackers : settings->servers;
}

static void
store (ShoalServerDialog *self, const char *text)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  GVariantDict changes;
  gboolean replaced = FALSE;

  for (char **each = get_list (self); *each != NULL; each++)
    {
      gboolean is_it = self->replaced != NULL && g_str_equal (*each, self->replaced);

      replaced |= is_it;
      g_ptr_array_add (all, is_it ? (char *) text : *each);
    }
  if (!replaced)
    g_ptr_array_add (all, (char *) text);
  g_ptr_array_add (all, NULL);
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, self->key,
                               g_variant_new_strv ((const char *const *) all->pdata, -1));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "server.save", FALSE);
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&changes), on_saved,
                                     g_object_ref (self));
}

static void
save (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalServerDialog *self = SHOAL_SERVER_DIALOG (widget);
  gboolean is_tracker = g_str_equal (self->key, "trackers");
  g_autofree char *text = is_tracker ? read_tracker (self) : read_server (self);

  if (text == NULL)
    return;
  if (g_strcmp0 (text, self->replaced) == 0)
    gtk_window_close (GTK_WINDOW (self));
  else if (g_strv_contains ((const char *const *) get_list (self), text))
    refuse (self, is_tracker ? self->url_row : self->host_row,
            _("This one is in the list already."));
  else
    store (self, text);
}

static void
on_entry_activated (ShoalServerDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "server.save", NULL);
}

/* --- The form -------------------------------------------------------------- */

static void
on_kind (ShoalServerDialog *self)
{
  gboolean turn = is_turn (self);

  on_changed (self);
  gtk_widget_set_visible (self->user_row, turn);
  gtk_widget_set_visible (self->password_row, turn);
}

static void
fill (ShoalServerDialog *self, const ShoalServer *server)
{
  g_autofree char *port = server->port != 0 ? g_strdup_printf ("%u", server->port) : NULL;

  gtk_editable_set_text (GTK_EDITABLE (self->host_row), server->host);
  adw_combo_row_set_selected (self->kind_row, server->kind);
  gtk_editable_set_text (GTK_EDITABLE (self->server_port_row), port != NULL ? port : "");
  gtk_editable_set_text (GTK_EDITABLE (self->user_row),
                         server->user != NULL ? server->user : "");
}

/* Whoever pastes a whole address need not take it apart. */
static void
on_host_changed (ShoalServerDialog *self)
{
  g_autofree char *text = dup_text (self->host_row);
  g_autoptr (ShoalServer) server
    = strchr (text, ':') != NULL ? shoal_server_parse (text, NULL) : NULL;

  on_changed (self);
  if (server == NULL)
    return;
  if (server->password != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->password_row), server->password);
  fill (self, server);
}

static void
show_form (ShoalServerDialog *self)
{
  gboolean is_tracker = g_str_equal (self->key, "trackers");
  gboolean is_new = self->replaced == NULL;

  gtk_window_set_title (GTK_WINDOW (self),
                        is_tracker ? (is_new ? _("Add Tracker") : _("Edit Tracker"))
                                   : (is_new ? _("Add Server") : _("Edit Server")));
  gtk_widget_set_visible (self->tracker_list, is_tracker);
  gtk_widget_set_visible (self->server_list, !is_tracker);
  gtk_label_set_label (
    self->server_hint,
    is_tracker ? _("For example “wss://tracker.example.org”. Friends who use none of your "
                   "trackers cannot find you.")
               : _("A TURN server needs a user name and a password, which whoever runs it gives "
                   "you."));
  if (is_tracker && !is_new)
    gtk_editable_set_text (GTK_EDITABLE (self->url_row), self->replaced);
  else if (self->server != NULL)
    fill (self, self->server);
  if (self->server != NULL && self->server->password != NULL)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->password_row),
                                   _("Password (Unchanged if Empty)"));
  on_kind (self);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_server_dialog_dispose (GObject *object)
{
  ShoalServerDialog *self = SHOAL_SERVER_DIALOG (object);

  g_clear_pointer (&self->server, shoal_server_free);
  g_clear_pointer (&self->replaced, g_free);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_server_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, server_save_button);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, tracker_list);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, server_list);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, url_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, host_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, server_port_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, user_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, password_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, kind_row);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, server_trouble);
  gtk_widget_class_bind_template_child (klass, ShoalServerDialog, server_hint);
  gtk_widget_class_bind_template_callback (klass, on_changed);
  gtk_widget_class_bind_template_callback (klass, on_host_changed);
  gtk_widget_class_bind_template_callback (klass, on_kind);
  gtk_widget_class_bind_template_callback (klass, on_entry_activated);
}

static void
shoal_server_dialog_class_init (ShoalServerDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_server_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-server-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "server.save", NULL, save);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_server_dialog_init (ShoalServerDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
  gtk_window_set_default_widget (GTK_WINDOW (self), self->server_save_button);
}

/* --- Public ---------------------------------------------------------------- */

void
shoal_server_dialog_show (GtkWindow *parent, ShoalModel *model, const char *key, int position)
{
  ShoalServerDialog *self
    = g_object_new (SHOAL_TYPE_SERVER_DIALOG, "transient-for", parent, NULL);
  gboolean is_tracker = g_str_equal (key, "trackers");

  self->model = g_object_ref (model);
  self->key = is_tracker ? "trackers" : "servers";
  if (position >= 0 && position < (int) g_strv_length (get_list (self)))
    self->replaced = g_strdup (get_list (self)[position]);
  if (self->replaced != NULL && !is_tracker)
    self->server = shoal_server_parse (self->replaced, NULL);
  show_form (self);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (is_tracker ? self->url_row : self->host_row);
}
