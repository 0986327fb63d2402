/* shoal-open-link-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-open-link-dialog.h"

#include "shoal-chooser.h"
#include "shoal-commands-links.h"
#include "shoal-commands-transfers.h"
#include "shoal-dialog.h"
#include "shoal-drop.h"
#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-invite.h"
#include "shoal-join-dialog.h"
#include "shoal-share-link.h"
#include "shoal-transfer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalOpenLinkDialog
{
  AdwWindow       parent_instance;

  ShoalModel     *model;     /* (owned) */
  GCancellable   *looking;   /* (owned) (nullable): while somebody is asked */
  ShoalDescribed *described; /* (owned) (nullable): what was found */
  char           *directory; /* (owned): where it shall go */

  /* Of the template. */
  GtkButton      *look_button;
  GtkButton      *get_button;
  GtkStack       *stack;
  AdwEntryRow    *link_entry;
  GtkLabel       *error_label;
  GtkWidget      *link_internet_button;
  GtkSpinner     *spinner;
  GtkImage       *found_icon;
  GtkLabel       *found_name;
  GtkLabel       *found_line;
  GtkLabel       *found_note;
  GtkWidget      *elsewhere_button;
  GtkWidget      *whereto_group;
  AdwActionRow   *directory_row;
  GtkLabel       *get_error;
};

G_DEFINE_FINAL_TYPE (ShoalOpenLinkDialog, shoal_open_link_dialog, ADW_TYPE_WINDOW)

/* --- Pages ----------------------------------------------------------------- */

static void
show_page (ShoalOpenLinkDialog *self, const char *page)
{
  gboolean found = g_str_equal (page, "found");

  gtk_stack_set_visible_child_name (self->stack, page);
  gtk_widget_set_visible (GTK_WIDGET (self->look_button),
                          !found && !g_str_equal (page, "internet"));
  gtk_widget_set_visible (GTK_WIDGET (self->get_button), found);
  gtk_spinner_set_spinning (self->spinner, g_str_equal (page, "looking"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.look", g_str_equal (page, "ask"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.get", found);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.internet",
                                 g_str_equal (page, "internet"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.here", g_str_equal (page, "internet"));
  gtk_window_set_default_widget (GTK_WINDOW (self), found ? GTK_WIDGET (self->get_button)
                                                          : GTK_WIDGET (self->look_button));
}

static void
show_error (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
}

/* What is wrong with what was typed, pasted or dropped. (transfer full) */
static char *
explain (const char *what, const GError *error)
{
  gboolean is_link = shoal_share_link_looks_like (what);

  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_UNSUPPORTED))
    return g_strdup (_("This is of an older kind of BitTorrent (version 1), which cannot be "
                       "verified piece by piece. Shoal gets version 2."));
  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_INVALID) && is_link)
    return g_strdup (_("This link is damaged or cut off. Copy all of it, from the beginning "
                       "to the end."));
  if (!is_link && !g_path_is_absolute (what))
    return g_strdup (_("This is no link that Shoal knows. One begins with “shoal:” or "
                       "“magnet:”."));
  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_INVALID))
    return g_strdup (_("This file is no .torrent file, or it is damaged."));
  if (g_error_matches (error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND))
    return g_strdup (_("There is no such file."));
  return shoal_words_error (error, NULL);
}

static void
on_text_changed (ShoalOpenLinkDialog *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->link_entry), "error");
  show_error (self->error_label, NULL);
}

static void
refuse (ShoalOpenLinkDialog *self, const char *words)
{
  show_page (self, "ask");
  show_error (self->error_label, words);
  gtk_widget_add_css_class (GTK_WIDGET (self->link_entry), "error");
  gtk_widget_grab_focus (GTK_WIDGET (self->link_entry));
}

/* --- What was found -------------------------------------------------------- */

static char *
sources_in_words (const ShoalDescribed *described)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *people = NULL;

  for (ShoalDeviceInfo **source = described->sources; *source != NULL; source++)
    g_ptr_array_add (names, (*source)->name);
  if (names->len == 0)
    return g_strdup ("");
  people = shoal_format_people ((const char *const *) names->pdata, names->len);
  return g_strdup_printf (_("from %s"), people);
}

