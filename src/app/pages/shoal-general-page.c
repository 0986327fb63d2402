/* shoal-general-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-general-page.h"

#include "shoal-avatar-ring.h"
#include "shoal-chooser.h"
#include "shoal-format.h"
#include "shoal-own-picture.h"
#include "shoal-setting.h"

#include <glib/gi18n.h>

struct _ShoalGeneralPage
{
  AdwPreferencesPage    parent_instance;

  ShoalModel           *model;     /* (owned) (nullable): set once */
  GtkFileChooserNative *chooser;   /* (owned) (nullable): while it is open */
  gboolean              is_setting; /* rows follow the settings; nobody has acted */

  GtkWidget            *name_row;
  AdwActionRow         *name_trouble;
  ShoalAvatarRing      *avatar;
  GtkWidget            *choose_picture_button, *remove_picture_button;
  AdwActionRow         *picture_trouble;
  AdwComboRow          *seen_by_row;
  AdwActionRow         *folder_row, *folder_trouble;
  GtkWidget            *choose_folder_button;
  AdwComboRow          *accept_row;
  GtkSwitch            *pass_on_switch, *keep_switch, *login_switch;
};

G_DEFINE_FINAL_TYPE (ShoalGeneralPage, shoal_general_page, ADW_TYPE_PREFERENCES_PAGE)

/* --- What holds ---------------------------------------------------------- */

/* Leaves alone what is being typed. */
static void
show_name (ShoalGeneralPage *self, const char *name)
{
  GtkEditable *row = GTK_EDITABLE (self->name_row);

  if (gtk_widget_has_css_class (self->name_row, "error")
      || (gtk_widget_get_state_flags (self->name_row) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0)
    return;
  if (g_strcmp0 (gtk_editable_get_text (row), name) == 0)
    return;
  g_object_set (row, "show-apply-button", FALSE, NULL);
  gtk_editable_set_text (row, name);
  g_object_set (row, "show-apply-button", TRUE, NULL);
}

static void
update (ShoalGeneralPage *self)
{
  const ShoalSettings *settings = shoal_model_get_settings (self->model);
  g_autofree char *folder = NULL;

  if (settings == NULL)
    return;
  self->is_setting = TRUE;
  show_name (self, settings->name);
  shoal_avatar_ring_set_text (self->avatar, settings->name);
  shoal_avatar_ring_set_picture (self->avatar, settings->picture);
  gtk_widget_set_visible (self->remove_picture_button, settings->picture != NULL);
  adw_combo_row_set_selected (self->seen_by_row, settings->seen_by);
  folder = shoal_format_folder (settings->directory);
  adw_action_row_set_subtitle (self->folder_row, folder);
  shoal_setting_show_trouble (GTK_WIDGET (self->folder_row), self->folder_trouble,
                              settings->directory_trouble);
  adw_combo_row_set_selected (self->accept_row, settings->accept);
  gtk_switch_set_active (self->pass_on_switch, settings->pass_on);
  gtk_switch_set_active (self->keep_switch, settings->on_close == SHOAL_ON_CLOSE_KEEP);
  gtk_switch_set_active (self->login_switch, settings->start_at_login);
  self->is_setting = FALSE;
}

/* --- What a person changes ----------------------------------------------- */

static void
change (ShoalGeneralPage *self, const char *key, GVariant *value)
{
  if (self->is_setting)
    g_variant_unref (g_variant_ref_sink (value));
  else
    shoal_setting_change (self->model, key, value, NULL, NULL);
}

static GVariant *
nick_of (GType type, int value)
{
  g_autoptr (GEnumClass) enums = g_type_class_ref (type);

  return g_variant_new_string (g_enum_get_value (enums, value)->value_nick);
}

static void
on_name_applied (ShoalGeneralPage *self)
{
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));

  if (name[0] == '\0')
    shoal_setting_show_trouble (self->name_row, self->name_trouble,
                                _("Others need something to call this device. Type a name."));
  else
    shoal_setting_change (self->model, "name", g_variant_new_string (name), self->name_row,
                          self->name_trouble);
}

static void
on_seen_by (ShoalGeneralPage *self)
{
  change (self, "seen-by",
          nick_of (SHOAL_TYPE_SEEN_BY, (int) adw_combo_row_get_selected (self->seen_by_row)));
}

static void
on_accept (ShoalGeneralPage *self)
{
  change (self, "accept",
          nick_of (SHOAL_TYPE_ACCEPT_POLICY, (int) adw_combo_row_get_selected (self->accept_row)));
}

static void
on_pass_on (ShoalGeneralPage *self)
{
  change (self, "pass-on",
          g_variant_new_boolean (gtk_switch_get_active (self->pass_on_switch)));
}

