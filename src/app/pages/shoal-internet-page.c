/* shoal-internet-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-internet-page.h"

#include "shoal-commands-invites.h"
#include "shoal-commands-settings.h"
#include "shoal-engine-internet.h"
#include "shoal-format.h"
#include "shoal-server-dialog.h"
#include "shoal-server.h"
#include "shoal-setting.h"

#include <glib/gi18n.h>
#include <string.h>

/* How often trackers are asked for while somebody looks. */
#define LOOK_SECONDS 2

/* One of the two lists. */
typedef struct
{
  const char          *key;   /* of the setting */
  AdwPreferencesGroup *group;
  GtkWidget           *empty; /* the row that says so */
  GPtrArray           *rows;  /* (owned) of AdwActionRow (unowned): one an address */
} List;

struct _ShoalInternetPage
{
  AdwPreferencesPage   parent_instance;

  ShoalModel          *model;      /* (owned) (nullable): set once */
  GPtrArray           *status;     /* (owned) (nullable) of ShoalTrackerInfo */
  AdwToast            *toast;      /* (owned) (nullable): the last that offers to undo */
  List                 trackers, servers;
  guint                timer;      /* while the page is to be seen */
  gboolean             is_setting; /* rows follow the settings; nobody has acted */
  gboolean             is_looking;

  GtkSwitch           *internet_switch;
  AdwPreferencesGroup *trackers_group, *servers_group;
  GtkWidget           *no_trackers_row, *no_servers_row;
  GtkWidget           *add_tracker_button, *add_server_button;
};

G_DEFINE_FINAL_TYPE (ShoalInternetPage, shoal_internet_page, ADW_TYPE_PREFERENCES_PAGE)

/* --- Rows in words --------------------------------------------------------- */

static const ShoalTrackerInfo *
find_status (ShoalInternetPage *self, const char *url)
{
  for (guint i = 0; self->status != NULL && i < self->status->len; i++)
    {
      const ShoalTrackerInfo *info = g_ptr_array_index (self->status, i);

      if (g_str_equal (info->url, url))
        return info;
    }
  return NULL;
}

/* What is known of it: nothing, while nobody is looked for there. */
static char *
tracker_in_words (ShoalInternetPage *self, const char *url)
{
  const ShoalTrackerInfo *info = find_status (self, url);

  if (!shoal_model_get_settings (self->model)->internet)
    return g_strdup ("");
  if (info == NULL)
    return g_strdup (_("Not needed now"));
  if (info->is_open && info->trouble == NULL)
    return g_strdup (_("Connected"));
  if (info->trouble == NULL)
    return g_strdup (_("Connecting…"));
  /* Translators: a tracker; %s is what it says, or what went wrong. */
  return g_strdup_printf (info->is_open ? _("Connected, but it says: %s") : _("Not reachable: %s"),
                          info->trouble);
}

static const char *
name_kind (ShoalServerKind kind)
{
  switch (kind)
    {
    case SHOAL_SERVER_TURN:
      return "TURN";
    case SHOAL_SERVER_TURN_TCP:
      return _("TURN over TCP");
    case SHOAL_SERVER_TURN_TLS:
      return _("TURN over TLS");
    case SHOAL_SERVER_STUN:
    default:
      return "STUN";
    }
}

static char *
server_in_words (const ShoalServer *server)
{
  g_autofree char *port
    = server->port != 0 ? g_strdup_printf (_("port %u"), server->port) : g_strdup ("");
  g_autofree char *user
    /* Translators: a user name. */
    = server->user != NULL ? g_strdup_printf (_("as %s"), server->user) : g_strdup ("");

  return shoal_format_join (name_kind (server->kind), port, user, NULL);
}

static void
show_row (ShoalInternetPage *self, List *list, guint position, const char *text)
{
  GtkWidget *row = g_ptr_array_index (list->rows, position);
  g_autoptr (ShoalServer) server = NULL;
  g_autofree char *title = NULL;
  g_autofree char *subtitle = NULL;

  if (list == &self->trackers)
    {
      title = g_strdup (g_str_has_prefix (text, "wss://") ? text + strlen ("wss://") : text);
      subtitle = tracker_in_words (self, text);
    }
  else
    {
      server = shoal_server_parse (text, NULL);
      title = server != NULL ? g_strdup (server->host) : shoal_server_mask (text);
      subtitle = server != NULL ? server_in_words (server) : g_strdup ("");
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (g_strcmp0 (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), subtitle) != 0)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
}