static char *
line_of (const ShoalDescribed *described)
{
  g_autofree char *files = NULL;
  g_autofree char *size = NULL;
  g_autofree char *who = sources_in_words (described);

  if (described->files > 0)
    files = shoal_format_files (described->files, 0);
  if (described->bytes > 0 || described->is_described)
    size = shoal_format_size (described->bytes);
  return shoal_format_join (files != NULL ? files : "", size != NULL ? size : "", who, NULL);
}

static const char *
note_of (const ShoalDescribed *described, gboolean can_elsewhere)
{
  if (described->transfer != NULL)
    return _("You are getting this already.");
  if (described->sources[0] == NULL && can_elsewhere)
    return _("No Shoal that has it was found. Shoal can wait until somebody who has it is "
             "online; a BitTorrent app may find it elsewhere.");
  if (described->sources[0] == NULL)
    return _("Nobody who has it was found. Shoal can wait until somebody who has it is online.");
  if (!described->is_described)
    return _("Name and size are what the link says.");
  return NULL;
}

/* A private share is known to nobody else; nor is Shoal's own scheme. */
static gboolean
can_go_elsewhere (const ShoalDescribed *described)
{
  return !described->is_private && described->sources[0] == NULL && described->transfer == NULL
         && !g_str_has_prefix (described->what, "shoal:");
}

static void
show_directory (ShoalOpenLinkDialog *self)
{
  g_autofree char *name = shoal_format_folder (self->directory);
  g_autofree char *escaped = g_markup_escape_text (name, -1);

  adw_action_row_set_subtitle (self->directory_row, escaped);
}

static void
show_found (ShoalOpenLinkDialog *self)
{
  const ShoalDescribed *described = self->described;
  gboolean elsewhere = can_go_elsewhere (described);
  gboolean nobody = described->sources[0] == NULL && described->transfer == NULL;
  const char *note = note_of (described, elsewhere);
  g_autofree char *name = shoal_format_name (described->name);
  g_autofree char *line = line_of (described);

  gtk_image_set_from_icon_name (self->found_icon,
                                nobody ? "system-search-symbolic"
                                : described->files == 1 ? "text-x-generic-symbolic"
                                                        : "folder-symbolic");
  gtk_label_set_label (self->found_name, name);
  gtk_label_set_label (self->found_line, line);
  gtk_widget_set_visible (GTK_WIDGET (self->found_line), *line != '\0');
  gtk_label_set_label (self->found_note, note != NULL ? note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->found_note), note != NULL);
  gtk_widget_set_visible (self->elsewhere_button, elsewhere);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.open-elsewhere", elsewhere);
  gtk_widget_set_visible (self->whereto_group, described->transfer == NULL);
  gtk_button_set_label (self->get_button, described->transfer != NULL ? _("_Show It")
                                          : nobody ? _("_Wait for It") : _("_Get"));
  show_error (self->get_error, NULL);
  show_directory (self);
  show_page (self, "found");
  gtk_widget_grab_focus (GTK_WIDGET (self->get_button));
}

/* --- Looking --------------------------------------------------------------- */

static void
on_described (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalOpenLinkDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  ShoalDescribed *described = shoal_model_describe_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *words = NULL;

  if (self->model == NULL || self->looking == NULL)
    {
      g_clear_pointer (&described, shoal_described_free);
      return; /* closed meanwhile */
    }
  g_clear_object (&self->looking);
  if (described != NULL)
    {
      g_clear_pointer (&self->described, shoal_described_free);
      self->described = described;
      show_found (self);
      return;
    }
  words = explain (gtk_editable_get_text (GTK_EDITABLE (self->link_entry)), error);
  refuse (self, words);
}

static void
describe (ShoalOpenLinkDialog *self, const char *what)
{
  show_page (self, "looking");
  self->looking = g_cancellable_new ();
  shoal_model_describe_async (self->model, what, self->looking, on_described,
                              g_object_ref (self));
}

/* Whether servers would be asked that nobody has agreed to. */
static gboolean
needs_consent (ShoalOpenLinkDialog *self, const char *what)
{
  g_autoptr (ShoalShareLink) link
    = shoal_share_link_looks_like (what) ? shoal_share_link_parse (what, -1, NULL) : NULL;

  return link != NULL && link->trackers->len > 0
         && !shoal_model_get_settings (self->model)->internet;
}