static void
on_keep (ShoalGeneralPage *self)
{
  gboolean keep = gtk_switch_get_active (self->keep_switch);

  change (self, "on-close",
          nick_of (SHOAL_TYPE_ON_CLOSE, keep ? SHOAL_ON_CLOSE_KEEP : SHOAL_ON_CLOSE_QUIT));
}

static void
on_login (ShoalGeneralPage *self)
{
  change (self, "start-at-login",
          g_variant_new_boolean (gtk_switch_get_active (self->login_switch)));
}

/* --- The folder ---------------------------------------------------------- */

static void
choose (ShoalGeneralPage *self, const char *title, GtkFileChooserAction action,
        GCallback on_response)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  g_clear_object (&self->chooser);
  self->chooser
    = shoal_chooser_new (GTK_WINDOW (root), title, action, _("_Choose"));
  g_signal_connect_object (self->chooser, "response", on_response, self, G_CONNECT_SWAPPED);
}

/* (transfer full) (nullable): what was chosen */
static GFile *
take_chosen (ShoalGeneralPage *self, int response)
{
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);

  return response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
                                         : NULL;
}

static void
on_folder_chosen (ShoalGeneralPage *self, int response)
{
  g_autoptr (GFile) folder = take_chosen (self, response);
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;

  if (path != NULL)
    shoal_setting_change (self->model, "download-directory", g_variant_new_bytestring (path),
                          GTK_WIDGET (self->folder_row), self->folder_trouble);
  else if (folder != NULL)
    shoal_setting_show_trouble (GTK_WIDGET (self->folder_row), self->folder_trouble,
                                _("This folder is not on this computer. Choose one that is."));
}

static void
on_choose_folder (ShoalGeneralPage *self)
{
  choose (self, _("Choose Download Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
          G_CALLBACK (on_folder_chosen));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- The picture --------------------------------------------------------- */

static void
set_picture (ShoalGeneralPage *self, GBytes *picture)
{
  g_autoptr (GBytes) none = g_bytes_new (NULL, 0);

  shoal_setting_change (
    self->model, "picture",
    g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, picture != NULL ? picture : none, TRUE),
    GTK_WIDGET (self->avatar), self->picture_trouble);
}

static void
on_picture_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalGeneralPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) picture = shoal_own_picture_load_finish (result, &error);

  if (self->model == NULL)
    return; /* closed */
  if (picture != NULL)
    set_picture (self, picture);
  else
    shoal_setting_show_error (GTK_WIDGET (self->avatar), self->picture_trouble, error);
}

static void
on_picture_chosen (ShoalGeneralPage *self, int response)
{
  g_autoptr (GFile) file = take_chosen (self, response);

  if (file != NULL)
    shoal_own_picture_load_async (file, on_picture_loaded, g_object_ref (self));
}

static void
on_choose_picture (ShoalGeneralPage *self)
{
  g_autoptr (GtkFileFilter) pictures = gtk_file_filter_new ();

  choose (self, _("Choose Picture"), GTK_FILE_CHOOSER_ACTION_OPEN,
          G_CALLBACK (on_picture_chosen));
  gtk_file_filter_set_name (pictures, _("Pictures"));
  gtk_file_filter_add_pixbuf_formats (pictures);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), pictures);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_remove_picture (ShoalGeneralPage *self)
{
  set_picture (self, NULL);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_general_page_dispose (GObject *object)
{
  ShoalGeneralPage *self = SHOAL_GENERAL_PAGE (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_GENERAL_PAGE);
  G_OBJECT_CLASS (shoal_general_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, name_trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, avatar);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, choose_picture_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, remove_picture_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, picture_trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, seen_by_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, folder_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, folder_trouble);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, choose_folder_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, accept_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, pass_on_switch);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, keep_switch);
  gtk_widget_class_bind_template_child (widget_class, ShoalGeneralPage, login_switch);
}

static void
shoal_general_page_class_init (ShoalGeneralPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_general_page_dispose;
  g_type_ensure (SHOAL_TYPE_AVATAR_RING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-general-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_name_applied);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_picture);
  gtk_widget_class_bind_template_callback (widget_class, on_remove_picture);
  gtk_widget_class_bind_template_callback (widget_class, on_seen_by);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_pass_on);
  gtk_widget_class_bind_template_callback (widget_class, on_keep);
  gtk_widget_class_bind_template_callback (widget_class, on_login);
}

static void
shoal_general_page_init (ShoalGeneralPage *self)
{
  self->is_setting = TRUE; /* until there is a model */
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
shoal_general_page_set_model (ShoalGeneralPage *self, ShoalModel *model)
{
  g_return_if_fail (SHOAL_IS_GENERAL_PAGE (self) && self->model == NULL);

  self->model = g_object_ref (model);
  g_signal_connect_object (model, "settings-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
}