/* --- Lists ----------------------------------------------------------------- */

static void
add_button (GtkWidget *row, const char *id, const char *icon, const char *label,
            const char *action, List *list)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_name (button, id);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "(si)", list->key,
                                    (int) list->rows->len);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
add_row (List *list)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_name (row, "server_row");
  add_button (row, "remove_server_button", "user-trash-symbolic", _("Remove"),
              "internet.remove", list);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "internet.edit");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "(si)", list->key,
                                    (int) list->rows->len);
  g_ptr_array_add (list->rows, row);
  adw_preferences_group_add (list->group, row);
}

/* Rows stay, so that the focus does: only what is in them changes. */
static void
show_list (ShoalInternetPage *self, List *list, char **texts)
{
  guint n = g_strv_length (texts);

  while (list->rows->len > n)
    {
      adw_preferences_group_remove (list->group,
                                    g_ptr_array_index (list->rows, list->rows->len - 1));
      g_ptr_array_set_size (list->rows, (int) list->rows->len - 1);
    }
  while (list->rows->len < n)
    add_row (list);
  for (guint i = 0; i < n; i++)
    show_row (self, list, i, texts[i]);
  gtk_widget_set_visible (list->empty, n == 0);
}

static void
update (ShoalInternetPage *self)
{
  const ShoalSettings *settings = shoal_model_get_settings (self->model);

  if (settings == NULL)
    return;
  self->is_setting = TRUE;
  gtk_switch_set_active (self->internet_switch, settings->internet);
  show_list (self, &self->trackers, settings->trackers);
  show_list (self, &self->servers, settings->servers);
  self->is_setting = FALSE;
}

/* --- Whether they answer --------------------------------------------------- */

static void
on_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalInternetPage) self = user_data;
  GPtrArray *status = shoal_model_list_trackers_finish (SHOAL_MODEL (source), result, NULL);

  self->is_looking = FALSE;
  if (status == NULL || self->model == NULL)
    {
      g_clear_pointer (&status, g_ptr_array_unref);
      return;
    }
  g_clear_pointer (&self->status, g_ptr_array_unref);
  self->status = status;
  update (self);
}

static gboolean
on_look (gpointer user_data)
{
  ShoalInternetPage *self = user_data;

  if (self->is_looking || self->model == NULL)
    return G_SOURCE_CONTINUE;
  self->is_looking = TRUE;
  shoal_model_list_trackers_async (self->model, on_status, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

static void
shoal_internet_page_map (GtkWidget *widget)
{
  ShoalInternetPage *self = SHOAL_INTERNET_PAGE (widget);

  GTK_WIDGET_CLASS (shoal_internet_page_parent_class)->map (widget);
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (LOOK_SECONDS, on_look, self);
  on_look (self);
}

static void
shoal_internet_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&SHOAL_INTERNET_PAGE (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (shoal_internet_page_parent_class)->unmap (widget);
}

/* --- Acting ---------------------------------------------------------------- */

static void
on_internet (ShoalInternetPage *self)
{
  if (!self->is_setting)
    shoal_setting_change (self->model, "internet",
                          g_variant_new_boolean (gtk_switch_get_active (self->internet_switch)),
                          NULL, NULL);
}

static void
show_dialog (ShoalInternetPage *self, const char *key, int position)
{
  shoal_server_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->model,
                            key, position);
}

static void
add_tracker (GtkWidget *widget, const char *action, GVariant *parameter)
{
  show_dialog (SHOAL_INTERNET_PAGE (widget), "trackers", -1);
}

static void
add_server (GtkWidget *widget, const char *action, GVariant *parameter)
{
  show_dialog (SHOAL_INTERNET_PAGE (widget), "servers", -1);
}

static void
edit (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *key;
  int position;

  g_variant_get (parameter, "(&si)", &key, &position);
  show_dialog (SHOAL_INTERNET_PAGE (widget), key, position);
}

/* Both lists as they are: what an undo brings back. */
static GVariant *
dup_lists (const ShoalSettings *settings)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "trackers",
                               g_variant_new_strv ((const char *const *) settings->trackers, -1));
  g_variant_dict_insert_value (&dict, "servers",
                               g_variant_new_strv ((const char *const *) settings->servers, -1));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
change_lists (ShoalInternetPage *self, GVariant *lists)
{
  shoal_model_change_settings_async (self->model, lists, NULL, NULL);
}

static void
on_undo (ShoalInternetPage *self, AdwToast *toast)
{
  change_lists (self, g_object_get_data (G_OBJECT (toast), "lists"));
}