static void
look_at (ShoalOpenLinkDialog *self, const char *what)
{
  g_autofree char *stripped = g_strstrip (g_strdup (what));

  if (*stripped == '\0')
    {
      refuse (self, _("Paste or type a link first."));
      return;
    }
  if (shoal_invite_looks_like (stripped))
    {
      shoal_join_dialog_show (shoal_window_of (GTK_WIDGET (self)), stripped);
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  gtk_editable_set_text (GTK_EDITABLE (self->link_entry), stripped);
  if (!needs_consent (self, stripped))
    {
      describe (self, stripped);
      return;
    }
  show_page (self, "internet");
  gtk_widget_grab_focus (self->link_internet_button);
}

static void
look_on_internet (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);

  describe (self, gtk_editable_get_text (GTK_EDITABLE (self->link_entry)));
}

/* The link as if it named no servers: nor are they asked later. */
static void
look_here (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->link_entry));
  g_autoptr (ShoalShareLink) link = shoal_share_link_parse (text, -1, NULL);
  g_autofree char *without = NULL;

  g_ptr_array_set_size (link->trackers, 0);
  without = shoal_share_link_format (link, SHOAL_SHARE_LINK_MAGNET);
  describe (self, without);
}

static void
look (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);

  look_at (self, gtk_editable_get_text (GTK_EDITABLE (self->link_entry)));
}

static void
on_entry_activated (ShoalOpenLinkDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "link.look", NULL);
}

/* --- Getting --------------------------------------------------------------- */

static void
show_transfers (ShoalOpenLinkDialog *self)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));

  if (window != NULL)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s",
                                SHOAL_PAGE_TRANSFERS);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalOpenLinkDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = shoal_model_get_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *words = NULL;

  if (self->model == NULL)
    return; /* closed meanwhile */
  if (id != NULL)
    {
      show_transfers (self);
      return;
    }
  words = shoal_words_error (error, NULL);
  show_error (self->get_error, words);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "link.get", TRUE);
}

static void
get (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);

  if (self->described->transfer != NULL)
    {
      show_transfers (self);
      return;
    }
  show_error (self->get_error, NULL);
  gtk_widget_action_set_enabled (widget, "link.get", FALSE);
  shoal_model_get_async (self->model, self->described->what, self->directory, NULL, on_got,
                         g_object_ref (self));
}

static void
on_shown_elsewhere (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalOpenLinkDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->model == NULL)
    return; /* closed meanwhile */
  if (gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error))
    gtk_window_close (GTK_WINDOW (self));
  else
    show_error (self->get_error, _("There is no other app here that opens it."));
}

static void
open_elsewhere (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);
  const char *what = self->described->what;
  g_autofree char *uri = NULL;

  uri = g_path_is_absolute (what) ? g_filename_to_uri (what, NULL, NULL) : g_strdup (what);
  if (uri != NULL)
    gtk_show_uri_full (GTK_WINDOW (self), uri, GDK_CURRENT_TIME, NULL, on_shown_elsewhere,
                       g_object_ref (self));
}

/* --- Choosers and drops ---------------------------------------------------- */

