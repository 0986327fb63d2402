/* shoal-first-run.c: the one page before anything is announced.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-first-run.h"

#include "shoal-chooser.h"
#include "shoal-commands.h"
#include "shoal-error.h"
#include "shoal-format.h"

#include <glib/gi18n.h>

struct _ShoalFirstRun
{
  AdwBin        parent_instance;

  ShoalModel   *model;  /* (owned) */
  char         *folder; /* (owned) (nullable): chosen; else the engine's own choice */

  AdwEntryRow  *name_row;
  AdwActionRow *folder_row;
  AdwComboRow  *seen_by_row;
  GtkLabel     *trouble_label;
  GtkWidget    *start_button;
};

G_DEFINE_FINAL_TYPE (ShoalFirstRun, shoal_first_run, ADW_TYPE_BIN)

/* In the order of the row's list. */
static const char *const SEEN_BY[] = { "while-open", "everyone", "friends", "nobody" };

static void
show_trouble (ShoalFirstRun *self, const char *words)
{
  gtk_label_set_label (self->trouble_label, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble_label), words != NULL);
}

static void
on_name_changed (ShoalFirstRun *self)
{
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));

  show_trouble (self, NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "first-run.start", *name != '\0');
}

/* --- Folder -------------------------------------------------------------- */

static void
show_folder (ShoalFirstRun *self)
{
  ShoalSettings *settings = shoal_model_get_settings (self->model);
  const char *path = self->folder != NULL ? self->folder
                     : settings != NULL   ? settings->directory
                                          : "";
  g_autofree char *shown = shoal_format_folder (path);
  g_autofree char *markup = g_markup_escape_text (shown, -1);

  adw_action_row_set_subtitle (self->folder_row, markup);
}

static void
on_folder_chosen (GtkNativeDialog *native, int response, gpointer user_data)
{
  g_autoptr (ShoalFirstRun) self = user_data;
  g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (native));

  if (response == GTK_RESPONSE_ACCEPT && folder != NULL)
    {
      if (g_file_peek_path (folder) == NULL)
        {
          show_trouble (self,
                        _("That folder does not lie on this computer. Choose one that does."));
        }
      else
        {
          g_free (self->folder);
          self->folder = g_file_get_path (folder);
          show_trouble (self, NULL);
          show_folder (self);
        }
    }
  g_object_unref (native);
}

static void
on_choose_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *native
    = shoal_chooser_new (GTK_WINDOW (gtk_widget_get_root (widget)), _("Download Folder"),
                         GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Choose"));

  g_signal_connect (native, "response", G_CALLBACK (on_folder_chosen), g_object_ref (widget));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (native));
}

/* --- Leaving ------------------------------------------------------------- */

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalFirstRun) self = user_data;
  g_autoptr (GError) error = NULL;
  const char *next;
  g_autofree char *words = NULL;

  if (self->model == NULL)
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self), TRUE);
  if (shoal_model_change_settings_finish (SHOAL_MODEL (source), result, &error))
    {
      shoal_model_begin (self->model);
      return;
    }
  next = shoal_error_get_next (error);
  words = next != NULL ? g_strdup_printf ("%s. %s", error->message, next)
                       : g_strdup_printf ("%s.", error->message);
  show_trouble (self, words);
}

/* @changes: taken. */
static void
leave (ShoalFirstRun *self, GVariantDict *changes)
{
  g_variant_dict_insert (changes, "first-run-done", "b", TRUE);
  /* From what becomes insensitive GTK 4.8 takes the focus without telling it: the
   * cursor of an entry would blink on, and GTK warn of that. */
  gtk_widget_grab_focus (self->start_button);
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
  shoal_model_change_settings_async (self->model, g_variant_dict_end (changes), on_stored,
                                     g_object_ref (self));
}

static void
on_start (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalFirstRun *self = SHOAL_FIRST_RUN (widget);
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));
  guint seen_by = adw_combo_row_get_selected (self->seen_by_row);
  GVariantDict changes;

  if (*name == '\0')
    return;
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "name", "s", name);
  g_variant_dict_insert (&changes, "seen-by", "s",
                         SEEN_BY[MIN (seen_by, G_N_ELEMENTS (SEEN_BY) - 1)]);
  if (self->folder != NULL)
    g_variant_dict_insert_value (&changes, "download-directory",
                                 g_variant_new_bytestring (self->folder));
  leave (self, &changes);
}

/* Escape: what is preselected, whatever has been typed. */
static void
on_defaults (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "seen-by", "s", SEEN_BY[0]);
  leave (SHOAL_FIRST_RUN (widget), &changes);
}

static void
on_entry_activated (ShoalFirstRun *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "first-run.start", NULL);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_first_run_dispose (GObject *object)
{
  ShoalFirstRun *self = SHOAL_FIRST_RUN (object);

  g_clear_object (&self->model);
  g_clear_pointer (&self->folder, g_free);
  G_OBJECT_CLASS (shoal_first_run_parent_class)->dispose (object);
}

static void
shoal_first_run_class_init (ShoalFirstRunClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_first_run_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-first-run.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalFirstRun, name_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFirstRun, folder_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFirstRun, seen_by_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalFirstRun, trouble_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalFirstRun, start_button);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activated);

  gtk_widget_class_install_action (widget_class, "first-run.start", NULL, on_start);
  gtk_widget_class_install_action (widget_class, "first-run.defaults", NULL, on_defaults);
  gtk_widget_class_install_action (widget_class, "first-run.choose-folder", NULL,
                                   on_choose_folder);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "first-run.defaults",
                                       NULL);
}

static void
shoal_first_run_init (ShoalFirstRun *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
shoal_first_run_new (ShoalModel *model)
{
  ShoalFirstRun *self;
  ShoalSettings *settings;

  g_return_val_if_fail (SHOAL_IS_MODEL (model), NULL);

  self = g_object_new (SHOAL_TYPE_FIRST_RUN, NULL);
  self->model = g_object_ref (model);
  settings = shoal_model_get_settings (model);
  gtk_editable_set_text (GTK_EDITABLE (self->name_row),
                         settings != NULL ? settings->name : shoal_model_get_name (model));
  show_folder (self);
  on_name_changed (self);
  return GTK_WIDGET (self);
}
