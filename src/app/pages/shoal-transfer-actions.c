/* shoal-transfer-actions.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-actions.h"

#include "shoal-chooser.h"
#include "shoal-commands-history.h"
#include "shoal-commands-transfers.h"
#include "shoal-format.h"
#include "shoal-payload.h"
#include "shoal-transfer-details.h"
#include "shoal-transfer-words.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

#define TRASH "trash:///"

gboolean
shoal_transfer_actions_can_pause (const ShoalTransferInfo *info)
{
  if (info->kind != SHOAL_CONTENT_FILES)
    return FALSE;
  return info->phase == SHOAL_TRANSFER_RUNNING || info->phase == SHOAL_TRANSFER_PAUSED
         || info->phase == SHOAL_TRANSFER_QUEUED
         || (info->phase == SHOAL_TRANSFER_CONNECTING && info->bytes > 0);
}

gboolean
shoal_transfer_actions_lies_here (const ShoalTransferInfo *info)
{
  return info->phase == SHOAL_TRANSFER_DONE && info->direction == SHOAL_TRANSFER_GET
         && info->kind == SHOAL_CONTENT_FILES && info->directory != NULL;
}

void
shoal_transfer_actions_pause (ShoalModel *model, ShoalTransferItem *item)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

  if (info->phase == SHOAL_TRANSFER_PAUSED)
    shoal_model_resume (model, info->id);
  else
    shoal_model_pause (model, info->id);
}

static void
on_retried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = shoal_model_retry_finish (SHOAL_MODEL (source), result, &error);

  if (id == NULL)
    shoal_model_tell_error (SHOAL_MODEL (source), error);
}

void
shoal_transfer_actions_retry (ShoalModel *model, ShoalTransferItem *item)
{
  shoal_model_retry_async (model, shoal_transfer_item_get_id (item), NULL, on_retried, NULL);
}

static void
copy (GtkWidget *widget, const char *text, const char *said)
{
  ShoalWindow *window = shoal_window_of (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  if (window != NULL)
    shoal_window_toast (window, said);
}

void
shoal_transfer_actions_copy_details (GtkWidget *widget, ShoalTransferItem *item)
{
  g_autofree char *details = shoal_transfer_words_details (shoal_transfer_item_get_info (item));

  copy (widget, details, _("Details copied"));
}

void
shoal_transfer_actions_show_details (GtkWidget *widget, ShoalModel *model, ShoalTransferItem *item)
{
  ShoalWindow *window = shoal_window_of (widget);

  if (window != NULL)
    shoal_window_push (window, shoal_transfer_details_new (model, item, widget),
                       shoal_transfer_item_get_info (item)->name);
}

/* --- Choosing again ------------------------------------------------------- */

typedef struct
{
  ShoalModel *model;    /* (owned) */
  char       *transfer; /* (owned) */
} Choosing;

static Choosing *
choosing_new (ShoalModel *model, const ShoalTransferInfo *info)
{
  Choosing *choosing = g_new0 (Choosing, 1);

  choosing->model = g_object_ref (model);
  choosing->transfer = g_strdup (info->id);
  return choosing;
}

static void
choosing_free (Choosing *choosing)
{
  g_object_unref (choosing->model);
  g_free (choosing->transfer);
  g_free (choosing);
}

static void
on_other_folder (GtkNativeDialog *chooser, int response, Choosing *choosing)
{
  g_autoptr (GFile) folder = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  path = folder != NULL ? g_file_get_path (folder) : NULL;
  if (path != NULL)
    shoal_model_retry_async (choosing->model, choosing->transfer, path, on_retried, NULL);
  choosing_free (choosing);
  g_object_unref (chooser);
}

/* Nothing has come, as there was no room where it was to go, or no leave to write. */
static void
choose_other_folder (GtkWidget *widget, ShoalModel *model, const ShoalTransferInfo *info)
{
  g_autofree char *name = shoal_format_name (info->name);
  g_autofree char *title = g_strdup_printf (_("Where Should “%s” Go?"), name);
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
    title, GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
    _("_Choose"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_other_folder),
                    choosing_new (model, info));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_chosen_again (GtkNativeDialog *chooser, int response, Choosing *choosing)
{
  g_autoptr (GListModel) files = NULL;
  g_autoptr (ShoalPayload) payload = NULL;
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
      payload = shoal_payload_new_model (files, &error);
    }
  if (payload != NULL)
    shoal_model_choose_again (choosing->model, choosing->transfer,
                              shoal_payload_get_paths (payload));
  else if (error != NULL)
    shoal_model_tell_error (choosing->model, error);
  choosing_free (choosing);
  g_object_unref (chooser);
}

/* The portal grants what is chosen, and for good. */
static void
choose_again (GtkWidget *widget, ShoalModel *model, const ShoalTransferInfo *info)
{
  g_autofree char *name = g_filename_display_basename (info->unreadable);
  g_autofree char *title = NULL;
  GtkFileChooserNative *chooser;

  /* Translators: %s is a file or folder. */
  title = g_strdup_printf (_("Choose “%s” Again"), name);
  chooser = shoal_chooser_new (GTK_WINDOW (gtk_widget_get_root (widget)), title,
                               info->lacks_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                                  : GTK_FILE_CHOOSER_ACTION_OPEN,
                               _("_Choose"));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_chosen_again),
                    choosing_new (model, info));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* --- The next step --------------------------------------------------------- */

void
shoal_transfer_actions_step (GtkWidget *widget, ShoalModel *model, ShoalTransferItem *item)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

  switch (shoal_transfer_words_step (info))
    {
    case SHOAL_STEP_RETRY:
    case SHOAL_STEP_SEND_AGAIN:
      shoal_transfer_actions_retry (model, item);
      break;

    case SHOAL_STEP_RESUME:
      shoal_model_resume (model, info->id);
      break;

    case SHOAL_STEP_CHOOSE_AGAIN:
      choose_again (widget, model, info);
      break;

    case SHOAL_STEP_OTHER_FOLDER:
      choose_other_folder (widget, model, info);
      break;

    case SHOAL_STEP_OPEN_TRASH:
      gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (widget)), TRASH, GDK_CURRENT_TIME);
      break;

    case SHOAL_STEP_TROUBLE:
      gtk_widget_activate_action (widget, "win.trouble", NULL);
      break;

    case SHOAL_STEP_COPY_TEXT:
      copy (widget, info->text, _("Text copied"));
      break;

    case SHOAL_STEP_COPY_DETAILS:
      shoal_transfer_actions_copy_details (widget, item);
      break;

    case SHOAL_STEP_NONE:
    default:
      break;
    }
}