static void
offer_undo (ShoalInternetPage *self, const char *text, GVariant *lists)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);

  /* One that waits behind it would undo what was done before. */
  if (self->toast != NULL)
    adw_toast_dismiss (self->toast);
  g_set_object (&self->toast, toast);
  adw_toast_set_button_label (toast, _("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "lists", g_variant_ref (lists),
                          (GDestroyNotify) g_variant_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self,
                           G_CONNECT_SWAPPED);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (root), toast);
}

static void
remove_one (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInternetPage *self = SHOAL_INTERNET_PAGE (widget);
  const ShoalSettings *settings = shoal_model_get_settings (self->model);
  g_autoptr (GVariant) lists = dup_lists (settings);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  const char *key;
  char **all;
  int position;
  g_autofree char *text = NULL;
  List *list;

  g_variant_get (parameter, "(&si)", &key, &position);
  list = g_str_equal (key, "trackers") ? &self->trackers : &self->servers;
  all = list == &self->trackers ? settings->trackers : settings->servers;
  if (position >= (int) g_strv_length (all))
    return;
  for (int i = 0; all[i] != NULL; i++)
    if (i != position)
      g_ptr_array_add (kept, all[i]);
  g_ptr_array_add (kept, NULL);
  text = g_strdup_printf (
    _("“%s” removed"), adw_preferences_row_get_title (g_ptr_array_index (list->rows, position)));
  offer_undo (self, text, lists);
  /* The row goes, and would take the focus with it. */
  gtk_widget_grab_focus (list == &self->trackers ? self->add_tracker_button
                                                 : self->add_server_button);
  shoal_setting_change (self->model, key,
                        g_variant_new_strv ((const char *const *) kept->pdata, -1), NULL, NULL);
}

static void
restore (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalInternetPage *self = SHOAL_INTERNET_PAGE (widget);
  g_autoptr (GVariant) lists = dup_lists (shoal_model_get_settings (self->model));
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "trackers",
                               g_variant_new_strv (SHOAL_DEFAULT_TRACKERS, -1));
  g_variant_dict_insert_value (&dict, "servers", g_variant_new_strv (SHOAL_DEFAULT_SERVERS, -1));
  offer_undo (self, _("Default servers restored"), lists);
  change_lists (self, g_variant_dict_end (&dict));
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_internet_page_dispose (GObject *object)
{
  ShoalInternetPage *self = SHOAL_INTERNET_PAGE (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->trackers.rows, g_ptr_array_unref);
  g_clear_pointer (&self->servers.rows, g_ptr_array_unref);
  g_clear_pointer (&self->status, g_ptr_array_unref);
  g_clear_object (&self->toast);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_INTERNET_PAGE);
  G_OBJECT_CLASS (shoal_internet_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, internet_switch);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, trackers_group);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, servers_group);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, no_trackers_row);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, no_servers_row);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, add_tracker_button);
  gtk_widget_class_bind_template_child (klass, ShoalInternetPage, add_server_button);
  gtk_widget_class_bind_template_callback (klass, on_internet);
}

static void
shoal_internet_page_class_init (ShoalInternetPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_internet_page_dispose;
  widget_class->map = shoal_internet_page_map;
  widget_class->unmap = shoal_internet_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-internet-page.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "internet.add-tracker", NULL, add_tracker);
  gtk_widget_class_install_action (widget_class, "internet.add-server", NULL, add_server);
  gtk_widget_class_install_action (widget_class, "internet.edit", "(si)", edit);
  gtk_widget_class_install_action (widget_class, "internet.remove", "(si)", remove_one);
  gtk_widget_class_install_action (widget_class, "internet.restore", NULL, restore);
}

static void
shoal_internet_page_init (ShoalInternetPage *self)
{
  self->is_setting = TRUE; /* until there is a model */
  gtk_widget_init_template (GTK_WIDGET (self));
  self->trackers = (List){ "trackers", self->trackers_group, self->no_trackers_row,
                           g_ptr_array_new () };
  self->servers = (List){ "servers", self->servers_group, self->no_servers_row,
                          g_ptr_array_new () };
}

void
shoal_internet_page_set_model (ShoalInternetPage *self, ShoalModel *model)
{
  g_return_if_fail (SHOAL_IS_INTERNET_PAGE (self) && self->model == NULL);

  self->model = g_object_ref (model);
  g_signal_connect_object (model, "settings-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
}