static void
on_folder_chosen (GtkNativeDialog *chooser, int response, ShoalOpenLinkDialog *self)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (file != NULL && g_file_peek_path (file) != NULL && self->model != NULL)
    {
      g_free (self->directory);
      self->directory = g_file_get_path (file);
      show_directory (self);
    }
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
choose_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);
  GtkFileChooserNative *chooser
    = shoal_chooser_new (GTK_WINDOW (self), _("Save In"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                         _("_Choose"));

  g_signal_connect_object (chooser, "response", G_CALLBACK (on_folder_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_torrent_chosen (GtkNativeDialog *chooser, int response, ShoalOpenLinkDialog *self)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (file != NULL && g_file_peek_path (file) != NULL && self->model != NULL)
    look_at (self, g_file_peek_path (file));
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
choose_torrent (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);
  GtkFileChooserNative *chooser
    = shoal_chooser_new (GTK_WINDOW (self), _("Open .torrent File"),
                         GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _("Torrent files"));
  gtk_file_filter_add_suffix (filter, "torrent");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_torrent_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_hover (GtkWidget *widget, gboolean over)
{
  GtkWidget *page = GTK_WIDGET (SHOAL_OPEN_LINK_DIALOG (widget)->stack);

  if (over)
    gtk_widget_set_state_flags (page, GTK_STATE_FLAG_DROP_ACTIVE, FALSE);
  else
    gtk_widget_unset_state_flags (page, GTK_STATE_FLAG_DROP_ACTIVE);
}

static void
on_dropped (GtkWidget *widget, ShoalPayload *payload)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (widget);
  const char *what = shoal_payload_get_openable (payload);

  if (self->looking != NULL)
    return;
  if (what != NULL)
    look_at (self, what);
  else
    refuse (self, _("This is neither a link that Shoal knows nor a .torrent file."));
}

static void
on_drop_failed (GtkWidget *widget, const GError *error)
{
  g_autofree char *words = shoal_words_error (error, NULL);

  refuse (SHOAL_OPEN_LINK_DIALOG (widget), words);
}

static const ShoalDropFuncs DROP_FUNCS = {
  .hover = on_hover,
  .dropped = on_dropped,
  .failed = on_drop_failed,
};

/* A link that lies on the clipboard is most likely the one that is meant. */
static void
on_clipboard_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalOpenLinkDialog) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (text == NULL || self->model == NULL || self->looking != NULL || self->described != NULL)
    return;
  g_strstrip (text);
  if ((!shoal_share_link_looks_like (text) && !shoal_invite_looks_like (text))
      || *gtk_editable_get_text (GTK_EDITABLE (self->link_entry)) != '\0')
    return;
  gtk_editable_set_text (GTK_EDITABLE (self->link_entry), text);
  gtk_editable_select_region (GTK_EDITABLE (self->link_entry), 0, -1);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_open_link_dialog_dispose (GObject *object)
{
  ShoalOpenLinkDialog *self = SHOAL_OPEN_LINK_DIALOG (object);

  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_clear_pointer (&self->described, shoal_described_free);
  g_clear_pointer (&self->directory, g_free);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_open_link_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *klass)
{
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, look_button);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, get_button);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, stack);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, link_entry);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, error_label);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, link_internet_button);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, spinner);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, found_icon);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, found_name);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, found_line);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, found_note);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, elsewhere_button);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, whereto_group);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, directory_row);
  gtk_widget_class_bind_template_child (klass, ShoalOpenLinkDialog, get_error);
  gtk_widget_class_bind_template_callback (klass, on_text_changed);
  gtk_widget_class_bind_template_callback (klass, on_entry_activated);
}

static void
shoal_open_link_dialog_class_init (ShoalOpenLinkDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_open_link_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-open-link-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "link.look", NULL, look);
  gtk_widget_class_install_action (widget_class, "link.internet", NULL, look_on_internet);
  gtk_widget_class_install_action (widget_class, "link.here", NULL, look_here);
  gtk_widget_class_install_action (widget_class, "link.get", NULL, get);
  gtk_widget_class_install_action (widget_class, "link.open-elsewhere", NULL, open_elsewhere);
  gtk_widget_class_install_action (widget_class, "link.choose-folder", NULL, choose_folder);
  gtk_widget_class_install_action (widget_class, "link.choose-torrent", NULL, choose_torrent);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_open_link_dialog_init (ShoalOpenLinkDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
  shoal_drop_add (GTK_WIDGET (self), &DROP_FUNCS);
  show_page (self, "ask");
}

/* --- Public ---------------------------------------------------------------- */

void
shoal_open_link_dialog_show (GtkWindow *parent, ShoalModel *model, const char *what)
{
  ShoalOpenLinkDialog *self
    = g_object_new (SHOAL_TYPE_OPEN_LINK_DIALOG, "transient-for", parent, NULL);

  self->model = g_object_ref (model);
  self->directory = g_strdup (shoal_model_get_settings (model)->directory);
  gtk_window_present (GTK_WINDOW (self));
  if (what != NULL)
    look_at (self, what);
  else
    gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), NULL,
                                   on_clipboard_read, g_object_ref (self));
}
